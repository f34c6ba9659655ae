"""Observable: what a study measures on a sampler."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from verify.estimate import Estimate


class Cell(Protocol):
    """The table row that is being computed: its sweep point, its random generator and the budget."""

    @property
    def point(self) -> Mapping[str, Any]:
        """Axis name -> value."""
        ...

    @property
    def rng(self) -> np.random.Generator:
        """The generator of this cell: seeded by the study and the point alone."""
        ...

    @property
    def budget(self) -> str:
        """`smoke`, `ci` or `full`."""
        ...


class Observable(Protocol):
    """A function of (subject, cell) that gives one Estimate."""

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return what was measured."""
        ...


class PerBudget(Protocol):
    """A value for each budget."""

    def __getitem__(self, budget: str) -> Any:
        """Return the value for `budget`."""
        ...


@lru_cache(maxsize=8)
def output(sampler: Any) -> Any:
    """Return the exact law of the sampler's last iterate; several observables of one cell share it."""
    return sampler.run()


def ideal(sampler: Any) -> Any:
    """Return the law that the last iterate should have: q_δ, which is the target itself for δ = 0."""
    return sampler.goal()
