"""Lines: columns over one axis, on log-log, semi-logarithmic or linear axes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verify.errors import InvalidInput
from verify.report.figures.colours import colours
from verify.report.figures.curve import Curve, draw, infinities, label_ends, legend, limits, off_axis, weighted
from verify.report.figures.fit import sentence, slopes_note
from verify.report.figures.frame import Slice, in_scope, is_bound
from verify.report.figures.specification import Specification
from verify.report.text import HOLLOW, joined, number, quantity

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from pandas import DataFrame

_SCALES = {"log": (True, True), "semilog": (False, True), "linear": (False, False)}  # log x, log y


@dataclass(frozen=True)
class Lines(Specification):
    """Columns over `x`; `scale` is "log" (powers), "semilog" (log y only: exponentials) or "linear".

    `measured` names the y axis where the columns do not all measure one distance.
    """

    x: str
    columns: tuple[str, ...]
    scale: str = "log"
    within: str | None = None
    measured: str = "value"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.scale not in _SCALES:
            raise InvalidInput(f"`scale` must be one of {', '.join(_SCALES)}; got {self.scale!r}.")

    @property
    def axes(self) -> tuple[str, ...]:
        """The axis `x` and, where given, the axis of the panels."""
        return (self.x,) if self.within is None else (self.x, self.within)

    @property
    def shown(self) -> tuple[str, ...]:
        """The columns."""
        return self.columns

    def _curves(self, rows: DataFrame) -> list[Curve]:
        log, ink = _SCALES[self.scale][0], colours(rows, self.columns)
        curves = [
            Curve.read(rows, self.x, c, in_scope(rows, c), self.word(c), ink[c], dashed=is_bound(rows, c), log=log)
            for c in self.columns
        ]
        return weighted(curves)

    def _paint(self, part: Slice) -> Figure:
        from verify.report.figures.style import nothing, panels

        groups = self.split(part, self.within)
        figure, places = panels(len(groups))
        drawn = [(axes, title, self._curves(rows)) for axes, (title, rows) in zip(places, groups, strict=True)]
        everything = [curve for _, _, curves in drawn for curve in curves]
        log_y = _SCALES[self.scale][1]
        if not any(curve.shows(log_y).any() for curve in everything):
            nothing(places[0])
            return figure
        for axes, title, curves in drawn:
            self._panel(axes, curves, limits(everything, log=log_y), title, len(drawn))
        if len(drawn) > 1:
            legend(figure, drawn[0][2])
        else:
            label_ends(places[0], drawn[0][2], [c.name for c in drawn[0][2]], log=log_y)
        return figure

    def _panel(self, axes: Axes, curves: list[Curve], ends: tuple[float, float], title: str, count: int) -> None:
        from verify.report.figures.style import label_outer, log_ticks, round_ticks, value_ticks
        from verify.report.figures.triangle import slope_triangles

        log_x, log_y = _SCALES[self.scale]
        axes.set_xscale("log" if log_x else "linear")
        axes.set_yscale("log" if log_y else "linear")
        for curve in curves:
            draw(axes, curve, log=log_y)
        axes.set_ylim(*ends)
        places = [float(v) for v in np.unique(np.concatenate([c.x for c in curves]))]
        if log_x:
            value_ticks(axes, places, log=True, apart=0.1 if count == 1 else 0.24)
        else:
            round_ticks(axes.xaxis, most=10 if count == 1 else 5)
        if log_y:
            log_ticks(axes.yaxis, *ends)
        else:
            round_ticks(axes.yaxis, most=6)
        alone = self.word(self.columns[0]) if len(self.columns) == 1 else quantity(self.columns, self.measured)
        axes.set_ylabel(alone if axes.get_subplotspec().is_first_col() else "")  # type: ignore[union-attr]
        axes.set_xlabel(self.axis_word(self.x))
        axes.set_title(title)
        label_outer(axes)
        if log_x:
            slope_triangles(axes, curves, 0.05 if count == 1 else 0.05 * min(count, 3))

    def _sentence(self, part: Slice) -> str:
        groups = [self._curves(rows) for _, rows in self.split(part, self.within)]
        texts = []
        for curves in zip(*groups, strict=True):
            if self.scale == "linear":
                finite = np.concatenate([c.value[np.isfinite(c.value)] for c in curves])
                span = (
                    f"lies in [{number(finite.min())}, {number(finite.max())}]" if len(finite) else "is nowhere finite"
                )
                texts.append(f"{curves[0].name} {span}")
            else:
                log_x = _SCALES[self.scale][0]
                texts.append(sentence(curves[0].name, self.x, [c.fit(log_x=log_x) for c in curves], log_x=log_x))
        over = f" (over the panels, {self.axis_word(self.within)})" if self.within and len(groups) > 1 else ""
        out = sum(int((~curve.scope).sum()) for curves in groups for curve in curves)
        off = off_axis(part.rows, self.x) if _SCALES[self.scale][0] else ""
        hollow = f" Hollow, not fitted: {out} values out of scope ({HOLLOW})." if out else ""
        note = slopes_note([c.fit() for curves in groups for c in curves]) if _SCALES[self.scale][0] else ""
        return f"{joined(texts)}{over}.{hollow}{infinities(groups)}{off}{note}"
