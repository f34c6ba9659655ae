"""Numba kernels written for two workloads alone, with the chain in registers: what the general route is measured by.

Two ways: *scalar*, one particle at a time with the library's logarithm and sine, as most people write it; and *vector*,
lanes of particles, a xoshiro128+ state each, with logarithm, sine and cosine as polynomials that the compiler can
vectorise (those of the package, which took longest to write).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from verify.kernels.compiled import radius, turned

LANES = 256
word, single = np.uint32, np.float32


def table(name: str, chain: Any) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    """Return gain and shift (d,), scale and basis of the workload, written down by hand; the well has no gain."""
    if name == "well":
        return np.zeros(1, single), np.zeros(1, single), math.sqrt(0.02), np.eye(1, dtype=single)
    values, basis = np.linalg.eigh(chain.data["target"].cov)
    pull = 0.05 / values
    return single(1 - pull), single(pull * (chain.data["mean"] @ basis)), math.sqrt(0.1), single(basis)


def scalar(name: str, chain: Any, cores: int) -> Callable[[], Any]:
    """Return the kernel that takes one particle at a time, with library functions."""
    steps, well = chain.sampler.steps, name == "well"
    gain, shift, scale, basis = table(name, chain)

    @numba.njit(fastmath=True, parallel=True)
    def run(x, seeds):  # type: ignore[no-untyped-def]
        for i in numba.prange(x.shape[0]):
            state = seeds[i]
            for j in range(x.shape[1]):
                y = x[i, j]
                for _ in range(steps // 2):
                    state += np.uint64(0x9E3779B97F4A7C15)
                    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                    z = z ^ (z >> np.uint64(31))
                    u = single(word(z)) * single(2.0**-32) + single(2.0**-33)
                    angle = single(word(z >> np.uint64(32))) * single(2 * math.pi * 2.0**-32)
                    r = single(scale) * np.sqrt(single(-2.0) * np.log(u))
                    if well:
                        y = y - single(0.01) * (y * (y * y - single(1.0))) + r * np.cos(angle)
                        y = y - single(0.01) * (y * (y * y - single(1.0))) + r * np.sin(angle)
                    else:
                        y = gain[j] * y + shift[j] + r * np.cos(angle)
                        y = gain[j] * y + shift[j] + r * np.sin(angle)
                x[i, j] = y
        return x

    numba.set_num_threads(cores)
    rng = np.random.default_rng(2)
    seeds = rng.integers(0, 2**63, chain.n).astype(np.uint64)
    start = rng.standard_normal((chain.n, chain.dim), dtype=single) @ basis
    return lambda: run(start.copy(), seeds) @ basis.T


def vector(name: str, chain: Any, cores: int) -> Callable[[], Any]:
    """Return the kernel that takes lanes of particles."""
    steps, well = chain.sampler.steps, name == "well"
    gain, shift, scale, basis = table(name, chain)

    @numba.njit(fastmath=True)
    def two(s, z):  # type: ignore[no-untyped-def]
        for i in range(LANES):
            a, b, c, d = s[0, i], s[1, i], s[2, i], s[3, i]
            u = a + d
            t = b << word(9)
            c ^= a
            d ^= b
            b ^= c
            a ^= d
            c ^= t
            d = (d << word(11)) | (d >> word(21))
            v = a + d
            t = b << word(9)
            c ^= a
            d ^= b
            b ^= c
            a ^= d
            c ^= t
            d = (d << word(11)) | (d >> word(21))
            s[0, i], s[1, i], s[2, i], s[3, i] = a, b, c, d
            length = radius(word(u))
            x, y = turned(word(v))
            z[0, i], z[1, i] = length * x, length * y

    @numba.njit(fastmath=True, parallel=True)
    def run(x, seeds):  # type: ignore[no-untyped-def]
        for p in numba.prange((x.shape[1] + LANES - 1) // LANES):
            state, z = seeds[p].copy(), np.empty((2, LANES), single)
            for j in range(x.shape[0]):
                y = x[j, p * LANES : (p + 1) * LANES]
                for _ in range(steps // 2):
                    two(state, z)
                    for half in range(2):
                        w = z[half]
                        if well:
                            for i in range(y.size):
                                drift = single(0.01) * (y[i] * (y[i] * y[i] - single(1)))
                                y[i] = y[i] - drift + single(scale) * w[i]
                        else:
                            for i in range(y.size):
                                y[i] = gain[j] * y[i] + (single(scale) * w[i] + shift[j])
        return x

    numba.set_num_threads(cores)
    rng = np.random.default_rng(2)
    seeds = rng.integers(1, 2**32, (-(-chain.n // LANES), 4, LANES), dtype=word)
    start = np.ascontiguousarray((rng.standard_normal((chain.n, chain.dim), dtype=single) @ basis).T)
    return lambda: run(start.copy(), seeds).T @ basis.T
