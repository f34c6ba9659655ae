"""Identity: two columns, or a column and a number, are equal up to a tolerance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pandas import DataFrame

from verify.claims.axes import place
from verify.claims.claim import Claim, conclude, decide, nothing_left, require_margin
from verify.claims.points import Array, Points, joint, read, widen
from verify.claims.scope import Scope
from verify.estimate import Estimate
from verify.finding import Finding


@dataclass(frozen=True)
class Identity(Claim):
    """|left − right| ≤ `tolerance` at every point, times |right| where `relative`.

    Holds if the interval of every difference lies inside ± tolerance, violated if one is disjoint from it. Intervals
    are widened so that all hold jointly and then subtracted end from end, which needs no independence. Two equal
    infinities are out of scope; one infinity against a number violates. The statistic is the largest difference.
    """

    left: str
    right: str | float
    tolerance: float
    relative: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        require_margin("tolerance", self.tolerance)

    def sentence(self) -> str:
        """Return "left = right to tolerance"."""
        return f"{self.left} = {self.right} to {'a relative ' if self.relative else ''}{self.tolerance:g}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The sides that are columns."""
        return (self.left, self.right) if isinstance(self.right, str) else (self.left,)

    def verdict(self, rows: DataFrame) -> Finding:
        """Return the finding: every point in scope is compared."""
        scope = Scope.of(rows, self.left, self.right)
        left, right = read(rows, self.left), read(rows, self.right)
        scope.drop(np.isinf(left.value) & (left.value == right.value), "both sides are infinite")
        if self.relative:
            scope.drop(right.value == 0, f"`{self.right}` is zero")
        if not scope.inside:
            return nothing_left(scope)
        inside = rows.loc[scope.mask]
        left, right = left[scope.mask], right[scope.mask]
        m = left.statistical + right.statistical
        gap = difference(widen(left, m), widen(right, m), relative=self.relative)
        outside = (gap.low > self.tolerance) | (gap.high < -self.tolerance)
        within = (gap.low >= -self.tolerance) & (gap.high <= self.tolerance)
        row = int(np.argmax(np.abs(gap.value)))
        statistic = Estimate(
            float(gap.value[row]), float(gap.low[row]), float(gap.high[row]), joint(left, right), "largest difference"
        )
        kind = "relative difference" if self.relative else "difference"
        text = f"largest {kind} {statistic.value:.3g} [{statistic.low:.3g}, {statistic.high:.3g}]"
        text += f"{place(inside, row, self.columns)} over {len(gap)} points, tolerance {self.tolerance:g}"
        return conclude(scope, decide(violated=bool(outside.any()), holds=bool(within.all())), statistic, text)


def difference(left: Points, right: Points, *, relative: bool) -> Points:
    """Return left − right with its interval, divided by the magnitude of `right` where `relative`; never NaN."""
    low, value, high = _minus(left.low, right.high), _minus(left.value, right.value), _minus(left.high, right.low)
    if relative:
        far = np.maximum(np.abs(right.low), np.abs(right.high))
        least = np.minimum(np.abs(right.low), np.abs(right.high))
        near = np.where(np.sign(right.low) == np.sign(right.high), least, 0.0)
        low, high = _over(low, np.where(low < 0, near, far)), _over(high, np.where(high > 0, near, far))
        value = np.clip(_over(value, np.abs(right.value)), low, high)
    return Points(value, low, high, np.minimum(left.confidence, right.confidence))


def _minus(a: Array, b: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return np.where(a == b, 0.0, a - b)


def _over(a: Array, b: Array) -> Array:
    """Return a/b for b ≥ 0 with 0/0 = 0 and ∞/∞ = the sign of a at infinity."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(a == 0, 0.0, np.where(np.isinf(a), a, a / b))
