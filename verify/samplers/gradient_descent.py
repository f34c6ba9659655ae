"""GradientDescent: ULA without its noise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from verify.backend import AnyArray
from verify.noise import Noise
from verify.samplers.minimiser import Minimiser


@dataclass(frozen=True, eq=False)
class GradientDescent(Minimiser):
    """X' = X − γ∇f(X), f = −log π (Cauchy, 1847), towards argmin f: W2 falls by max|1 − γλ| a step on a quadratic."""

    order: ClassVar[float | None] = None
    stability: ClassVar[float] = 2.0

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        return x + self.step_size * self.target.score(x)
