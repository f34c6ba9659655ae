"""What the divergences of Gaussians build on log(1 + z) − z."""

from __future__ import annotations

import numpy as np

from verify.backend import Array
from verify.special import log1pmx

FAR = 0.5  # |e| above which 1 + e itself, not e, carries the accuracy


def log_ratio(e: Array, v: Array) -> Array:
    """Return log(1 + e), v = 1 + e being known on its own where e is not small."""
    with np.errstate(divide="ignore"):
        return np.where(np.abs(e) > FAR, np.log(v), np.log1p(np.maximum(e, -1.0)))


def holder_spread(order: float, e: Array, v: Array) -> Array:
    """Return ½[a log(1 + e) − log(1 + a e)] elementwise, a = `order`; inf where 1 + a e ≤ 0.

    This is the part of log ∫ p^a q^{1−a} that the variances make, for p = N(0, 1) and q of variance v = 1 + e.
    """
    inside = np.where(e < -FAR, (1 - order) + order * v, 1 + order * e)
    with np.errstate(divide="ignore", invalid="ignore"):
        near = order * log1pmx(e) - log1pmx(order * e)
        far = order * log_ratio(e, v) - np.log(inside)
    return np.where(inside > 0, 0.5 * np.where(np.abs(e) > FAR, far, near), np.inf)
