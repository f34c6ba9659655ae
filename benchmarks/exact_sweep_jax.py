"""The exact sweep in JAX, float64: by `vmap` over all cells, by `vmap` for each step size, with shared tails.

All have the scheme's coefficients written into them; they probe, check and enclose nothing. Chains are padded in front
with steps of length zero. In a grid of one step size the coefficients and variances do not depend on the score error,
and `vmap` sees that; that horizons share their tails is told it by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)
Moments = tuple[Any, Any]


def coefficients(now: Any, h: Any, lam: Any, m: Any) -> tuple[Any, Any, Any, Any]:
    """Return gain, shift, what a constant error in the score is multiplied by, and the variance of the noise."""
    at, pull = 1 + (lam - 1) * jnp.exp(-2 * now), 2 * jnp.expm1(h)
    return jnp.exp(h) - pull / at, pull * jnp.exp(-now) * m / at, pull, jnp.expm1(2 * h)


def through(tau: Any, shift: Any, lam: Any, m: Any) -> Moments:
    """Return mean and variance (d,) of one cell by a scan over its steps; steps of length zero do nothing."""

    def step(state: Moments, times: tuple[Any, Any]) -> tuple[Moments, None]:
        gain, constant, pull, noise = coefficients(times[0], times[0] - times[1], lam, m)
        return (gain * state[0] + constant + pull * shift, gain * gain * state[1] + noise), None

    return jax.lax.scan(step, (jnp.zeros_like(lam), jnp.ones_like(lam)), (tau[:-1], tau[1:]), unroll=4)[0]


def by_tails(tau: Any, shifts: Any, lam: Any, m: Any, counts: Any) -> Moments:
    """Return means (horizons, errors, d) and variances from cumulative products over the longest chain, backwards."""
    now, h = tau[:-1, None], (tau[:-1] - tau[1:])[:, None]
    gain, constant, pull, noise = coefficients(now, h, lam, m)
    whole = jax.lax.cumprod(gain, reverse=True)
    after = jnp.concatenate([whole[1:], jnp.ones_like(lam)[None]])
    rows = len(tau) - 1 - counts
    fixed, unit, var = (
        jax.lax.cumsum(a, reverse=True)[rows] for a in (after * constant, after * pull, after**2 * noise)
    )
    return fixed[:, None] + unit[:, None] * shifts, (var + whole[rows] ** 2)[:, None]


def summary(moments: Moments, lam: Any, m: Any) -> Any:
    """Return KL and W2, (…, 2)."""
    gap, rho = (moments[0] - m) ** 2, moments[1] / lam - 1
    kl = 0.5 * (jnp.log1p(rho) - rho / (1 + rho) + gap / moments[1]).sum(axis=-1)
    w2 = jnp.sqrt((gap + (jnp.sqrt(moments[1]) - jnp.sqrt(lam)) ** 2).sum(axis=-1))
    return jnp.stack(jnp.broadcast_arrays(kl, w2), axis=-1)


def peers(chains: Sequence[Any]) -> dict[str, Callable[[], np.ndarray]]:
    """Return what computes KL and W2 of every cell, in order: compiled, the arrays prepared."""
    lam, m = jnp.array(chains[0].target.eigenvalues), jnp.array(chains[0].target.spectral_mean)
    over = jax.vmap(jax.vmap(through, (0, None, None, None)), (None, 0, None, None))
    scan = jax.jit(lambda tau, shifts: summary(over(tau, shifts, lam, m), lam, m))
    tails = jax.jit(lambda tau, shifts, counts: summary(by_tails(tau, shifts, lam, m, counts), lam, m).swapaxes(0, 1))
    longest = max(c.grid.tau.size for c in chains)
    every = jnp.array([np.pad(c.grid.tau, (longest - c.grid.tau.size, 0), mode="edge") for c in chains])
    errors = jnp.array([c.score.beta(0.0) for c in chains])
    plain = jax.jit(lambda tau, shift: summary(jax.vmap(through, (0, 0, None, None))(tau, shift, lam, m), lam, m))
    padded, shared = [], []
    for _, cells in groupby(chains, lambda c: float(c.grid.tau[-2])):  # a step size: errors × horizons
        members = list(cells)
        grids = [c.grid.tau for c in members if c.score.size == members[0].score.size]
        shifts = jnp.array([c.score.beta(0.0) for c in members[:: len(grids)]])
        whole = max(grids, key=len)
        pad = [np.pad(tau, (whole.size - tau.size, 0), mode="edge") for tau in grids]
        padded.append((jnp.array(pad), shifts))
        shared.append((jnp.array(whole), shifts, jnp.array([tau.size - 1 for tau in grids])))

    def run(work: Any, inputs: list[Any]) -> Callable[[], np.ndarray]:
        return lambda: np.concatenate([np.asarray(part).reshape(-1, 2) for part in [work(*a) for a in inputs]])

    return {
        "JAX vmap over all cells": run(plain, [(every, errors)]),
        "JAX vmap for each step size": run(scan, padded),
        "JAX, tails shared by hand": run(tails, shared),
    }
