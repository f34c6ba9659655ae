"""Divergences of two laws on the line by quadrature on common panels: grid laws and targets in any combination.

Integrands are written in r = log(p/q) and vanish to the order that the divergence does, so that close laws keep their
digits. Panels are halved until the integral stands. The interval is what it still changes by then, and on the coarser
companions of the grid laws, plus rounding.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import factorial, kl_div

from verify.backend import Array
from verify.divergences.line_common import EPS, METHOD, UNSEEN, Common, estimate, grids, settled_estimate
from verify.estimate import Estimate
from verify.laws.grid_density import GridDensity
from verify.laws.panels import ORDER, transform

SMALL = 0.05  # |r| below which a series replaces differences of exponentials
TERMS = 12
FAR = 60.0
ENDING = 1e-12  # share of an integral that an outermost panel may have
MORE = 30.0  # times that mass


def kl(p: Any, q: Any) -> Estimate:
    """Return KL(p‖q) = ∫ p φ(r), φ(r) = r + e^{−r} − 1; +inf where p has atoms or mass that q has not."""
    return of_densities(p, q, lambda c: pieces_of(c, lambda r: _remainder(-r), by=0), spots=lambda a, b: kl_div(a, b))


def chi2(p: Any, q: Any) -> Estimate:
    """Return χ²(p‖q) = ∫ q (e^r − 1)²."""
    return of_densities(
        p, q, lambda c: pieces_of(c, lambda r: np.expm1(r) ** 2, by=1, growth=2.0), spots=lambda a, b: (a - b) ** 2 / b
    )


def fisher(p: Any, q: Any) -> Estimate:
    """Return E_p|r′|², r′ by differentiating on the panels; +inf where p has mass that q has not."""

    def pieces(c: Common) -> Array:
        mass = c.panels.weights * c.values[0]
        known = np.asarray(np.isfinite(c.ratio).all(axis=1))
        slope = np.abs(c.panels.derivative(np.where(known[:, None], c.ratio, 0.0)))
        if c.strained:
            slope += c.rounding @ np.abs(transform(ORDER)[1]).T / c.panels.half
        found = (mass * slope**2).sum(axis=1)
        gone = ~known & (mass.sum(axis=1) > UNSEEN) & (c.q.formula is not None)  # else the grid of q just ends there
        return np.where(gone, math.inf, found)

    return of_densities(p, q, pieces)


def hellinger(p: Any, q: Any) -> Estimate:
    """Return H = (½∫ q (e^{r/2} − 1)²)^{½}, atoms included: they share nothing with a density."""
    a, b = grids(p, q)

    def pieces(c: Common) -> Array:
        return 0.5 * pieces_of(c, lambda r: np.expm1(0.5 * r) ** 2, by=1, growth=1.0, alone=1.0)

    def root(c: Common) -> float:
        square = total(pieces(c)) + 0.5 * float(c.p.spots[:, 1].sum() + c.q.spots[:, 1].sum())
        return math.sqrt(min(max(square - shared_atoms(c.p, c.q, 0.5), 0.0), 1.0))

    found, common, left = settled_estimate(a, b, pieces, root)
    slack = abs(root(common.worst()) - found.value) + math.sqrt(found.value**2 + left) - found.value
    return Estimate(found.value, max(found.low - slack, 0.0), min(found.high + slack, 1.0), 1.0, found.method)


def total_variation(p: Any, q: Any) -> Estimate:
    """Return ½∫|p − q| plus half of what the atoms differ by; every sign change of p − q is located."""
    a, b = grids(p, q)

    def measure(a: GridDensity, b: GridDensity) -> float:
        c = Common(a, b)
        half = 0.5 * absolute(c, c.values[0] - c.values[1]) if c.panels.edges.size > 1 else 0.0
        spots = 0.5 * float(a.spots[:, 1].sum() + b.spots[:, 1].sum()) - shared_atoms(a, b)
        return min(max(half + spots, 0.0), 1.0)

    found = estimate(a, b, measure, 4 * EPS)
    slack = abs(a.defect) + abs(b.defect) + 4 * EPS
    return Estimate(found.value, max(found.low - slack, 0.0), min(found.high + slack, 1.0), 1.0, found.method)


def of_densities(
    p: Any,
    q: Any,
    pieces: Callable[[Common], Array],
    finish: Callable[[float], float] = float,
    shift: float | None = None,
    prepared: Callable[[Common], Common] | None = None,
    spots: Callable[[Array, Array], Array] | None = None,
) -> Estimate:
    """Return finish(Σ pieces + Σ spots(p_i, q_i) over the atoms of q), +inf where p has atoms that q has not.

    `shift`: the pieces are in units of e^shift; `prepared` refines the panels to begin with; no `spots`: +inf for all
    atoms of p.

    `high` is inf where the grid of q says nothing of a part of p, or where the integral still grows at the ends of the
    panels, at places that hardly belong to either law.
    """
    a, b = grids(p, q)
    foreign = ~np.isin(a.spots[:, 0], b.spots[:, 0]) if spots else np.ones(len(a.spots), dtype=bool)
    if foreign.any() or (b.panels.edges.size < 2 < a.panels.edges.size):
        return Estimate(math.inf, math.inf, math.inf, 1.0, "closed form, atoms against a density")

    def whole(c: Common, more: float = 0.0) -> float:
        return finish(total(pieces(c)) + more + (_of_spots(c, spots) if spots else 0.0))

    found, common, left = settled_estimate(a, b, pieces, whole, prepared)
    if math.isinf(found.value):
        beyond_range = not lost(common).any()  # finite, but not in float64
        return Estimate(math.inf, sys.float_info.max, math.inf, 1.0, METHOD) if beyond_range else found
    slack = abs(whole(common.worst()) - found.value) + abs(whole(common, left) - found.value)
    low = max(found.low - slack, 0.0)
    if common.unseen[0] > UNSEEN or _open(common, np.abs(pieces(common)), shift):
        return Estimate(found.value, low, math.inf, 1.0, f"{found.method}, up to the ends of the grid")
    return Estimate(found.value, low, found.high + slack, 1.0, found.method)


def _of_spots(c: Common, spots: Callable[[Array, Array], Array]) -> float:
    """Return Σ spots(p_i, q_i) over the atoms of q, ∞ where p has others."""
    _, i, j = np.intersect1d(c.p.spots[:, 0], c.q.spots[:, 0], return_indices=True)
    if i.size < len(c.p.spots):
        return math.inf
    first = np.zeros(len(c.q.spots))
    first[j] = c.p.spots[i, 1]
    return float(spots(first, c.q.spots[:, 1]).sum())


def total(pieces: Array) -> float:
    """Return the sum of pieces, ∞ where it leaves float64."""
    with np.errstate(over="ignore"):
        return float(pieces.sum())


def lost(c: Common) -> Array:
    """Return, panel by panel, the mass of p where q vanishes; zeros where the grid of q just ends there."""
    gone = np.isfinite(c.logs[0]) & ~np.isfinite(c.logs[1])
    found = np.where(gone, c.panels.weights * c.values[0], 0.0).sum(axis=1)
    return np.asarray(found if c.q.formula is not None and found.sum() > UNSEEN else np.zeros_like(found))


def _open(c: Common, sizes: Array, shift: float | None) -> bool:
    """Return whether an outermost panel counts, and for far more than the mass that the laws have there.

    Pieces in units of e^shift are compared with their sum; others with 1 as well, for they vanish with p − q.
    """
    mass = [(c.panels.weights * values).sum(axis=1) for values in c.values]
    if not sizes.size:
        return False
    least = ENDING * (float(sizes.sum()) + (shift is None))
    with np.errstate(divide="ignore"):
        logs = np.log(sizes[[0, -1]]) + (shift or 0.0)
        room = np.log([MORE * sum(m[end] for m in mass) for end in (0, -1)])
    return bool(((sizes[[0, -1]] > least) & (logs > room)).any())


def pieces_of(
    c: Common, terms: Callable[[Array], Array], by: int, growth: float = 0.0, alone: float = math.inf
) -> Array:
    """Return, panel by panel, ∫ w·terms(r), w = p (`by` 0) or q (1), plus q where p vanishes, `alone`·p where q does.

    `growth` is the rate at which the terms grow exponentially in r → ∞.
    """
    seen = np.isfinite(c.logs[0]), np.isfinite(c.logs[1])
    both = seen[0] & seen[1]
    r = np.where(both, c.ratio, 0.0)
    beyond = np.maximum(r - FAR, 0.0)  # there the terms are their leading exponential, which the density takes back
    with np.errstate(over="ignore", invalid="ignore"):
        scale = np.exp(np.where(both, c.logs[by] + growth * beyond, -np.inf))
        found = c.panels.weights * scale * terms(np.minimum(r, FAR) if growth else np.maximum(r, -FAR))
        if not growth:  # KL: p(r + e^{−r} − 1) is q + p(r − 1), where e^{−r} alone would overflow
            far = both & (r < -FAR)
            found = np.where(far, c.panels.weights * (c.values[1] + c.values[0] * (r - 1)), found)
        found = (found + np.where(seen[1] & ~seen[0], c.panels.weights * c.values[1], 0.0)).sum(axis=1)
        return np.asarray(found + np.where(lost(c) > 0, alone * lost(c), 0.0))


def _remainder(r: Array) -> Array:
    """Return e^r − 1 − r ≥ 0, elementwise."""
    near = np.where(np.abs(r) < SMALL, r, 0.0)
    series = np.zeros_like(near)
    for n in range(TERMS, 1, -1):
        series = series * near + 1 / factorial(n)
    return np.where(np.abs(r) < SMALL, near * near * series, np.expm1(r) - r)


def absolute(c: Common, f: Array) -> float:
    """Return ∫|f| for f at the nodes of the common panels, cut where its polynomials change sign."""
    whole, series = (c.panels.weights * f).sum(axis=1), c.panels.series(f)
    ends = np.stack([series @ (-1.0) ** np.arange(series.shape[1]), series.sum(axis=1)])
    mixed = (np.minimum(f.min(axis=1), ends.min(axis=0)) < 0) & (np.maximum(f.max(axis=1), ends.max(axis=0)) > 0)
    total = float(np.abs(whole[~mixed]).sum())
    return total + sum(_cut(s, h) for s, h in zip(series[mixed], c.panels.half[mixed, 0], strict=True))


def _cut(series: Array, half: float) -> float:
    roots = np.polynomial.legendre.legroots(np.trim_zeros(series, "b")) if series[1:].any() else np.zeros(0)
    inside = np.sort(roots.real[(np.abs(roots.imag) < 1e-6) & (np.abs(roots.real) < 1)])
    anti = np.polynomial.legendre.legint(series)
    return half * float(np.abs(np.diff(np.polynomial.legendre.legval(np.r_[-1.0, inside, 1.0], anti))).sum())


def shared_atoms(a: GridDensity, b: GridDensity, order: float | None = None) -> float:
    """Return Σ min(a_i, b_i) or, with an `order`, Σ a_i^order b_i^{1−order} over the places that both have."""
    _, i, j = np.intersect1d(a.spots[:, 0], b.spots[:, 0], return_indices=True)
    first, second = a.spots[i, 1], b.spots[j, 1]
    return float((np.minimum(first, second) if order is None else first**order * second ** (1 - order)).sum())
