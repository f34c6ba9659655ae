"""What a report reads of a result: protocols only, so that made-up results can be reported as well as real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from verify.finding import Finding, Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame


class FigureLike(Protocol):
    """A figure that can be drawn from a table; `data(table)`, where there is one, gives the rows that it shows."""

    @property
    def name(self) -> str: ...
    def draw(self, table: DataFrame) -> Figure: ...
    def caption(self, table: DataFrame) -> str: ...


class StudyLike(Protocol):
    """The question and the figures of a study; `observe` and `references`, where there are any, give citations."""

    @property
    def name(self) -> str: ...
    @property
    def question(self) -> str: ...
    @property
    def figures(self) -> Sequence[FigureLike]: ...


class ClaimLike(Protocol):
    """A claim, of which the report needs the sentence only."""

    @property
    def statement(self) -> str: ...


class ClaimFindingLike(Protocol):
    """The finding on one claim, filed under the claim's id in the catalogue."""

    @property
    def claim_id(self) -> str: ...
    @property
    def claim(self) -> ClaimLike: ...
    @property
    def finding(self) -> Finding: ...


class ResultLike(Protocol):
    """One study run at one budget."""

    @property
    def study(self) -> StudyLike: ...
    @property
    def budget(self) -> str: ...
    @property
    def table(self) -> DataFrame: ...
    @property
    def findings(self) -> Sequence[ClaimFindingLike]: ...
    @property
    def provenance(self) -> Mapping[str, str]: ...


def is_control(entry: ClaimFindingLike) -> bool:
    """Return True for a negative control: it holds where the statement inside it was refuted."""
    return any(kind.__name__ == "NegativeControl" for kind in type(entry.claim).__mro__)


def verdict_word(entry: ClaimFindingLike) -> str:
    """Return the verdict in words that cannot be misread for a negative control."""
    if not is_control(entry):
        return entry.finding.verdict.value
    words = {Verdict.HOLDS: "refuted, as it must be", Verdict.VIOLATED: "not refuted", Verdict.INCONCLUSIVE: "inconclusive"}
    return words[entry.finding.verdict]
