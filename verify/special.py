"""Elementary functions without cancellation near zero, on the host."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.backend import Array

SMALL = 0.2  # |z| below which the series is used; above, log1p(z) − z loses at most one digit
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


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


def minus_log1p(x: npt.ArrayLike) -> Array:
    """Return x − log(1 + x) ≥ 0 for real x ≥ −1; inf at −1."""
    return np.asarray(-log1pmx(np.asarray(x, dtype=float)))


def exp_remainder(h: npt.ArrayLike) -> Array:
    """Return e^h − 1 − h = ∫_0^h (e^s − 1) ds for h ≥ 0."""
    return _positive_integral(h, lambda s: np.expm1(s), lambda x: np.expm1(x) - x)


def squared_growth(h: npt.ArrayLike) -> Array:
    """Return ∫_0^h (e^s − 1)² ds = (e^{2h} − 1)/2 − 2(e^h − 1) + h for h ≥ 0."""
    return _positive_integral(h, lambda s: np.expm1(s) ** 2, lambda x: 0.5 * np.expm1(2 * x) - 2 * np.expm1(x) + x)


def _positive_integral(
    h: npt.ArrayLike, integrand: Callable[[Array], Array], closed: Callable[[Array], Array]
) -> Array:
    """Gauss–Legendre below h = 1, where the closed form cancels and the rule is exact to rounding."""
    h = np.asarray(h, dtype=float)
    short = np.minimum(h, 1.0)
    nodes = 0.5 * short[..., None] * (_NODES + 1)
    rule = 0.5 * short * (integrand(nodes) @ _WEIGHTS)
    return np.where(h <= 1.0, rule, closed(h))
