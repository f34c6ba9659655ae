"""Specification: what every figure of a study shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from verify.errors import InvalidInput
from verify.report.figures.frame import Slice, axes_of, cut, is_bound, need, ordered
from verify.report.text import axis_label, capital, label, slug, value_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

MOST_PANELS = 9  # three rows of three


@dataclass(frozen=True, kw_only=True)
class Specification(ABC):
    """A figure: columns to show, `where` further axes are fixed (nearest value) or a shown one
    is kept to a tuple of values, `labels` for columns.

    `draw(table)` returns a matplotlib figure, `caption(table)` the finding that it shows, `data(table)` its rows.
    """

    where: Mapping[str, object] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("errors", "bounds", "columns"):
            names = getattr(self, name, ())
            if isinstance(names, str) or not all(isinstance(item, str) for item in names):
                raise InvalidInput(f"`{name}` must be a tuple of column names; got {names!r}.")

    @property
    @abstractmethod
    def axes(self) -> tuple[str, ...]:
        """The sweep axes that the figure shows."""

    @property
    @abstractmethod
    def shown(self) -> tuple[str, ...]:
        """The observables and bounds that the figure shows."""

    @property
    def name(self) -> str:
        """A name for files and anchors, unique among figures that show different things."""
        kind = "".join(("-" if c.isupper() and i else "") + c.lower() for i, c in enumerate(type(self).__name__))
        return slug("-".join([kind, *self.shown, *self.axes]))

    @abstractmethod
    def _paint(self, part: Slice) -> Figure:
        """Return the figure for a slice; called within the house style."""

    @abstractmethod
    def _sentence(self, part: Slice) -> str:
        """Return what the slice shows, as one sentence or two."""

    def draw(self, table: DataFrame) -> Figure:
        """Return the figure, laid out and ready to be saved."""
        from matplotlib import rc_context

        from verify.report.figures.style import RC

        with rc_context(RC):
            figure = self._paint(self.slice(table))
            figure.draw_without_rendering()
            figure.set_layout_engine("none")  # the layout is found once, not for every file format
            return figure

    def caption(self, table: DataFrame) -> str:
        """Return the finding that the figure shows, worded from the data."""
        part = self.slice(table)
        text = self._sentence(part) if len(part.rows) else "The table has no row to show."
        return capital(text) + self._left_out(part) + part.note(self.labels)

    def _left_out(self, part: Slice) -> str:
        """Return the sentence that says how many panels are drawn, empty where all are."""
        within = getattr(self, "within", None)
        count = len(ordered(part.rows[within])) if within else 0
        if count <= MOST_PANELS:
            return ""
        return f" Panels drawn: {MOST_PANELS} of {count} values of {self.axis_word(str(within))}; the data have all."

    def data(self, table: DataFrame) -> DataFrame:
        """Return the rows and columns that the figure shows."""
        rows = self.slice(table).rows
        stems = set(self.shown)
        keep = [c for c in rows.columns if str(c).split(".")[0] in stems or c in stems]
        axes = [c for c in axes_of(rows) if c not in keep]
        return rows[[*axes, *keep]]

    def slice(self, table: DataFrame) -> Slice:
        """Return the rows that the figure shows."""
        need(table, self.shown)
        return cut(table, self.axes, self.where)

    def kind(self, rows: DataFrame, column: str) -> str:
        """Return the words for a column with what it is: a bound knows its assumptions, a reference is a formula."""
        return f"{self.word(column)} ({'bound' if is_bound(rows, column) else 'reference'})"

    def word(self, column: str) -> str:
        """Return the words for an observable or bound."""
        return label(column, self.labels)

    def axis_word(self, column: str) -> str:
        """Return the words and symbol of a sweep axis."""
        return axis_label(column, self.labels)

    def split(self, part: Slice, within: str | None) -> list[tuple[str, DataFrame]]:
        """Return one (title, rows) per value of the axis `within`, evenly picked where there are too many."""
        if within is None or not len(part.rows):
            return [("", part.rows)]
        found: Sequence[object] = ordered(part.rows[within])
        if len(found) > MOST_PANELS:
            last = len(found) - 1
            found = [found[round(i * last / (MOST_PANELS - 1))] for i in range(MOST_PANELS)]
        rows = part.rows
        return [(f"{self.axis_word(within)} = {value_of(v)}", rows[rows[within] == v]) for v in found]
