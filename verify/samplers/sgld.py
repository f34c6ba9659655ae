"""SGLD: stochastic gradient Langevin dynamics."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from verify.backend import AnyArray
from verify.noise import Noise
from verify.samplers.sgd import noise_level
from verify.samplers.ula import ULA


@dataclass(frozen=True, eq=False)
class SGLD(ULA):
    """X' = X − γ(∇f(X) + σζ) + √(2γ/β) ξ, ζ and ξ ~ N(0, I), σ = `gradient_noise` (Welling, Teh, 2011).

    On curvature λ the invariant variance is (1/β + γσ²/2)/(λ(1 − γλ/2)): both errors are of the order γ.
    """

    gradient_noise: float = 1.0

    order: ClassVar[float | None] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "gradient_noise", noise_level(self.gradient_noise))

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        estimate = self.gradient_noise * noise.normal() - self.target.score(x)
        spread = math.sqrt(2 * self.step_size / self.inverse_temperature)
        return x - self.step_size * estimate + spread * noise.normal()
