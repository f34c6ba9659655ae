"""The score of a mixture with diagonal covariances at many points, by four products of matrices.

The exponents (x − m_k)²/2v_k are expanded: log-weights are linear in x and x², numerators linear in the weights. That
costs digits where |x| is large against the narrowest component, so it is done only where few are lost.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.backend import Array

LOSS = {"float64": 1e-11, "float32": 1e-3}  # of a log-weight, at the point farthest out


def score_by_products(x: Any, weights: Array, means: Array, variances: Array) -> Any:
    """Return ∇log Σ w_k N(x; m_k, diag v_k), x (n, d) float32 or float64, `means` and `variances` (K, d); None where
    rounding would be more than LOSS.

    Works on (d, n) and (K, n) arrays, contiguous along the points.
    """
    centre = weights @ means
    off, precision = means - centre, 1 / variances
    y = (x.T - centre.astype(x.dtype)[:, None]) if centre.any() else x.T
    far = float(max(-y.min(initial=0.0), y.max(initial=0.0))) ** 2 + float((off**2).max())
    if not far * float(precision.max()) * x.shape[1] * float(np.finfo(x.dtype).eps) < LOSS[x.dtype.name]:
        return None
    constant = np.log(weights) - 0.5 * (np.log(variances) + off**2 * precision).sum(axis=1)
    linear, square, shift = ((part.astype(x.dtype)) for part in (off * precision, -0.5 * precision, constant[:, None]))
    logs = linear @ y
    logs += square @ (y * y)
    logs += shift
    logs -= logs.max(axis=0)
    share = np.exp(logs, out=logs)
    total = share.sum(axis=0)
    found = linear.T @ share
    found -= y * (precision.T.astype(x.dtype) @ share)
    found /= total
    return found.T
