"""laws.KernelMixture: the density of a chain's last iterate, averaged over the noise of its last step alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.backend import AnyArray, Array, namespace, to_host
from verify.errors import InvalidInput, NoDensity, NotAffine
from verify.laws.particles import Particles
from verify.noise import Impulse

FAR = 1e7  # squared distance, in kernel widths, up to which differences of products keep eight decimals
PAIRS = 1 << 21  # of a place and a kernel that are held at once
TINY = 1e-300  # of the row's largest kernel: what a block far away from a place is taken to give there
ROUNDING = 1e4  # times the machine precision: what an affine step may miss by, and equal kernels differ by


@dataclass(frozen=True, eq=False)
class KernelMixture:
    """(1/n) Σ N(c_i, R_i R_i^T), `centres` c (n, d), `roots` R (d, d) or (n, d, d) lower triangular, without zeros.

    Given x_{N−1}, the last iterate of a chain with Gaussian noise is Gaussian; over n particles x_{N−1} the mean of
    these densities is an unbiased estimate of p_N at every point (Gelfand, Smith, 1990: Rao–Blackwell). `seed` and
    `stage` name the random stream that divergences draw their places from.
    """

    centres: Array
    roots: Array
    seed: int = 0
    stage: int = 1

    def __post_init__(self) -> None:
        centres, roots = np.asarray(self.centres, dtype=float), np.asarray(self.roots, dtype=float)
        if centres.ndim != 2 or not centres.size or not np.isfinite(centres).all():
            raise InvalidInput(f"`centres` must be finite, of shape (n, d) with n, d >= 1; got {centres.shape}.")
        n, d = centres.shape
        if roots.shape not in ((d, d), (n, d, d)) or not np.isfinite(roots).all() or np.triu(roots, 1).any():
            raise InvalidInput(f"`roots` must be lower triangular, ({d}, {d}) or ({n}, {d}, {d}); got {roots.shape}.")
        if not (np.diagonal(roots, axis1=-2, axis2=-1) > 0).all():
            raise NoDensity("a kernel without noise in some direction has no density.")
        object.__setattr__(self, "centres", centres)
        object.__setattr__(self, "roots", roots)

    @classmethod
    def of(cls, sampler: Any, particles: Particles) -> KernelMixture:
        """Return the law of the last iterate when the first has the law that `particles` were drawn from.

        They run to the step before the last, whose kernel is probed at each of them. NotAffine where that step is not
        affine in its noise, NoDensity where it adds none in some direction.
        """
        cloud = particles.through(_Shortened(sampler))
        centres, factors = _probed(sampler, cloud.points)
        d, covs = centres.shape[1], factors @ np.swapaxes(factors, -1, -2)
        scale = float(np.sqrt(np.trace(covs, axis1=-2, axis2=-1).max()))
        if np.ptp(factors, axis=0).max() <= _slack(cloud.points) * (scale + float(np.abs(centres).max())):
            factor = factors.mean(axis=0)
            covs = factor @ factor.T
        least = np.linalg.eigvalsh(covs)[..., 0].min()
        if not least > d * ROUNDING * np.finfo(float).eps * scale**2:
            raise NoDensity(f"the last step of {type(sampler).__name__} adds no noise in some direction: no density.")
        return cls(centres, np.asarray(np.linalg.cholesky(covs), dtype=float), cloud.seed, cloud.stage)

    @property
    def n(self) -> int:
        """The number of kernels."""
        return int(self.centres.shape[0])

    @property
    def dim(self) -> int:
        """d."""
        return int(self.centres.shape[1])

    @property
    def mean(self) -> Array:
        """The mean of the centres, shape (d,)."""
        return np.asarray(self.centres.mean(axis=0))

    def log_density(self, x: npt.ArrayLike) -> Array:
        """Return log of the averaged kernels at x, (…, d) -> (…)."""
        x = np.asarray(x, dtype=float)
        if not x.ndim or x.shape[-1] != self.dim:
            raise InvalidInput(f"`x` must have shape (…, {self.dim}); got {x.shape}.")
        return np.asarray(self.log_blocks(x.reshape(-1, self.dim), 1)[:, 0].reshape(x.shape[:-1]))

    def log_blocks(self, x: Array, count: int) -> Array:
        """Return the log-densities at x (m, d) of `count` consecutive blocks of the kernels, (m, count)."""
        if x.ndim != 2 or x.shape[1] != self.dim:
            raise InvalidInput(f"`x` must have shape (m, {self.dim}); got {x.shape}.")
        edges = np.linspace(0, self.n, count + 1).astype(int)
        rows = max(1, PAIRS // self.n)
        parts = [self._blocks(x[i : i + rows], edges) for i in range(0, x.shape[0], rows)]
        return np.concatenate(parts) if parts else np.zeros((0, count))

    def sizes(self, count: int) -> Array:
        """Return the number of kernels in each of `count` consecutive blocks."""
        return np.diff(np.linspace(0, self.n, count + 1).astype(int)).astype(float)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Return n draws, shape (n, d)."""
        index = rng.integers(self.n, size=n)
        z = rng.standard_normal((n, self.dim, 1))
        roots = self.roots if self.roots.ndim == 2 else self.roots[index]
        return np.asarray(self.centres[index] + (roots @ z)[..., 0])

    def _blocks(self, x: Array, edges: npt.NDArray[np.intp]) -> Array:
        square = _squares(np.asarray(np.linalg.inv(self.roots), dtype=float), x, self.centres)
        size = np.log(np.diagonal(self.roots, axis1=-2, axis2=-1)).sum(axis=-1) + 0.5 * self.dim * math.log(2 * math.pi)
        logs = -0.5 * np.maximum(square, 0.0) - size
        top = logs.max(axis=1, keepdims=True)
        sums = np.add.reduceat(np.exp(np.subtract(logs, top, out=logs), out=logs), edges[:-1], axis=1)
        return np.asarray(np.log(np.maximum(sums, TINY) / np.diff(edges)) + top)


