"""Exact law of a chain of equal affine steps whose coordinates are coupled, in blocks of n or all together.

Position–velocity chains couple a coordinate of the position with that of the velocity only: d blocks of n = 2. In the
eigenbasis of the ideal law (D,) coordinates are (n, B), slot by slot. One probe a slot serves all blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from verify.backend import Array
from verify.errors import Diverged, NotAffine
from verify.laws.repeated import Sums, one_step, require_equal_steps, unit
from verify.noise import Impulse

if TYPE_CHECKING:
    from verify.laws.gaussian import Deviation

EPS = float(np.finfo(float).eps)
TOLERANCE = 1e-10
TRIED = 8  # random states of a step that stands for all


def fold(sampler: Any, start: Deviation, slots: int) -> tuple[Array, Array, Array, Array]:
    """Return the deviation (mean, cov, mean_error, cov_error) of the last iterate from its ideal law.

    Raises NotAffine where blocks of `slots` coordinates do not decouple, Diverged where the law leaves float64.
    """
    means, variances = sampler.marginal_moments(np.zeros(1, dtype=np.intp))
    deviation = units(variances[0], slots)
    return _applied(_step(sampler, slots, means[0], variances[0]).repeated(sampler.steps), start, deviation)


def units(variance: Array, slots: int) -> Array:
    """Return the units of the blocks' coordinates, (B, n)."""
    return unit(_blocks(variance, slots))


def _step(sampler: Any, slots: int, mean: Array, variance: Array) -> Sums:
    """Return the sums over one step; InvalidInput where the steps differ after all."""
    require_equal_steps(sampler)
    drift, slope, noise, rounding = probe(sampler, 0, mean, variance, slots)
    blot = rounding.sum(axis=2) * np.abs(mean).max()
    return one_step(slope, drift, noise, _blocks(variance, slots), rounding, blot)


def probe(sampler: Any, k: int, mean: Array, variance: Array, slots: int) -> tuple[Array, Array, Array, Array]:
    """Return (step(m) − m, M − I, S, bound on the rounding of M) in blocks: (B, n), (B, n, n), (B, n, draws·n), …"""
    basis, blocks = sampler.marginal(0).eigenvectors, mean.size // slots
    axes: Array = np.kron(np.eye(slots), np.ones(blocks)).astype(float)
    length = float(2.0 ** (20 + np.ceil(np.log2(1 + np.abs(mean).max()))))
    quiet, z = np.zeros((slots, mean.size)), np.zeros((slots, mean.size))
    drift, draws = _moved(sampler, k, mean[None], z[:1], 0, basis)
    slope = (_moved(sampler, k, mean + length * axes, quiet, 0, basis)[0] - drift) / length
    scales = [
        (_moved(sampler, k, np.broadcast_to(mean, axes.shape), length * axes, draw, basis)[0] - drift) / length
        for draw in range(draws)
    ]
    inner = np.moveaxis(slope.reshape(slots, slots, blocks), 2, 0).swapaxes(1, 2)
    noise = np.concatenate([*scales, np.zeros((0, mean.size))]).reshape(draws * slots, slots, blocks)
    noise = np.moveaxis(noise, 2, 0).swapaxes(1, 2)
    rounding = 8 * EPS * (float(sampler.growth(k)) * np.eye(slots) + np.abs(np.eye(slots) + inner))
    if basis is not None:
        rounding = np.broadcast_to(float(np.sqrt(mean.size)) * rounding.max(axis=0), inner.shape)
    _check(sampler, k, mean, variance, (drift[0], inner, noise, rounding), basis)
    return _blocks(drift[0], slots), inner, noise, rounding


def _moved(sampler: Any, k: int, states: Array, impulses: Array, draw: int | None, basis: Any) -> tuple[Array, int]:
    """Return step(x) − x in the eigenbasis for states (J, D), and the number of draws."""
    x, z = (states, impulses) if basis is None else (states @ basis.T, impulses @ basis.T)
    noise = Impulse(x, z, draw)
    with np.errstate(all="ignore"):
        moved = sampler.step(k, x, noise) - x
    return (moved if basis is None else moved @ basis), noise.draws


