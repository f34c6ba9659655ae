"""Exact laws of many samplers at once: chains that share work are folded together.

Two facts save nearly everything in a sweep. Chains of one step size and several horizons share the end of their time
grid, so one backward pass over the longest serves all. And a constant score error moves means only, linearly in its
size, so the passes for two sizes give every other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from verify.laws import diagonal
from verify.laws.diagonal import Tail
from verify.laws.gaussian import Deviation, Gaussian, deviation_from


def exact_laws(samplers: Sequence[Any]) -> list[Gaussian]:
    """Return the exact output law of each sampler, in order; equal to `sampler.run()` for each, to rounding.

    Samplers are grouped by class, target, last step and score, up to the size of a score error that is declared linear
    (`Shifted.family`); within a group, grids that are tails of the longest share its pass.
    """
    groups: dict[Any, list[int]] = defaultdict(list)
    for i, sampler in enumerate(samplers):
        score, tau = sampler.score, sampler.grid.tau
        family = getattr(score, "family", None) or score
        groups[type(sampler), family, float(tau[-1]), float(tau[-2])].append(i)
    found: dict[int, Gaussian] = {}
    for members in groups.values():
        longest = samplers[max(members, key=lambda i: samplers[i].steps)]
        shared = [i for i in members if np.array_equal(longest.grid.tau[-samplers[i].steps - 1 :], samplers[i].grid.tau)]
        if len(shared) > 1 and diagonal.decouples(longest):
            found |= _fold(samplers, longest, shared)
        found |= {i: samplers[i].run() for i in members if i not in found}
    return [found[i] for i in range(len(samplers))]


def _fold(samplers: Sequence[Any], longest: Any, shared: list[int]) -> dict[int, Gaussian]:
    counts = sorted({samplers[i].steps for i in shared})
    scores = {samplers[i].score for i in shared}
    ends = [min(scores, key=_size), max(scores, key=_size)] if len(scores) > 2 else list(scores)
    passes = {s: diagonal.tails(replace(longest, score=s), counts) for s in ends}
    last, found = longest.marginal(longest.steps), {}
    starts: dict[tuple[int, str], Deviation] = {}
    for i in shared:
        sampler = samplers[i]
        row = counts.index(sampler.steps)
        tail = passes[sampler.score][row] if sampler.score in passes else _between(sampler.score, ends, passes, row)
        key = sampler.steps, sampler.begin
        if key not in starts:
            starts[key] = deviation_from(sampler.start(), sampler.marginal(0))
        found[i] = Gaussian.deviating(Deviation(last, *tail.applied(starts[key])))
    return found


def _size(score: Any) -> float:
    return float(score.size)


def _between(score: Any, ends: list[Any], passes: dict[Any, list[Tail]], row: int) -> Tail:
    """Return the tail for a score error between two sizes: the mean is linear in the size, the rest does not change."""
    low, high = (passes[s][row] for s in ends)
    share = (_size(score) - _size(ends[0])) / (_size(ends[1]) - _size(ends[0]))
    mean = (1 - share) * low.mean + share * high.mean
    return replace(low, mean=mean, mean_error=2 * np.maximum(low.mean_error, high.mean_error))
