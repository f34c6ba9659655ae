"""laws.Gaussian: N(mean, cov), and the exact way a Gaussian goes through any sampler whose step is affine."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from verify.backend import Array
from verify.errors import InvalidInput, NoDensity, NotAffine
from verify.laws import dense, diagonal, homogeneous
from verify.laws.repeated import require_affine_score
from verify.laws.spectrum import covariance, spectral, vector


class GaussianLike(Protocol):
    """Anything that is a Gaussian law: a law, or a target standing in for one."""

    @property
    def dim(self) -> int:
        """d."""
        ...

    @property
    def mean(self) -> Array:
        """Shape (d,)."""
        ...

    @property
    def cov(self) -> Array:
        """Shape (d, d)."""
        ...

    @property
    def eigenvalues(self) -> Array:
        """Eigenvalues of `cov`, shape (d,), >= 0."""
        ...

    @property
    def eigenvectors(self) -> Array | None:
        """Orthonormal columns in the order of `eigenvalues`; None for the coordinate axes."""
        ...


@dataclass(frozen=True, eq=False)
class Deviation:
    """How a Gaussian differs from a `reference`, in the reference's eigenbasis and free of cancellation.

    `mean` is U^T(mean − mean_ref), `cov` is U^T(cov − cov_ref)U, of shape (d,) where that is diagonal. `mean_error`
    and `cov_error` bound the rounding in each coordinate; entry (i, j) of a full `cov` is off by √(e_i e_j) at most.
    """

    reference: GaussianLike
    mean: Array
    cov: Array
    mean_error: Array
    cov_error: Array


class Gaussian:
    """The Gaussian law N(mean, cov); `mean` of shape (d,), `cov` (d, d) symmetric positive semi-definite.

    Immutable. `deviation` is set on laws that came out of a sampler: they know their distance to the ideal law to
    more digits than a difference of covariances would keep.
    """

    __slots__ = ("__dict__", "deviation", "mean")

    mean: Array
    deviation: Deviation | None

    def __init__(self, mean: npt.ArrayLike, cov: npt.ArrayLike) -> None:
        self.mean = vector("mean", mean)
        self.deviation = None
        self.__dict__["cov"] = covariance(cov, self.mean.size)
        self.__dict__["_spectrum"] = spectral(self.cov)

    @classmethod
    def standard(cls, dim: int) -> Gaussian:
        """Return γ = N(0, I_dim)."""
        return cls(np.zeros(dim), np.eye(dim))

    @classmethod
    def deviating(cls, deviation: Deviation) -> Gaussian:
        """Return the law that differs from `deviation.reference` by `deviation`."""
        law = cls.__new__(cls)
        basis = deviation.reference.eigenvectors
        law.deviation = deviation
        law.mean = deviation.reference.mean + (deviation.mean if basis is None else basis @ deviation.mean)
        return law

    @property
    def dim(self) -> int:
        """d."""
        return self.mean.size

    @cached_property
    def cov(self) -> Array:
        """The covariance matrix, shape (d, d)."""
        assert self.deviation is not None
        basis, change = self.deviation.reference.eigenvectors, self.deviation.cov
        inner = np.diag(self.deviation.reference.eigenvalues) + (np.diag(change) if change.ndim == 1 else change)
        return inner if basis is None else basis @ inner @ basis.T

    @cached_property
    def _spectrum(self) -> tuple[Array, Array | None]:
        assert self.deviation is not None
        if self.deviation.cov.ndim == 1:
            reference = self.deviation.reference
            return np.maximum(reference.eigenvalues + self.deviation.cov, 0.0), reference.eigenvectors
        return spectral(0.5 * (self.cov + self.cov.T), slack=float(self.deviation.cov_error.sum()))

    @property
    def eigenvalues(self) -> Array:
        """Eigenvalues of the covariance, shape (d,)."""
        return self._spectrum[0]

    @property
    def eigenvectors(self) -> Array | None:
        """Orthonormal eigenvectors as columns; None for the coordinate axes."""
        return self._spectrum[1]

    def log_density(self, x: Array) -> Array:
        """Return log N(x; mean, cov) for x of shape (…, d); NoDensity where the covariance is singular."""
        return log_density(self, x)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Return n draws, shape (n, d)."""
        return sample(self, n, rng)

    def through(self, sampler: Any) -> Gaussian:
        """Return the exact law of the sampler's last iterate when its first has this law.

        The running `step` is probed with impulses. Where its coordinates decouple in the eigenbasis of the ideal law
        one probe serves all of them and the chain folds with cumulative products; else matrices are folded, small ones
        for stacked coordinates (`slots`). Chains of equal steps fold by repeated squaring.
        Raises NotAffine where the step is not affine, Diverged where the law leaves float64.
        """
        if sampler.dim != self.dim:
            raise InvalidInput(f"the sampler lives in dimension {sampler.dim}, the law in {self.dim}.")
        first, last = sampler.marginal(0), sampler.marginal(sampler.steps)
        if not hasattr(first, "eigenvalues"):
            name = type(first).__name__
            raise NotAffine(f"a {name} target has no Gaussian law; use GridDensity (d = 1) or Particles.")
        require_affine_score(sampler)
        start = deviation_from(self, first)
        for fold in _routes(sampler, start):
            try:
                return Gaussian.deviating(Deviation(last, *fold(sampler, start)))
            except NotAffine:
                pass  # or affine, but coupled: larger blocks tell
        return Gaussian.deviating(Deviation(last, *dense.fold(sampler, start)))


