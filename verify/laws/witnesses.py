"""Witnesses: whether a chain that is to stand in for a sampler takes points of the run where the running step does.

What was probed at a few states need not hold at others: a score may have a bump, a drift a kink, and single precision
loses what cancels. So before a table or a kernel takes a cloud through, it takes some of its points, and every single
move of theirs is compared with that of the running step in double precision, from the same state with the same noise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.backend import Array, to_host
from verify.errors import BoundcheckError
from verify.kernels import Chain
from verify.noise import Impulse

WITNESSES = 64
FLOATS = 1 << 18  # of the moves that are compared at once
SLIGHT = 1e-3  # in units of the noise: of one move; of all N together, where √N is what their noise adds up to
ROUNDINGS = 8.0


def faithful(chain: Chain, sampler: Any, points: Any, basis: Array | None, centre: float = 0.0) -> bool:
    """Return whether no move of some of the points (n, d) is off by more than the noise hides, in y = Uᵀ(x − centre).

    A move may be off by SLIGHT of the step's noise and a few roundings of the state; their mean over all witnesses and
    steps, and the mean of their products with the state, by SLIGHT/√N and four standard errors, lest they add up to a
    shift or a stretch. What fewer than one point in WITNESSES meets may escape. A sampler that takes no array of steps,
    or fails there, has no stand-in.
    """
    if not sampler.steps:
        return True
    x = to_host(spread(points)) - centre
    y = np.asarray(x if basis is None else x @ basis, dtype=str(points.dtype))
    rng, size = np.random.default_rng(20240229), max(1, FLOATS // y.size)
    found: list[Array] = []
    states: list[Array] = []
    for begin in range(0, sampler.steps, size):
        steps = np.arange(begin, min(begin + size, sampler.steps))
        z = rng.standard_normal((steps.size, *y.shape)).astype(y.dtype)
        with np.errstate(all="ignore"):
            path = _path(chain, steps, y, z)
            try:
                want = _moved(sampler, steps, path[:-1], z, basis, centre)
            except (BoundcheckError, AttributeError, IndexError, TypeError, ValueError):
                return False
            misses = _misses(chain, steps, path, want)
        if misses is None:
            return False
        found.append(misses)
        states.append(path[:-1].reshape(-1, y.shape[1]))
        y = path[-1]
        if not np.isfinite(y).all():
            return True  # both leave the range of the dtype, which is told elsewhere
    return _adds_up_to_nothing(np.concatenate(found), np.concatenate(states).astype(np.float64), sampler.steps)


def spread(points: Any) -> Any:
    """Return WITNESSES of the points (n, d), or all of fewer, at even distances in their order."""
    return points[:: max(1, points.shape[0] // WITNESSES)][:WITNESSES]


def _path(chain: Chain, steps: Array, y: Any, z: Any) -> Any:
    path = np.empty((steps.size + 1, *y.shape), y.dtype)
    path[0] = y
    for i, k in enumerate(steps.tolist()):
        path[i + 1] = chain.moved(k, path[i], z[i])
    return path


def _moved(sampler: Any, steps: Array, y: Any, z: Any, basis: Array | None, centre: float) -> Array:
    """Return where the running step takes the states y (K, n, d), in double precision."""
    flat, noise = (np.asarray(a, dtype=np.float64).reshape(-1, y.shape[-1]) for a in (y, z))
    x = flat if basis is None else flat @ basis.T
    source = Impulse(x, noise if basis is None else noise @ basis.T, None)
    after = np.asarray(sampler.step(np.repeat(steps, y.shape[1]), x + centre, source)) - centre
    return (after if basis is None else after @ basis).reshape(y.shape)


def _misses(chain: Chain, steps: Array, path: Any, want: Array) -> Array | None:
    """Return what the moves are off by, in units of the noise; None if by too much."""
    eps = float(np.finfo(path.dtype).eps)
    miss, here = path[1:] - want, np.isfinite(path[:-1]).all(axis=-1, keepdims=True)
    noise = np.asarray(chain.noise(steps), dtype=np.float64)[:, None]
    size = np.linalg.norm(path[:-1], axis=-1, keepdims=True) + np.linalg.norm(want, axis=-1, keepdims=True)
    beyond = ~np.isfinite(want) | (np.abs(want) > np.finfo(path.dtype).max)  # of the range: no chain can go there
    if (here & ~beyond & ~(np.abs(miss) <= SLIGHT * noise + ROUNDINGS * eps * size)).any():
        return None
    scaled = np.divide(miss, noise, out=np.zeros_like(miss), where=(noise > 0) & here & ~beyond)
    return np.asarray(scaled.reshape(-1, path.shape[-1]))


def _adds_up_to_nothing(misses: Array, states: Array, steps: int) -> bool:
    off = states - states.mean(axis=0)
    off /= np.maximum(off.std(axis=0), np.finfo(float).tiny)
    return all(
        bool((np.abs(part.mean(axis=0)) <= SLIGHT / np.sqrt(steps) + 4 * part.std(axis=0) / np.sqrt(len(part))).all())
        for part in (misses, misses * off)
    )
