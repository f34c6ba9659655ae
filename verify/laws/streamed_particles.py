"""laws.StreamedParticles: a cloud that is never all in memory; what is kept of it are its moments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.backend import AnyArray, dtype_named, load
from verify.errors import Diverged, InvalidInput
from verify.kernels import standard
from verify.laws.blocks import after_steps, begun, blocks, check_seed, check_workers, each, finite, stream, table_of
from verify.laws.cloud_moments import CloudMoments
from verify.laws.fused_chain import fused_chain
from verify.laws.gaussian import GaussianLike
from verify.noise import Stream

Work = Callable[[AnyArray, int, int], AnyArray]  # points, number of the block and of its first particle


@dataclass(frozen=True, eq=False)
class StreamedParticles:
    """n particles of R^d that are never all in memory: their blocks start, run and are forgotten one by one.

    They start from `start`, a Gaussian law or None for γ, and are the points of `Particles.sampled` with this seed,
    dtype and backend (`numpy` or `numba`), pushed once. What is kept is their `CloudMoments`, with counts at the
    `thresholds`.
    """

    n: int
    dim: int
    seed: int
    dtype: str = "float32"
    start: GaussianLike | None = None
    thresholds: tuple[float, ...] = ()
    workers: int = 1
    backend: str = "numpy"

    def __post_init__(self) -> None:
        if not all(isinstance(v, (int, np.integer)) and v >= 1 for v in (self.n, self.dim)) or self.n < 2:
            raise InvalidInput(f"`n` >= 2 and `dim` >= 1 must be whole numbers; got {self.n} and {self.dim}.")
        if self.start is not None and self.start.dim != self.dim:
            raise InvalidInput(f"`start` must be a law on R^{self.dim}; got one on R^{self.start.dim}.")
        if self.backend not in ("numpy", "numba"):
            raise InvalidInput(f"`backend` must be numpy or numba, on the host; got {self.backend!r}.")
        load(self.backend)
        dtype_named(self.dtype)
        check_seed(self.seed)
        check_workers(self.workers)

    def through(self, sampler: Any) -> CloudMoments:
        """Return the moments of the cloud after all steps of `sampler`; the same for any number of workers."""
        if sampler.dim != self.dim:
            raise InvalidInput(f"the sampler lives in dimension {sampler.dim}, the particles in {self.dim}.")
        levels, found = np.array(self.thresholds, dtype=np.float64), dict[int, CloudMoments]()
        runs = blocks(self.backend, self.n, self.dim)
        first = begun(self.start, self._normals(*runs[0]))
        pushed = self._fused(sampler, first) or self._stepped(sampler, first)

        def work(block: int, rows: slice) -> None:
            x = pushed(begun(self.start, self._normals(block, rows)), block, rows.start)
            if not finite(x):
                raise Diverged(f"particles left the range of {self.dtype}; take smaller steps.")
            found[block] = CloudMoments.of(x, levels)

        total: CloudMoments | None = None
        for batch in _batches(runs, 64 * self.workers):
            each(work, batch, self.workers)
            for block, _ in batch:  # in order, so that rounding does not depend on who was first
                part = found.pop(block)
                total = part if total is None else total.merged(part)
        assert total is not None
        return total

    def _normals(self, block: int, rows: slice) -> AnyArray:
        empty = np.empty((self.dim, rows.stop - rows.start), dtype=self.dtype)
        if self.backend == "numba" and self.dtype == "float32":
            return standard(empty, self.seed, 0, first=rows.start).T
        return Stream(stream(self.backend, self.seed, 0, block), empty.T).normal()

    def _stepped(self, sampler: Any, first: AnyArray) -> Work:
        table = table_of(sampler, first, self.n)
        return lambda x, block, _: after_steps(sampler, table, x, stream(self.backend, self.seed, 1, block))

    def _fused(self, sampler: Any, first: AnyArray) -> Work | None:
        """Return how a kernel takes points through the chain; None where there is none."""
        fused = fused_chain(sampler, first) if self.backend == "numba" and self.dtype == "float32" else None
        return None if fused is None else lambda x, _, first: fused.run(x, self.seed, 1, first=first)


def _batches(blocks: list[tuple[int, slice]], size: int) -> Iterator[list[tuple[int, slice]]]:
    for first in range(0, len(blocks), size):
        yield blocks[first : first + size]