def _routes(sampler: Any, start: Deviation) -> list[Callable[..., tuple[Array, Array, Array, Array]]]:
    """Return the ways of folding that may apply, the cheapest first, but for the last: full matrices, step by step."""
    slots = getattr(sampler, "slots", 1)
    if not getattr(sampler, "homogeneous", False):
        return [diagonal.fold] if start.cov.ndim == 1 else []
    sizes = [sampler.dim] if slots == 1 else [slots, sampler.dim]
    blocks = [partial(homogeneous.fold, slots=size) for size in sizes]
    return [diagonal.fold, *blocks] if slots == 1 else [*blocks]


def same(a: GaussianLike, b: GaussianLike) -> bool:
    """True where two Gaussians are the same object or agree in every entry of mean and covariance."""
    return a is b or (np.array_equal(a.mean, b.mean) and np.array_equal(a.cov, b.cov))


def deviation_from(law: Gaussian, reference: GaussianLike) -> Deviation:
    """Return the deviation of `law` from `reference`: the one it carries, else the plain difference."""
    if law.deviation is not None and same(law.deviation.reference, reference):
        return law.deviation
    basis, eps = reference.eigenvectors, np.finfo(float).eps
    shift, change = law.mean - reference.mean, law.cov - reference.cov
    if basis is not None:
        shift = basis.T @ shift
        change = np.diag(law.cov[0, 0] - reference.eigenvalues) if _round(law) else basis.T @ change @ basis
    size = float(np.abs(law.cov).max() + np.abs(reference.cov).max())
    if (basis is None or _round(law)) and not np.count_nonzero(change - np.diag(np.diagonal(change))):
        change = np.diagonal(change).copy()
    mean_error = np.full(law.dim, law.dim * eps * float(np.abs(law.mean).max() + np.abs(reference.mean).max()))
    return Deviation(reference, shift, change, mean_error, np.full(law.dim, law.dim * eps * size))


def _round(law: Gaussian) -> bool:
    """Return whether the covariance is a multiple of I, and hence diagonal in every basis."""
    return law.eigenvectors is None and bool((law.eigenvalues == law.eigenvalues[0]).all())


def log_density(law: GaussianLike, x: Array) -> Array:
    """Return log N(x; mean, cov) of a Gaussian-like law, x of shape (…, d)."""
    if not law.eigenvalues.all():
        raise NoDensity("a Gaussian with a singular covariance has no density; add noise or diffuse it first.")
    z = x - law.mean if law.eigenvectors is None else (x - law.mean) @ law.eigenvectors
    constant = law.dim * math.log(2 * math.pi) + float(np.log(law.eigenvalues).sum())
    return np.asarray(-0.5 * ((z * z / law.eigenvalues).sum(axis=-1) + constant))


def sample(law: GaussianLike, n: int, rng: np.random.Generator) -> Array:
    """Return n draws of a Gaussian-like law, shape (n, d)."""
    z = rng.standard_normal((n, law.dim)) * np.sqrt(law.eigenvalues)
    return law.mean + (z if law.eigenvectors is None else z @ law.eigenvectors.T)
