"""UpperBound: a measured column stays below a bound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pandas import DataFrame

from verify.claims.axes import axis_values, groups, place
from verify.claims.claim import Claim, conclude, decide, nothing_left, require_margin
from verify.claims.points import Points, joint, read, widen
from verify.claims.ratio import largest, ratio
from verify.claims.scope import Scope
from verify.claims.slopes import drop_unfit, enough, slope
from verify.finding import Finding, Verdict


@dataclass(frozen=True)
class UpperBound(Claim):
    """`column` ≤ `by` at every point: holds if every interval's top is, violated if some interval's bottom is above.

    `by` is a bound, a term of one (``chen.score``), another measured column (then its own interval counts) or a number.
    Statistical intervals are widened so that all points hold jointly (Bonferroni). `slack` is a relative allowance for
    bounds that are attained, where rounding decides. With an `axis`, the evidence tells the slopes of both sides. An
    infinite error under a finite bound violates it. The statistic is the largest ratio column/by.
    """

    column: str
    by: str | float
    axis: str | None = None
    slack: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        require_margin("slack", self.slack)

    def sentence(self) -> str:
        """Return "column ≤ by"."""
        return f"{self.column} ≤ {self.by} at every point"

    @property
    def columns(self) -> tuple[str, ...]:
        """Both sides, the bound only where it is a column."""
        return (self.column, self.by) if isinstance(self.by, str) else (self.column,)

    def verdict(self, rows: DataFrame) -> Finding:
        """Return the finding: every point in scope is compared with its own bound."""
        scope = Scope.of(rows, self.column, self.by)
        scope.drop_vacuous(rows, self.by)
        if not scope.inside:
            return nothing_left(scope)
        inside = rows.loc[scope.mask]
        sides = read(inside, self.column), read(inside, self.by)
        m = sum(side.statistical for side in sides)
        top, bound = (widen(side, m) for side in sides)
        allowed = 1 + self.slack
        above = top.low > bound.high * allowed
        below = top.high <= bound.low * allowed
        row, statistic = largest(ratio(top, bound), joint(*sides))
        text = f"largest {self.column}/{self.by} = {statistic.value:.4g}{place(inside, row, self.columns)}"
        text += f" over {len(top)} points" + (f", {int(above.sum())} above the bound" if above.any() else "")
        verdict = decide(violated=bool(above.any()), holds=bool(below.all()))
        return conclude(scope, verdict, statistic, text + self._rates(inside, verdict))

    def _rates(self, rows: DataFrame, verdict: Verdict) -> str:
        """Return the clause that compares the slopes of both sides along `axis`."""
        if self.axis is None or not isinstance(self.by, str):
            return ""
        ours, theirs = (slopes_along(rows, self.axis, side, self.columns) for side in (self.column, self.by))
        common = sorted(ours.keys() & theirs.keys())
        if not common:
            return f"; too few points along {self.axis} for its rates"
        pairs = [(ours[group], theirs[group]) for group in common]
        error, bound = (_power(self.axis, [pair[side] for pair in pairs]) for side in (0, 1))
        sharp = all(abs(a - b) <= SHARP for a, b in pairs)
        holds = "the bound holds, " if verdict == Verdict.HOLDS else ""
        return f"; the error goes as {error}, the bound as {bound}: {holds}its rate is {'' if sharp else 'not '}sharp"


SHARP = 0.1  # exponents closer than this are called equal in words; no verdict depends on it


def slopes_along(rows: DataFrame, axis: str, column: str, besides: tuple[str, ...]) -> dict[str, float]:
    """Return the log–log slope of `column` along `axis` in every group with enough points, by the group's label."""
    points = read(rows, column)
    points = Points(points.value, points.value, points.value, np.ones(len(points)))
    scope = Scope(np.ones(len(rows), dtype=bool))
    drop_unfit(scope, points, column)
    x = np.log(axis_values(rows, axis, positive=True))
    found = {label: enough(members, scope.mask) for label, members in groups(rows, axis, None, besides)}
    return {label: slope(label, x[kept], points[kept]).value for label, kept in found.items() if kept.size}


def _power(axis: str, slopes: list[float]) -> str:
    low, high = f"{min(slopes):.2f}", f"{max(slopes):.2f}"
    return f"{axis}^{low}" if low == high else f"{axis}^{low}…{high}"
