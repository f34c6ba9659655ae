"""Baselines of audits: the outcome, orders and errors that were committed, and how today's differ from them.

A baseline is a small JSON file, one line a number: ``"discretisation, target 0, 40 steps": [value, low, high]``. The
intervals are widened by the rounding level of the audit, so that another processor fails no test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from verify.audit import Audit, Outcome
from verify.baseline import disjoint
from verify.errors import DamagedFile
from verify.estimate import Estimate
from verify.journal import dumps, loads, write_whole

PARTS = ("discretisation", "total")  # both in W2: their rounding is that of the laws
METHOD = "audit"


@dataclass(frozen=True)
class Snapshot:
    """What is kept of an audit: its outcome and every order and error by name."""

    name: str
    outcome: Outcome
    orders: Mapping[str, Estimate]
    errors: Mapping[str, Estimate]

    @classmethod
    def of(cls, found: Audit) -> Snapshot:
        """Return the snapshot of an audit."""
        judged = ((k, j.order.value) for k, j in enumerate(found.judgements))
        orders = {f"order, target {k}": replace(order, method=METHOD) for k, order in judged if order is not None}
        return cls(found.name, found.outcome, orders, dict(_errors(found)))

    def text(self) -> str:
        """Return the file: one line a number."""
        numbers = {key: [e.value, e.low, e.high] for key, e in {**self.orders, **self.errors}.items()}
        content = {"sampler": self.name, "outcome": self.outcome.value, **numbers}
        lines = ",\n".join(f"  {dumps(key)}: {dumps(value)}" for key, value in content.items())
        return f"{{\n{lines}\n}}\n"


def write(path: Path, found: Audit) -> None:
    """Write the baseline of an audit."""
    write_whole(path, Snapshot.of(found).text())


def read(path: Path) -> Snapshot:
    """Return the committed snapshot; DamagedFile where it cannot be read."""
    try:
        content = loads(path.read_text(encoding="utf-8"))
        name, outcome = str(content.pop("sampler")), Outcome(content.pop("outcome"))
        numbers = {key: Estimate(value, low, high, 1.0, METHOD) for key, (value, low, high) in content.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedFile(
            f"`{path}` is no baseline of an audit any more; restore it from version control or write it anew."
        ) from error
    orders = {key: value for key, value in numbers.items() if key.startswith("order, ")}
    return Snapshot(name, outcome, orders, {key: value for key, value in numbers.items() if key not in orders})


def compare(path: Path, found: Audit) -> list[str]:
    """Return a line for everything that became worse or moved since the baseline at `path` was written.

    An outcome that is worse, an order that is lost, an order or error whose interval is disjoint from the committed
    one (beyond a relative 1e-9), other step counts or targets.
    """
    old, new = read(path), Snapshot.of(found)
    lines = []
    if new.outcome.severity > old.outcome.severity:
        lines.append(f"the outcome was: {old.outcome.value}; now: {new.outcome.value}: {found.reason}")
    if new.errors.keys() != old.errors.keys() and (new.errors or not lines):
        return [*lines, "it was written for other step counts or targets, so no number was compared"]
    lines += [f"{key}: committed {_told(old.orders[key])}, now none" for key in old.orders if key not in new.orders]
    then, now = {**old.orders, **old.errors}, {**new.orders, **new.errors}
    both = [key for key in then if key in now]
    return lines + [
        f"{key}: committed {_told(then[key])}, now {_told(now[key])}" for key in both if disjoint(then[key], now[key])
    ]


def _errors(found: Audit) -> Iterator[tuple[str, Estimate]]:
    for run in found.runs:
        for k, (case, judgement) in enumerate(zip(run.cases, found.judgements, strict=True)):
            for part in PARTS:
                yield f"{part}, target {k}, {run.steps} steps", _widened(getattr(case, part), judgement.order.floor)


def _widened(e: Estimate, by: float) -> Estimate:
    return Estimate(e.value, min(max(e.low - by, 0.0), e.low), e.high + by, 1.0, METHOD)


def _told(e: Estimate) -> str:
    return f"{e.value:.10g} [{e.low:.10g}, {e.high:.10g}]"
