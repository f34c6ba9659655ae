"""SGD: gradient descent with unbiased noisy gradients."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from verify.backend import AnyArray
from verify.errors import InvalidInput
from verify.noise import Noise
from verify.samplers.minimiser import Minimiser


@dataclass(frozen=True, eq=False)
class SGD(Minimiser):
    """X' = X − γ(∇f(X) + σζ), f = −log π, ζ ~ N(0, I), σ = `gradient_noise` (Robbins, Monro, 1951), towards argmin f.

    A constant step leaves the variance γσ²/(λ(2 − γλ)) along curvature λ: E|X − x*|² has a floor ∝ γ, and W2 to the
    minimiser one ∝ √γ.
    """

    gradient_noise: float = 1.0

    order: ClassVar[float | None] = 0.5
    stability: ClassVar[float] = 2.0

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "gradient_noise", noise_level(self.gradient_noise))

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        return x - self.step_size * (self.gradient_noise * noise.normal() - self.target.score(x))


def noise_level(value: Any) -> float:
    """Return σ as a float; InvalidInput unless it is finite and ≥ 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise InvalidInput(f"`gradient_noise` must be a finite number >= 0; got {value!r}.")
    return float(value)
