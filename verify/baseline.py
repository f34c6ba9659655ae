"""Baselines: the findings that were committed, and how today's findings differ from them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verify.errors import DamagedFile, InvalidInput
from verify.estimate import Estimate
from verify.finding import Verdict
from verify.journal import dumps, loads, write_whole
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

    def __post_init__(self) -> None:
        numbers = (self.value, self.low, self.high, self.confidence)
        if any(isinstance(x, bool) or not isinstance(x, (int, float, type(None))) for x in numbers):
            raise InvalidInput(f"the statistic of {self.claim_id} must be numbers or nothing; got {numbers}.")

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
    """Write the findings of `result` as its baseline and return the file; InvalidInput where there are none."""
    if not result.findings:
        raise InvalidInput(f"study {result.study.name} makes no claim, so it has no baseline.")
    path = baseline_file(result.study.name, folder)
    kept = ("boundcheck", "python", "numpy", "scipy", "pandas")
    content = {
        "study": result.study.name,
        "budget": result.budget,
        "seed": result.study.seed,
        "versions": {name: result.provenance[name] for name in kept if name in result.provenance},
        "findings": [_plain(Entry.of(entry)) for entry in result.findings],
    }
    write_whole(path, dumps(content, indent=2) + "\n")
    return path


def require(folder: Path) -> None:
    """Raise InvalidInput where `folder` holds no baseline: nothing could be compared, and that is no success."""
    if next(folder.rglob("*.json"), None) is None:
        raise InvalidInput(
            f"there is no baseline in `{folder}`; give their folder with --baselines, or write them with --update."
        )


def compare(result: Result, folder: Path = BASELINES) -> Comparison:
    """Return how the findings of `result` differ from the committed ones.

    Failures: a verdict that dropped (holds > inconclusive > violated), a claim that is gone, an interval that is
    disjoint from the committed one (beyond a relative 1e-9), no baseline for a study that makes claims, or one of
    another study, budget or seed. Each line names both sides.
    """
    study, path = result.study.name, baseline_file(result.study.name, folder)
    if not path.is_file():
        if not result.findings:
            return Comparison(study, notes=(f"{study}: makes no claim; there is nothing to compare",))
        return Comparison(study, (f"{study}: no baseline `{path}`; `boundcheck check --update` writes it",))
    content = _read(path)
    for what, mine in (("study", study), ("budget", result.budget), ("seed", result.study.seed)):
        if content[what] != mine:
            line = f"{study}: the baseline `{path}` is for {what} {content[what]}, this run for {what} {mine}"
            return Comparison(study, (f"{line}; nothing was compared",))
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


def disjoint(old: Entry | Estimate, new: Entry | Estimate) -> bool:
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
        if not findings:
            raise ValueError("no findings")
        return {"findings": findings, **{name: content[name] for name in ("study", "budget", "seed")}}
    except (ValueError, KeyError, TypeError) as error:
        line = f" line {error.lineno}" if hasattr(error, "lineno") else ""
        raise DamagedFile(
            f"`{path}`{line} is no baseline any more; restore it from version control or run "
            "`boundcheck check --update`."
        ) from error
