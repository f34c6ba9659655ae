"""Budgets: how much work a study may do. They scale sweeps and Monte Carlo sizes, never the claims."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verify.errors import UnknownName

BUDGETS = ("smoke", "ci", "full")


@dataclass(frozen=True)
class Budgeted:
    """A value for each budget: `smoke` takes seconds, `ci` a few minutes on two cores, `full` as long as it takes."""

    smoke: Any
    ci: Any
    full: Any

    def __getitem__(self, budget: str) -> Any:
        """Return the value for `budget`."""
        return getattr(self, known_budget(budget))


def known_budget(budget: str) -> str:
    """Return `budget`, or raise UnknownName."""
    if budget not in BUDGETS:
        raise UnknownName("budget", budget, BUDGETS)
    return budget


def at_budget(value: Any, budget: str) -> Any:
    """Return `value` with every `Budgeted` in it, dataclass fields included, replaced by what `budget` allows.

    The result is made for digests: dataclasses are copied without validating them again.
    """
    if isinstance(value, Budgeted):
        return at_budget(value[budget], budget)
    if isinstance(value, Mapping):
        return {key: at_budget(item, budget) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [at_budget(item, budget) for item in value]
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    spent = {name: at_budget(item, budget) for name, item in fields.items() if _has_budget(item)}
    if spent:
        value = copy.copy(value)
        for name, item in spent.items():
            object.__setattr__(value, name, item)
    return value


def _has_budget(value: Any) -> bool:
    if isinstance(value, Budgeted):
        return True
    if isinstance(value, Mapping):
        return any(map(_has_budget, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_has_budget, value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return any(_has_budget(getattr(value, f.name)) for f in dataclasses.fields(value))
    return False
