"""What a report reads of a result: protocols only, so that made-up results can be reported as well as real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from verify.claims import NegativeControl
from verify.finding import Finding, Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from verify.report.tabulate import TextTable


class FigureLike(Protocol):
    """A figure that can be drawn from a table; `data(table)`, where there is one, gives the rows that it shows."""

    @property
    def name(self) -> str:
        """Its name, such as chen2023/step_size."""
        ...

    def draw(self, table: DataFrame) -> Figure:
        """Return the figure."""
        ...

    def caption(self, table: DataFrame) -> str:
        """Return the finding that the figure shows."""
        ...


class TableLike(Protocol):
    """A table for reading that a study may declare among its `tables`."""

    @property
    def title(self) -> str:
        """Its heading."""
        ...

    def rows(self, result: ResultLike) -> TextTable:
        """Return the table."""
        ...


class StudyLike(Protocol):
    """The question and the figures of a study; `observe` and `references`, where there are any, give citations.

    `tables`, where there are any, are shown before the findings.
    """

    @property
    def name(self) -> str:
        """Its name, such as chen2023/step_size."""
        ...

    @property
    def question(self) -> str:
        """The question in one sentence."""
        ...

    @property
    def figures(self) -> Sequence[FigureLike]:
        """The figures, in order."""
        ...


class ClaimLike(Protocol):
    """A claim, of which the report needs the sentence only."""

    @property
    def statement(self) -> str:
        """The sentence."""
        ...


class ClaimFindingLike(Protocol):
    """The finding on one claim, filed under the claim's id in the catalogue."""

    @property
    def claim_id(self) -> str:
        """The id in the catalogue, such as S3-10."""
        ...

    @property
    def claim(self) -> ClaimLike:
        """The claim."""
        ...

    @property
    def finding(self) -> Finding:
        """What was found."""
        ...


class ResultLike(Protocol):
    """One study run at one budget."""

    @property
    def study(self) -> StudyLike:
        """The study that ran."""
        ...

    @property
    def budget(self) -> str:
        """smoke, ci or full."""
        ...

    @property
    def table(self) -> DataFrame:
        """One row per cell."""
        ...

    @property
    def findings(self) -> Sequence[ClaimFindingLike]:
        """One per claim."""
        ...

    @property
    def provenance(self) -> Mapping[str, str]:
        """Versions, seed, digest of the code: words by name."""
        ...


def is_control(entry: ClaimFindingLike) -> bool:
    """Return True for a negative control: it holds where the statement inside it was refuted."""
    return isinstance(entry.claim, NegativeControl)


def verdict_symbol(entry: ClaimFindingLike) -> str:
    """Return ✓, ✗ or ?; a control shows ✗ where its false statement was refuted, ‼ where it was not."""
    signs = {Verdict.HOLDS: "✓", Verdict.VIOLATED: "✗", Verdict.INCONCLUSIVE: "?"}
    if is_control(entry):
        signs |= {Verdict.HOLDS: "✗", Verdict.VIOLATED: "‼"}
    return signs[entry.finding.verdict]


def verdict_word(entry: ClaimFindingLike) -> str:
    """Return the verdict in words that cannot be misread for a negative control."""
    if not is_control(entry):
        return entry.finding.verdict.value
    words = {Verdict.HOLDS: "refuted, as it must be", Verdict.VIOLATED: "not refuted"}
    return words.get(entry.finding.verdict, entry.finding.verdict.value)
