"""Rényi divergences of two laws on the line by quadrature, see `line`."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import factorial

from verify.backend import Array
from verify.divergences.line import SMALL, TERMS, lost, of_densities, shared_atoms, total
from verify.divergences.line_common import DEPTH, METHOD, MOST, ROUNDING, Common, estimate, grids
from verify.estimate import Estimate
from verify.laws.grid_density import GridDensity

FAR_APART = 1e3  # χ²-like number from which on the logarithm of ∫ p^a q^{1−a} is taken directly
LEAP = 20.0  # by which log p^a q^{1−a} may change on a panel
FADED = 60.0  # below its maximum, where it does not count
BEYOND = 1e-18  # more than a law on a grid has outside it


def renyi(p: Any, q: Any, order: float) -> Estimate:
    """Return log(∫ p^a q^{1−a})/(a − 1), a = `order` > 0, a ≠ 1, through ∫ q [e^{ar} − 1 − a(e^r − 1)].

    For a < 1 finite for all laws that are not singular to each other: a density and atoms share nothing.
    """
    a, b = grids(p, q)
    if order < 1 and not (a.has_density and b.has_density):
        return _with_atoms(a, b, order)

    def close(c: Common) -> Array:
        return _close(c, order)

    def spots(p: Array, q: Array) -> Array:
        return np.asarray(p**order * q ** (1 - order) - order * p - (1 - order) * q)

    def finish(sum: float) -> float:
        return math.log1p(sum) / (order - 1) if sum > -1 else math.inf

    common = Common(a, b)
    if -0.5 < total(close(common)) < FAR_APART or a.spots.size or b.spots.size:
        found = of_densities(a, b, close, finish, spots=spots)
    else:
        found = _of_far(a, b, order)
    if order > 1 or not math.isfinite(found.high):
        return found
    slack = _untold(a, b, order) * math.exp((1 - order) * found.high) / (1 - order)
    return Estimate(found.value, max(found.low - slack, 0.0), found.high + slack, 1.0, found.method)


def _close(c: Common, order: float) -> Array:
    """Return, panel by panel, ∫ p^a q^{1−a} − q − a(p − q); ∞ where p^a q^{1−a} is."""
    near = np.abs(c.ratio) < 1
    p, q = c.values
    with np.errstate(over="ignore"):
        apart = np.exp(_exponent(c, order)) - order * p - (1 - order) * q
        found = c.panels.weights * np.where(near, q * _holder(order, np.where(near, c.ratio, 0.0)), apart)
    return _refused(c, order, found.sum(axis=1))


def _refused(c: Common, order: float, found: Array) -> Array:
    return np.where(lost(c) > 0, math.inf, found) if order > 1 else found


def _of_far(a: GridDensity, b: GridDensity, order: float) -> Estimate:
    """Return the same from the logarithm of ∫ p^a q^{1−a}, which may be out of the range of float64."""
    top = float(_exponent(_graded(Common(a, b), order), order).max(initial=-math.inf))
    if math.isinf(top):  # nowhere both
        return Estimate(math.inf, math.inf, math.inf, 1.0, METHOD)

    def pieces(c: Common) -> Array:
        with np.errstate(over="ignore"):
            return _refused(c, order, (c.panels.weights * np.exp(_exponent(c, order) - top)).sum(axis=1))

    def finish(sum: float) -> float:
        return (math.log(sum) + top) / (order - 1) if sum > 0 else math.inf

    return of_densities(a, b, pieces, finish, top, lambda c: _graded(c, order))


def _graded(c: Common, order: float) -> Common:
    """Return `c` on panels across which p^a q^{1−a} does not change by much wherever it may come near its maximum."""
    for _ in range(DEPTH):
        exponent = _exponent(c, order)
        low = np.where(np.isfinite(exponent), exponent, np.inf).min(axis=1)
        high = exponent.max(axis=1)
        some = np.isfinite(high)
        rise = np.where(some, high, 0.0) - np.where(some, low, 0.0)
        steep = some & (rise > LEAP) & (high + rise > high.max(initial=-np.inf) - FADED)
        if not steep.any() or c.panels.edges.size > MOST:
            break
        c = replace(c, finer=c.panels.halved(steep))
    return c


def _exponent(c: Common, order: float) -> Array:
    """Return a log p + (1 − a) log q, −∞ where either vanishes."""
    seen = np.isfinite(c.logs[0]) & np.isfinite(c.logs[1])
    p, q = (np.where(seen, logs, 0.0) for logs in c.logs)
    moved = order * c.rounding if c.strained else 0.0
    return np.where(seen, order * p + (1 - order) * q + moved, -np.inf)


def _untold(a: GridDensity, b: GridDensity, order: float) -> float:
    """Return a bound of ∫ p^order q^{1−order} beyond the panels of either, by Hölder's inequality."""
    of_a, of_b = Common(a, b).unseen
    return float(BEYOND**order * of_b ** (1 - order) + of_a**order * BEYOND ** (1 - order))


def _with_atoms(a: GridDensity, b: GridDensity, order: float) -> Estimate:
    """Return R_order, order < 1, of laws with atoms: log(∫ p^a q^{1−a} + Σ p_i^a q_i^{1−a})/(a − 1)."""

    def measure(a: GridDensity, b: GridDensity) -> float:
        c = _graded(Common(a, b), order)
        shared = 0.0
        if a.panels.edges.size > 1 and b.panels.edges.size > 1:
            shared = float((c.panels.weights * np.exp(order * c.logs[0] + (1 - order) * c.logs[1])).sum())
        shared += shared_atoms(a, b, order)
        return math.log(shared) / (order - 1) if shared > 0 else math.inf

    return estimate(a, b, measure, ROUNDING)


def _holder(a: float, r: Array) -> Array:
    """Return e^{ar} − 1 − a(e^r − 1), elementwise: a(a − 1)r²/2 + …"""
    small = np.abs(r) * max(1.0, a) < SMALL
    near = np.where(small, r, 0.0)
    series = np.zeros_like(near)
    for n in range(TERMS, 1, -1):
        series = series * near + (a**n - a) / factorial(n)
    return np.where(small, near * near * series, np.expm1(a * r) - a * np.expm1(r))
