"""Which points of a table do not count, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verify.report.figures.frame import Mask, axes_of, failed, ordered, vacuous
from verify.report.text import axis_label, joined, label, names_of

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Exclusion:
    """Points at which one column does not count: the reason, their number and where they lie."""

    column: str
    reason: str
    points: int
    of: int
    where: str


def _masks(table: DataFrame) -> Iterator[tuple[str, str, Mask]]:
    """Yield (column, reason, rows) for every reason found in the table."""
    for name in (str(column) for column in table.columns):
        stem = name.rpartition(".")[0]
        if name.endswith(".failed"):
            found = failed(table, stem)
            for reason in dict.fromkeys(found):
                if reason:
                    yield (
                        stem,
                        f"assumption fails: {reason}",
                        np.array([other == reason for other in found], dtype=bool),
                    )
        elif name.endswith(".vacuous"):
            yield stem, "bound is vacuous (TV ≥ 1)", vacuous(table, stem)
        elif name.endswith(".resolved"):
            yield stem, "not resolved from its null", ~table[name].to_numpy(dtype=bool)


def exclusions(table: DataFrame) -> list[Exclusion]:
    """Return every reason for which points are out of scope, with where they lie in the sweep."""
    return [
        Exclusion(label(column), reason, int(rows.sum()), len(table), _where(table, rows))
        for column, reason, rows in _masks(table)
        if rows.any()
    ]


def reasons(table: DataFrame) -> list[str]:
    """Return for each row why some column does not count there, empty where all do."""
    texts: list[list[str]] = [[] for _ in range(len(table))]
    for column, reason, rows in _masks(table):
        for place in np.flatnonzero(rows):
            texts[int(place)].append(f"{label(column)}: {reason}")
    return ["; ".join(parts) for parts in texts]


def _where(table: DataFrame, rows: Mask) -> str:
    """Return the values of each axis that the rows take, leaving out axes of which they take all."""
    if rows.all():
        return "everywhere"
    parts = []
    for axis in axes_of(table):
        found, every = ordered(table[axis][rows]), ordered(table[axis])
        if len(found) < len(every):
            names = names_of(found, 4)
            some = ", ".join(names) if len(names) <= 8 else f"{names[0]}, …, {names[-1]} ({len(names)} values)"
            parts.append(f"{axis_label(axis)} ∈ {{{some}}}")
    return joined(parts) if parts else "at some points for every value of each axis"
