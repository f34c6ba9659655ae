"""scores.PlugIn: the score of the Gaussian fitted to data by its moments."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from verify import targets
from verify.backend import AnyArray, Array
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.scores.exact import Exact
from verify.scores.l2_error import l2_error
from verify.scores.smoothed import data

ROUNDING = 1e-12  # of sums over a spectrum, relative


@dataclass(frozen=True, eq=False)
class PlugIn:
    """s_t = ∇log of the diffused N(m̂, Ŝ), m̂ and Ŝ the moments of `points` (n, d): the maximum-likelihood Gaussian.

    Ŝ is divided by n, or by n − 1 where `unbiased`. For Gaussian `target`, with P = Σ_t⁻¹ and P̂ likewise,

    .. math:: ‖s_t − ∇\\log q_t‖² = \\mathrm{tr}((P̂ − P)Σ_t(P̂ − P)) + ‖P̂(m̂_t − m_t)‖².
    """

    target: Any
    points: Array
    unbiased: bool = False

    def __post_init__(self) -> None:
        dim = getattr(self.target, "dim", None)
        if not (dim and hasattr(self.target, "diffused")):
            raise InvalidInput(f"`target` must have diffused(t); got {type(self.target).__name__}.")
        object.__setattr__(self, "points", data(self.points, dim))
        if self.unbiased and len(self.points) < 2:
            raise InvalidInput("an unbiased covariance needs two points or more.")

    @cached_property
    def law(self) -> targets.Gaussian:
        """The fitted Gaussian."""
        off = self.points - self.points.mean(axis=0)
        return targets.Gaussian(self.points.mean(axis=0), off.T @ off / (len(off) - self.unbiased))

    @cached_property
    def _exact(self) -> Exact:
        return Exact(self.law)

    def __call__(self, x: AnyArray, t: Any) -> AnyArray:
        """Return s_t(x), (…, d) -> (…, d), in the namespace of x; t a float or of shape (…, 1)."""
        return self._exact(x, t)

    def divergence(self, x: AnyArray, t: float) -> Array:
        """Return div s_t(x) = −tr P̂, (…, d) -> (…)."""
        return np.full(np.shape(x)[:-1], -float((1 / self.law.variances_at(t)).sum()))

    def error(self, t: float) -> Estimate:
        """Return ‖s_t − ∇log q_t‖ in L²(q_t): closed form for Gaussian targets, else quadrature or Monte Carlo."""
        if not isinstance(self.target, targets.Gaussian):
            return l2_error(self, t)
        true, fitted = self.target.diffused(float(t)), self.law.diffused(float(t))
        mean = np.linalg.solve(fitted.cov, fitted.mean - true.mean)
        slope = np.linalg.solve(fitted.cov, np.linalg.solve(true.cov, true.cov - fitted.cov).T)  # P̂ − P = P̂(Σ − Σ̂)P
        value = float(np.sqrt(np.einsum("ij,jk,ik", slope, true.cov, slope) + mean @ mean))
        return Estimate.exact(value, ROUNDING * value, least=0.0)
