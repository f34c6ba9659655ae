"""Baselines: the findings that were committed, and how today's findings differ from them."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verify.errors import DamagedFile, InvalidInput
from verify.finding import Verdict
from verify.journal import dumps, loads
from verify.study import ClaimFinding, Result

BASELINES = Path("reports/baselines")
RANK = {Verdict.VIOLATED: 0, Verdict.INCONCLUSIVE: 1, Verdict.HOLDS: 2}
# Other processors and library versions round differently; that must fail no check. Sums and products of some 10^5
# roundings stay within 1e-10; no finding turns on the ninth digit.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Entry:
    """A committed finding: verdict, statistic with its interval (None where there is none) and scope."""

    claim_id: str
    statement: str
    verdict: Verdict
    value: float | None
    low: float | None
    high: float | None
    confidence: float | None
    in_scope: int
    points: int

    @classmethod
    def of(cls, entry: ClaimFinding) -> Entry:
        """Return the entry of a finding."""
        found, e = entry.finding, entry.finding.statistic
        value, low, high, confidence = (None,) * 4 if e is None else map(float, (e.value, e.low, e.high, e.confidence))
        scope = found.in_scope, found.points
        return cls(entry.claim_id, entry.claim.statement, found.verdict, value, low, high, confidence, *scope)

    def told(self) -> str:
        """Return verdict, interval and scope in words."""
        interval = "no interval" if self.low is None else f"{self.value:.6g} [{self.low:.6g}, {self.high:.6g}]"
        return f"{self.verdict.value}, {interval}, {self.in_scope} of {self.points} points"


@dataclass(frozen=True)
class Comparison:
    """What must not have happened (`failures`) and what is worth knowing (`notes`), each a line."""

    study: str
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def baseline_file(study: str, folder: Path = BASELINES) -> Path:
    """Return where the baseline of a study lies."""
    return folder / f"{study}.json"


def write(result: Result, folder: Path = BASELINES) -> Path:
    """Write the findings of `result` as its baseline and return the file."""
    path = baseline_file(result.study.name, folder)
    kept = ("boundcheck", "python", "numpy", "scipy", "pandas")
    content = {
        "study": result.study.name,
        "budget": result.budget,
        "seed": result.study.seed,
        "versions": {name: result.provenance[name] for name in kept if name in result.provenance},
        "findings": [_plain(Entry.of(entry)) for entry in result.findings],
    }
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(dumps(content, indent=2) + "\n", encoding="utf-8")
        os.replace(part, path)
    except OSError as error:
        raise InvalidInput(f"cannot write `{path}`: {error.strerror}; choose another folder.") from error
    return path


def compare(result: Result, folder: Path = BASELINES) -> Comparison:
    """Return how the findings of `result` differ from the committed ones.

    Failures: a verdict that dropped (holds > inconclusive > violated), a claim that is gone, an interval that is
    disjoint from the committed one (beyond a relative 1e-9). Each line names both sides.
    """
    study, path = result.study.name, baseline_file(result.study.name, folder)
    if not path.is_file():
        return Comparison(study, notes=(f"{study}: no baseline; `boundcheck check --update` writes it",))
    content = _read(path)
    if content["budget"] != result.budget:
        raise InvalidInput(
            f"the baseline `{path}` is for budget {content['budget']}, this run for {result.budget}; "
            f"use --budget {content['budget']} or --update."
        )
    then = {(e.claim_id, e.statement): e for e in content["findings"]}
    now = {(e.claim_id, e.statement): e for e in map(Entry.of, result.findings)}
    gone = (old for key, old in then.items() if key not in now)
    failures = [f"{study} {old.claim_id}: the claim is gone: {old.statement}" for old in gone]
    notes = [f"{study} {new.claim_id}: new: {new.told()}: {new.statement}" for k, new in now.items() if k not in then]
    for key in then.keys() & now.keys():
        old, new = then[key], now[key]
        both = f"committed: {old.told()}; now: {new.told()}: {new.statement}"
        if RANK[new.verdict] < RANK[old.verdict]:
            failures.append(f"{study} {new.claim_id}: the verdict dropped; {both}")
        elif disjoint(old, new):
            failures.append(f"{study} {new.claim_id}: the intervals are disjoint; {both}")
        elif (new.verdict, new.in_scope, new.points) != (old.verdict, old.in_scope, old.points):
            notes.append(f"{study} {new.claim_id}: changed; {both}")
    return Comparison(study, tuple(sorted(failures)), tuple(sorted(notes)))


def orphans(studies: Mapping[str, Any], folder: Path = BASELINES) -> list[str]:
    """Return a line for every baseline whose study is not among `studies`: all its claims are gone."""
    names = [f.relative_to(folder).with_suffix("").as_posix() for f in sorted(folder.rglob("*.json"))]
    return [f"{name}: the study is gone, its baseline is still there" for name in names if name not in studies]


def disjoint(old: Entry, new: Entry) -> bool:
    """Return True where the two intervals have no common point, rounding allowed for; a lost statistic is disjoint."""
    if old.low is None or old.high is None:
        return False
    if new.low is None or new.high is None:
        return True
    first, last = max(old.low, new.low), min(old.high, new.high)  # ends of what both cover, where first <= last
    size = max(abs(first), abs(last))
    return first > last and (math.isinf(size) or first - last > ROUNDING * size)


def _plain(entry: Entry) -> dict[str, Any]:
    return {**vars(entry), "verdict": entry.verdict.value}


def _read(path: Path) -> dict[str, Any]:
    try:
        content = loads(path.read_text(encoding="utf-8"))
        findings = [Entry(**{**e, "verdict": Verdict(e["verdict"])}) for e in content["findings"]]
        return {"budget": str(content["budget"]), "findings": findings}
    except (ValueError, KeyError, TypeError) as error:
        line = f" line {error.lineno}" if hasattr(error, "lineno") else ""
        raise DamagedFile(
            f"`{path}`{line} is no baseline any more; restore it from version control or run "
            "`boundcheck check --update`."
        ) from error
