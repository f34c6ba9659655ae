"""Blocks of particles: how a cloud is cut, what randomness each block gets, and how one is taken through a chain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from verify import kernels
from verify.backend import AnyArray, dtype_named, generator, keep_freed_memory, like, load, namespace
from verify.errors import InvalidInput
from verify.kernels.shared import shared
from verify.laws.affine_table import AffineTable
from verify.laws.gaussian import GaussianLike
from verify.noise import Stream

# floats per block: part of the definition of the streams, never tuned to a machine
BLOCKS = {"numpy": 1 << 18, "numba": 1 << 18, "cupy": 1 << 24}
WORTH = 256  # particles from which on a table of coefficients pays
COMPILED = ("numba", "cupy")  # backends with kernels, which know float32 only and number their draws by particle


def blocks(backend: str, n: int, dim: int) -> list[tuple[int, slice]]:
    """Return the numbers and rows of the blocks of n particles."""
    rows = max(1, BLOCKS[backend] // dim)
    return [(block, slice(first, min(first + rows, n))) for block, first in enumerate(range(0, n, rows))]


def stream(backend: str, seed: int, stage: int, block: int) -> Any:
    """Return the random generator of a block; `stage` counts the streams of a seed used up before."""
    return generator(backend, np.random.SeedSequence(seed, spawn_key=(stage, block)))


def normals(backend: str, shape: tuple[int, int], dtype: str, seed: int, workers: int = 1) -> AnyArray:
    """Return standard normals (n, d), the streams of stage 0."""
    (n, dim), xp = shape, load(backend)
    kind = getattr(xp, dtype_named(dtype))
    if backend in COMPILED and dtype == "float32":
        return kernels.standard(xp.empty((dim, n), dtype=kind), seed, 0, workers).T
    z = xp.empty(shape, dtype=kind)
    for block, rows in blocks(backend, n, dim):
        z[rows] = Stream(stream(backend, seed, 0, block), z[rows]).normal()
    return z


def begun(law: GaussianLike | None, z: AnyArray) -> AnyArray:
    """Return the points of `law` (None: γ) that the standard normals z (n, d) stand for."""
    if law is None:
        return z
    y = z * like(np.sqrt(law.eigenvalues), z)
    if law.eigenvectors is not None:
        y = y @ like(law.eigenvectors.T, z)
    return y + like(law.mean, z)


def after_steps(sampler: Any, table: AffineTable | None, x: AnyArray, stream: Any) -> AnyArray:
    """Return the states (rows, d) after all steps, their noise drawn from `stream`.

    On the host the state is held coordinate by coordinate, so that every operation runs along the particles.
    """
    keep_freed_memory()
    if table is not None:
        state = np.array(x.T, order="C")
        normal = Stream(stream, state.T).normal
        return table.run(state, lambda: normal().T).T
    x = np.asfortranarray(x) if isinstance(x, np.ndarray) else x
    noise = Stream(stream, x)
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(sampler.steps):
            x = sampler.step(k, x, noise)
    return x


def each(work: Callable[[int, slice], None], blocks: list[tuple[int, slice]], workers: int) -> None:
    """Call work(block, rows) for every block, shared by threads; which one does what changes no result."""
    shared(lambda item: work(*item), blocks, workers)


def finite(points: AnyArray) -> bool:
    """Return whether all points are finite."""
    xp = namespace(points)
    return bool(xp.all(xp.isfinite(points)))


def table_of(sampler: Any, points: AnyArray, n: int) -> AffineTable | None:
    """Return the table that n points, some of them given, go through; None where the running step is to take them."""
    return AffineTable.of(sampler, points) if isinstance(points, np.ndarray) and n >= WORTH else None


def check_seed(seed: int) -> None:
    """Refuse what is no seed."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise InvalidInput(f"`seed` must be a whole number >= 0; got {seed!r}.")


def check_workers(count: int) -> None:
    """Refuse what is no number of threads."""
    if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 1:
        raise InvalidInput(f"`workers` must be a whole number >= 1; got {count!r}.")
