"""Folding: the exact laws of the cells of a study that one pass serves.

Which cells belong together is told from all points of the study at a budget: a cell has the same law to the last bit
whoever computes it, in whatever batch, and whatever the journal holds already.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from verify.laws.alike import alike
from verify.laws.sweep import folded
from verify.samplers import ReverseSampler

if TYPE_CHECKING:
    from verify.study.study import Study


def with_law(study: Study, budget: str, number: int, subject: Any) -> Any:
    """Return the subject of a cell, knowing the law of its last iterate where that is folded with those of others.

    Where that fails the subject goes through on its own, and what fails there is told.
    """
    if _folds(subject):
        group = _groups(study, budget).get(number)
        law = _laws(study, budget, group).get(number) if group else None
        if law is not None:
            subject.__dict__["output"] = law
    return subject


def _folds(subject: Any) -> bool:
    return isinstance(subject, ReverseSampler) and subject.is_gaussian


@functools.lru_cache(maxsize=8)
def known_points(study: Study, budget: str) -> Sequence[Mapping[str, Any]]:
    """Return the points of a study, made once a process."""
    return study.points(budget)


def _subject(study: Study, budget: str, number: int) -> Any:
    """Return the subject of a cell, None where there is none: when that cell's turn comes, it says why."""
    with suppress(Exception, SystemExit):  # a study may hold anybody's code
        return study.subject(**known_points(study, budget)[number])
    return None


@functools.lru_cache(maxsize=2)
def _groups(study: Study, budget: str) -> Mapping[int, tuple[int, ...]]:
    """Return, for each cell that is not alone in it, its group among all cells of the study."""
    subjects = {i: _subject(study, budget, i) for i in range(len(known_points(study, budget)))}
    numbers = [i for i, subject in subjects.items() if _folds(subject)]
    groups = [tuple(numbers[i] for i in part) for part in alike([subjects[i] for i in numbers])]
    return {i: group for group in groups if len(group) > 1 for i in group}


def _laws(study: Study, budget: str, group: tuple[int, ...]) -> Mapping[int, Any]:
    """Return the laws of a group, empty where it does not fold; a process that computes several of them folds once."""
    known = _known(study, budget)
    if group not in known:
        known[group] = {}
        with suppress(Exception, SystemExit):
            laws = folded([_subject(study, budget, i) for i in group])
            known[group] = dict(zip(group, laws, strict=True))
    return known[group]


@functools.lru_cache(maxsize=2)
def _known(study: Study, budget: str) -> dict[tuple[int, ...], Mapping[int, Any]]:
    return {}
