"""Claim: a statement about the columns of a table and the rule that turns the rows into a verdict."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
from pandas import DataFrame

from verify.claims.scope import Scope
from verify.errors import InvalidInput, UnknownName
from verify.estimate import Estimate
from verify.finding import Finding, Verdict

Where = Mapping[str, Any]


@dataclass(frozen=True)
class Claim(ABC):
    """A sentence that the rows of a table can support or refute.

    `statement` is the sentence (a default one is made from the columns); `where` keeps the rows whose columns have
    the given value, or one of a tuple of values: ``where={"dim": (1, 2), "spectrum": "flat"}``.
    """

    statement: str = field(default="", kw_only=True)
    where: Where = field(default_factory=dict, kw_only=True)

    def __post_init__(self) -> None:
        if not self.statement:
            object.__setattr__(self, "statement", self.sentence())

    @abstractmethod
    def sentence(self) -> str:
        """Return the statement in words, for claims that give none."""

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...]:
        """Value columns that the claim reads."""

    @abstractmethod
    def verdict(self, rows: DataFrame) -> Finding:
        """Return the finding on the rows that `where` keeps."""

    def judge(self, table: DataFrame) -> Finding:
        """Return the finding on `table`; a column that is not there raises UnknownName."""
        rows = select(table, self.where)
        return self.verdict(rows)


def select(table: DataFrame, where: Where) -> DataFrame:
    """Return the rows of `table` that match `where`; numbers match up to rounding."""
    keep = np.ones(len(table), dtype=bool)
    for axis, wanted in where.items():
        if axis not in table.columns:
            raise UnknownName("column", axis, map(str, table.columns))
        choices = wanted if isinstance(wanted, (tuple, list)) else (wanted,)
        hits = [_matches(table[axis].to_numpy(), choice) for choice in choices]
        keep &= np.logical_or.reduce(hits) if hits else False
    return table.loc[keep]


def _matches(values: npt.NDArray[Any], wanted: Any) -> npt.NDArray[np.bool_]:
    if isinstance(wanted, Real) and not isinstance(wanted, bool) and np.issubdtype(values.dtype, np.number):
        return np.asarray(np.isclose(values.astype(float), float(wanted), rtol=1e-12, atol=0.0), dtype=bool)
    return np.array([value == wanted for value in values], dtype=bool)


def conclude(
    scope: Scope, verdict: Verdict, statistic: Estimate | None, evidence: str, in_scope: int | None = None
) -> Finding:
    """Return the finding with the rows out of scope told in its evidence."""
    inside = scope.inside if in_scope is None else in_scope
    return Finding(verdict, statistic, f"{evidence}{scope.told()}", inside, scope.points)


def nothing_left(scope: Scope, why: str = "no point is in scope") -> Finding:
    """Return the inconclusive finding of a claim that has no point to rest on."""
    return conclude(scope, Verdict.INCONCLUSIVE, None, why, 0)


def require_margin(name: str, value: float) -> None:
    """Raise InvalidInput unless `value` is finite and >= 0."""
    if not (np.isfinite(value) and value >= 0):
        raise InvalidInput(f"`{name}` must be finite and >= 0; got {value}.")


def decide(*, violated: bool, holds: bool) -> Verdict:
    """Return the verdict of two tests that cannot both be true."""
    if violated:
        return Verdict.VIOLATED
    return Verdict.HOLDS if holds else Verdict.INCONCLUSIVE
