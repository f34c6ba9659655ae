"""DecayingSGD: stochastic gradient descent with steps that fall as 1/k."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from verify.backend import AnyArray, Array
from verify.noise import Noise
from verify.samplers.langevin import positive
from verify.samplers.schedule import at
from verify.samplers.sgd import SGD


@dataclass(frozen=True, eq=False)
class DecayingSGD(SGD):
    """X' = X − α_k(∇f(X) + σζ), α_k = γ/(1 + k/K), K = `half_time` (Robbins, Monro, 1951), towards argmin f.

    α_k ~ γK/k: for γKλ > ½ along every curvature λ, E|X_k − x*|² falls as 1/k, to first order as
    Σ_λ (γKσ)²/((2γKλ − 1)k) (Chung, 1954); for γKλ < ½ only as k^{−2γKλ}.
    """

    half_time: float = 1.0

    homogeneous: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "half_time", positive("half_time", self.half_time))

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        return x - at(self._sizes, k, x) * (self.gradient_noise * noise.normal() - self.target.score(x))

    @cached_property
    def _sizes(self) -> Array:
        return self.step_size / (1 + np.arange(self.steps) / self.half_time)
