"""Points: a column of a table with its intervals, and how points share an error budget.

The budget is shared by Bonferroni: with m intervals, or m claims, each is widened to miss with 1/m of the error. That
needs no independence, and intervals stay intervals, which step-down tests do not give.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from pandas import DataFrame
from scipy.special import ndtri

from verify.errors import InvalidInput, UnknownName

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Points:
    """Values with their intervals [low, high] at `confidence` (1 where exact or enclosed), each of shape (n,)."""

    value: Array
    low: Array
    high: Array
    confidence: Array

    def __getitem__(self, keep: Any) -> Points:
        return Points(self.value[keep], self.low[keep], self.high[keep], self.confidence[keep])

    def __len__(self) -> int:
        return self.value.size

    @property
    def statistical(self) -> int:
        """How many of the intervals can miss their value."""
        return int((self.confidence < 1).sum())


def read(table: DataFrame, column: str | float) -> Points:
    """Return a column with its intervals, or a number as a column; plain columns are taken as exact."""
    if not isinstance(column, str):
        value = np.full(len(table), float(column))
        return Points(value, value, value, np.ones(len(table)))
    require_columns(table, column)
    value = _numbers(table, column)
    if f"{column}.low" not in table.columns:
        return Points(value, value, value, np.ones(len(table)))
    require_columns(table, f"{column}.high", f"{column}.confidence")
    low, high, confidence = (_numbers(table, f"{column}.{part}") for part in ("low", "high", "confidence"))
    return Points(value, low, high, confidence)


def require_columns(table: DataFrame, *names: str) -> None:
    """Raise UnknownName for a column that is not there."""
    for name in names:
        if name not in table.columns:
            raise UnknownName("column", name, map(str, table.columns))


def _numbers(table: DataFrame, column: str) -> Array:
    try:
        return table[column].to_numpy(dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"column `{column}` must hold numbers; got {table[column].iloc[0]!r}.") from error


def quantile(confidence: npt.ArrayLike, m: int = 1) -> Array:
    """Return z with P(|Z| ≤ z) = 1 − (1 − confidence)/m, Z standard normal (Bonferroni for m > 1)."""
    return np.asarray(-ndtri((1.0 - np.asarray(confidence, dtype=np.float64)) / (2 * m)), dtype=np.float64)


def widen(points: Points, m: int) -> Points:
    """Return the points with statistical intervals so wide that all of m of them hold jointly at one's confidence.

    Half-widths grow by z(1 − (1 − c)/m) / z(c), normal quantiles; enclosures (c = 1) are certain and stay.
    """
    loose = points.confidence < 1
    if m <= 1 or not loose.any():
        return points
    scale = np.ones(len(points))
    scale[loose] = quantile(points.confidence[loose], m) / quantile(points.confidence[loose])
    low, high = points.low.copy(), points.high.copy()
    finite = loose & np.isfinite(points.value)
    value = points.value[finite]
    low[finite] = value - scale[finite] * (value - low[finite])
    high[finite] = value + scale[finite] * (high[finite] - value)
    confidence = np.where(loose, 1 - (1 - points.confidence) / m, 1.0)
    return replace(points, low=low, high=high, confidence=confidence)


def widen_table(table: DataFrame, m: int) -> DataFrame:
    """Return the table with every statistical interval widened for m claims that share the error budget."""
    if m <= 1:
        return table
    out = table.copy()
    for column in [str(c).removesuffix(".confidence") for c in table.columns if str(c).endswith(".confidence")]:
        points = read(table, column)
        if points.statistical:
            wide = widen(points, m)
            out[f"{column}.low"], out[f"{column}.high"] = wide.low, wide.high
            out[f"{column}.confidence"] = wide.confidence
    return out


def joint(*points: Points) -> float:
    """Return the least confidence among all intervals: that of a statement that uses them all, once widened."""
    return float(min((p.confidence.min() for p in points if len(p)), default=1.0))
