"""Rényi divergence of order a > 0 (Rényi, 1961, Berkeley Symp.): R_a(p‖q) = log(∫ p^a q^{1−a}) / (a − 1)."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from verify.backend import Array
from verify.divergences import closed, line_common, line_renyi, product
from verify.divergences.difference import EPS
from verify.divergences.kl import kl
from verify.divergences.special import FAR, holder_spread
from verify.errors import InvalidInput
from verify.estimate import Estimate


def spread(order: float, e: Array, v: Array) -> Array:
    """Return [a log(1 + e) − log(1 + a e)] / (2(a − 1)), elementwise; inf where 1 + a e ≤ 0."""
    return np.abs(holder_spread(order, e, v) / (order - 1))


def shift(order: float, b: Array, e: Array, v: Array) -> Array:
    """Return ½ a b²/(1 + a e), elementwise; inf where 1 + a e ≤ 0 < |b|."""
    inside = np.where(e < -FAR, (1 - order) + order * v, 1 + order * e)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b == 0, 0.0, np.where(inside > 0, 0.5 * order * b**2 / inside, np.inf))


def renyi_terms(order: float, b: Array, e: Array, v: Array | None = None) -> Array:
    """Return R_a(p‖q) coordinate by coordinate, p = N(0, 1), q = N(b, 1 + e); arrays (…, d), sum over the last axis."""
    v = 1 + np.asarray(e) if v is None else v
    return spread(order, e, v) + shift(order, b, e, v)


def enclosed(p: Any, q: Any, order: float) -> tuple[float, float, float]:
    """Return (value, low, high) of R_order(p‖q); order > 0, not 1."""
    value, low, high = closed.enclosed(p, q, lambda e, v: spread(order, e, v), lambda b, e, v: shift(order, b, e, v))
    if math.isinf(value):
        return value, low, high
    slack = 4 * EPS * value / abs(order - 1)  # the terms cancel in proportion as the order nears 1
    return value, max(low - slack, 0.0), high + slack


def renyi(p: Any, q: Any, order: float, *, estimator: Literal["atoms"] = "atoms") -> Estimate:
    """Return R_a(p‖q), a = `order` > 0; a = 1 is KL(p‖q), a = 2 is log(1 + χ²).

    .. math:: R_a = \\tfrac12\\sum_i\\Big[\\frac{a\\log(1+e_i) − \\log(1+a e_i)}{a−1} + \\frac{a b_i^2}{1+a e_i}\\Big]

    on the canonical pair (Gil, Alajaji, Linder, 2013, Inf. Sci.); +inf where some 1 + a e_i ≤ 0, where the supports
    differ, and for particles against a density.
    """
    if not (math.isfinite(order) and order > 0):
        raise InvalidInput(f"`order` must be finite and > 0; got {order}.")
    if order == 1:
        return kl(p, q, estimator=estimator)
    if line_common.serves(p, q):
        return line_renyi.renyi(p, q, order)
    if product.serves(p, q):
        return product.additive(p, q, lambda a, b: renyi(a, b, order))
    if not closed.check("renyi", p, q):
        return closed.atoms("renyi", estimator, math.inf)
    return closed.estimate(enclosed(p, q, order))
