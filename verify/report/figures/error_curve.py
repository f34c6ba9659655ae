"""Figures of audits: an error curve with its floors, and the measured orders of many samplers at once.

Both are to be called under the style `RC`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from verify.report.figures.style import GREY, INK, PALETTE, PAPER, log_ticks, panels, spread, value_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, RED = PALETTE[0], PALETTE[1]
DASHED, DOTTED = (0, (4, 2)), (0, (1, 1.5))
MARKS = {"holds": ("o", BLUE), "violated": ("X", RED), "inconclusive": ("^", GREY)}
_DEEP = 1e4  # what lies further below the errors than this does not stretch the axis

End = tuple[str, str, float]  # what is written beside the right end of a line, its colour and height


def error_curve(
    steps: Sequence[int],
    discretisation: Sequence[float],
    total: Sequence[float],
    declared: float | None,
    floors: Mapping[str, float],
) -> Figure:
    """Return W2 errors over the number of steps, log-log, with the declared slope and the floors as labelled lines."""
    figure, (axes,) = panels(1, height=2.9, width=6.4)
    axes.set_xscale("log")
    axes.set_yscale("log")
    n, e, whole = (np.asarray(values, dtype=float) for values in (steps, discretisation, total))
    ends = [*_curve(axes, n, whole, "in practice", RED, "s"), *_curve(axes, n, e, "discretisation", BLUE, "o")]
    if declared is not None and e[0] > 0:
        line = e[0] * (n / n[0]) ** -declared
        axes.plot(n, line, color=GREY, linewidth=1, linestyle=DASHED, zorder=1)
        ends.append((f"declared order {declared:g}", GREY, float(line[-1])))
    seen = [value for value in (*e, *whole) if 0 < value < np.inf] or [1.0]
    for name, size in floors.items():
        if min(seen) / _DEEP < size < max(seen) * _DEEP:
            axes.axhline(size, color=INK, linewidth=0.8, linestyle=DOTTED, zorder=1)
            ends.append((name, INK, size))
    low = max(min([*seen, *(height for _, _, height in ends)]), min(seen) / _DEEP)
    high = max([*seen, *(height for _, _, height in ends)])
    axes.set_ylim(low / 1.6, high * 1.6)
    value_ticks(axes, [float(v) for v in n], log=True, apart=0.07)
    log_ticks(axes.yaxis, *axes.get_ylim())
    axes.set_xlabel("steps N")
    axes.set_ylabel("W2 error")
    _label(axes, ends)
    return figure


def orders(declared: Sequence[float], values: Sequence[Sequence[float]], verdicts: Sequence[str]) -> Figure:
    """Return measured orders with intervals, (value, low, high) each, in columns by declared order."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, MultipleLocator

    figure, (axes,) = panels(1, height=3.4)
    look = {"markersize": 6, "markeredgewidth": 0.5, "markeredgecolor": PAPER, "zorder": 3}
    claimed = sorted(set(declared))
    for column, order in enumerate(claimed):
        axes.plot([column - 0.42, column + 0.42], [order, order], color=INK, linewidth=0.9, zorder=1)
        members = sorted((tuple(v), w) for d, v, w in zip(declared, values, verdicts, strict=True) if d == order)
        apart = min(0.1, 0.8 / len(members))
        for number, ((value, low, high), verdict) in enumerate(members):
            place, (mark, colour) = column + (number - (len(members) - 1) / 2) * apart, MARKS[verdict]
            axes.plot([place, place], [low, high], color=colour, linewidth=1.2, zorder=2)
            axes.plot([place], [value], mark, color=colour, **look)  # type: ignore[arg-type]
    lowest = min([-0.3, *(v[0] for v in values)])
    axes.set_ylim(max(lowest, -3) - 0.2, min(max([*claimed, *(v[0] for v in values)]), 8) + 0.5)
    axes.xaxis.set_major_locator(FixedLocator(range(len(claimed))))
    axes.xaxis.set_major_formatter(FixedFormatter([f"declared {order:g}" for order in claimed]))
    axes.yaxis.set_major_locator(MultipleLocator(1))
    axes.grid(axis="y", linewidth=0.3, color=GREY, alpha=0.4)
    axes.set_ylabel("measured order")
    return figure


def _curve(axes: Axes, n: np.ndarray, e: np.ndarray, name: str, colour: str, mark: str) -> list[End]:
    seen = (e > 0) & np.isfinite(e)
    if not seen.any():
        return []
    look = {"markersize": 4} if mark == "o" else {"markersize": 7, "markerfacecolor": "none"}  # both seen where equal
    axes.plot(n[seen], e[seen], color=colour, marker=mark, zorder=3, **look)
    return [(name, colour, float(e[seen][-1]))]


def _label(axes: Axes, ends: Sequence[End]) -> None:
    """Write names beside the right ends, moved apart where they would touch."""
    low, high = np.log(axes.get_ylim())
    wanted = [float(np.clip((np.log(place) - low) / (high - low), 0, 1)) for _, _, place in ends]
    for (text, colour, _), place in zip(ends, spread(wanted, 0.07), strict=True):
        axes.annotate(text, (1.015, place), xycoords="axes fraction", color=colour, va="center", fontsize=8.5)
