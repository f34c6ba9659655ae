"""EulerMaruyama: the whole drift frozen over a step."""

from __future__ import annotations

from typing import Any, ClassVar

from verify.backend import AnyArray, maths
from verify.noise import Noise
from verify.samplers.reverse import ReverseSampler


class EulerMaruyama(ReverseSampler):
    """X' = X + h(X + 2 s_k(X)) + √(2h) ξ."""

    order: ClassVar[int] = 1
    freeze: ClassVar[float | None] = 1.0

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        tau, _, h = self.grid.interval(k, x)
        return x + h * (x + 2 * self.score(x, tau)) + maths(h).sqrt(2 * h) * noise.normal()
