"""Exact laws of many samplers at once: chains that share work are folded together.

Two facts save nearly everything in a sweep. Chains of one step size and several horizons share the end of their time
grid, so one backward pass over the longest serves all. And a constant score error moves means only, linearly in its
size, so the passes for two sizes give every other.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from verify.errors import BoundcheckError, NotAffine
from verify.laws import diagonal
from verify.laws.alike import alike, size
from verify.laws.gaussian import Deviation, Gaussian, deviation_from, same
from verify.laws.repeated import indices, require_affine_score
from verify.noise import Impulse

EPS = float(np.finfo(float).eps)
Sums = tuple[Any, Any, Any, Any]  # means (S, d), cov (d,) or (d, d), mean errors (S, d), cov errors (d,)


def exact_laws(samplers: Sequence[Any]) -> list[Any]:
    """Return the exact output law of each sampler, in order; equal to `sampler.run()` for each, to rounding.

    Where a group does not fold, each of its chains goes through on its own.
    """
    found: dict[int, Any] = {}
    for group in alike(samplers):
        if len(group) > 1:
            with suppress(BoundcheckError):  # coupled, not what they are said to be, diverging: each tells on its own
                found |= zip(group, folded([samplers[i] for i in group]), strict=True)
    return [found[i] if i in found else sampler.run() for i, sampler in enumerate(samplers)]


def folded(samplers: Sequence[Any]) -> list[Gaussian]:
    """Return the output laws of a group of `alike` by one pass.

    The running step of the longest chain is probed at every k. What the others are said to share with it is tried on
    running steps with their scores and on their grids. Raises NotAffine where it is not so, or the chain is coupled.
    """
    require_affine_score(samplers[0])
    longest, scores = max(samplers, key=lambda s: int(s.steps)), {size(s.score): s.score for s in samplers}
    grids, sizes = {s.steps: s.grid for s in samplers}, sorted(scores)
    chains = [replace(longest, score=scores[error]) for error in sizes]
    shares = (np.array(sizes) - sizes[0]) / max(sizes[-1] - sizes[0], 1e-300)
    _try(chains, shares, [replace(chains[0], grid=grid) for grid in grids.values()])
    counts = sorted(grids)
    tails = dict(zip(counts, diagonal.tails(chains[0], counts, *chains[1:][-1:]), strict=True))
    goal, sums, found = longest.marginal(longest.steps), {}, []
    for sampler in samplers:
        key = sampler.steps, sampler.begin
        if key not in sums:
            start = deviation_from(sampler.start(), sampler.marginal(0))
            sums[key] = _between(tails[sampler.steps].applied(start), shares[:, None])
        (means, cov, errors, cov_error), row = sums[key], sizes.index(size(sampler.score))
        found.append(Gaussian.deviating(Deviation(goal, means[row], cov, errors[row], cov_error)))
    return found


def _between(sums: Sums, share: Any) -> Sums:
    """Return the sums with a row of means for each share (S, 1) of the way from the first chain's to the last's."""
    means, cov, errors, cov_error = sums
    mixed = means[0] + share * (means[-1] - means[0])
    blur = 4 * EPS * (np.abs(means[0]) + np.abs(means[-1])) * (share > 0)
    return mixed, cov, (1 - share) * errors[0] + share * errors[-1] + blur, cov_error


def _try(chains: Sequence[Any], shares: Any, shorter: Sequence[Any]) -> None:
    """Raise NotAffine unless the running steps of `chains` and `shorter` are what they are folded as.

    On random states and noise the output of the chain with a share of the score error must be that share of the way
    from the first to the last; chains on a tail of the grid must do what the first does there, and aim at the same
    laws. Tried are the first step of every chain, the last, a dozen of those that all have and a dozen of all.
    """
    first, least = chains[0], min(chain.steps for chain in shorter)
    common = {first.steps - least + k for k in indices(least, 12)} | set(indices(first.steps, 12))
    rows = np.array(sorted(common | {first.steps - chain.steps for chain in shorter}))
    x, z = diagonal.directions(rows.size, first.dim)
    with np.errstate(all="ignore"):
        base, far = (chain.step(rows, x, Impulse(x, z, None)) for chain in (first, chains[-1]))
        size = np.abs(x) + np.abs(z) + np.abs(base) + np.abs(far)
        allowed = (64 + first.dim) * EPS * (1 + first.growth(rows)) * diagonal.length(size)
        for chain, share in zip(chains[1:-1], shares[1:-1], strict=True):
            miss = chain.step(rows, x, Impulse(x, z, None)) - (base + share * (far - base))
            if not (diagonal.length(miss) <= allowed).all():
                raise NotAffine("the score error is not linear in its size.")
        moments, goal = np.stack(first.marginal_moments(rows)), first.marginal(first.steps)
        for chain in shorter:
            own = rows >= first.steps - chain.steps
            k = rows[own] - (first.steps - chain.steps)
            miss = chain.step(k, x[own], Impulse(x[own], z[own], None)) - base[own]
            if not (diagonal.length(miss) <= allowed[own]).all():
                raise NotAffine("the steps of a shorter chain are not the last of a longer one.")
            ideal = np.array_equal(chain.marginal_moments(k), moments[:, own])
            if not (ideal and same(chain.marginal(chain.steps), goal)):
                raise NotAffine("the ideal laws along a shorter chain are not the last of a longer one.")
