"""The rows and columns of a table that one figure shows, and which of its points are in scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from verify.errors import InvalidInput, UnknownName
from verify.report.text import axis_label, joined, value_of

if TYPE_CHECKING:
    from pandas import DataFrame

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def axes_of(table: DataFrame) -> list[str]:
    """Return the sweep axes: undotted columns that are neither an observable (`.low`) nor a bound (`.failed`)."""
    columns = {str(column) for column in table.columns}
    return [str(c) for c in table.columns if "." not in str(c) and not {f"{c}.low", f"{c}.failed"} & columns]


def need(table: DataFrame, columns: Iterable[str]) -> None:
    """Raise `UnknownName` for the first column that the table lacks."""
    for column in columns:
        if column not in table.columns:
            raise UnknownName("column", column, [str(c) for c in table.columns])


def ordered(values: Iterable[object]) -> list[object]:
    """Return the distinct values, numbers in increasing order, anything else in order of appearance."""
    distinct = list(dict.fromkeys(values))
    numeric = all(isinstance(v, (int, float, np.integer, np.floating)) for v in distinct)
    return sorted(distinct, key=float) if numeric else distinct  # type: ignore[arg-type]


@dataclass(frozen=True)
class Slice:
    """Rows of a table with all but the shown axes fixed; `fixed` maps each fixed axis to its value."""

    rows: DataFrame
    fixed: Mapping[str, object]

    def note(self, labels: Mapping[str, str]) -> str:
        """Return the sentence that says where the slice lies, empty where nothing had to be fixed."""
        parts = [f"{axis_label(a, labels)} = {value_of(v)}" for a, v in self.fixed.items()]
        return f" Shown at {joined(parts)}." if parts else ""


def nearest(values: Sequence[object], wanted: object) -> object:
    """Return the value equal to `wanted`, else the nearest number; budgets move the ends of a sweep."""
    if wanted in values:
        return wanted
    if isinstance(wanted, (int, float)) and all(isinstance(v, (int, float, np.number)) for v in values):
        return min(values, key=lambda v: abs(float(v) - float(wanted)))  # type: ignore[arg-type]
    raise UnknownName("axis value", str(wanted), [str(v) for v in values])


def cut(table: DataFrame, shown: Sequence[str], where: Mapping[str, object]) -> Slice:
    """Return the slice at `where`; a further axis with several values is fixed at its first one.

    An axis that is shown keeps several values where `where` gives a tuple of them.
    """
    need(table, [*shown, *where])
    fixed: dict[str, object] = {}
    rows = table
    for axis in [a for a in axes_of(table) if a not in shown or a in where]:
        values, wanted = ordered(rows[axis]), where.get(axis)
        if isinstance(wanted, tuple):
            if axis not in shown:
                raise InvalidInput(f"a figure takes several values of `{axis}` only as an axis that it shows.")
            rows = rows[rows[axis].isin([nearest(values, value) for value in wanted])]
        elif axis in where or len(values) > 1:
            fixed[axis] = nearest(values, where[axis]) if axis in where and values else next(iter(values), None)
            rows = rows[rows[axis] == fixed[axis]]
    return Slice(rows, fixed)


def in_scope(rows: DataFrame, column: str) -> Mask:
    """Return True where the column counts: a resolved estimate, or a bound all of whose assumptions hold."""
    scope = np.ones(len(rows), dtype=bool)
    if f"{column}.resolved" in rows:
        scope &= rows[f"{column}.resolved"].to_numpy(dtype=bool)
    if f"{column}.failed" in rows:
        scope &= np.array([not reason for reason in failed(rows, column)], dtype=bool)
    return scope


def is_bound(rows: DataFrame, column: str) -> bool:
    """Return True for a bound, which knows where its assumptions fail; any other column is a formula or measured."""
    return f"{column}.failed" in rows or f"{column}.vacuous" in rows


def failed(rows: DataFrame, column: str) -> list[str]:
    """Return the names of the failed assumptions of a bound; a table read from CSV has NaN for none."""
    return [reason if isinstance(reason, str) else "" for reason in rows[f"{column}.failed"].tolist()]


def any_in_scope(rows: DataFrame, columns: Sequence[str]) -> Mask:
    """Return True where at least one of the columns counts, and everywhere where there are none."""
    masks = [in_scope(rows, column) for column in columns]
    return np.logical_or.reduce(masks) if masks else np.ones(len(rows), dtype=bool)


def vacuous(rows: DataFrame, column: str) -> Mask:
    """Return True where the bound says nothing."""
    name = f"{column}.vacuous"
    return rows[name].to_numpy(dtype=bool) if name in rows else np.zeros(len(rows), dtype=bool)


def values(rows: DataFrame, column: str, part: str = "") -> Array:
    """Return a column, or its `.low`/`.high` part (the column itself where it has none), as floats."""
    name = f"{column}{part}"
    found = rows[name if name in rows else column]
    try:
        return found.to_numpy(dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(f"a figure needs numbers, but `{column}` holds {found.iloc[0]!r}.") from None
