"""ExactLangevin: the Langevin diffusion on a Gaussian target, watched at every multiple of γ."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from verify.backend import AnyArray, Array
from verify.noise import Noise
from verify.samplers.ula import ULA


@dataclass(frozen=True, eq=False)
class ExactLangevin(ULA):
    """X' = m + e^{−γΛ}(X − m) + ((βΛ)⁻¹(I − e^{−2γΛ}))^{1/2} ξ, Λ = Σ⁻¹, on N(m, Σ): Mehler's formula, for any γ.

    It is no algorithm, as Λ must be known, but what theorems on dX = ∇log π dt + √(2/β) dB are about: the law of the
    k-th iterate is that of the diffusion at time kγ. NotAffine where the target is no Gaussian.
    """

    order: ClassVar[int | None] = None
    stability: ClassVar[float] = float("inf")

    def __post_init__(self) -> None:
        super().__post_init__()
        _ = self.ideal

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        centre = 0.0 * x  # the map below subtracts the mean: of two images only the noise is left
        target, (drift, spread) = self.ideal, self._coefficients
        shaken = target.affine(noise.normal(), 0.0, spread, None) - target.affine(centre, 0.0, spread, None)
        return x + target.affine(x, 0.0, drift, None) + shaken

    @cached_property
    def _coefficients(self) -> tuple[Array, Array]:
        """e^{−γ/λ} − 1 and the standard deviations of the noise in the eigenbasis of Σ, each (d,)."""
        rates = 1 / (self.ideal.eigenvalues * self.inverse_temperature)
        variance = -self.ideal.eigenvalues * np.expm1(-2 * self.step_size * rates)
        return np.expm1(-self.step_size * rates), np.sqrt(variance)
