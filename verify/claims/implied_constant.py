"""ImpliedConstant: a bound stated up to a constant ("≲") holds with one moderate constant everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pandas import DataFrame

from verify.claims.axes import axis_values, groups, place
from verify.claims.claim import Claim, conclude, decide, nothing_left, require_margin
from verify.claims.points import Points, joint, read, widen
from verify.claims.ratio import largest, ratio
from verify.claims.scope import Scope
from verify.claims.slopes import Slope, drop_unfit, enough, slope
from verify.errors import InvalidInput
from verify.finding import Finding


@dataclass(frozen=True)
class ImpliedConstant(Claim):
    """sup column/by ≤ `ceiling`, and the ratio does not drift upwards along any of `axes`.

    Holds if the supremum's top is at most the ceiling and along each axis, in every group, the log–log slope of the
    ratio is at most `margin` (its whole interval); violated if the supremum's bottom is above the ceiling;
    inconclusive otherwise, a drift or an axis with fewer than three points included: a constant that still grows on
    the sweep is no constant yet. A name with a minus, ``"-step"``, is followed towards zero instead of infinity.
    """

    column: str
    by: str
    ceiling: float
    axes: Sequence[str] = ()
    margin: float = 0.1
    within: Sequence[str] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require_margin("margin", self.margin)
        if isinstance(self.axes, str):
            raise InvalidInput(f"`axes` must be a tuple of names; got the string {self.axes!r}.")
        if not (np.isfinite(self.ceiling) and self.ceiling > 0):
            raise InvalidInput(f"`ceiling` must be positive and finite; got {self.ceiling}.")

    def sentence(self) -> str:
        """Return "column ≲ by with a constant at most ceiling"."""
        drift = f", steady in {', '.join(self.axes)}" if self.axes else ""
        return f"{self.column} ≲ {self.by} with a constant of at most {self.ceiling:g}{drift}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Both sides."""
        return (self.column, self.by)

    def verdict(self, rows: DataFrame) -> Finding:
        """Return the finding on the supremum of the ratio and its drift."""
        scope = Scope.of(rows, self.column, self.by)
        scope.drop_vacuous(rows, self.by)
        if not scope.inside:
            return nothing_left(scope)
        inside = rows.loc[scope.mask]
        sides = read(inside, self.column), read(inside, self.by)
        m = sum(side.statistical for side in sides)
        row, sup = largest(ratio(*(widen(side, m) for side in sides)), joint(*sides))
        drifts = {axis: self._drift(inside, axis, ratio(*sides)) for axis in self.axes}
        steady = all(found and all(s.high <= self.margin for s in found) for found in drifts.values())
        where = place(inside, row, self.columns)
        text = f"constant {sup.value:.4g} (ceiling {self.ceiling:g}){where}, {len(inside)} points"
        told = "".join(_told(axis, found, self.margin) for axis, found in drifts.items())
        verdict = decide(violated=sup.low > self.ceiling, holds=sup.high <= self.ceiling and steady)
        return conclude(scope, verdict, sup, text + told)

    def _drift(self, rows: DataFrame, name: str, points: Points) -> list[Slope]:
        """Return the slope of the ratio along an axis in every group, signed so that growth is positive."""
        axis = name.removeprefix("-")
        x = np.log(axis_values(rows, axis, positive=True)) * (-1 if name.startswith("-") else 1)
        scope = Scope(np.ones(len(rows), dtype=bool))
        drop_unfit(scope, points, "ratio")
        found = [(g, enough(i, scope.mask)) for g, i in groups(rows, axis, self.within, self.columns)]
        found = [(g, kept) for g, kept in found if kept.size]
        m = len(found) * len(self.axes)
        return [slope(g, x[kept], points[kept], m) for g, kept in found]


def _told(axis: str, found: list[Slope], margin: float) -> str:
    if not found:
        return f"; drift in {axis} not tested (fewer than 3 points)"
    worst = max(found, key=lambda s: s.high)
    words = "steady in" if worst.high <= margin else "drifts in"
    return f"; {words} {axis}: slope {worst.value:+.3f} [{worst.low:+.3f}, {worst.high:+.3f}]"
