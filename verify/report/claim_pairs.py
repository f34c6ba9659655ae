"""ClaimPairs: a table that sets each true claim beside the false one that it corrects, with the numbers of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verify.errors import InvalidInput
from verify.report.model import ClaimFindingLike, ResultLike, is_control, verdict_symbol, verdict_word
from verify.report.tabulate import Cell, TextTable, tabulate


@dataclass(frozen=True)
class ClaimPairs:
    """A row for each value of the column `axis`, the id of one claim and one negative control.

    `false`, `true` and `truth` are the columns with the number of the false claim, that of the true one, and what both
    should be; `words` are what the two claims are called, such as ("printed", "corrected"), `quantities` say by id
    what the numbers are.
    """

    title: str
    axis: str
    false: str
    true: str
    truth: str
    words: tuple[str, str]
    quantities: Mapping[str, str]

    def rows(self, result: ResultLike) -> TextTable:
        """Return id, false and true statement, what the numbers are, the two with their verdicts, and the truth."""
        false, true = self.words
        heading = ("claim", false, true, "number", false, "", true, "", "truth")
        numbers = {
            name: [row[0] for row in tabulate(result.table[[c for c in result.table if _stem(c) == name]]).rows]
            for name in (self.false, self.true, self.truth)
        }
        body = []
        for i, value in enumerate(result.table[self.axis].tolist()):
            wrong, right = self._pair(result, str(value))
            words = (str(value), _statement(wrong), _statement(right), self.quantities[str(value)])
            found = (numbers[self.false][i], _verdict(wrong), numbers[self.true][i], _verdict(right))
            body.append((*map(Cell, words), *found, numbers[self.truth][i]))
        return TextTable(heading, tuple(body))

    def _pair(self, result: ResultLike, claim_id: str) -> tuple[ClaimFindingLike, ClaimFindingLike]:
        """Return the negative control and the claim of an id."""
        entries = [entry for entry in result.findings if entry.claim_id == claim_id]
        wrong, right = ([e for e in entries if is_control(e) == control] for control in (True, False))
        if len(wrong) != 1 or len(right) != 1:
            raise InvalidInput(f"`{claim_id}` must have one claim and one negative control for a table of pairs.")
        return wrong[0], right[0]


def _stem(column: object) -> str:
    return str(column).partition(".")[0]


def _statement(entry: ClaimFindingLike) -> str:
    """Return the sentence; that of a negative control is the claim inside it."""
    return str(getattr(entry.claim, "claim", entry.claim).statement)


def _verdict(entry: ClaimFindingLike) -> Cell:
    return Cell(f"{verdict_symbol(entry)}\u00a0{verdict_word(entry).partition(',')[0]}")  # on one line