def _squares(inverse: Array, x: Array, centres: Array) -> Array:
    """Return |R_i^{−1}(x_j − c_i)|² as (m, n), by products of matrices where all kernels are one and few digits go."""
    if inverse.ndim == 2:
        middle = centres.mean(axis=0)  # products keep their digits about it
        y, c = (x - middle) @ inverse.T, (centres - middle) @ inverse.T
        of_y, of_c = (y**2).sum(axis=1), (c**2).sum(axis=1)
        if max(of_y.max(initial=0.0), of_c.max()) < FAR:
            return np.asarray(of_y[:, None] + of_c - 2 * y @ c.T)
    off = x[:, None] - centres
    off = off @ inverse.T if inverse.ndim == 2 else np.einsum("nij,mnj->mni", inverse, off)
    return np.asarray((off**2).sum(axis=-1))


@dataclass(frozen=True, eq=False)
class _Shortened:
    """A sampler without its last step."""

    whole: Any

    @property
    def steps(self) -> int:
        return int(self.whole.steps) - 1

    @property
    def dim(self) -> int:
        return int(self.whole.dim)

    def step(self, k: Any, x: AnyArray, noise: Any) -> AnyArray:
        return self.whole.step(k, x, noise)


def _probed(sampler: Any, x: AnyArray) -> tuple[Array, Array]:
    """Return centre (n, d) and noise matrix (n, d, draws·d) of the last step at the states x (n, d)."""
    last, (n, d) = sampler.steps - 1, x.shape
    xp = namespace(x)
    probe = Impulse(x)
    centre = to_host(sampler.step(last, x, probe))
    columns = []
    for draw in range(probe.draws):
        for j in range(d):
            impulse = xp.zeros_like(x)
            impulse[:, j] = 1.0
            columns.append(to_host(sampler.step(last, x, Impulse(x, impulse, draw))) - centre)
    if not columns:
        raise NoDensity(f"{type(sampler).__name__} draws no noise: its law has no kernel density; use Particles.")
    factors = np.stack(columns, axis=-1)
    z = 3 * np.random.default_rng(n).standard_normal((n, d))
    want = centre + (factors @ np.tile(z, probe.draws)[..., None])[..., 0]
    got = to_host(sampler.step(last, x, Impulse(x, xp.asarray(z, dtype=x.dtype), None)))
    if not np.abs(got - want).max() <= _slack(x) * (np.abs(centre).max() + 10 * np.abs(factors).max()):
        raise NotAffine(f"the last step of {type(sampler).__name__} is not affine in its noise; use laws.Particles.")
    return centre, factors


def _slack(x: AnyArray) -> float:
    return ROUNDING * float(namespace(x).finfo(x.dtype).eps)
