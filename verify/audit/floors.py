"""floors: what stays of a sampler's error however many steps it takes, part by part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from verify.audit.rounding import floor, single_arithmetic, single_schedule
from verify.audit.run import Case, Run


@dataclass(frozen=True)
class Floor:
    """One part of the floor: its name, its size in W2 at the finest step count on the worst target, how it is known."""

    name: str
    size: float
    how: str


def floors(runs: Sequence[Run], double: Sequence[Run] = ()) -> tuple[Floor, ...]:
    """Return the floors of a sampler; `double` are its runs in float64 where it was asked to run in less."""
    span = runs[-1].span
    last = f"the posterior mean at {span.jump}" if span.jump else f"the law at {span.stop}"
    begun = "the exact law" if span.prior is None else f"N(0, {span.prior:.6g}² I)"
    blocks = range(len(runs[0].cases))
    return (
        Floor(
            "prior mismatch", _most(runs, lambda case: float(case.prior)), f"exact: {begun} for the law at {span.start}"
        ),
        Floor("truncation", _most(runs, lambda case: float(case.truncation)), f"exact: {last} for the data"),
        Floor("rounding", max(floor(runs, block, double) for block in blocks), _how(runs, double)),
        Floor("Monte Carlo", 0.0, "none: all laws are exact"),
    )


def _most(runs: Sequence[Run], part: Callable[[Case], float]) -> float:
    return max(part(case) for case in runs[-1].cases)


def _how(runs: Sequence[Run], double: Sequence[Run]) -> str:
    if double:
        return "measured: the largest W2 between the laws of this dtype and of float64"
    if single_arithmetic(runs):
        return "estimated: single-precision arithmetic"
    return "estimated: single-precision schedule" if single_schedule(runs) else "estimated: float64 arithmetic"
