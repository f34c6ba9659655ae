"""TightnessHeatmap: error over bound on two axes; 1 is a bound attained, small is a bound far away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verify.report.figures.frame import Array, Mask, Slice, in_scope, ordered, vacuous, values
from verify.report.figures.specification import Specification
from verify.report.text import names_of, number, value_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame


@dataclass(frozen=True)
class TightnessHeatmap(Specification):
    """The ratio `error`/`bound` over the axes `x` and `y`, on a log colour scale, the number in each cell.

    Cells out of scope (an assumption fails, the bound is vacuous, the error unresolved) are hatched and not counted;
    a ratio above 1 is framed.
    """

    x: str
    y: str
    error: str
    bound: str

    @property
    def axes(self) -> tuple[str, ...]:
        """Both axes."""
        return (self.x, self.y)

    @property
    def shown(self) -> tuple[str, ...]:
        """The error and the bound."""
        return (self.error, self.bound)

    def _grids(self, rows: DataFrame) -> tuple[list[object], list[object], Array, Mask]:
        """Return the values of x and y, the ratio (NaN where no row) and the scope, both of shape (y, x)."""
        xs, ys = ordered(rows[self.x]), ordered(rows[self.y])
        ratio = np.full((len(ys), len(xs)), np.nan)
        scope = np.zeros(ratio.shape, dtype=bool)
        with np.errstate(divide="ignore", invalid="ignore"):
            every = values(rows, self.error) / values(rows, self.bound)
        counts = in_scope(rows, self.error) & in_scope(rows, self.bound) & ~vacuous(rows, self.bound)
        for x, y, value, ok in zip(rows[self.x], rows[self.y], every, counts, strict=True):
            place = ys.index(y), xs.index(x)
            ratio[place], scope[place] = value, ok
        return xs, ys, ratio, scope

    def _paint(self, part: Slice) -> Figure:
        from verify.report.figures.style import nothing, panels

        xs, ys, ratio, scope = self._grids(part.rows)
        figure, (axes,) = panels(1, height=1.3 + 0.34 * max(len(ys), 4), width=min(8.0, 2.6 + 0.62 * max(len(xs), 5)))
        if not ratio.size:
            nothing(axes)
            return figure
        ink = self._colours(figure, axes, ratio, scope)
        for (row, column), value in np.ndenumerate(ratio):
            _cell(axes, row, column, value, bool(scope[row, column]), ink)
        axes.set_xticks(range(len(xs)), names_of(xs))
        axes.set_yticks(range(len(ys)), names_of(ys))
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set(
            xlabel=self.axis_word(self.x),
            ylabel=self.axis_word(self.y),
            xlim=(-0.5, len(xs) - 0.5),
            ylim=(-0.5, len(ys) - 0.5),
        )
        axes.set_title(f"{self.word(self.error)} / {self.word(self.bound)}")
        return figure

    def _colours(self, figure: Figure, axes: Axes, ratio: Array, scope: Mask) -> Callable[[float], str]:
        """Colour the cells in scope; return which ink reads well on the colour of a ratio."""
        from matplotlib.cm import ScalarMappable
        from matplotlib.colors import LogNorm

        from verify.report.figures.style import INK, log_ticks

        usable = scope & np.isfinite(ratio) & (ratio > 0)
        if not usable.any():
            return lambda _: INK
        low, high = float(ratio[usable].min()), float(ratio[usable].max())
        low, high = (low, high) if high > low * 1.5 else (low / 1.25, high * 1.25)
        norm = LogNorm(low, high)
        edges = [np.arange(size + 1) - 0.5 for size in ratio.shape]
        shown = np.ma.masked_where(~usable, ratio)
        axes.pcolormesh(edges[1], edges[0], shown, norm=norm, cmap="cividis", zorder=0)
        bar = figure.colorbar(ScalarMappable(norm, "cividis"), ax=axes, fraction=0.05, aspect=30, pad=0.02)
        bar.ax.spines["outline"].set_visible(False)
        log_ticks(bar.ax.yaxis, low, high)
        bar.set_label("error / bound, log scale")
        return lambda value: "#000000" if value * value > low * high else "#ffffff"

    def _sentence(self, part: Slice) -> str:
        _, _, ratio, scope = self._grids(part.rows)
        name, usable = f"{self.word(self.error)} over {self.word(self.bound)}", scope & np.isfinite(ratio)
        out = int((~scope & ~np.isnan(ratio)).sum())
        hatched = f" Out of scope (hatched): {out} of {int((~np.isnan(ratio)).sum())} cells." if out else ""
        if not usable.any():
            return f"No cell of {name} is in scope.{hatched}"
        xs, ys = ordered(part.rows[self.x]), ordered(part.rows[self.y])
        shown = np.where(usable, ratio, np.nan)
        row, column = np.unravel_index(int(np.nanargmax(shown)), shown.shape)
        where = f"{self.axis_word(self.x)} = {value_of(xs[column])}, {self.axis_word(self.y)} = {value_of(ys[row])}"
        above, most = int((shown > 1).sum()), float(np.nanmax(shown))
        below = " It stays below 1." if most < 1 else " It reaches 1."
        verdict = f" It exceeds 1 in {above} cells (framed)." if above else below
        span = f"ranges from {number(float(np.nanmin(shown)), 2)} to {number(most, 2)}"
        return f"{name} {span} (largest at {where}).{verdict}{hatched}"


def _cell(axes: Axes, row: int, column: int, value: float, counts: bool, ink: Callable[[float], str]) -> None:
    """Write the ratio into its cell; hatch a cell out of scope, frame a ratio above 1."""
    from matplotlib.patches import Rectangle

    from verify.report.figures.style import ALARM, GREY, INK

    if np.isnan(value):
        return
    box = {"xy": (column - 0.47, row - 0.46), "width": 0.94, "height": 0.92, "facecolor": "none"}
    if not counts:
        axes.add_patch(Rectangle(**box, edgecolor=GREY, hatch="////", linewidth=0.3, alpha=0.5))  # type: ignore[arg-type]
    elif value > 1:
        axes.add_patch(Rectangle(**box, edgecolor=ALARM, linewidth=2.0))  # type: ignore[arg-type]
    coloured = counts and np.isfinite(value) and value > 0
    axes.text(
        column, row, number(value, 2), ha="center", va="center", fontsize=8, color=ink(value) if coloured else INK
    )
