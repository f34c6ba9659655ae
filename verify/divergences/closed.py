"""Closed forms of Gaussian pairs as Estimates: a sum over variances plus a sum over means, enclosed.

Every closed form here is Σ_i [spread(e_i) + shift(b_i, e_i)]: spread ≥ 0 vanishes at e = 0 and grows away from it,
shift grows with |b| and is monotone in e. Their values at the ends of the error intervals of (b, e) enclose the sum.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from verify.backend import Array, to_host
from verify.divergences.difference import EPS
from verify.divergences.pair import Pair, reduce
from verify.errors import InvalidInput, NotApplicable
from verify.estimate import Estimate
from verify.laws import CloudMoments, Particles

Spread = Callable[[Array, Array], Array]  # (e, v) -> (…)
Shift = Callable[[Array, Array, Array], Array]  # (b, e, v) -> (…)
ATOMS = "atoms against a density"


def is_gaussian(law: Any) -> bool:
    """True for a law or target with a mean, a covariance and its spectrum."""
    return all(hasattr(law, name) for name in ("eigenvalues", "cov", "dim", "mean"))


def is_cloud(law: Any) -> bool:
    """True for particles."""
    return isinstance(law, (Particles, CloudMoments)) or (hasattr(law, "points") and hasattr(law, "through"))


def check(name: str, p: Any, q: Any) -> bool:
    """Return True for a Gaussian pair, False for a cloud on one side; raises where neither is the case."""
    for law in (p, q):
        if not (is_gaussian(law) or is_cloud(law)):
            raise NotApplicable(f"`{name}` takes Gaussian laws or targets, and particles; got {type(law).__name__}.")
    if is_cloud(p) and is_cloud(q):
        raise NotApplicable(f"`{name}` of two clouds is not defined here; put the known Gaussian law on one side.")
    if p.dim != q.dim:
        raise InvalidInput(f"`{name}` needs laws of one dimension; got {p.dim} and {q.dim}.")
    return not (is_cloud(p) or is_cloud(q))


def points_of(cloud: Any) -> Array:
    """Return the finite points of a cloud on the host, (n, d) float64."""
    if isinstance(cloud, CloudMoments):
        raise NotApplicable("this estimator needs the points themselves; run laws.Particles, or take the plug-in.")
    points = to_host(cloud.points)
    if not np.isfinite(points).all():
        raise InvalidInput("the cloud has points that are not finite; take smaller steps.")
    return points


def atoms(name: str, estimator: str, value: float) -> Estimate:
    """Return the exact divergence of a finite set of atoms from a density."""
    if estimator != "atoms":
        raise NotApplicable(f"`{name}` of particles is only known as atoms; pass estimator='atoms' or a Gaussian law.")
    return Estimate(value, value, value, 1.0, f"closed form, {ATOMS}")


def enclosed(p: Any, q: Any, spread: Spread, shift: Shift) -> tuple[float, float, float]:
    """Return (value, low, high) of Σ spread + Σ shift on the canonical pair; +inf for mutually singular laws."""
    pair = reduce(p, q)
    return (np.inf, np.inf, np.inf) if pair is None else bracket(pair, spread, shift)


def bracket(pair: Pair, spread: Spread, shift: Shift) -> tuple[float, float, float]:
    """Return (value, low, high) of Σ spread(e) + Σ shift(b, e) over the error box of the pair."""
    tiny = np.finfo(float).tiny
    below = (pair.e - pair.e_error, np.maximum(pair.v - pair.e_error, np.minimum(pair.v, tiny)))
    above = (pair.e + pair.e_error, pair.v + pair.e_error)
    below = (np.maximum(below[0], -1.0), below[1])
    size = np.abs(pair.b)
    thin, wide = np.maximum(size - pair.b_error, 0.0), size + pair.b_error
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        at, ends = spread(pair.e, pair.v), np.stack([spread(*below), spread(*above)])
        moved = shift(size, pair.e, pair.v)
        least = np.minimum(shift(thin, *below), shift(thin, *above))
        most = np.maximum(shift(wide, *below), shift(wide, *above))
    inside = np.abs(pair.e) <= pair.e_error
    value = float(at.sum() + moved.sum())
    low = float(np.where(inside, 0.0, np.minimum(at, ends.min(axis=0))).sum() + np.minimum(moved, least).sum())
    high = float(np.maximum(at, ends.max(axis=0)).sum() + np.maximum(moved, most).sum())
    slack = 4 * EPS * (1 + np.log2(1 + size.size)) * value  # evaluation and pairwise summation
    if np.isinf(value):
        return np.inf, np.inf, np.inf
    return value, max(low - slack, 0.0), high + slack


def estimate(ends: tuple[float, float, float], increasing: Callable[[float], float] = float) -> Estimate:
    """Return (value, low, high) pushed through an increasing function, as an enclosure."""
    with np.errstate(over="ignore"):
        value, low, high = (float(increasing(x)) for x in ends)
    if np.isinf(value):
        return Estimate(value, value, value, 1.0, "closed form")
    return Estimate(value, min(low, value), max(high, value), 1.0, "closed form")
