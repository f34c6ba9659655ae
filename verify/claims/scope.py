"""Scope: which rows a claim may count, and why the others are left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from pandas import DataFrame

from verify.claims.points import Points, read, require_columns

Mask = npt.NDArray[np.bool_]


@dataclass
class Scope:
    """Rows still in scope and a count of the reasons for which the others were dropped; each row is counted once."""

    mask: Mask
    reasons: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, rows: DataFrame, *columns: str | float) -> Scope:
        """Return the scope of `rows` for a claim on these columns: assumptions hold, estimates resolved, no NaN."""
        scope = cls(np.ones(len(rows), dtype=bool))
        for name in columns:
            if isinstance(name, str):
                require_columns(rows, name)
                scope._assumptions(rows, name.partition(".")[0])
                scope._resolved(rows, name)
            points = read(rows, name)
            scope.drop(_nan(points), f"`{name}` is NaN")
        return scope

    @property
    def points(self) -> int:
        """All rows."""
        return self.mask.size

    @property
    def inside(self) -> int:
        """Rows in scope."""
        return int(self.mask.sum())

    def drop(self, bad: npt.NDArray[Any], reason: str) -> None:
        """Take the rows where `bad` is true out of scope for `reason`."""
        fresh = self.mask & np.asarray(bad, dtype=bool)
        if fresh.any():
            self.reasons[reason] += int(fresh.sum())
            self.mask = self.mask & ~fresh

    def drop_vacuous(self, rows: DataFrame, by: str | float) -> None:
        """Drop the rows where the bound `by`, or the term of a bound, says nothing: it is infinite, or a TV above 1."""
        value = read(rows, by).value
        self.drop(value == np.inf, f"`{by}` is infinite: vacuous")
        if isinstance(by, str):
            base, _, term = by.partition(".")
            if f"{base}.vacuous" in rows.columns:
                vacuous = rows[f"{base}.vacuous"].to_numpy(dtype=bool)
                self.drop(vacuous & (value >= 1) if term else vacuous, f"`{by}` is vacuous")

    def told(self) -> str:
        """Return the clause that lists what was left out, empty where nothing was."""
        if not self.reasons:
            return ""
        causes = ", ".join(f"{count} as {reason}" for reason, count in sorted(self.reasons.items()))
        return f"; {sum(self.reasons.values())} of {self.points} points out of scope: {causes}"

    def _assumptions(self, rows: DataFrame, base: str) -> None:
        if f"{base}.failed" in rows.columns:
            failed = rows[f"{base}.failed"].fillna("").astype(str).to_numpy()
            for text in sorted(set(failed) - {""}):
                self.drop(failed == text, f"`{base}` does not apply ({text})")

    def _resolved(self, rows: DataFrame, name: str) -> None:
        if f"{name}.resolved" in rows.columns:
            self.drop(~rows[f"{name}.resolved"].to_numpy(dtype=bool), f"`{name}` is not resolved from its null")


def _nan(points: Points) -> Mask:
    return np.asarray(np.isnan(points.value) | np.isnan(points.low) | np.isnan(points.high), dtype=bool)
