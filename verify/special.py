"""Elementary functions without cancellation near zero, on the host."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from verify.backend import Array

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)


def minus_log1p(x: npt.ArrayLike) -> Array:
    """Return x − log(1 + x) for x ≥ −1 (inf at −1), by its series where the two terms cancel."""
    x = np.asarray(x, dtype=float)
    small = np.abs(x) < 0.05
    y = np.where(small, x, 0.0)
    series = np.zeros_like(y)
    for n in range(14, 1, -1):  # Σ (−1)^n x^{n−2}/n; the first term left out is below 4e-18 of the sum
        series = (-1) ** n / n + y * series
    with np.errstate(divide="ignore"):
        return np.where(small, y * y * series, x - np.log1p(np.where(small, 0.0, x)))


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
