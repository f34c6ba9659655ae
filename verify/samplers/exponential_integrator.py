"""ExponentialIntegrator: the scheme analysed by Chen, Chewi, Li, Li, Salim, Zhang (2023)."""

from __future__ import annotations

from typing import Any, ClassVar

from verify.backend import AnyArray, maths
from verify.noise import Noise
from verify.samplers.reverse import ReverseSampler


class ExponentialIntegrator(ReverseSampler):
    """Freezes the score only: X' = e^h X + 2(e^h − 1) s_k(X) + √(e^{2h} − 1) ξ (Chen et al., 2023, eq. (7)).

    Written X + (e^h − 1)(X + 2 s_k(X)) + …, since e^h rounds the same way at every equal step and that would add up.
    """

    order: ClassVar[int] = 1
    freeze: ClassVar[float | None] = 0.0

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        tau, _, h = self.grid.interval(k, x)
        m = maths(h)
        return x + m.expm1(h) * (x + 2 * self.score(x, tau)) + m.sqrt(m.expm1(2 * h)) * noise.normal()
