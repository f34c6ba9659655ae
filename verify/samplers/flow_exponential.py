"""FlowExponential: probability-flow ODE with only the score frozen."""

from __future__ import annotations

from typing import Any, ClassVar

from verify.backend import AnyArray, maths
from verify.noise import Noise
from verify.samplers.reverse import ReverseSampler


class FlowExponential(ReverseSampler):
    """X' = e^h X + (e^h − 1) s_k(X) (Zhang, Chen, 2023: the exponential integrator in its score form).

    Written X + (e^h − 1)(X + s_k(X)), since e^h rounds the same way at every equal step and that would add up.
    """

    order: ClassVar[int] = 1

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        tau, _, h = self.grid.interval(k, x)
        m = maths(h)
        return x + m.expm1(h) * (x + self.score(x, tau))
