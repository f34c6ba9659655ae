"""Divergences of two laws on the line by quadrature on common panels: grid laws and targets in any combination.

Integrands are written in r = log(p/q) and vanish to the order that the divergence does, so that close laws keep their
digits. The interval is what the number changes on the coarser companions of the grid laws, plus rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import factorial

from verify.backend import Array
from verify.divergences.line_common import EPS, UNSEEN, Common, estimate, grids
from verify.estimate import Estimate
from verify.laws.grid_density import GridDensity
from verify.laws.panels import ORDER, transform

SMALL = 0.05  # |r| below which a series replaces differences of exponentials
TERMS = 12
FAR = 60.0
ENDING = 1e-12  # share of an integral that an outermost panel may have
MORE = 30.0  # times that mass
BEYOND = 1e-18  # more than a law on a grid has outside it
ROUNDING = 1e-12  # relative, of sums of positive terms with |r| ≳ 1e-13


def kl(p: Any, q: Any) -> Estimate:
    """Return KL(p‖q) = ∫ p φ(r), φ(r) = r + e^{−r} − 1; +inf where p has atoms or mass that q has not."""
    return _of_densities(p, q, lambda c: _pieces(c, lambda r: _remainder(-r), by=0))


def chi2(p: Any, q: Any) -> Estimate:
    """Return χ²(p‖q) = ∫ q (e^r − 1)²."""
    return _of_densities(p, q, lambda c: _pieces(c, lambda r: np.expm1(r) ** 2, by=1, growth=2.0))


def renyi(p: Any, q: Any, order: float) -> Estimate:
    """Return log(∫ p^a q^{1−a})/(a − 1), a = `order` > 0, a ≠ 1, through ∫ q [e^{ar} − 1 − a(e^r − 1)].

    For a < 1 finite for all laws that are not singular to each other: a density and atoms share nothing.
    """
    a, b = grids(p, q)
    if order < 1 and not (a.has_density and b.has_density):
        return _with_atoms(a, b, order)

    def pieces(c: Common) -> Array:
        alone = -order if order < 1 else math.inf
        return _pieces(c, lambda r: _holder(order, r), 1, max(order, 1.0), alone, other=order - 1)

    def finish(total: float) -> float:
        return math.log1p(total) / (order - 1) if total > -1 else math.inf

    found = _of_densities(a, b, pieces, finish)
    if order > 1 or not math.isfinite(found.high):
        return found
    slack = _untold(a, b, order) * math.exp((1 - order) * found.high) / (1 - order)
    return Estimate(found.value, max(found.low - slack, 0.0), found.high + slack, 1.0, found.method)


def fisher(p: Any, q: Any) -> Estimate:
    """Return E_p|r′|², r′ by differentiating on the panels; +inf where p has mass that q has not."""

    def pieces(c: Common) -> Array:
        mass = c.panels.weights * c.values[0]
        known = np.asarray(np.isfinite(c.ratio).all(axis=1))
        slope = np.abs(c.panels.derivative(np.where(known[:, None], c.ratio, 0.0)))
        if c.strained:
            slope += c.rounding @ np.abs(transform(ORDER)[1]).T / c.panels.half
        found = (mass * slope**2).sum(axis=1)
        return np.where(~known & (mass.sum(axis=1) > UNSEEN), math.inf, found)

    return _of_densities(p, q, pieces)


def hellinger(p: Any, q: Any) -> Estimate:
    """Return H = (½∫ q (e^{r/2} − 1)²)^{½}, atoms included: they share nothing with a density."""
    a, b = grids(p, q)

    def measure(a: GridDensity, b: GridDensity) -> float:
        return distance(Common(a, b))

    def distance(c: Common) -> float:
        a, b = c.p, c.q
        square = 0.5 * math.fsum(_pieces(c, lambda r: np.expm1(0.5 * r) ** 2, by=1, growth=1.0, alone=1.0))
        square += 0.5 * float(a.spots[:, 1].sum() + b.spots[:, 1].sum())
        return math.sqrt(min(max(square - _shared_atoms(a, b, 0.5), 0.0), 1.0))

    found = estimate(a, b, measure, ROUNDING)
    slack = abs(distance(Common(a, b, strained=True)) - found.value)
    untold = _untold(a, b, 0.5)
    slack += min(math.sqrt(untold), untold / found.value if found.value else 1.0)
    return Estimate(found.value, max(found.low - slack, 0.0), min(found.high + slack, 1.0), 1.0, found.method)


def total_variation(p: Any, q: Any) -> Estimate:
    """Return ½∫|p − q| plus half of what the atoms differ by; every sign change of p − q is located."""
    a, b = grids(p, q)

    def measure(a: GridDensity, b: GridDensity) -> float:
        c = Common(a, b)
        half = 0.5 * absolute(c, c.values[0] - c.values[1]) if c.panels.edges.size > 1 else 0.0
        spots = 0.5 * float(a.spots[:, 1].sum() + b.spots[:, 1].sum()) - _shared_atoms(a, b)
        return min(max(half + spots, 0.0), 1.0)

    found = estimate(a, b, measure, 4 * EPS)
    slack = abs(a.defect) + abs(b.defect) + 4 * EPS
    return Estimate(found.value, max(found.low - slack, 0.0), min(found.high + slack, 1.0), 1.0, found.method)


def _of_densities(
    p: Any, q: Any, pieces: Callable[[Common], Array], finish: Callable[[float], float] = float
) -> Estimate:
    """Return finish(Σ pieces) of two densities; +inf where there are atoms.

    `high` is inf where the grid of q says nothing of a part of p, or where the integral still grows at the ends of the
    panels, at places that hardly belong to either law.
    """
    a, b = grids(p, q)
    if a.spots.size or b.panels.edges.size < 2:
        return Estimate(math.inf, math.inf, math.inf, 1.0, "closed form, atoms against a density")
    found = estimate(a, b, lambda a, b: finish(math.fsum(pieces(Common(a, b)))), ROUNDING)
    common = Common(a, b)
    if math.isfinite(found.value) and (common.unseen[0] > UNSEEN or _open(common, np.abs(pieces(common)))):
        return Estimate(found.value, found.low, math.inf, 1.0, f"{found.method}, up to the ends of the grid")
    if math.isinf(found.value):
        return found
    slack = abs(finish(math.fsum(pieces(Common(a, b, strained=True)))) - found.value)
    return Estimate(found.value, max(found.low - slack, 0.0), found.high + slack, 1.0, found.method)


def _untold(a: GridDensity, b: GridDensity, order: float) -> float:
    """Return a bound of ∫ p^order q^{1−order} beyond the panels of either, by Hölder's inequality."""
    of_a, of_b = Common(a, b).unseen
    return float(BEYOND**order * of_b ** (1 - order) + of_a**order * BEYOND ** (1 - order))


