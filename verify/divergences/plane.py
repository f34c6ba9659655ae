"""KL and total variation of a laws.PlaneDensity against a law of the plane, by trapezoids on its grid."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from verify.backend import Array
from verify.divergences.line_common import EPS
from verify.estimate import Estimate
from verify.laws.plane_density import PlaneDensity

METHOD = "quadrature"
UNSEEN = 1e-13  # mass that counts as rounding
FINER = 4  # nodes per node for |p − q|, which has a kink


def serves(p: Any, q: Any) -> bool:
    """True where one law is a PlaneDensity and the other has a density, too."""
    laws = (p, q)
    return any(isinstance(law, PlaneDensity) for law in laws) and all(
        getattr(law, "dim", 0) == 2 and hasattr(law, "log_density") for law in laws
    )


def kl(p: Any, q: Any) -> Estimate:
    """Return KL(p‖q) = ∫ [p log(p/q) + q − p] on the grid of p, or of q where p has none, plus q's mass off it."""
    return _estimate(p, q, _divergence)


def total_variation(p: Any, q: Any) -> Estimate:
    """Return ½∫|p − q|, between the nodes by splines of the logarithms."""
    found = _estimate(p, q, _distance)
    return Estimate(min(found.value, 1.0), min(found.low, 1.0), min(found.high, 1.0), 1.0, METHOD)


def _estimate(p: Any, q: Any, measure: Callable[[Any, Any], float]) -> Estimate:
    """Return measure(p, q), enclosed in what it changes on the coarse companions and the mass off the grid."""
    value = measure(p, q)
    pairs = [getattr(law, "coarse", None) or law for law in (p, q)]
    change = abs(measure(*pairs) - value)
    lost = sum(abs(law.defect) for law in (p, q) if isinstance(law, PlaneDensity))
    if not math.isfinite(value):
        return Estimate(value, value, value, 1.0, METHOD)
    return Estimate.exact(value, change + lost + 64 * EPS, METHOD, least=0.0)


def _divergence(p: Any, q: Any) -> float:
    grid = p if isinstance(p, PlaneDensity) else q
    logs = [_logs(law, grid.axes) for law in (p, q)]
    if (np.isneginf(logs[1]) & (logs[0] > -100)).any() and not isinstance(q, PlaneDensity):
        return math.inf
    live = np.isfinite(logs[0]) & np.isfinite(logs[1])
    r = np.where(live, logs[0], 0.0) - np.where(live, logs[1], 0.0)
    terms = np.where(live, np.exp(logs[0]) * (r - 1) + np.exp(logs[1]), np.exp(logs[1]))
    return max(grid.cell * float(terms.sum()) + _off(logs[1], grid.cell), 0.0)


def _distance(p: Any, q: Any) -> float:
    grid = p if isinstance(p, PlaneDensity) else q
    axes = [np.linspace(a[0], a[-1], FINER * (a.size - 1) + 1) for a in grid.axes]
    cell, logs = grid.cell / FINER**2, [_logs(law, axes) for law in (p, q)]
    off = sum(_off(values, cell) for values in logs)
    return 0.5 * (cell * float(np.abs(np.exp(logs[0]) - np.exp(logs[1])).sum()) + off)


def _off(logs: Array, cell: float) -> float:
    """Return the mass off the grid, 0 where that is rounding."""
    lost = 1.0 - cell * float(np.exp(logs).sum())
    return lost if lost > UNSEEN else 0.0


def _logs(law: Any, axes: Any) -> Array:
    if isinstance(law, PlaneDensity) and law.axes is axes:
        with np.errstate(divide="ignore"):
            return np.log(law.values)
    return np.asarray(law.log_density(np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)))
