"""DDPMPosterior: ancestral sampling with the variance of the forward posterior given x_0."""

from __future__ import annotations

from typing import Any, ClassVar

from verify.backend import AnyArray, maths
from verify.noise import Noise
from verify.samplers.reverse import ReverseSampler


class DDPMPosterior(ReverseSampler):
    """As DDPM but with variance β (1 − ᾱ_{k+1})/(1 − ᾱ_k), ᾱ = e^{−2τ} (Ho, Jain, Abbeel, 2020, eq. (7)).

    The last step of a grid that ends at δ = 0 is noiseless. With equal steps down to 0 the variance error is
    h(a + b log h): order one up to a logarithm.
    """

    order: ClassVar[int] = 1

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        tau, after, h = self.grid.interval(k, x)
        m = maths(h)
        beta = -m.expm1(-2 * h)
        variance = beta * m.expm1(-2 * after) / m.expm1(-2 * tau)
        return x + (m.expm1(h) * x + m.exp(h) * beta * self.score(x, tau)) + m.sqrt(variance) * noise.normal()
