"""RelativeIntegrator: exponential integrator for the relative score ∇log(q_t/γ) = s + x."""

from __future__ import annotations

from typing import Any, ClassVar

from verify.backend import AnyArray, maths
from verify.noise import Noise
from verify.samplers.reverse import ReverseSampler


class RelativeIntegrator(ReverseSampler):
    """Freezes s + x: X' = e^{−h} X + 2(1 − e^{−h})(s_k(X) + X) + √(1 − e^{−2h}) ξ.

    The scheme of Conforti, Durmus, Gentiloni Silveri (2025), written X + (1 − e^{−h})(2(s_k(X) + X) − X) + … since
    e^{−h} rounds the same way at every equal step and that would add up.
    """

    order: ClassVar[int] = 1
    freeze: ClassVar[float | None] = 2.0

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        tau, _, h = self.grid.interval(k, x)
        m = maths(h)
        relative = self.score(x, tau) + x
        return x - m.expm1(-h) * (2 * relative - x) + m.sqrt(-m.expm1(-2 * h)) * noise.normal()
