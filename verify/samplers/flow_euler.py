"""FlowEuler: probability-flow ODE by Euler's method."""

from __future__ import annotations

from typing import Any, ClassVar

from verify.backend import AnyArray
from verify.noise import Noise
from verify.samplers.reverse import ReverseSampler


class FlowEuler(ReverseSampler):
    """X' = X + h(X + s_k(X)), for dY/dt = Y + ∇log q_{T−t}(Y) (Song et al., 2021, eq. (13))."""

    order: ClassVar[int] = 1

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        tau, _, h = self.grid.interval(k, x)
        return x + h * (x + self.score(x, tau))
