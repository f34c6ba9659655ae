"""Tables of text made of tables of numbers: an estimate and its interval share one cell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verify.report.figures.frame import axes_of
from verify.report.scope import reasons
from verify.report.text import axis_label, interval, label, names_of, number, value_of

if TYPE_CHECKING:
    from pandas import DataFrame

_PARTS = {"low", "high", "confidence", "method", "null", "resolved", "failed", "vacuous"}


@dataclass(frozen=True)
class Cell:
    """A cell's text and, for numbers, the value to sort by (None for words)."""

    text: str
    sort: float | None = None


@dataclass(frozen=True)
class TextTable:
    """A heading and rows of cells of one length; `omitted` rows were left out at the end."""

    heading: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    omitted: int = 0


def _cells(table: DataFrame, column: str, axes: Sequence[str]) -> list[Cell]:
    """Return the cells of a column, with its interval where it has one."""
    items = table[column].tolist()
    if f"{column}.low" in table:
        ends = zip(items, table[f"{column}.low"].tolist(), table[f"{column}.high"].tolist(), strict=True)
        return [Cell(interval(*end), float(end[0])) for end in ends]
    numeric = table[column].dtype.kind in "iuf"
    if column in axes:
        texts = names_of(items, 4)
    else:
        texts = [number(v, 4) if isinstance(v, float) else value_of(v) for v in items]
    return [
        Cell(text, float(v) if numeric and not math.isnan(float(v)) else None)
        for text, v in zip(texts, items, strict=True)
    ]


def tabulate(table: DataFrame, most_rows: int | None = None) -> TextTable:
    """Return the table for reading: axes, values with intervals, terms of bounds, and why a row is out of scope."""
    omitted = max(0, len(table) - most_rows) if most_rows is not None else 0
    table = table.iloc[:most_rows] if omitted else table
    axes = axes_of(table)
    names = [str(c) for c in table.columns]
    columns = [c for c in names if c in axes or c.rpartition(".")[2] not in _PARTS]
    heading = [axis_label(c) if c in axes else _heading(c) for c in columns]
    body = [_cells(table, c, axes) for c in columns]
    why = reasons(table)
    if any(why):
        heading.append("out of scope because")
        body.append([Cell(text) for text in why])
    return TextTable(tuple(heading), tuple(zip(*body, strict=True)), omitted)


def _heading(column: str) -> str:
    stem, dot, term = column.partition(".")
    return f"{label(stem)}: {label(term)}" if dot else label(column)
