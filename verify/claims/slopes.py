"""Least-squares slopes of log errors, with the interval that the intervals of the points imply.

The slope is linear in the logarithms, β = Σ c_i log y_i with c_i = (x_i − x̄)/Σ(x_j − x̄)², so its interval needs no
model of the noise: enclosures add linearly, statistical half-widths in quadrature (each end with its own side).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from verify.claims.points import Array, Points, quantile
from verify.claims.scope import Scope

FEWEST = 3  # two points always lie on a line


@dataclass(frozen=True)
class Slope:
    """A slope in [low, high], its group, the number of points and the slopes of its two halves."""

    group: str
    value: float
    low: float
    high: float
    points: int
    first_half: float
    second_half: float


def drop_unfit(scope: Scope, points: Points, name: str) -> None:
    """Take out of scope what has no logarithm with a finite interval."""
    scope.drop(np.isinf(points.value) | np.isinf(points.high), f"`{name}` is not finite")
    scope.drop(points.value <= 0, f"`{name}` is not positive")
    scope.drop(points.low <= 0, f"the interval of `{name}` reaches zero")


def coefficients(x: Array) -> Array:
    """Return c with slope = Σ c_i y_i, the least-squares line through (x_i, y_i)."""
    centred = x - x.mean()
    return np.asarray(centred / (centred @ centred), dtype=np.float64)


def slope(group: str, x: Array, points: Points, m: int = 1) -> Slope:
    """Return the slope of log(points) against x (sorted), as one of m that share the error budget."""
    c = coefficients(x)
    log = np.log(points.value)
    down, up = log - np.log(points.low), np.log(points.high) - log
    below = np.where(c > 0, c * down, -c * up)  # what each point can take off the slope
    above = np.where(c > 0, c * up, -c * down)
    value = float(c @ log)
    half = (x.size + 1) // 2
    ends = (float(coefficients(x[part]) @ log[part]) for part in (slice(None, half), slice(-half, None)))
    return Slope(group, value, value - _width(below, points, m), value + _width(above, points, m), x.size, *ends)


def _width(parts: Array, points: Points, m: int) -> float:
    """Return Σ over enclosures + √Σ² over statistical intervals, the latter in standard errors times z for m."""
    loose = points.confidence < 1
    certain = float(parts[~loose].sum())
    if not loose.any():
        return certain
    errors = parts[loose] / quantile(points.confidence[loose])
    return certain + float(quantile(points.confidence[loose].min(), m)) * float(np.sqrt(errors @ errors))


def enough(members: npt.NDArray[np.intp], mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
    """Return the members in scope, none where they are too few for a slope."""
    kept = members[mask[members]]
    return kept if kept.size >= FEWEST else kept[:0]
