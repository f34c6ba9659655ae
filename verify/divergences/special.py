"""Functions whose textbook form cancels: log(1 + z) − z and what the divergences of Gaussians build on it."""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.backend import Array

SMALL = 0.2  # |z| below which the series is used; above, log1p(z) − z loses at most one digit
FAR = 0.5  # |e| above which 1 + e itself, not e, carries the accuracy


def log1pmx(z: Any) -> Any:
    """Return ψ(z) = log(1 + z) − z for real or complex arrays, to a few ulp; −inf at z = −1.

    With u = z/(2 + z): ψ(z) = −z u + 2u³(1/3 + u²/5 + u⁴/7 + …), from log(1 + z) = 2 artanh(u).
    """
    z = np.asarray(z)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        direct = np.log1p(z) - z
    small = np.abs(z) < SMALL
    if not small.any():
        return direct
    near = np.where(small, z, 0)
    u = near / (2 + near)
    square = u * u
    tail = np.zeros_like(u)
    for odd in range(21, 1, -2):  # |u|² < 1/81 (z ≥ −0.2): ten terms leave less than 1e-18
        tail = tail * square + 1 / odd
    return np.where(small, -near * u + 2 * u * square * tail, direct)


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
