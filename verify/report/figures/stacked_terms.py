"""StackedTerms: what a bound is made of, and each term beside what it bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.errors import UnknownName
from verify.report.figures.colours import colours
from verify.report.figures.frame import Array, Slice, in_scope, values
from verify.report.figures.specification import Specification
from verify.report.text import joined, names_of, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

_FLAGS = {"failed", "vacuous"}


@dataclass(frozen=True)
class StackedTerms(Specification):
    """The named terms of `bound` stacked over `x`; `exact` maps a term to the column that measures it in isolation.

    Left: bars on a linear axis, since stacked heights add up only there. Right, where `exact` is given: each term
    (line) and its exact counterpart (diamonds) at their true x on a log axis, since they differ by orders of magnitude.
    """

    x: str
    bound: str
    exact: Mapping[str, str] = field(default_factory=dict)

    @property
    def axes(self) -> tuple[str, ...]:
        """The axis `x`."""
        return (self.x,)

    @property
    def shown(self) -> tuple[str, ...]:
        """The bound and the exact counterparts."""
        return (self.bound, *self.exact.values())

    def terms(self, rows: DataFrame) -> list[str]:
        """Return the names of the bound's terms, in the order of the table."""
        stem = f"{self.bound}."
        names = [str(c).removeprefix(stem) for c in rows.columns if str(c).startswith(stem)]
        terms = [name for name in names if name not in _FLAGS]
        for term in self.exact:
            if term not in terms:
                raise UnknownName(f"term of `{self.bound}`", term, terms)
        return terms

    def _ordered(self, part: Slice) -> DataFrame:
        numeric = part.rows[self.x].dtype.kind in "if"
        return part.rows.sort_values(self.x, kind="stable") if numeric else part.rows

    def _paint(self, part: Slice) -> Figure:
        from verify.report.figures.style import nothing, panels

        rows = self._ordered(part)
        figure, places = panels(2 if self.exact else 1, sharey=False)
        terms = self.terms(rows)
        if not len(rows) or not terms:
            nothing(places[0])
            return figure
        self._stack(places[0], rows, terms)
        if self.exact:
            self._compare(places[1], rows, terms)
        return figure

    def _stack(self, axes: Axes, rows: DataFrame, terms: list[str]) -> None:
        scope = in_scope(rows, self.bound)
        places, floor = np.arange(len(rows)), np.zeros(len(rows))
        ink = colours(rows, terms)
        for term in terms:
            height = np.nan_to_num(values(rows, f"{self.bound}.{term}"), posinf=0.0)
            bars = axes.bar(places, height, 0.72, floor, color=ink[term], label=self.word(term), linewidth=0)
            for bar, counts in zip(bars, scope, strict=True):
                if not counts:
                    bar.set(facecolor="none", edgecolor=ink[term], hatch="////", linewidth=0.6)
            floor = floor + height
        _category_ticks(axes, names_of(rows[self.x].tolist()), 7 if self.exact else 14)
        axes.set_xlabel(self.axis_word(self.x))
        axes.set_title(f"{self.word(self.bound)}: terms, stacked")
        axes.set_ylim(0, float(floor.max()) * 1.05 or 1.0)
        handles, names = axes.get_legend_handles_labels()
        axes.figure.legend(handles, names, loc="outside upper left", ncols=4, handlelength=1.2)

    def _compare(self, axes: Axes, rows: DataFrame, terms: list[str]) -> None:
        from verify.report.figures.style import PAPER, log_ticks

        ink, places = colours(rows, terms), self._places(axes, rows)
        seen: list[float] = []
        for term in terms:
            lines: list[tuple[str, dict[str, Any]]] = [(f"{self.bound}.{term}", {"linestyle": "-"})]
            if term in self.exact:
                marks = {"linestyle": ":", "marker": "D", "markerfacecolor": PAPER, "linewidth": 0.8}
                lines.append((self.exact[term], marks))
            for column, look in lines:
                value = values(rows, column)
                usable = np.isfinite(value) & (value > 0)
                axes.plot(places[usable], value[usable], color=ink[term], **look)
                seen.extend(value[usable])
        axes.set_yscale("log")
        if seen:
            ends = (min(seen) / 1.8, max(seen) * 1.8)
            axes.set_ylim(*ends)
            log_ticks(axes.yaxis, *ends)
        axes.set_xlabel(self.axis_word(self.x))
        axes.set_title("each term (line) and its exact counterpart (◇)")

    def _places(self, axes: Axes, rows: DataFrame) -> Array:
        """Return where the points stand: at their true x, so that an exponential or a power is a straight line."""
        from verify.report.figures.style import round_ticks, value_ticks

        if rows[self.x].dtype.kind not in "if":
            _category_ticks(axes, names_of(rows[self.x].tolist()), 7)
            return np.arange(len(rows), dtype=np.float64)
        x = values(rows, self.x)
        if geometric(x):
            axes.set_xscale("log")
            value_ticks(axes, [float(v) for v in np.unique(x)], log=True, apart=0.16)
        else:
            round_ticks(axes.xaxis, most=7)
        return x

    def _sentence(self, part: Slice) -> str:
        rows, texts = self._ordered(part), []
        terms = self.terms(rows)
        total = sum((values(rows, f"{self.bound}.{t}") for t in terms), np.zeros(len(rows)))
        finite = np.isfinite(total) & (total > 0)
        if not terms or not finite.any():
            return f"{self.word(self.bound)} has no finite point to show."
        shares = {t: values(rows, f"{self.bound}.{t}")[finite] / total[finite] for t in terms}
        leading = np.array([max(terms, key=lambda t: float(shares[t][i])) for i in range(int(finite.sum()))])
        for term in dict.fromkeys(leading):
            most = number(100 * float(shares[term].max()), 2)
            texts.append(
                f"{self.word(term)} leads at {int((leading == term).sum())} of {len(leading)} points (up to {most} %)"
            )
        out = int((~in_scope(rows, self.bound)).sum())
        hatched = f" Out of scope (hatched): {out} of {len(rows)} bars." if out else ""
        return f"In {self.word(self.bound)}, {joined(texts)}.{''.join(self._looseness(rows))}{hatched}"

    def _looseness(self, rows: DataFrame) -> list[str]:
        texts = []
        for term, column in self.exact.items():
            value, bound = values(rows, column), values(rows, f"{self.bound}.{term}")
            usable = np.isfinite(bound) & (bound > 0) & (value > 0)
            if usable.any():
                ratio = bound[usable] / value[usable]
                low, high = number(ratio.min(), 2), number(ratio.max(), 2)
                factor = low if low == high else f"{low} to {high}"
                texts.append(f" The {self.word(term)} term is {factor} times its exact counterpart.")
        return texts


def geometric(x: Array) -> bool:
    """Return True where positive values are spaced at least twice as evenly in their logarithm as they are."""
    distinct = np.unique(x)
    if len(distinct) < 3 or distinct[0] <= 0:
        return False
    gaps = [np.diff(distinct), np.diff(np.log(distinct))]
    plain, logarithmic = (float(gap.std() / gap.mean()) for gap in gaps)
    return 2 * logarithmic < plain


def _category_ticks(axes: Axes, names: list[str], most: int) -> None:
    every = -(-len(names) // most)
    axes.set_xticks(range(0, len(names), every), names[::every])
