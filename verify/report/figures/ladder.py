"""Ladder: quantities that theory puts in order, from the smallest to the largest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verify.report.figures.colours import colours
from verify.report.figures.curve import Curve, draw, label_ends, limits, weighted
from verify.report.figures.frame import Array, Mask, Slice, axes_of, cut, in_scope, is_bound, need, values
from verify.report.figures.specification import Specification
from verify.report.text import HOLLOW, joined, number, quantity, symbol, value_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame


@dataclass(frozen=True)
class Ladder(Specification):
    """The `columns`, in the order that theory claims (smallest first), in one unit.

    One row per point with a mark per rung, log x axis, at most `most_rows` points evenly picked in order of the first
    rung; or, with `along` an axis, one line per rung over that axis. Points out of scope are hollow.
    """

    columns: tuple[str, ...]
    along: str | None = None
    most_rows: int = 24

    @property
    def axes(self) -> tuple[str, ...]:
        """The axis of the lines, none for a chart of points."""
        return () if self.along is None else (self.along,)

    @property
    def shown(self) -> tuple[str, ...]:
        """The rungs."""
        return self.columns

    def slice(self, table: DataFrame) -> Slice:
        """Return all points (every axis is shown), or those along one axis."""
        if self.along is not None:
            return super().slice(table)
        need(table, self.columns)
        return cut(table, axes_of(table), self.where)

    def _paint(self, part: Slice) -> Figure:
        from verify.report.figures.style import log_ticks, nothing, panels, value_ticks

        if self.along is None:
            return self._rows(part)
        figure, (axes,) = panels(1)
        rows, ink = part.rows, colours(part.rows, self.columns)
        curves = [
            Curve.read(rows, self.along, c, in_scope(rows, c), self.word(c), ink[c], dashed=is_bound(rows, c))
            for c in self.columns
        ]
        if not any(curve.shows(True).any() for curve in curves):
            nothing(axes)
            return figure
        axes.set_xscale("log")
        axes.set_yscale("log")
        for curve in weighted(curves):
            draw(axes, curve)
        axes.set_ylim(*limits(curves))
        value_ticks(axes, [float(v) for v in np.unique(curves[0].x)], log=True, apart=0.1)
        log_ticks(axes.yaxis, *limits(curves))
        axes.set_xlabel(self.axis_word(self.along))
        axes.set_ylabel(quantity(self.columns, "value of each rung"))
        label_ends(axes, curves, [curve.name for curve in curves])
        return figure

    def _rows(self, part: Slice) -> Figure:
        from verify.report.figures.style import log_ticks, nothing, panels, reading_order

        rows = part.rows.iloc[np.argsort(values(part.rows, self.columns[0]), kind="stable")]
        if len(rows) > self.most_rows:
            rows = rows.iloc[np.unique(np.linspace(0, len(rows) - 1, self.most_rows).round().astype(int))]
        grid = np.array([values(rows, c) for c in self.columns])
        usable = np.isfinite(grid) & (grid > 0)
        figure, (axes,) = panels(1, height=1.2 + 0.24 * max(len(rows), 4))
        if not usable.any():
            nothing(axes)
            return figure
        axes.set_xscale("log")
        ends = (grid[usable].min() / 2, grid[usable].max() * 2)
        axes.set_xlim(*ends)
        self._marks(axes, rows, grid, usable)
        log_ticks(axes.xaxis, *ends)
        axes.set_xlabel(quantity(self.columns, "value of each rung, all in one unit") + " (log scale)")
        names = [f"✗ {n}" if b else n for n, b in zip(_point_names(rows), self._broken(rows), strict=True)]
        axes.set_yticks(range(len(rows)), names)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_ylim(-0.7, len(rows) - 0.3)
        handles, words = axes.get_legend_handles_labels()
        columns = min(len(words), 5)
        order = reading_order(len(words), columns)
        kept = [handles[i] for i in order], [words[i] for i in order]
        figure.legend(*kept, loc="outside upper left", ncols=columns, handlelength=1.0, columnspacing=1.4)
        return figure

    def _marks(self, axes: Axes, rows: DataFrame, grid: Array, usable: Mask) -> None:
        from verify.report.figures.style import GREY, PAPER

        for place in range(len(rows)):
            shown = grid[:, place][usable[:, place]]
            if len(shown):
                axes.plot([shown.min(), shown.max()], [place, place], color=GREY, linewidth=0.6, alpha=0.7, zorder=1)
        ink = colours(rows, self.columns)
        for i, column in enumerate(self.columns):
            scope, use = in_scope(rows, column), usable[i]
            y = np.arange(len(rows))
            mark = "osD^vPXp"[i % 8]
            label = f"{self.word(column)}{' ≤' if i + 1 < len(self.columns) else ''}"
            axes.plot(
                grid[i][use & scope],
                y[use & scope],
                mark,
                color=ink[column],
                label=label,
                linestyle="none",
                markersize=5.5,
            )
            axes.plot(
                grid[i][use & ~scope],
                y[use & ~scope],
                mark,
                markeredgecolor=ink[column],
                markerfacecolor=PAPER,
                linestyle="none",
                markersize=5.5,
            )

    def _broken(self, rows: DataFrame) -> Mask:
        """Return True where a rung in scope lies above the next one, intervals included."""
        broken = np.zeros(len(rows), dtype=bool)
        for lower, upper in zip(self.columns[:-1], self.columns[1:], strict=True):
            above = values(rows, lower, ".low") > values(rows, upper, ".high")
            broken |= above & in_scope(rows, lower) & in_scope(rows, upper)
        return broken

    def _sentence(self, part: Slice) -> str:
        rows = part.rows
        applies = np.logical_and.reduce([in_scope(rows, c) for c in self.columns])
        order = " ≤ ".join(self.word(c) for c in self.columns)
        if not applies.any():
            return f"No point is in scope for {order}."
        broken, gaps = self._broken(rows), []
        for lower, upper in zip(self.columns[:-1], self.columns[1:], strict=True):
            small, large = values(rows, lower)[applies], values(rows, upper)[applies]
            usable = np.isfinite(large) & (small > 0)
            if usable.any():
                gaps.append(f"×{number(float(np.median(large[usable] / small[usable])), 2)}")
        count, wrong = int(applies.sum()), int(broken.sum())
        verdict = (
            f"The order is broken (✗) at {wrong} of {len(rows)} points:"
            if wrong
            else f"All {count} points in scope keep the order"
        )
        rest = f" Hollow: {len(rows) - count} further points out of scope ({HOLLOW})." if count < len(rows) else ""
        picked = (
            f" Drawn: {self.most_rows} of {len(rows)} points."
            if self.along is None and len(rows) > self.most_rows
            else ""
        )
        return f"{verdict} {order}; median steps up the ladder: {joined(gaps) or 'none finite'}.{rest}{picked}"


def _point_names(rows: DataFrame) -> Sequence[str]:
    """Return what tells the points apart: the axes with more than one value."""
    axes = [a for a in axes_of(rows) if rows[a].nunique() > 1]
    named = [[f"{symbol(a)} = {value_of(v, 3)}" for v in rows[a]] for a in axes]
    return [", ".join(parts) for parts in zip(*named, strict=True)] if named else ["point"] * len(rows)
