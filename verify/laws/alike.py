"""Which samplers one backward pass serves, told by what they hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from verify.errors import InvalidInput
from verify.fingerprint import digest


def alike(samplers: Sequence[Any]) -> list[tuple[int, ...]]:
    """Return the indices of `samplers` in groups that one pass serves, each ascending.

    Classes of other people stay alone: one step in thousands may differ, and folding tries two dozen. Members agree in
    class, settings and score, up to the size of a score error that is declared linear
    (`Shifted.family`), and their time grids are tails of the longest.
    """
    groups: dict[Any, list[int]] = defaultdict(list)
    seen: dict[int, Any] = {}
    for i, sampler in enumerate(samplers):
        tau, score = sampler.grid.tau, sampler.score
        if not (_ours(sampler) and _ours(score)):
            groups[i].append(i)
            continue
        if id(score) not in seen:
            linear = getattr(score, "family", None) is not None
            seen[id(score)] = type(score), linear, _content(score, ("size",) if linear else (), seen)
        settings = _content(sampler, ("score", "grid", "begin"), seen)
        groups[type(sampler), settings, seen[id(score)], float(tau[-1]), float(tau[-2])].append(i)
    return [part for members in groups.values() for part in _tails(samplers, members)]


def _ours(thing: Any) -> bool:
    return type(thing).__module__.startswith("verify.")


def size(score: Any) -> float:
    """Return the size of a linear score error; zero for scores of no family."""
    return float(score.size) if getattr(score, "family", None) is not None else 0.0


def _tails(samplers: Sequence[Any], members: list[int]) -> list[tuple[int, ...]]:
    """Return those whose grid is a tail of the longest, then the same of those that are left."""
    found = []
    while members:
        grids = {id(samplers[i].grid): samplers[i].grid.tau for i in members}
        longest = max(grids.values(), key=len)
        tails = {name for name, tau in grids.items() if np.array_equal(longest[-tau.size :], tau)}
        found.append(tuple(i for i in members if id(samplers[i].grid) in tails))
        members = [i for i in members if id(samplers[i].grid) not in tails]
    return found


def _content(thing: Any, but: tuple[str, ...], seen: dict[int, Any]) -> tuple[Any, ...]:
    """Return what an object holds beside `but` and what it has worked out; what has no content counts by identity."""
    kept, kind = [], type(thing)
    for name, value in getattr(thing, "__dict__", {"": thing}).items():
        if name not in but and not isinstance(getattr(kind, name, None), cached_property):
            if not isinstance(value, (int, float, str)) and id(value) not in seen:
                seen[id(value)] = _digest(value)
            kept.append((name, value if isinstance(value, (int, float, str)) else seen[id(value)]))
    return tuple(kept)


def _digest(value: Any) -> str | int:
    try:
        return digest(value)
    except InvalidInput:
        return id(value)
