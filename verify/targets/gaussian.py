"""targets.Gaussian: N(mean, cov) as data distribution; closed under the OU process, with an affine score."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from verify import laws
from verify.backend import AnyArray, Array, like, to_host
from verify.errors import InvalidInput, NoDensity
from verify.laws.gaussian import log_density, sample
from verify.laws.spectrum import covariance, spectral, vector
from verify.noise import Noise
from verify.targets.target import Constants


@dataclass(frozen=True, eq=False)
class Gaussian:
    """The target N(mean, cov): `mean` (d,), `cov` (d, d) symmetric positive semi-definite, singular allowed."""

    mean: Array
    cov: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", vector("mean", self.mean))
        object.__setattr__(self, "cov", covariance(self.cov, self.mean.size))
        _ = self.spectrum  # refuses a covariance that is not positive semi-definite

    @classmethod
    def from_spectrum(cls, mean: Array, eigenvalues: Array, eigenvectors: Array | None = None) -> Gaussian:
        """Return N(mean, U diag(eigenvalues) U^T), U orthogonal (columns; None: the coordinate axes)."""
        values = vector("eigenvalues", eigenvalues)
        if values.min() < 0:
            raise InvalidInput(f"`eigenvalues` must be >= 0; got {values.min():.6g}.")
        if eigenvectors is not None:
            square = np.shape(eigenvectors) == (values.size, values.size)
            if not (square and np.abs(eigenvectors.T @ eigenvectors - np.eye(values.size)).max() <= 1e-12):
                raise InvalidInput(f"`eigenvectors` must be an orthogonal matrix of {values.size} columns.")
        target = cls.__new__(cls)
        target.__dict__["spectrum"] = (values, eigenvectors)
        cov = np.diag(values) if eigenvectors is None else (eigenvectors * values) @ eigenvectors.T
        target.__init__(mean, 0.5 * (cov + cov.T))  # type: ignore[misc]
        return target

    @cached_property
    def spectrum(self) -> tuple[Array, Array | None]:
        """Eigenvalues and eigenvectors of the covariance."""
        return spectral(self.cov)

    @property
    def dim(self) -> int:
        """d."""
        return self.mean.size

    @property
    def eigenvalues(self) -> Array:
        """λ, shape (d,)."""
        return self.spectrum[0]

    @property
    def eigenvectors(self) -> Array | None:
        """U, columns in the order of `eigenvalues`; None for the coordinate axes."""
        return self.spectrum[1]

    @cached_property
    def spectral_mean(self) -> Array:
        """U^T mean, shape (d,)."""
        return self.mean if self.eigenvectors is None else self.eigenvectors.T @ self.mean

    @cached_property
    def law(self) -> laws.Gaussian:
        """The same law as a laws.Gaussian."""
        return laws.Gaussian(self.mean, self.cov)

    @property
    def constants(self) -> Constants:
        """L = max(1, 1/λ_min) (the OU path ends at γ), m = LSI constant = 1/λ_max = 1/C_P, m_2² = tr cov + ‖mean‖²."""
        least, most = float(self.eigenvalues.min()), float(self.eigenvalues.max())
        smooth = 1 / least if least > 0 else math.inf
        convex = 1 / most if most > 0 else math.inf
        moment = float(self.eigenvalues.sum() + self.mean @ self.mean)
        return Constants(max(1.0, smooth), smooth, convex, convex, moment, 0.0 if least > 0 else None, most)

    def log_density(self, x: Array) -> Array:
        """Return log p(x), (…, d) -> (…); NoDensity where the covariance is singular."""
        return log_density(self, x)

    def score(self, x: AnyArray) -> AnyArray:
        """Return ∇log p(x) = −Σ⁻¹(x − mean), (…, d) -> (…, d), through any array namespace."""
        self._require_density()
        return self.affine(x, 0.0, -1 / self.eigenvalues, None)

    def potential(self, x: AnyArray) -> AnyArray:
        """Return ½(x − m)^T Σ⁻¹(x − m), (…, d) -> (…), through any array namespace."""
        self._require_density()
        basis = self.eigenvectors
        z = (x if basis is None else x @ like(basis, x)) - like(self.spectral_mean, x)
        return (z * z) @ like(0.5 / self.eigenvalues, x)

    def gradient(self, x: AnyArray) -> AnyArray:
        """Return Σ⁻¹(x − m), the gradient of the potential, (…, d) -> (…, d)."""
        self._require_density()
        return self.affine(x, 0.0, 1 / self.eigenvalues, None)

    def prox(self, x: AnyArray, size: float) -> AnyArray:
        """Return argmin_u potential(u) + |u − x|²/(2·size) = m + Σ(Σ + size·I)⁻¹(x − m), (…, d) -> (…, d)."""
        self._require_density()
        return x + self.affine(x, 0.0, -size / (self.eigenvalues + size), None)

    def restricted(self, x: AnyArray, size: float, noise: Noise) -> AnyArray:
        """Return a draw of density ∝ e^{−potential(u) − |u − x|²/(2·size)}: N(prox(x), (Σ⁻¹ + I/size)⁻¹)."""
        spread = like(np.sqrt(size * self.eigenvalues / (self.eigenvalues + size)), x)
        z = noise.normal()
        if self.eigenvectors is None:
            return self.prox(x, size) + spread * z
        basis = like(self.eigenvectors, x)
        return self.prox(x, size) + (spread * (z @ basis)) @ basis.T

    def affine(self, x: AnyArray, t: Any, slope: Array, offset: Array | None) -> AnyArray:
        """Return U(slope·(U^T x − U^T m_t) + offset), m_t the mean of q_t: the shape of every affine score.

        `x` (…, d) of any namespace; `slope` and `offset` host arrays that broadcast against it.
        """
        basis = None if self.eigenvectors is None else like(self.eigenvectors, x)
        z = (x if basis is None else x @ basis) - like(self.mean_at(t), x)
        y = like(slope, x) * z
        if offset is not None:
            y = y + like(offset, x)
        return y if basis is None else y @ basis.T

    def _require_density(self) -> None:
        if not self.eigenvalues.all():
            raise NoDensity("a Gaussian with a singular covariance has no density; diffuse it first.")

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Return n draws, shape (n, d)."""
        return sample(self, n, rng)

    def mean_at(self, t: float | Array) -> Array:
        """Return the eigenbasis mean e^{−t} U^T mean of q_t; t of shape (…, 1) gives (…, d)."""
        return np.exp(-np.asarray(to_host(t))) * self.spectral_mean

    def variances_at(self, t: float | Array) -> Array:
        """Return λ(t) = λ e^{−2t} + (1 − e^{−2t}), the eigenvalues of q_t, free of cancellation."""
        twice = -2.0 * np.asarray(to_host(t))
        return np.exp(twice) * self.eigenvalues - np.expm1(twice)

    def diffused(self, t: float) -> Gaussian:
        """Return q_t, the law of e^{−t}X + √(1 − e^{−2t}) Z: the OU process dX = −X dt + √2 dB at time t ≥ 0."""
        if not (t >= 0 and math.isfinite(t)):
            raise InvalidInput(f"`t` must be finite and >= 0; got {t}.")
        if t == 0:
            return self
        basis, mean = self.eigenvectors, math.exp(-t) * self.mean
        target = Gaussian.__new__(Gaussian)
        values = self.variances_at(t)
        target.__dict__["spectrum"] = (values, basis)
        cov = math.exp(-2 * t) * self.cov
        cov.flat[:: self.dim + 1] -= math.expm1(-2 * t)
        target.__dict__.update(mean=mean, cov=cov)
        return target
