"""scores.Linear: the affine score of least denoising loss; it needs two moments of the data only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from verify.backend import AnyArray, Array, namespace
from verify.scores.least_squares import LeastSquares


@dataclass(frozen=True, eq=False)
class Linear(LeastSquares):
    """s_t(x) = A_t(x − e^{−t}m) + b_t; the optimum is A_t = −(e^{−2t}S + (1 − e^{−2t})I)⁻¹, b_t = 0.

    m and S are mean and covariance of the data: it is the score of the Gaussian with their moments, see `PlugIn`.
    """

    def features(self, x: AnyArray) -> AnyArray:
        """Return no feature, (…, d) -> (…, 0)."""
        return x[..., :0]

    def trace(self, x: AnyArray, coefficients: AnyArray) -> AnyArray:
        """Return zeros, (…, d) -> (…)."""
        return namespace(x).zeros_like(x[..., 0])

    def noised(self, centres: Array, weights: Array, variance: float) -> tuple[Array, Array, Array]:
        """Return empty averages."""
        n, dim = centres.shape
        return np.zeros((n, 0)), np.zeros((0, dim)), np.zeros((0, 0))
