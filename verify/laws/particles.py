"""laws.Particles: a cloud of points, pushed through a sampler block by block with one random stream per block."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from verify.backend import AnyArray, belongs, dtype_named, generator, like, load, namespace
from verify.errors import Diverged, InvalidInput
from verify.laws.gaussian import GaussianLike
from verify.noise import Stream

# floats per block: part of the definition of the streams, never tuned to a machine
BLOCKS = {"numpy": 1 << 17, "cupy": 1 << 24}


@dataclass(frozen=True, eq=False)
class Particles:
    """n points of R^d, shape (n, d), on a backend's device; `stage` counts the streams of `seed` already used up.

    Stage 0 is what `standard` and `sampled` draw their points from.
    """

    points: AnyArray
    seed: int
    backend: str = "numpy"
    stage: int = 1

    def __post_init__(self) -> None:
        if not hasattr(self.points, "ndim"):
            raise InvalidInput(f"`points` must be an array of shape (n, d); got a {type(self.points).__name__}.")
        if self.points.ndim != 2 or not self.points.shape[0] or not self.points.shape[1]:
            raise InvalidInput(f"`points` must have shape (n, d) with n, d >= 1; got {tuple(self.points.shape)}.")
        if self.backend not in BLOCKS or not belongs(self.points, self.backend):
            raise InvalidInput(f"`points` are {type(self.points).__module__} arrays but `backend` is {self.backend!r}.")
        dtype_named(str(self.points.dtype))
        _seed(self.seed)
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
            draws = Stream(_stream(backend, seed, 0, block), points[rows]).normal()
            points[rows] = draws if law is None else _coloured(law, draws)
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
        """Return the cloud after all steps of `sampler`; the same points for any number of workers or resumptions."""
        if sampler.dim != self.dim:
            raise InvalidInput(f"the sampler lives in dimension {sampler.dim}, the particles in {self.dim}.")
        points = namespace(self.points).empty_like(self.points)
        for block, rows in _blocks(self.backend, self.n, self.dim):
            x = self.points[rows]
            noise = Stream(_stream(self.backend, self.seed, self.stage, block), x)
            with np.errstate(over="ignore", invalid="ignore"):
                for k in range(sampler.steps):
                    x = sampler.step(k, x, noise)
            points[rows] = x
        if not _finite(points):
            raise Diverged(f"particles left the range of {points.dtype}; take smaller steps.")
        return replace(self, points=points, stage=self.stage + 1)


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


def _coloured(law: GaussianLike, z: AnyArray) -> AnyArray:
    y = z * like(np.sqrt(law.eigenvalues), z)
    if law.eigenvectors is not None:
        y = y @ like(law.eigenvectors.T, z)
    return y + like(law.mean, z)
