"""Rate: a measured column is a power (or an exponential) of an axis, with a given exponent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pandas import DataFrame

from verify.claims.axes import axis_values, groups
from verify.claims.claim import Claim, conclude, decide, nothing_left, require_margin
from verify.claims.points import read
from verify.claims.scope import Scope
from verify.claims.slopes import FEWEST, Slope, drop_unfit, enough, slope
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.finding import Finding


@dataclass(frozen=True)
class Rate(Claim):
    """The slope of log `column` against log `axis` is `exponent` ± `margin` in every group (an equivalence test).

    Holds if the slope's interval lies inside, violated if it is disjoint; with `at_least` only too small a slope does.
    `exponent` may name a column: then the reference is that column's slope on the same points, interval included.
    ``scale="linear"`` takes d log(column)/d(axis), for exponential decay. Rows are grouped by equal values of `within`
    (None: all other axes). Groups share the error budget (Bonferroni). Groups of fewer than three points are out of
    scope. The statistic is the slope farthest from the exponent.
    """

    column: str
    axis: str
    exponent: float | str
    margin: float
    at_least: bool = False
    scale: Literal["log", "linear"] = "log"
    within: Sequence[str] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        require_margin("margin", self.margin)
        if self.scale not in ("log", "linear"):
            raise InvalidInput(f"`scale` must be 'log' or 'linear'; got {self.scale!r}.")
        if not isinstance(self.exponent, str) and not np.isfinite(self.exponent):
            raise InvalidInput(f"`exponent` must be finite or the name of a column; got {self.exponent}.")
        if isinstance(self.within, str):
            raise InvalidInput(f"`within` must be a tuple of names; got the string {self.within!r}.")

    def sentence(self) -> str:
        """Return "column goes as axis^exponent" with its variants."""
        least = "at least " if self.at_least else ""
        if isinstance(self.exponent, str):
            kind = f"{self.column} goes {least}at the rate of {self.exponent} in {self.axis}"
        elif self.scale == "linear":
            kind = f"{self.column} goes {least}as exp({self.exponent:g} {self.axis})"
        else:
            kind = f"{self.column} goes {least}as {self.axis}^{self.exponent:g}"
        return f"{kind} (± {self.margin:g})"

    @property
    def columns(self) -> tuple[str, ...]:
        """The column, and the reference where it is one."""
        return (self.column, self.exponent) if isinstance(self.exponent, str) else (self.column,)

    def verdict(self, rows: DataFrame) -> Finding:
        """Return the finding on the slopes of all groups."""
        scope = Scope.of(rows, *self.columns)
        for name in self.columns:
            drop_unfit(scope, read(rows, name), name)
        slopes = self._slopes(rows, scope)
        if not slopes:
            return nothing_left(scope, f"no group has {FEWEST} points in scope for a slope")
        gaps = [(ours.low - ref.high, ours.value - ref.value, ours.high - ref.low) for ours, ref in slopes]
        outside = [low > self.margin or high < -self.margin for low, _, high in gaps]
        inside = [-self.margin <= low and high <= self.margin for low, _, high in gaps]
        distance = [abs(gap) for _, gap, _ in gaps]
        if self.at_least:
            outside, inside = [g[2] < -self.margin for g in gaps], [g[0] >= -self.margin for g in gaps]
            distance = [-gap for _, gap, _ in gaps]
        worst = int(np.argmax(distance))
        ours, ref = slopes[worst]
        confidence = float(min(read(rows.loc[scope.mask], name).confidence.min() for name in self.columns))
        statistic = Estimate(ours.value, ours.low, ours.high, confidence, "least-squares slope")
        verdict = decide(violated=any(outside), holds=all(inside))
        return conclude(scope, verdict, statistic, self._told(ours, ref, len(slopes), sum(outside)))

    def _slopes(self, rows: DataFrame, scope: Scope) -> list[tuple[Slope, Slope]]:
        """Return (slope, reference) of every group with enough points; the others go out of scope."""
        raw = axis_values(rows, self.axis, positive=self.scale == "log")
        x = np.log(raw) if self.scale == "log" else raw
        found = [(g, i, enough(i, scope.mask)) for g, i in groups(rows, self.axis, self.within, self.columns)]
        for _, members, kept in found:
            if not kept.size:
                few = np.zeros(len(rows), dtype=bool)
                few[members] = True
                scope.drop(few, f"their group has fewer than {FEWEST} points")
        found = [entry for entry in found if entry[2].size]
        sides = [read(rows, name) for name in self.columns]
        m = len(found) * sum(bool(side[scope.mask].statistical) for side in sides)
        fits = [[slope(g, x[kept], side[kept], m) for side in sides] for g, _, kept in found]
        return [(pair[0], pair[1] if len(pair) > 1 else self._fixed()) for pair in fits]

    def _fixed(self) -> Slope:
        value = float(self.exponent)
        return Slope("", value, value, value, 0, value, value)

    def _told(self, ours: Slope, ref: Slope, count: int, outside: int) -> str:
        linear = self.scale == "linear"
        name = f"d log {self.column}/d {self.axis}" if linear else f"order of {self.column} in {self.axis}"
        wanted = f"{'at least ' if self.at_least else ''}{ref.value:.4g} ± {self.margin:g}"
        spread = f"{ours.value:.4f} [{ours.low:.4f}, {ours.high:.4f}]"
        where = f" at {ours.group}" if ours.group else ""
        groups_told = f", farthest of {count} groups{f' ({outside} outside)' if outside else ''}" if count > 1 else ""
        halves = f"small-{self.axis} half {ours.first_half:.4f}, large half {ours.second_half:.4f}"
        return f"{name} is {spread}, wanted {wanted}{where}{groups_told}, {ours.points} points; {halves}"
