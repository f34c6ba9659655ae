"""A curve with intervals on common axes: lines, bands, hollow out-of-scope points, infinities, labels at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from verify.report.figures.fit import Fit, fit
from verify.report.figures.frame import Array, Mask, values
from verify.report.figures.style import PAPER, reading_order, spread
from verify.report.text import symbol

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame


@dataclass(frozen=True)
class Curve:
    """One column of one panel: points ordered in x, which of them are in scope, and the look."""

    name: str
    x: Array
    value: Array
    low: Array
    high: Array
    scope: Mask
    colour: str
    dashed: bool = False
    weight: float = 1.0  # of lines and points, so that coinciding curves stay visible

    @classmethod
    def read(
        cls,
        rows: DataFrame,
        x: str,
        column: str,
        scope: Mask,
        name: str,
        colour: str,
        *,
        dashed: bool = False,
        log: bool = True,
    ) -> Curve:
        """Return the curve of a column over the axis `x`; on a log axis without the points at x <= 0."""
        place = values(rows, x)
        order = np.argsort(place, kind="stable")
        order = order[place[order] > 0] if log else order
        parts = [values(rows, column, part)[order] for part in ("", ".low", ".high")]
        return cls(name, place[order], parts[0], parts[1], parts[2], scope[order], colour, dashed)

    def fit(self, *, log_x: bool = True) -> Fit | None:
        """Return the slope through the points in scope."""
        parts = (part[self.scope] for part in (self.x, self.value, self.low, self.high))
        return fit(*parts, log_x=log_x)

    def shows(self, log: bool) -> Mask:
        """Return True for the points that have a place on the axes."""
        usable: Mask = np.isfinite(self.value) & ((self.value > 0) | (not log))
        return usable


def draw(axes: Axes, curve: Curve, *, log: bool = True) -> None:
    """Draw line, interval band and points; hollow where out of scope, a triangle at the upper edge where infinite."""
    shows = curve.shows(log)
    x, y, scope = curve.x[shows], curve.value[shows], curve.scope[shows]
    size = 4.5 * curve.weight
    style = (0, (4, 2)) if curve.dashed else "-"
    line = np.where(shows, curve.value, np.nan)  # the line breaks where a value has no place on the axes
    axes.plot(
        curve.x,
        line,
        color=curve.colour,
        linestyle=style,
        zorder=2,
        linewidth=1.2 if curve.dashed else 1.4 * curve.weight,
    )
    low = np.clip(curve.low[shows], np.min(y) * 1e-3 if log and len(y) else -np.inf, None)
    high = np.where(np.isfinite(curve.high[shows]), curve.high[shows], y)
    if len(y) and np.any(high > low * 1.02):
        axes.fill_between(x, low, high, color=curve.colour, alpha=0.18, linewidth=0, zorder=1)
    if not curve.dashed:
        axes.plot(x[scope], y[scope], "o", color=curve.colour, zorder=3, linestyle="none", markersize=size)
    hollow = {
        "markersize": size,
        "markerfacecolor": PAPER,
        "markeredgecolor": curve.colour,
        "zorder": 3,
        "linestyle": "none",
    }
    axes.plot(x[~scope], y[~scope], "o", **hollow)  # type: ignore[arg-type]
    endless = curve.x[np.isposinf(curve.value)]
    axes.plot(endless, np.full(len(endless), 0.985), "^", color=curve.colour, transform=axes.get_xaxis_transform())


def infinities(panels: Sequence[Sequence[Curve]]) -> str:
    """Return the sentence that says how many values are infinite, empty where none is."""
    count = sum(int(np.isposinf(curve.value).sum()) for curves in panels for curve in curves)
    return f" Infinite (▲ at the upper edge): {count} {'value' if count == 1 else 'values'}." if count else ""


def off_axis(rows: DataFrame, x: str) -> str:
    """Return the sentence that says how many rows a log axis cannot show, empty where there are none."""
    count = int((values(rows, x) <= 0).sum())
    return f" Not on the logarithmic axis ({symbol(x)} ≤ 0): {count} of {len(rows)} points." if count else ""


def weighted(curves: Sequence[Curve]) -> list[Curve]:
    """Return the curves, each drawn a little finer than the one before it."""
    solid = sum(not curve.dashed for curve in curves)
    weights = iter([min(1.0 + 0.35 * (solid - 1 - i), 2.2) for i in range(solid)])
    return [curve if curve.dashed else replace(curve, weight=next(weights)) for curve in curves]


def limits(curves: Sequence[Curve], *, log: bool = True) -> tuple[float, float]:
    """Return the lower and upper end of the y axis that shows every point, with a margin."""
    shown = [c.value[c.shows(log)] for c in curves]
    everything = np.concatenate(shown) if shown else np.empty(0)
    if not len(everything):
        return (0.1, 1.0) if log else (0.0, 1.0)
    low, high = float(everything.min()), float(everything.max())
    if log:
        margin = max((high / low) ** 0.06, 1.3)
        return low / margin, high * margin
    margin = 0.06 * (high - low) or 0.1 * abs(high) or 1.0
    return low - margin, high + margin


def fraction(axes: Axes, x: Array, y: Array) -> tuple[Array, Array]:
    """Return data as fractions of the panel; works before layout, since it reads limits and scales only."""
    result = []
    for data, (low, high), scale in ((x, axes.get_xlim(), axes.get_xscale()), (y, axes.get_ylim(), axes.get_yscale())):
        if scale == "log":
            result.append((np.log(data) - np.log(low)) / (np.log(high) - np.log(low)))
        else:
            result.append((data - low) / (high - low))
    return result[0], result[1]


def label_ends(axes: Axes, curves: Sequence[Curve], texts: Sequence[str], *, log: bool = True) -> None:
    """Write each curve's name beside its right end, moved apart where they would touch."""
    ends, kept = [], []
    for curve, text in zip(curves, texts, strict=True):
        shows = curve.shows(log)
        if shows.any():
            place = fraction(axes, curve.x[shows][-1:], curve.value[shows][-1:])[1][0]
            ends.append(float(np.clip(place, 0.0, 1.0)))
            kept.append((text, curve.colour))
    for (text, colour), place in zip(kept, spread(ends, 0.058), strict=True):
        axes.annotate(text, (1.015, place), xycoords="axes fraction", color=colour, va="center", fontsize=9)


def legend(figure: Figure, curves: Sequence[Curve]) -> None:
    """Name the curves once above a figure of several panels."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D(
            [],
            [],
            color=c.colour,
            label=c.name,
            linestyle=(0, (4, 2)) if c.dashed else "-",
            marker="" if c.dashed else "o",
        )
        for c in curves
    ]
    columns = min(len(handles), 4)
    handles = [handles[i] for i in reading_order(len(handles), columns)]
    figure.legend(handles=handles, loc="outside upper left", ncols=columns, handlelength=2.4)
