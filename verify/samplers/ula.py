"""ULA: the unadjusted Langevin algorithm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from verify import targets
from verify.backend import AnyArray, namespace
from verify.noise import Noise
from verify.samplers.langevin import LangevinSampler, positive


@dataclass(frozen=True, eq=False)
class ULA(LangevinSampler):
    """X' = X + γ ∇log π(X) + √(2γ/β) ξ (Roberts, Tweedie, 1996), towards π_β ∝ π^β at `inverse_temperature` β.

    On N(m, Σ) it is stable for γλ_max(Σ⁻¹) < 2 and its invariant law is N(m, (1/β)Σ(I − γΣ⁻¹/2)⁻¹).
    """

    inverse_temperature: float = 1.0

    order: ClassVar[float | None] = 1
    stability: ClassVar[float] = 2.0

    def __post_init__(self) -> None:
        super().__post_init__()
        value = positive("inverse_temperature", self.inverse_temperature)
        object.__setattr__(self, "inverse_temperature", value)

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        spread = math.sqrt(2 * self.step_size / self.inverse_temperature)
        return x + self.step_size * self.target.score(x) + spread * noise.normal()

    def log_transition(self, k: Any, x: AnyArray, y: AnyArray) -> AnyArray:
        """Return log q(x, y) = −β|y − x − γ∇log π(x)|²/(4γ) up to a constant, (…, d), (…, d) -> (…)."""
        miss = y - x - self.step_size * self.target.score(x)
        return -self.inverse_temperature * namespace(x).sum(miss * miss, axis=-1) / (4 * self.step_size)

    def goal(self) -> Any:
        """Return π_β."""
        return self.target if self.inverse_temperature == 1 else self.ideal

    @cached_property
    def ideal(self) -> targets.Gaussian:
        """N(m, Σ/β)."""
        at_one = super().ideal
        if self.inverse_temperature == 1:
            return at_one
        values = at_one.eigenvalues / self.inverse_temperature
        return targets.Gaussian.from_spectrum(at_one.mean, values, at_one.eigenvectors)
