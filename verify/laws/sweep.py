"""Exact laws of many samplers at once: chains that share work are folded together.

Two facts save nearly everything in a sweep. Chains of one step size and several horizons share the end of their time
grid, so one backward pass over the longest serves all. And a constant score error moves means only, linearly in its
size, so the passes for two sizes give every other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import fields, replace
from typing import Any

import numpy as np

from verify.errors import NotAffine
from verify.laws import diagonal
from verify.laws.gaussian import Deviation, Gaussian, deviation_from


def exact_laws(samplers: Sequence[Any]) -> list[Gaussian]:
    """Return the exact output law of each sampler, in order; equal to `sampler.run()` for each, to rounding.

    Samplers are grouped by class, settings, last step and score, up to the size of a score error that is declared
    linear (`Shifted.family`); within a group, grids that are tails of the longest share its pass.
    """
    groups: dict[Any, list[int]] = defaultdict(list)
    for i, sampler in enumerate(samplers):
        tau, family = sampler.grid.tau, getattr(sampler.score, "family", None) or sampler.score
        groups[type(sampler), family, _settings(sampler), float(tau[-1]), float(tau[-2])].append(i)
    found: dict[int, Gaussian] = {}
    for members in groups.values():
        longest = samplers[max(members, key=lambda i: samplers[i].steps)]
        ends = longest.grid.tau
        shared = [i for i in members if np.array_equal(ends[-samplers[i].steps - 1 :], samplers[i].grid.tau)]
        if len(shared) > 1:
            with suppress(NotAffine):  # or coupled: each goes through on its own
                found |= _fold(samplers, longest, shared)
        found |= {i: samplers[i].run() for i in members if i not in found}
    return [found[i] for i in range(len(samplers))]


def _settings(sampler: Any) -> tuple[Any, ...]:
    """Return what a sampler of this class can differ in beside score, grid and start; objects count by identity."""
    values = [getattr(sampler, f.name) for f in fields(sampler) if f.name not in ("score", "grid", "begin")]
    return tuple(v if isinstance(v, (int, float, str)) else id(v) for v in values)


def _fold(samplers: Sequence[Any], longest: Any, shared: list[int]) -> dict[int, Gaussian]:
    counts = sorted({samplers[i].steps for i in shared})
    scores = {_size(samplers[i].score): samplers[i].score for i in shared}  # one per size of the family
    least, most = min(scores), max(scores)
    twin = replace(longest, score=scores[most]) if most > least else None
    tails = diagonal.tails(replace(longest, score=scores[least]), counts, twin)
    last, found = longest.marginal(longest.steps), {}
    outputs: dict[tuple[int, str], Deviation] = {}
    for i in shared:
        sampler = samplers[i]
        tail, mean = tails[counts.index(sampler.steps)]
        key = sampler.steps, sampler.begin
        if key not in outputs:
            outputs[key] = Deviation(last, *tail.applied(deviation_from(sampler.start(), sampler.marginal(0))))
        deviation = outputs[key]
        if twin is not None:  # the mean is linear in the size of the error, the rest does not depend on it
            shift = (_size(sampler.score) - least) / (most - least) * (mean - tail.mean)
            deviation = replace(deviation, mean=deviation.mean + shift, mean_error=4 * deviation.mean_error)
        found[i] = Gaussian.deviating(deviation)
    return found


def _size(score: Any) -> float:
    """Return the size of a linear score error; scores of no family are alone in their group."""
    return float(score.size) if getattr(score, "family", None) else 0.0
