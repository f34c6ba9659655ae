"""Cells: one point of a sweep and the table row that comes of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from verify.errors import BoundcheckError, InvalidInput
from verify.estimate import Estimate
from verify.finding import Finding
from verify.fingerprint import digest


class CellFailed(BoundcheckError):
    """A cell that cannot be computed; the message names the study and the cell."""


@dataclass(frozen=True)
class Cell:
    """A sweep point, the random generator of one observable there, and the budget."""

    point: Mapping[str, Any]
    rng: np.random.Generator
    budget: str


@runtime_checkable
class BoundLike(Protocol):
    """What is asked for its terms and assumptions instead of being measured."""

    divergence: Any

    def __call__(self, subject: Any) -> float:
        """Return the value of the bound."""
        ...

    def terms(self, subject: Any) -> Mapping[str, float]:
        """Return its named terms."""
        ...

    def failed_assumptions(self, subject: Any) -> tuple[Finding, ...]:
        """Return what its assumptions fail by; the evidence starts with the name and a colon."""
        ...


def seeded(root: int, cell: str, observable: str) -> np.random.Generator:
    """Return the generator of an observable in a cell: it depends on the root seed and these two digests only."""
    return np.random.default_rng(np.random.SeedSequence([root, int(cell, 16), int(observable, 16)]))


def row(subject: Any, point: Mapping[str, Any], observe: Mapping[str, Any], budget: str, root: int) -> dict[str, Any]:
    """Return the table row of one cell: the point, then the columns of every observable and bound."""
    found = dict(point)
    cell = digest(dict(point))
    for name, what in observe.items():
        if isinstance(what, BoundLike):
            found |= bound_columns(name, what, subject)
        else:
            rng = seeded(root, cell, digest(name))
            found |= estimate_columns(name, what(subject, Cell(point, rng, budget)))
    return found


def estimate_columns(name: str, measured: Estimate | float) -> dict[str, Any]:
    """Return the columns of an observable; a plain number is taken as exact."""
    if not isinstance(measured, Estimate):
        value = _number(name, measured)
        measured = Estimate.exact(value)
    return {
        name: float(measured.value),
        f"{name}.low": float(measured.low),
        f"{name}.high": float(measured.high),
        f"{name}.confidence": float(measured.confidence),
        f"{name}.method": measured.method,
        f"{name}.null": math.nan if measured.null is None else float(measured.null.high),
        f"{name}.resolved": bool(measured.resolved),
    }


def bound_columns(name: str, bound: BoundLike, subject: Any) -> dict[str, Any]:
    """Return the columns of a bound: its value, its terms, the assumptions that fail and whether it says anything."""
    value = _number(name, bound(subject))
    terms = {f"{name}.{term}": _number(f"{name}.{term}", size) for term, size in bound.terms(subject).items()}
    failed = "; ".join(finding.evidence.partition(":")[0] for finding in bound.failed_assumptions(subject))
    vacuous = math.isinf(value) or (bound.divergence == "tv" and value >= 1)
    return {name: value, **terms, f"{name}.failed": failed, f"{name}.vacuous": vacuous}


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"`{name}` must give an Estimate or a number; got {type(value).__qualname__}.") from error
    if math.isnan(number):
        raise InvalidInput(f"`{name}` is NaN.")
    return number
