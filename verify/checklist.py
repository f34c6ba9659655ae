"""The checklist: every statement that the suite is to verify, with its id, and what studies still owe it.

The rows stand in `checklist.toml`, one table a section. A row is covered when studies file at least one claim under its
id that is no negative control, and at least one negative control.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from verify.claims import Claim, NegativeControl
from verify.errors import DamagedFile

FILE = Path(__file__).with_name("checklist.toml")


@dataclass(frozen=True)
class Item:
    """A row: its id, the title of its section, its statement."""

    id: str
    section: str
    statement: str


class Study(Protocol):
    """What the checklist reads of a study."""

    @property
    def claims(self) -> Mapping[str, Sequence[Claim]]:
        """Claims by id."""
        ...


@cache
def checklist() -> tuple[Item, ...]:
    """Return the rows of the project's checklist, in order."""
    return read(FILE)


def read(file: Path) -> tuple[Item, ...]:
    """Return the rows of a file; DamagedFile where it is no checklist or an id comes twice."""
    try:
        sections = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise DamagedFile(f"{file}: {error}.") from error
    if not all(isinstance(rows, dict) and all(isinstance(s, str) for s in rows.values()) for rows in sections.values()):
        raise DamagedFile(f"{file}: a checklist holds sections, and these one sentence an id.")
    items = tuple(Item(key, title, said) for title, rows in sections.items() for key, said in rows.items())
    twice = [key for key, count in Counter(item.id for item in items).items() if count > 1]
    if twice:
        raise DamagedFile(f"{file}: the id {twice[0]} comes twice.")
    return items


@dataclass(frozen=True)
class Tally:
    """How many claims and negative controls studies file under an id."""

    claims: int = 0
    controls: int = 0

    @property
    def owed(self) -> str:
        """What is lacking, in words; empty for a covered row."""
        if self.claims and self.controls:
            return ""
        if self.controls:
            return "no claim, only negative controls"
        return "no negative control" if self.claims else "no claim"

    def told(self) -> str:
        """Return the two counts in words."""
        return f"{_count(self.claims, 'claim')}, {_count(self.controls, 'control')}"


def tallies(studies: Iterable[Study]) -> dict[str, Tally]:
    """Return the tally of every id that the studies use, known to the checklist or not."""
    claims: Counter[str] = Counter()
    controls: Counter[str] = Counter()
    for study in studies:
        for claim_id, group in study.claims.items():
            for claim in group:
                (controls if isinstance(claim, NegativeControl) else claims)[claim_id] += 1
    return {key: Tally(claims[key], controls[key]) for key in sorted({*claims, *controls})}


def unknown(found: Mapping[str, Tally]) -> list[str]:
    """Return the ids of `found` that the checklist does not have."""
    known = {item.id for item in checklist()}
    return [key for key in found if key not in known]


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
