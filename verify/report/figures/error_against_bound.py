"""ErrorAgainstBound: measured errors and the bounds on them over one axis, on log-log axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verify.report.figures.colours import colours
from verify.report.figures.curve import Curve, draw, infinities, label_ends, legend, limits, off_axis, weighted
from verify.report.figures.exceeded import exceeded
from verify.report.figures.fit import sentence, slopes_note
from verify.report.figures.frame import Mask, Slice, any_in_scope, in_scope, is_bound, vacuous, values
from verify.report.figures.specification import Specification
from verify.report.text import HOLLOW, capital, joined, number, quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame


@dataclass(frozen=True)
class ErrorAgainstBound(Specification):
    """Errors (solid, with intervals) and bounds (dashed) over `x`, one panel per value of the axis `within`.

    Triangles carry fitted slopes; points out of scope (unresolved, or no bound applies) are hollow and not fitted;
    where a bound is flagged vacuous exactly from 1 on, that region is shaded.
    """

    x: str
    errors: tuple[str, ...]
    bounds: tuple[str, ...] = ()
    within: str | None = None

    @property
    def axes(self) -> tuple[str, ...]:
        """The axis `x` and, where given, the axis of the panels."""
        return (self.x,) if self.within is None else (self.x, self.within)

    @property
    def shown(self) -> tuple[str, ...]:
        """The errors and the bounds."""
        return (*self.errors, *self.bounds)

    def _curves(self, rows: DataFrame) -> list[Curve]:
        applies, ink = any_in_scope(rows, self.bounds), colours(rows, self.shown)
        curves = [Curve.read(rows, self.x, c, in_scope(rows, c) & applies, self.word(c), ink[c]) for c in self.errors]
        for c in self.bounds:
            curves.append(Curve.read(rows, self.x, c, in_scope(rows, c), self.kind(rows, c), ink[c], dashed=True))
        return weighted(curves)

    def _paint(self, part: Slice) -> Figure:
        from verify.report.figures.style import nothing, panels

        groups = self.split(part, self.within)
        figure, places = panels(len(groups))
        drawn = [(axes, title, self._curves(rows)) for axes, (title, rows) in zip(places, groups, strict=True)]
        everything = [curve for _, _, curves in drawn for curve in curves]
        if not any(curve.shows(True).any() for curve in everything):
            nothing(places[0])
            return figure
        for axes, title, curves in drawn:
            _panel(
                axes,
                curves,
                limits(everything),
                title,
                self.axis_word(self.x),
                _shaded(part.rows, self.bounds),
                len(drawn),
            )
            axes.set_ylabel(self._y_word() if axes.get_subplotspec().is_first_col() else "")  # type: ignore[union-attr]
        if len(drawn) > 1:
            legend(figure, drawn[0][2])
        else:
            label_ends(places[0], drawn[0][2], [curve.name for curve in drawn[0][2]])
        return figure

    def _sentence(self, part: Slice) -> str:
        groups = [self._curves(rows) for _, rows in self.split(part, self.within)]
        by_column = list(zip(*groups, strict=True))
        texts = [sentence(curves[0].name, self.x, [c.fit() for c in curves]) for curves in by_column]
        errors, bounds = texts[: len(self.errors)], texts[len(self.errors) :]
        text = joined(errors) + (f", while {joined(bounds)}" if bounds else "")
        over = f" (over the panels, {self.axis_word(self.within)})" if self.within and len(groups) > 1 else ""
        rows = part.rows
        note = slopes_note([c.fit() for curves in groups for c in curves])
        rest = [self._tightness(rows), self._scope(rows), infinities(groups), off_axis(rows, self.x), note]
        return f"{text}{over}.{''.join(rest)}"

    def _y_word(self) -> str:
        """Return the words for the y axis: the distance, where all errors measure one."""
        what = self.word(self.errors[0]) if len(self.errors) == 1 else quantity(self.errors, "")
        both = "error and bound" if self.bounds else "error"
        return f"{what}, {both}" if what and self.bounds else what or both

    def _tightness(self, rows: DataFrame) -> str:
        parts = []
        for bound in self.bounds:
            told = [exceeded(rows, error, bound, self.word) for error in self.errors] if is_bound(rows, bound) else []
            parts.extend(told)
            if len(self.errors) == 1 and not any(told):
                parts.append(self._factor(rows, bound))
        return "".join(parts)

    def _factor(self, rows: DataFrame, bound: str) -> str:
        """Return by how much a bound lies above the one error, wherever it applies."""
        error = values(rows, self.errors[0])
        use: Mask = in_scope(rows, bound) & in_scope(rows, self.errors[0]) & ~vacuous(rows, bound) & (error > 0)
        if not use.any():
            return f" {capital(self.word(bound))} bounds nothing here: no point is in scope."
        ratio = values(rows, bound)[use] / error[use]
        least, most = number(float(ratio.min()), 2), number(float(ratio.max()), 2)
        factor = least if least == most else f"{least} to {most}"
        return f" {capital(self.word(bound))} is {factor} times the error wherever it applies."

    def _scope(self, rows: DataFrame) -> str:
        out = int((~any_in_scope(rows, self.bounds) | ~any_in_scope(rows, self.errors)).sum())
        text = f" Hollow, not fitted: {out} of {len(rows)} points out of scope ({HOLLOW})." if out else ""
        for bound in self.bounds:
            empty = int(vacuous(rows, bound).sum())
            text += f" {capital(self.word(bound))} is vacuous at {empty} of {len(rows)} points." if empty else ""
        return text


def _shaded(rows: DataFrame, bounds: Sequence[str]) -> bool:
    """Return True where some bound is flagged vacuous and the flags mean "value >= 1" for all bounds."""
    flags = [vacuous(rows, bound) for bound in bounds]
    means_one = all(np.array_equal(f, values(rows, b) >= 1) for f, b in zip(flags, bounds, strict=True))
    return means_one and any(f.any() for f in flags)


def _panel(
    axes: Axes, curves: list[Curve], ends: tuple[float, float], title: str, x: str, shade: bool, count: int
) -> None:
    from verify.report.figures.style import GREY, label_outer, log_ticks, value_ticks
    from verify.report.figures.triangle import slope_triangles

    axes.set_xscale("log")
    axes.set_yscale("log")
    for curve in curves:
        draw(axes, curve)
    axes.set_ylim(*ends)
    places = [float(v) for v in np.unique(np.concatenate([c.x for c in curves]))]
    margin = max((places[-1] / places[0]) ** 0.05, 1.05)
    axes.set_xlim(places[0] / margin, places[-1] * margin)
    value_ticks(axes, places, log=True, apart=0.1 if count == 1 else 0.24)
    log_ticks(axes.yaxis, *ends)
    axes.set_xlabel(x)
    axes.set_title(title)
    label_outer(axes)
    if shade and ends[1] > 1:
        axes.axhspan(1.0, ends[1], color=GREY, alpha=0.14, linewidth=0, zorder=0)
        axes.text(0.015, 0.985, "bound ≥ 1: vacuous", transform=axes.transAxes, va="top", fontsize=8, color=GREY)
    slope_triangles(axes, curves, 0.05 if count == 1 else 0.05 * min(count, 3))
