"""DDIM: the deterministic, η = 0, implicit model."""

from __future__ import annotations

from typing import Any, ClassVar

from verify.backend import AnyArray, maths
from verify.noise import Noise
from verify.samplers.reverse import ReverseSampler


class DDIM(ReverseSampler):
    """X' = e^h X + σ_k(e^h σ_k − σ_{k+1}) s_k(X), σ² = 1 − e^{−2τ} (Song, Meng, Ermon, 2021, eq. (12), η = 0).

    Its bracket is written (e^{2h} − 1)/(e^h σ_k + σ_{k+1}), which does not cancel. With equal steps down to τ = 0 the
    variance error is h(a + b log h): order one up to a logarithm.
    """

    order: ClassVar[int] = 1

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        tau, after, h = self.grid.interval(k, x)
        m = maths(h)
        sigma, sigma_after = m.sqrt(-m.expm1(-2 * tau)), m.sqrt(-m.expm1(-2 * after))
        bracket = m.expm1(2 * h) / (m.exp(h) * sigma + sigma_after)
        return x + (m.expm1(h) * x + sigma * bracket * self.score(x, tau))
