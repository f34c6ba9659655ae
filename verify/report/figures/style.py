"""Look of the figures: a small rc style, a colour-blind-safe palette, plain-text ticks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.report.text import names_of, number, superscript

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, PAPER, GREY, ALARM = "#1a1a1b", "#fefefd", "#767678", "#b3261e"  # the page swaps INK and PAPER with its theme
PALETTE = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#7A4FA3",
    "#8C6239",
    "#6B7A00",
)  # Okabe, Ito (2008), three more
WIDTH = 8.0  # inches; the page shows it one to one
RC: dict[Any, Any] = {
    "font.family": "sans-serif", "font.sans-serif": ["DejaVu Sans"], "font.size": 9.5, "text.color": INK,
    "axes.labelcolor": INK, "axes.edgecolor": GREY, "axes.linewidth": 0.6, "axes.titlesize": 9.5, "axes.labelsize": 9.5,
    "axes.titlelocation": "left", "axes.spines.top": False, "axes.spines.right": False, "axes.facecolor": "none",
    "figure.facecolor": "none", "figure.dpi": 100, "savefig.facecolor": "none", "xtick.color": INK, "ytick.color": INK,
    "xtick.labelsize": 8.5, "ytick.labelsize": 8.5, "xtick.major.width": 0.6, "ytick.major.width": 0.6,
    "xtick.major.size": 3, "ytick.major.size": 3, "xtick.minor.size": 1.5, "ytick.minor.size": 1.5,
    "xtick.minor.width": 0.4, "ytick.minor.width": 0.4, "legend.frameon": False, "legend.fontsize": 9,
    "lines.linewidth": 1.4, "lines.markersize": 4.5, "hatch.linewidth": 0.5, "svg.fonttype": "none", "pdf.fonttype": 42,
    "svg.hashsalt": "boundcheck", "axes.unicode_minus": True, "axes.prop_cycle": "cycler('color', ['k'])",
}  # fmt: skip


def panels(count: int, *, height: float = 3.6, sharey: bool = True, width: float = WIDTH) -> tuple[Figure, list[Axes]]:
    """Return a figure with `count` panels, at most three in a row, on common axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    columns = min(count, 3) if count != 4 else 2
    rows = math.ceil(count / columns)
    layout = ConstrainedLayoutEngine(w_pad=0.07, h_pad=0.06)
    figure = Figure(figsize=(width, height if rows == 1 else 2.7 * rows), layout=layout)
    FigureCanvasAgg(figure)
    grid = figure.subplots(rows, columns, sharex=sharey, sharey=sharey, squeeze=False)
    for spare in grid.flat[count:]:
        spare.set_visible(False)
    return figure, list(grid.flat[:count])


def _decade(value: float, _: object = None) -> str:
    power = math.log10(value) if value > 0 else 0.0
    if abs(power - round(power)) > 1e-9 or -2 <= round(power) <= 3:
        return number(value, 2)
    return "10" + superscript(round(power))


def log_ticks(axis: Any, low: float, high: float) -> None:
    """Label decades of a log axis as 10⁻³, and 2 and 5 between them where the axis spans little."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    span = math.log10(high / low) if 0 < low < high else 1.0
    axis.set_major_locator(LogLocator(10, subs=(1.0, 2.0, 5.0) if span < 1.6 else (1.0,), numticks=8))
    axis.set_major_formatter(FuncFormatter(_decade))
    axis.set_minor_formatter(NullFormatter())


def value_ticks(axes: Axes, values: Sequence[float], *, log: bool, apart: float) -> None:
    """Put the x ticks at the swept values themselves, leaving out those closer than `apart` of the axis."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    places = [math.log(v) if log else v for v in values]
    low, high = min(places), max(places)
    kept: list[float] = []
    for place, value in sorted(zip(places, values, strict=True)):
        if not kept or place - (math.log(kept[-1]) if log else kept[-1]) >= apart * (high - low):
            kept.append(value)
    axes.xaxis.set_major_locator(FixedLocator(kept))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FixedFormatter(names_of([float(v) for v in kept])))


def round_ticks(axis: Any, most: int) -> None:
    """Put ticks of a linear axis at round numbers, at most so many."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Return the places moved apart to at least `gap`, in order, by the least sum of squares."""
    from scipy.optimize import isotonic_regression

    order = np.argsort(places, kind="stable")
    steps = gap * np.arange(len(places))
    moved = isotonic_regression(np.asarray(places, dtype=np.float64)[order] - steps).x + steps if len(places) else []
    result = [0.0] * len(places)
    for i, place in zip(order, moved, strict=True):
        result[int(i)] = float(place)
    return result


def reading_order(count: int, columns: int) -> list[int]:
    """Return the order of legend entries under which matplotlib, filling columns first, shows them row by row."""
    return [i for column in range(columns) for i in range(column, count, columns)]


def label_outer(axes: Axes) -> None:
    """Keep the x labels of panels that have no panel below them, drop those of the others."""
    place, name = axes.get_subplotspec(), axes.get_xlabel()
    axes.label_outer()
    for other in axes.figure.axes:
        spec = other.get_subplotspec()
        if place is None or spec is None or other.get_visible():
            continue
        if (spec.colspan.start, spec.rowspan.start) == (place.colspan.start, place.rowspan.start + 1):
            axes.tick_params(labelbottom=True)
            axes.set_xlabel(name)


def nothing(axes: Axes, message: str = "no point to show") -> None:
    """Say in the panel that there is nothing to show."""
    axes.set_axis_off()
    axes.text(0.5, 0.5, message, ha="center", va="center", color=GREY, transform=axes.transAxes)
