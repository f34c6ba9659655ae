"""DDPM: ancestral sampling with the forward variance β."""

from __future__ import annotations

from typing import Any, ClassVar

from verify.backend import AnyArray, maths
from verify.noise import Noise
from verify.samplers.reverse import ReverseSampler


class DDPM(ReverseSampler):
    """X' = (X + β s_k(X))/√α + √β ξ with α = e^{−2h}, β = 1 − α (Ho, Jain, Abbeel, 2020, §3.2, σ² = β).

    X/√α is written X + (e^h − 1)X, since e^h rounds the same way at every equal step and that would add up.
    """

    order: ClassVar[int] = 1

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        tau, _, h = self.grid.interval(k, x)
        m = maths(h)
        beta = -m.expm1(-2 * h)
        return x + (m.expm1(h) * x + m.exp(h) * beta * self.score(x, tau)) + m.sqrt(beta) * noise.normal()
