"""OptimalAncestral: the exact reverse transition of a Gaussian, free of discretisation error."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from verify.backend import AnyArray, like, maths
from verify.noise import Noise
from verify.samplers.reverse import ReverseSampler


class OptimalAncestral(ReverseSampler):
    """X' = e^h X + 2 sinh(h) s_k(X) + V_k^{1/2} ξ with the posterior covariance V_k (Bao, Li, Zhu, Zhang, 2022).

    V_k has eigenvalues (1 − e^{−2h}) λ(τ_{k+1})/λ(τ_k) in the target's eigenbasis. With the exact score every step is
    the true transition of the reverse SDE, so whatever error is left comes from the start or from the score: the
    device that isolates those two terms. `order` 0 stands for no error in h at all.
    """

    order: ClassVar[int] = 0

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        tau, after, h = self.grid.interval(k, x)
        m, target = maths(h), self.target
        kept = np.sqrt(target.variances_at(after) / target.variances_at(tau))
        z = noise.normal()
        if target.eigenvectors is None:
            coloured = like(kept, x) * z
        else:
            basis = like(target.eigenvectors, x)
            coloured = (like(kept, x) * (z @ basis)) @ basis.T
        drift = m.expm1(h) * x + 2 * m.sinh(h) * self.score(x, tau)
        return x + drift + m.sqrt(-m.expm1(-2 * h)) * coloured
