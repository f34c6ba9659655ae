"""laws.Particles: a cloud of points, pushed through a sampler block by block with one random stream per block."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from verify.backend import AnyArray, belongs, dtype_named, load, namespace
from verify.errors import Diverged, InvalidInput, UnknownName
from verify.kernels.philox import STAGES
from verify.laws.blocks import (
    BLOCKS,
    COMPILED,
    after_steps,
    begun,
    blocks,
    check_seed,
    check_workers,
    each,
    finite,
    normals,
    stream,
    table_of,
)
from verify.laws.fused_chain import fused_chain
from verify.laws.gaussian import GaussianLike


@dataclass(frozen=True, eq=False)
class Particles:
    """n points of R^d, shape (n, d), on a backend's device; `stage` counts the streams of `seed` already used up.

    Stage 0 is what `standard` and `sampled` draw their points from. `workers` threads share the blocks on the host; the
    points do not depend on their number. In float32, the backends `cupy` and `numba` (NumPy arrays, kernels compiled by
    the extra `fast`) draw the same normals, those of `kernels.CounterStream`, wherever a kernel can run the chain; so a
    seed gives the same points on both, to rounding. Those of `numpy` are others. In float64, or where no kernel can run
    the chain, `numba` does what `numpy` does.
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
        if self.backend not in BLOCKS:
            raise UnknownName("backend", self.backend, tuple(BLOCKS))
        if not belongs(self.points, self.backend):
            raise InvalidInput(f"`points` are {type(self.points).__module__} arrays but `backend` is {self.backend!r}.")
        dtype_named(str(self.points.dtype))
        check_seed(self.seed)
        check_workers(self.workers)
        if isinstance(self.stage, bool) or not isinstance(self.stage, int) or not 0 <= self.stage < STAGES:
            raise InvalidInput(f"`stage` must be a whole number in [0, {STAGES}); got {self.stage!r}.")
        if not finite(self.points):
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
        check_seed(seed)
        load(backend)
        return cls(begun(law, normals(backend, (n, dim), dtype, seed)), seed, backend)

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

        A chain whose coordinates decouple runs as the table of its coefficients, in its eigenbasis (`AffineTable`).
        `cupy` and `numba` run chains that are affine, of polynomial drift on the line or driven by the score of a
        mixture in one kernel, in float32 (`fused_chain`).
        """
        if sampler.dim != self.dim:
            raise InvalidInput(f"the sampler lives in dimension {sampler.dim}, the particles in {self.dim}.")
        points = self._fused(sampler)
        if points is None:
            points = self._stepped(sampler)
        if not finite(points):
            raise Diverged(f"particles left the range of {points.dtype}; take smaller steps.")
        return replace(self, points=points, stage=self.stage + 1)

    def _fused(self, sampler: Any) -> AnyArray | None:
        if self.backend not in COMPILED or str(self.points.dtype) != "float32":
            return None
        fused = fused_chain(sampler, self.points)
        return None if fused is None else fused.run(self.points, self.seed, self.stage, self.workers)

    def _stepped(self, sampler: Any) -> AnyArray:
        points, table = namespace(self.points).empty_like(self.points), table_of(sampler, self.points, self.n)

        def work(block: int, rows: slice) -> None:
            noise = stream(self.backend, self.seed, self.stage, block)
            points[rows] = after_steps(sampler, table, self.points[rows], noise)

        each(work, blocks(self.backend, self.n, self.dim), 1 if self.backend == "cupy" else self.workers)
        return points
