"""Ratio of a measured column to a bound, with its interval: the tightness that reports show."""

from __future__ import annotations

import numpy as np

from verify.claims.points import Array, Points
from verify.estimate import Estimate


def ratio(top: Points, bottom: Points) -> Points:
    """Return top/bottom with the interval that follows from both (all points widened before).

    A bound of zero is met only by zero (ratio 1) and missed by everything above (ratio ∞); a negative bound is missed.
    """
    low = divide(top.low, np.where(top.low < 0, bottom.low, bottom.high))
    low = np.where((top.low < 0) & (bottom.low <= 0), -np.inf, low)
    high = divide(top.high, np.where(top.high < 0, bottom.high, bottom.low))
    value = np.clip(divide(top.value, bottom.value), low, high)
    return Points(value, low, high, np.minimum(top.confidence, bottom.confidence))


def divide(a: Array, b: Array) -> Array:
    """Return a/b of errors a against bounds b ≥ 0, by the conventions of `ratio`; never NaN."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        plain = np.where(b > 0, a / np.where(b > 0, b, 1.0), np.inf)
    plain = np.where((b == 0) & (a == 0), 1.0, plain)
    plain = np.where((b == 0) & (a < 0), -np.inf, plain)
    plain = np.where(np.isinf(a) & np.isinf(b), 1.0, plain)
    return np.asarray(plain, dtype=np.float64)


def largest(points: Points, confidence: float) -> tuple[int, Estimate]:
    """Return the row of the largest value and the supremum of all values, its interval at the joint `confidence`."""
    row = int(np.argmax(points.value))
    value = float(points.value[row])
    low, high = float(points.low.max()), float(points.high.max())
    return row, Estimate(value, min(low, value), max(high, value), confidence, "supremum over the points in scope")
