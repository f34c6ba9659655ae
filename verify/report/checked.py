"""The checklist as a report shows it: what was found on each of its rows, and which rows the report says nothing on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from verify.checklist import Item, checklist
from verify.finding import Verdict
from verify.report.model import ClaimFindingLike, is_control

if TYPE_CHECKING:
    from verify.report.view import Row

OPEN = "not complete"


@dataclass(frozen=True)
class Checked:
    """A row of the checklist with the findings filed under its id, and the studies that they come from."""

    item: Item
    entries: tuple[ClaimFindingLike, ...]
    studies: tuple[str, ...]

    @property
    def claims(self) -> str:
        """How many of its claims hold, such as "3 of 3"."""
        return _share(self._of(control=False))

    @property
    def controls(self) -> str:
        """How many of its false claims are refuted."""
        return _share(self._of(control=True))

    @property
    def verdict(self) -> Verdict | None:
        """Violated or inconclusive where any finding is; None where a claim or a negative control is lacking."""
        found = {entry.finding.verdict for entry in self.entries}
        for verdict in (Verdict.VIOLATED, Verdict.INCONCLUSIVE):
            if verdict in found:
                return verdict
        return Verdict.HOLDS if self._of(control=False) and self._of(control=True) else None

    @property
    def word(self) -> str:
        """The verdict in words."""
        return self.verdict.value if self.verdict else OPEN

    @property
    def symbol(self) -> str:
        """✓, ✗, ? or –."""
        signs = {Verdict.HOLDS: "✓", Verdict.VIOLATED: "✗", Verdict.INCONCLUSIVE: "?"}
        return signs[self.verdict] if self.verdict else "–"

    def _of(self, control: bool) -> list[ClaimFindingLike]:
        return [entry for entry in self.entries if is_control(entry) == control]


@dataclass(frozen=True)
class Section:
    """A section of the checklist: its rows that have findings."""

    title: str
    rows: tuple[Checked, ...]


@dataclass(frozen=True)
class ChecklistView:
    """The sections with findings, and the rows of the checklist without any."""

    sections: tuple[Section, ...]
    absent: tuple[Item, ...]


def checked(rows: Sequence[Row]) -> ChecklistView:
    """Return the checklist with the findings of a report; a report on other things has no section of it."""
    by_id: dict[str, list[Row]] = {}
    for row in rows:
        by_id.setdefault(row.entry.claim_id, []).append(row)
    present = [_checked(item, by_id[item.id]) for item in checklist() if item.id in by_id]
    sections = [Section(title, tuple(group)) for title, group in groupby(present, key=lambda row: row.item.section)]
    return ChecklistView(tuple(sections), tuple(item for item in checklist() if item.id not in by_id))


def _checked(item: Item, rows: Sequence[Row]) -> Checked:
    return Checked(item, tuple(row.entry for row in rows), tuple(dict.fromkeys(row.study for row in rows)))


def _share(entries: Sequence[ClaimFindingLike]) -> str:
    return f"{sum(entry.finding.verdict is Verdict.HOLDS for entry in entries)} of {len(entries)}"