def _check(sampler: Any, k: int, mean: Array, variance: Array, part: tuple[Array, ...], basis: Any) -> None:
    """Raise NotAffine unless random state and noise move the output as the blocks say."""
    drift, slope, noise, rounding = part
    rng, slots = np.random.default_rng(20230405), slope.shape[1]
    for x, z in rng.standard_normal((TRIED, 2, 1, mean.size)):
        x = x * (1 + np.sqrt(variance))
        inner, outer = (_blocks(v[0], slots)[..., None] for v in (x, z))
        outer = np.tile(outer, (1, noise.shape[2] // slots, 1))
        want = (slope @ inner + noise @ outer)[..., 0]
        size = (rounding / (8 * EPS) @ np.abs(inner) + np.abs(noise) @ np.abs(outer))[..., 0] + np.abs(mean).max()
        got, _ = _moved(sampler, k, mean + x, z, None, basis)
        miss = np.abs(_blocks(got[0] - drift, slots) - want)
        if basis is not None:
            size = size.max(axis=0)
        if not (miss <= TOLERANCE * size).all():
            raise NotAffine(f"step {k} is not affine with blocks of {slots} coordinates; use laws.Particles.")


def _blocks(vector: Array, slots: int) -> Array:
    """Return (D,) as (B, n)."""
    return vector.reshape(slots, -1).T


def _applied(sums: Sums, start: Deviation, scale: Array) -> tuple[Array, Array, Array, Array]:
    """Return the deviation after the summed steps, in the coordinates of the eigenbasis."""
    slots, size = scale.shape[1], sums.norm
    inner = sums.matrix * scale[:, :, None] / scale[:, None, :]
    first, error = _blocks(start.mean, slots) / scale, _blocks(start.mean_error, slots) / scale
    before = start.cov if start.cov.ndim == 2 else np.diag(start.cov)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = (sums.mean + (sums.matrix @ first[..., None])[..., 0]) * scale
        reach = size + sums.slip
        blot = sums.mean_error + reach * np.linalg.norm(error, axis=1) + sums.slip * np.linalg.norm(first, axis=1)
        cov = _through(inner, before) + _spread(sums.cov * scale[:, :, None] * scale[:, None, :])
        # entry (b, c) of the start's part is off by (slip_b reach_c + reach_b slip_c)·w at most, w its largest block
        loose = np.max(np.divide(sums.slip, reach, where=reach > 0, out=np.zeros_like(reach)))
        blur = sums.cov_error + reach**2 * (
            (_blocks(start.cov_error, slots) / scale**2).max(axis=1) + (2 * loose + 8 * EPS) * _largest(before, scale)
        )
    if not (np.isfinite(mean).all() and np.isfinite(cov).all()):
        raise Diverged("the law leaves the range of float64 on the way; take smaller steps or a shorter horizon.")
    away = (blot[:, None] * scale).T.reshape(-1)
    return mean.T.reshape(-1), 0.5 * (cov + cov.T), away, (blur[:, None] * scale**2).T.reshape(-1)


def _spread(blocks: Array) -> Array:
    """Return (B, n, n) as the matrix (D, D) that couples within blocks only."""
    count, slots, _ = blocks.shape
    full = np.zeros((slots, count, slots, count))
    index = np.arange(count)
    full[:, index, :, index] = blocks
    return full.reshape(slots * count, slots * count)


def _through(inner: Array, cov: Array) -> Array:
    """Return G C G^T, G the matrix of the blocks `inner` (B, n, n)."""
    count, slots, _ = inner.shape
    if count == 1:
        return np.asarray(inner[0] @ cov @ inner[0].T)
    half = np.einsum("bij,jbc->ibc", inner, cov.reshape(slots, count, -1)).reshape(cov.shape)
    return np.asarray(np.einsum("bij,jbc->ibc", inner, half.T.reshape(slots, count, -1)).reshape(cov.shape).T)


def _largest(cov: Array, scale: Array) -> float:
    """Return the largest norm of a block of the covariance, in the units of its coordinates."""
    count, slots = scale.shape
    ruler = scale.T.reshape(-1)
    parts = (cov / ruler[:, None] / ruler[None, :]).reshape(slots, count, slots, count)
    return float(np.sqrt((parts**2).sum(axis=(0, 2)).max()))
