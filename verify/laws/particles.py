"""laws.Particles: a cloud of points, pushed through a sampler block by block with one random stream per block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from verify import kernels
from verify.backend import AnyArray, belongs, dtype_named, generator, keep_freed_memory, like, load, namespace
from verify.errors import Diverged, InvalidInput
from verify.laws.affine_table import AffineTable
from verify.laws.cloud_moments import CloudMoments
from verify.laws.fused_chain import FusedChain, fused_chain
from verify.laws.gaussian import GaussianLike
from verify.noise import Stream

# floats per block: part of the definition of the streams, never tuned to a machine
WORTH = 256  # particles from which on a table of coefficients pays
BLOCKS = {"numpy": 1 << 17, "cupy": 1 << 24}


@dataclass(frozen=True, eq=False)
class Particles:
    """n points of R^d, shape (n, d), on a backend's device; `stage` counts the streams of `seed` already used up.

    Stage 0 is what `standard` and `sampled` draw their points from. `workers` threads share the blocks on the host; the
    points do not depend on their number.
    """

    points: AnyArray
    seed: int
    backend: str = "numpy"
    stage: int = 1
    workers: int = 1

    def __post_init__(self) -> None:
        if not hasattr(self.points, "ndim"):
            raise InvalidInput(f"`points` must be an array of shape (n, d); got a {type(self.points).__name__}.")
        if self.points.ndim != 2 or not self.points.shape[0] or not self.points.shape[1]:
            raise InvalidInput(f"`points` must have shape (n, d) with n, d >= 1; got {tuple(self.points.shape)}.")
        if self.backend not in BLOCKS or not belongs(self.points, self.backend):
            raise InvalidInput(f"`points` are {type(self.points).__module__} arrays but `backend` is {self.backend!r}.")
        dtype_named(str(self.points.dtype))
        _seed(self.seed)
        _workers(self.workers)
        if not _finite(self.points):
            raise InvalidInput("`points` must be finite.")

    @classmethod
    def standard(cls, n: int, dim: int, seed: int, backend: str = "numpy", dtype: str = "float64") -> Particles:
        """Return n draws of γ = N(0, I_dim)."""
        return cls.sampled(None, n, seed, backend, dtype, dim=dim)

    @classmethod
    def sampled(
        cls, law: GaussianLike | None, n: int, seed: int, backend: str = "numpy", dtype: str = "float64", dim: int = 0
    ) -> Particles:
        """Return n draws of a Gaussian law (None: the standard one on R^dim)."""
        dim = dim if law is None else law.dim
        if not all(isinstance(v, (int, np.integer)) and v >= 1 for v in (n, dim)):
            raise InvalidInput(f"`n` and `dim` must be whole numbers >= 1; got {n} and {dim}.")
        xp = load(backend)
        points = xp.empty((n, dim), dtype=getattr(xp, dtype_named(dtype)))
        _seed(seed)
        for block, rows in _blocks(backend, n, dim):
            points[rows] = _begun(law, Stream(_stream(backend, seed, 0, block), points[rows]).normal())
        return cls(points, seed, backend)

    @property
    def n(self) -> int:
        """The number of particles."""
        return int(self.points.shape[0])

    @property
    def dim(self) -> int:
        """d."""
        return int(self.points.shape[1])

    def sample(self, n: int, rng: np.random.Generator) -> AnyArray:
        """Return n points drawn with replacement."""
        xp = namespace(self.points)
        return xp.take(self.points, xp.asarray(rng.integers(self.n, size=n)), axis=0)

    def through(self, sampler: Any) -> Particles:
        """Return the cloud after all steps of `sampler`; the same points for any number of workers or resumptions.

        A chain whose coordinates decouple runs as the table of its coefficients, in its eigenbasis (`AffineTable`). On
        a GPU, in float32, chains that are affine, of polynomial drift on the line or driven by the score of a mixture
        run in one kernel (`fused_chain`), whose noise is that of `kernels.CounterStream`.
        """
        if sampler.dim != self.dim:
            raise InvalidInput(f"the sampler lives in dimension {sampler.dim}, the particles in {self.dim}.")
        points = namespace(self.points).empty_like(self.points)
        if self.backend == "cupy" and str(points.dtype) == "float32" and (fused := fused_chain(sampler)) is not None:
            return self._fused(fused)
        table = AffineTable.of(sampler) if self.backend == "numpy" and self.n >= WORTH else None

        def work(block: int, rows: slice) -> None:
            stream = _stream(self.backend, self.seed, self.stage, block)
            points[rows] = after_steps(sampler, table, self.points[rows], stream)

        _each(work, _blocks(self.backend, self.n, self.dim), self.workers if self.backend == "numpy" else 1)
        if not _finite(points):
            raise Diverged(f"particles left the range of {points.dtype}; take smaller steps.")
        return replace(self, points=points, stage=self.stage + 1)

    def _fused(self, fused: FusedChain) -> Particles:
        """Return the cloud after a chain that one kernel runs, noise and all, on the device."""
        x = self.points if fused.basis is None else self.points @ like(fused.basis, self.points)
        states = namespace(x).ascontiguousarray(x.T)
        done = kernels.run(fused.chain, states, self.seed, self.stage).T
        points = done if fused.basis is None else done @ like(fused.basis.T, done)
        if not _finite(points):
            raise Diverged(f"particles left the range of {points.dtype}; take smaller steps.")
        return replace(self, points=namespace(points).ascontiguousarray(points), stage=self.stage + 1)


@dataclass(frozen=True, eq=False)
class StreamedParticles:
    """n particles of R^d that are never all in memory: their blocks start, run and are forgotten one by one.

    They start from `start`, a Gaussian law or None for γ, and are the points of `Particles.sampled` with this seed and
    dtype, pushed once. What is kept is their `CloudMoments`, with counts at the `thresholds`.
    """

    n: int
    dim: int
    seed: int
    dtype: str = "float32"
    start: GaussianLike | None = None
    thresholds: tuple[float, ...] = ()
    workers: int = 1

    def __post_init__(self) -> None:
        if not all(isinstance(v, (int, np.integer)) and v >= 1 for v in (self.n, self.dim)) or self.n < 2:
            raise InvalidInput(f"`n` >= 2 and `dim` >= 1 must be whole numbers; got {self.n} and {self.dim}.")
        if self.start is not None and self.start.dim != self.dim:
            raise InvalidInput(f"`start` must be a law on R^{self.dim}; got one on R^{self.start.dim}.")
        dtype_named(self.dtype)
        _seed(self.seed)
        _workers(self.workers)

    def through(self, sampler: Any) -> CloudMoments:
        """Return the moments of the cloud after all steps of `sampler`; the same for any number of workers."""
        if sampler.dim != self.dim:
            raise InvalidInput(f"the sampler lives in dimension {sampler.dim}, the particles in {self.dim}.")
        table, levels = AffineTable.of(sampler), np.array(self.thresholds, dtype=np.float64)
        found: dict[int, CloudMoments] = {}

        def work(block: int, rows: slice) -> None:
            empty = np.empty((rows.stop - rows.start, self.dim), dtype=self.dtype)
            x = _begun(self.start, Stream(_stream("numpy", self.seed, 0, block), empty).normal())
            x = after_steps(sampler, table, x, _stream("numpy", self.seed, 1, block))
            if not _finite(x):
                raise Diverged(f"particles left the range of {self.dtype}; take smaller steps.")
            found[block] = CloudMoments.of(x, levels)

        total: CloudMoments | None = None
        for batch in _batches(_blocks("numpy", self.n, self.dim), 64 * self.workers):
            _each(work, batch, self.workers)
            for block, _ in batch:  # in order, so that rounding does not depend on who was first
                part = found.pop(block)
                total = part if total is None else total.merged(part)
        assert total is not None
        return total


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


def _each(work: Callable[[int, slice], None], blocks: list[tuple[int, slice]], workers: int) -> None:
    if workers == 1 or len(blocks) == 1:
        for block, rows in blocks:
            work(block, rows)
        return
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(work, block, rows) for block, rows in blocks]:
            done.result()


def _batches(blocks: list[tuple[int, slice]], size: int) -> Iterator[list[tuple[int, slice]]]:
    for first in range(0, len(blocks), size):
        yield blocks[first : first + size]


def _workers(count: int) -> None:
    if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 1:
        raise InvalidInput(f"`workers` must be a whole number >= 1; got {count!r}.")


def _finite(points: AnyArray) -> bool:
    xp = namespace(points)
    return bool(xp.all(xp.isfinite(points)))


def _seed(seed: int) -> None:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise InvalidInput(f"`seed` must be a whole number >= 0; got {seed!r}.")


def _blocks(backend: str, n: int, dim: int) -> list[tuple[int, slice]]:
    rows = max(1, BLOCKS[backend] // dim)
    return [(block, slice(first, min(first + rows, n))) for block, first in enumerate(range(0, n, rows))]


def _stream(backend: str, seed: int, stage: int, block: int) -> Any:
    return generator(backend, np.random.SeedSequence(seed, spawn_key=(stage, block)))


def _begun(law: GaussianLike | None, z: AnyArray) -> AnyArray:
    if law is None:
        return z
    y = z * like(np.sqrt(law.eigenvalues), z)
    if law.eigenvectors is not None:
        y = y @ like(law.eigenvectors.T, z)
    return y + like(law.mean, z)