def _open(c: Common, sizes: Array) -> bool:
    """Return whether an outermost panel counts, and for far more than the mass that the laws have there."""
    mass = [(c.panels.weights * values).sum(axis=1) for values in c.values]
    return any(
        sizes[end] > ENDING * (1 + float(sizes.sum())) and sizes[end] > MORE * sum(m[end] for m in mass)
        for end in (0, -1)
    )


def _pieces(
    c: Common,
    terms: Callable[[Array], Array],
    by: int,
    growth: float = 0.0,
    alone: float = math.inf,
    other: float = 1.0,
) -> Array:
    """Return, panel by panel, ∫ w·terms(r), w = p (`by` 0) or q (1), plus `alone`·p or `other`·q where one is alone.

    `growth` is the rate at which the terms grow exponentially in r → ∞.
    """
    seen = np.isfinite(c.logs[0]), np.isfinite(c.logs[1])
    both = seen[0] & seen[1]
    r = np.where(both, c.ratio, 0.0)
    beyond = np.maximum(r - FAR, 0.0)  # there the terms are their leading exponential, which the density takes back
    with np.errstate(over="ignore", invalid="ignore"):
        scale = np.exp(np.where(both, c.logs[by] + growth * beyond, -np.inf))
        found = c.panels.weights * scale * terms(np.clip(r, -FAR, FAR) if growth else np.maximum(r, -FAR))
        if not growth:  # KL: p(r + e^{−r} − 1) is q + p(r − 1), where e^{−r} alone would overflow
            far = both & (r < -FAR)
            found = np.where(far, c.panels.weights * (c.values[1] + c.values[0] * (r - 1)), found)
    only_p, only_q = (np.where(m, c.panels.weights * v, 0.0) for m, v in zip(
        (seen[0] & ~seen[1], seen[1] & ~seen[0]), c.values, strict=True))  # fmt: skip
    total = (found + other * only_q).sum(axis=1)
    lost = only_p.sum(axis=1)
    if c.q.formula is not None and lost.sum() > UNSEEN:  # else the grid of q just ends there
        with np.errstate(invalid="ignore"):
            total = total + np.where(lost > 0, alone * lost, 0.0)
    return np.asarray(total)


def _with_atoms(a: GridDensity, b: GridDensity, order: float) -> Estimate:
    """Return R_order, order < 1, of laws with atoms: log(∫ p^a q^{1−a} + Σ p_i^a q_i^{1−a})/(a − 1)."""

    def measure(a: GridDensity, b: GridDensity) -> float:
        c = Common(a, b)
        shared = 0.0
        if a.panels.edges.size > 1 and b.panels.edges.size > 1:
            shared = float((c.panels.weights * np.exp(order * c.logs[0] + (1 - order) * c.logs[1])).sum())
        shared += _shared_atoms(a, b, order)
        return math.log(shared) / (order - 1) if shared > 0 else math.inf

    return estimate(a, b, measure, ROUNDING)


def _remainder(r: Array) -> Array:
    """Return e^r − 1 − r ≥ 0, elementwise."""
    near = np.where(np.abs(r) < SMALL, r, 0.0)
    series = np.zeros_like(near)
    for n in range(TERMS, 1, -1):
        series = series * near + 1 / factorial(n)
    return np.where(np.abs(r) < SMALL, near * near * series, np.expm1(r) - r)


def _holder(a: float, r: Array) -> Array:
    """Return e^{ar} − 1 − a(e^r − 1), elementwise: a(a − 1)r²/2 + …"""
    small = np.abs(r) * max(1.0, a) < SMALL
    near = np.where(small, r, 0.0)
    series = np.zeros_like(near)
    for n in range(TERMS, 1, -1):
        series = series * near + (a**n - a) / factorial(n)
    return np.where(small, near * near * series, np.expm1(a * r) - a * np.expm1(r))


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


def _shared_atoms(a: GridDensity, b: GridDensity, order: float | None = None) -> float:
    """Return Σ min(a_i, b_i) or, with an `order`, Σ a_i^order b_i^{1−order} over the places that both have."""
    _, i, j = np.intersect1d(a.spots[:, 0], b.spots[:, 0], return_indices=True)
    first, second = a.spots[i, 1], b.spots[j, 1]
    return float((np.minimum(first, second) if order is None else first**order * second ** (1 - order)).sum())
