"""The competitors of `particles.py`: the same chains as one would write them in NumPy, PyTorch, JAX and BlackJAX.

Every function returns a run without arguments that gives the particles in the end.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def installed(name: str) -> Any:
    """Return an installed library, or None."""
    try:
        return __import__(name)
    except ImportError:
        return None


jax, torch, blackjax = installed("jax"), installed("torch"), installed("blackjax")


def moves(
    name: str, chain: Any, xp: Any, normal: Callable[[Any], Any], uniform: Callable[[Any], Any]
) -> Callable[..., Any]:
    """Return step(k, x) as a user writes it, in the functions of the array library `xp`."""
    data, h = chain.data, 0.05
    if name == "ula":
        precision, mean = xp.asarray(data["precision"], dtype=xp.float32), xp.asarray(data["mean"], dtype=xp.float32)
        return lambda k, x: x - h * ((x - mean) @ precision) + math.sqrt(2 * h) * normal(x)
    if name == "well":
        return lambda k, x: x - 0.01 * (x * (x * x - 1)) + math.sqrt(0.02) * normal(x)
    if name == "mala":
        inverse, mean = xp.asarray(1 / data["variances"], dtype=xp.float32), xp.asarray(data["mean"], dtype=xp.float32)

        def mala(k: Any, x: Any) -> Any:
            slope = -(x - mean) * inverse
            y = x + 0.02 * slope + math.sqrt(0.04) * normal(x)
            back = -(y - mean) * inverse
            moved = 0.5 * (((x - mean) ** 2 - (y - mean) ** 2) * inverse).sum(-1)
            there, here = ((y - x - 0.02 * slope) ** 2).sum(-1), ((x - y - 0.02 * back) ** 2).sum(-1)
            ratio = xp.exp(moved + (there - here) / 0.08)
            return xp.where((uniform(x) < ratio)[:, None], y, x)

        return mala
    tau = data["tau"]
    step = tau[:-1] - tau[1:]
    grow, pull, spread = (
        xp.asarray(v, dtype=xp.float32) for v in (np.exp(step), 2 * np.expm1(step), np.sqrt(np.expm1(2 * step)))
    )
    if name == "gaussian":
        values, basis = np.linalg.eigh(data["target"].cov)
        tables = [(basis / (1 + (values - 1) * math.exp(-2 * t))) @ basis.T for t in tau[:-1]]
        precisions = xp.asarray(np.array(tables), dtype=xp.float32)
        means = xp.asarray(np.exp(-tau[:-1, None]) * data["mean"], dtype=xp.float32)
        return lambda k, x: grow[k] * x - pull[k] * ((x - means[k]) @ precisions[k]) + spread[k] * normal(x)
    decay = np.exp(-tau[:-1])[:, None, None]
    variances = decay**2 * data["variances"] + 1 - decay**2
    centres = decay * data["means"]
    linear, square = centres / variances, -0.5 / variances
    constant = -0.5 * (np.log(variances) + centres**2 / variances).sum(axis=-1)
    a, b, p, c = (
        xp.asarray(np.ascontiguousarray(v), dtype=xp.float32) for v in (linear, square, 1 / variances, constant)
    )

    def mixture(k: Any, x: Any) -> Any:
        logs = x @ a[k].T + (x * x) @ b[k].T + c[k]
        top = logs.max(-1, keepdims=True) if xp is not torch else logs.max(-1, keepdim=True).values
        share = xp.exp(logs - top)
        share = share / share.sum(-1, keepdims=True) if xp is not torch else share / share.sum(-1, keepdim=True)
        score = share @ a[k] - x * (share @ p[k])
        return grow[k] * x + pull[k] * score + spread[k] * normal(x)

    return mixture


def plain(name: str, chain: Any) -> Callable[[], Any]:
    """Return NumPy in float64 on whole arrays, as most people write it; a tenth of the particles, counted ten times."""
    rng = np.random.default_rng(1)
    step = moves(name, chain, np, lambda x: rng.standard_normal(x.shape), lambda x: rng.random(len(x)))

    def work() -> Any:
        x = rng.standard_normal((max(chain.n // 10, 1), chain.dim))
        for k in range(chain.sampler.steps):
            x = step(k, x)
        return x

    return work


def eager(name: str, chain: Any, compiled: bool = False) -> Callable[[], Any]:
    """Return PyTorch in float32: eager, or its step compiled by `torch.compile`."""
    step = moves(name, chain, torch, torch.randn_like, lambda x: torch.rand(len(x)))
    if compiled:
        step = torch.compile(step, dynamic=False)
    numbers = [torch.tensor(k) for k in range(chain.sampler.steps)] if compiled else range(chain.sampler.steps)

    def work() -> Any:
        with torch.inference_mode():
            x = torch.randn(chain.n, chain.dim)
            for k in numbers:
                x = step(k, x)
            return x

    return work


def jitted(name: str, chain: Any, generator: str) -> Callable[[], Any]:
    """Return JAX in float32, one jitted scan; `generator` is its random number algorithm."""
    jnp, random = jax.numpy, jax.random

    @jax.jit
    def run(key: Any, x: Any) -> Any:
        def one(carry: Any, k: Any) -> Any:
            x, key = carry
            key, first, second = random.split(key, 3)
            step = moves(
                name, chain, jnp, lambda y: random.normal(first, y.shape), lambda y: random.uniform(second, (len(y),))
            )
            return (step(k, x), key), None

        return jax.lax.scan(one, (x, key), jnp.arange(chain.sampler.steps))[0][0]

    key = random.key(0, impl=generator)
    x = random.normal(key, (chain.n, chain.dim))
    return lambda: run(key, x).block_until_ready()


def blackjax_mala(chain: Any) -> Callable[[], Any]:
    """Return BlackJAX' MALA, vectorised over the particles, one jitted scan."""
    mean, inverse = (jax.numpy.asarray(v, jax.numpy.float32) for v in (chain.data["mean"], 1 / chain.data["variances"]))
    kernel = blackjax.mala(lambda x: -0.5 * jax.numpy.sum((x - mean) ** 2 * inverse), chain.sampler.step_size)

    @jax.jit
    def run(key: Any, x: Any) -> Any:
        def one(state: Any, key: Any) -> Any:
            return jax.vmap(kernel.step)(jax.random.split(key, chain.n), state)[0], None

        return jax.lax.scan(one, jax.vmap(kernel.init)(x), jax.random.split(key, chain.sampler.steps))[0].position

    key = jax.random.key(0)
    x = jax.random.normal(key, (chain.n, chain.dim))
    return lambda: run(key, x).block_until_ready()
