"""Divergences of two laws on the line by quadrature on common panels: grid laws and targets in any combination.

Integrands are written in r = log(p/q) and vanish to the order that the divergence does, so that close laws keep their
digits. The interval is what the number changes on the coarser companions of the grid laws, plus rounding.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import factorial

from verify.backend import Array
from verify.divergences.line_common import EPS, UNSEEN, Common, estimate, grids
from verify.estimate import Estimate
from verify.laws.grid_density import GridDensity

SMALL = 0.05  # |r| below which a series replaces differences of exponentials
TERMS = 12
FAR = 60.0
ROUNDING = 1e-12  # relative, of sums of positive terms with |r| ≳ 1e-13


def kl(p: Any, q: Any) -> Estimate:
    """Return KL(p‖q) = ∫ p φ(r), φ(r) = r + e^{−r} − 1; +inf where p has atoms or mass that q has not."""
    return _smooth(p, q, lambda c: _sum(c, lambda r: _remainder(-r), by=0))


def chi2(p: Any, q: Any) -> Estimate:
    """Return χ²(p‖q) = ∫ q (e^r − 1)²."""
    return _smooth(p, q, lambda c: _sum(c, lambda r: np.expm1(r) ** 2, by=1, growth=2.0))


def hellinger(p: Any, q: Any) -> Estimate:
    """Return H = (½∫ q (e^{r/2} − 1)²)^{½}, atoms included: they share nothing with a density."""
    a, b = grids(p, q)

    def measure(a: GridDensity, b: GridDensity) -> float:
        c = Common(a, b)
        square = 0.5 * _sum(c, lambda r: np.expm1(0.5 * r) ** 2, by=1, growth=1.0, alone=1.0)
        square += 0.5 * float(a.spots[:, 1].sum() + b.spots[:, 1].sum())
        return math.sqrt(min(max(square - _shared_atoms(a, b, np.sqrt), 0.0), 1.0))

    return estimate(a, b, measure, ROUNDING)


def renyi(p: Any, q: Any, order: float) -> Estimate:
    """Return log(∫ p^a q^{1−a})/(a − 1), a = `order` > 0, a ≠ 1, through ∫ q [e^{ar} − 1 − a(e^r − 1)]."""

    def value(c: Common) -> float:
        rest = _sum(
            c, lambda r: _holder(order, r), by=1, growth=max(order, 1.0), alone=-order if order < 1 else math.inf
        )
        return math.log1p(max(rest, -1.0)) / (order - 1) if rest > -1 else math.inf

    return _smooth(p, q, value, bounded=order < 1)


def fisher(p: Any, q: Any) -> Estimate:
    """Return E_p|r′|², r′ by differentiating on the panels."""

    def value(c: Common) -> float:
        a = c.values[0]
        if not np.isfinite(c.ratio[a > 0]).all():
            return math.inf
        slope = c.panels.derivative(np.where(a > 0, c.ratio, 0.0))
        return float((c.panels.weights * a * slope**2).sum())

    return _smooth(p, q, value)


def total_variation(p: Any, q: Any) -> Estimate:
    """Return ½∫|p − q| plus half of what the atoms differ by; every sign change of p − q is located."""
    a, b = grids(p, q)

    def measure(a: GridDensity, b: GridDensity) -> float:
        c = Common(a, b)
        half = 0.5 * _absolute(c, c.values[0] - c.values[1]) if c.panels.edges.size > 1 else 0.0
        spots = 0.5 * float(a.spots[:, 1].sum() + b.spots[:, 1].sum()) - _shared_atoms(a, b, lambda v: v)
        return min(max(half + spots, 0.0), 1.0)

    found = estimate(a, b, measure, 4 * EPS)
    slack = abs(a.defect) + abs(b.defect) + 4 * EPS
    return Estimate(found.value, max(found.low - slack, 0.0), min(found.high + slack, 1.0), 1.0, found.method)


def _smooth(p: Any, q: Any, value: Any, bounded: bool = False) -> Estimate:
    """Return a divergence of densities; +inf for atoms. Where the grid of q says nothing of p's mass, `high` is inf."""
    a, b = grids(p, q)
    if not bounded and (a.spots.size or b.panels.edges.size < 2):
        return Estimate(math.inf, math.inf, math.inf, 1.0, "closed form, atoms against a density")
    found = estimate(a, b, lambda a, b: value(Common(a, b)), ROUNDING)
    if max(Common(a, b).unseen) > UNSEEN and not bounded:
        return Estimate(found.value, found.low, math.inf, 1.0, f"{found.method}, up to the ends of the grid")
    return found


def _sum(c: Common, terms: Any, by: int, growth: float = 0.0, alone: float = math.inf) -> float:
    """Return ∫ w·terms(r), w = p (`by` 0) or q (1), plus q where p vanishes plus `alone` times p where q does.

    `growth` is the rate at which the terms grow exponentially in r → ∞.
    """
    a, b = c.values
    weights = c.panels.weights
    seen = np.isfinite(c.logs[0]), np.isfinite(c.logs[1])
    both = seen[0] & seen[1]
    r = c.ratio[both]
    with np.errstate(over="ignore"):
        # beyond FAR the terms are their leading exponential, which the density takes back
        beyond = np.maximum(r - FAR, 0.0)
        scale = np.exp(c.logs[by][both] + growth * beyond)
        total = float(weights[both] @ (scale * terms(np.minimum(r, FAR) if growth else r)))
    only_p, only_q = (float(weights[m] @ v[m]) for m, v in ((seen[0] & ~seen[1], a), (seen[1] & ~seen[0], b)))
    if only_p > UNSEEN and c.q.formula is not None:  # else the grid of q just ends there
        total += alone * only_p
    return total + only_q


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


def _absolute(c: Common, f: Array) -> float:
    """Return ∫|f| for f at the nodes of the common panels, cut where its polynomials change sign."""
    whole = (c.panels.weights * f).sum(axis=1)
    mixed = (f.min(axis=1) < 0) & (f.max(axis=1) > 0)
    total = float(np.abs(whole[~mixed]).sum())
    return total + sum(_cut(s, h) for s, h in zip(c.panels.series(f[mixed]), c.panels.half[mixed, 0], strict=True))


def _cut(series: Array, half: float) -> float:
    roots = np.polynomial.legendre.legroots(np.trim_zeros(series, "b")) if series[1:].any() else np.zeros(0)
    inside = np.sort(roots.real[(np.abs(roots.imag) < 1e-6) & (np.abs(roots.real) < 1)])
    anti = np.polynomial.legendre.legint(series)
    return half * float(np.abs(np.diff(np.polynomial.legendre.legval(np.r_[-1.0, inside, 1.0], anti))).sum())


def _shared_atoms(a: GridDensity, b: GridDensity, root: Any) -> float:
    """Return Σ min(a_i, b_i) (root: identity) or Σ √(a_i b_i) (square root) over the places that both have."""
    _, i, j = np.intersect1d(a.spots[:, 0], b.spots[:, 0], return_indices=True)
    first, second = a.spots[i, 1], b.spots[j, 1]
    return float((root(first) * root(second) if root is np.sqrt else np.minimum(first, second)).sum())
