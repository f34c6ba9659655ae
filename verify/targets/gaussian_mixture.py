"""targets.GaussianMixture: Σ w_k N(m_k, Σ_k), closed under the OU process, with score, Hessian and posteriors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.backend import AnyArray, Array, like, namespace, to_host
from verify.errors import InvalidInput, NoDensity
from verify.laws.spectrum import covariance, spectral
from verify.targets.mixture_constants import curvature_bounds, largest, mixture_constants
from verify.targets.mixture_products import score_by_products
from verify.targets.target import Constants

LONELY, REACH = 20.0, 8.5  # standard deviations: of the distance to the next part, and of what a part covers
MANY = 512  # points from which on the score is found by products of matrices
BLOCK = 1 << 21  # numbers a component-wise array may hold before rows are taken in turns


@dataclass(frozen=True, eq=False)
class GaussianMixture:
    """The law Σ w_k N(m_k, Σ_k) on R^d: `weights` (K,) > 0 with sum 1, `means` (K, d), `covs` (K, d, d) ≥ 0.

    On the line `means` and `covs` (variances) may be of shape (K,). Times t are a float or of shape (…, 1); the OU law
    at time t is the mixture of N(e^{−t}m_k, e^{−2t}Σ_k + (1 − e^{−2t})I) with the same weights.
    """

    weights: Array
    means: Array
    covs: Array

    def __post_init__(self) -> None:
        weights = _weights(self.weights)
        means = finite("means", self.means)
        means = means[:, None] if means.ndim == 1 else means
        if means.ndim != 2 or means.shape[0] != weights.size or not means.shape[1]:
            raise InvalidInput(f"`means` must have shape ({weights.size}, d) to match `weights`; got {means.shape}.")
        dim = means.shape[1]
        covs = finite("covs", self.covs)
        covs = covs[:, None, None] if covs.ndim == 1 and dim == 1 else covs
        if covs.shape != (weights.size, dim, dim):
            raise InvalidInput(f"`covs` must have shape ({weights.size}, {dim}, {dim}); got {covs.shape}.")
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "means", means)
        object.__setattr__(self, "covs", np.stack([covariance(cov, dim) for cov in covs]))
        _ = self.spectra  # refuses covariances that are not positive semi-definite

    @cached_property
    def spectra(self) -> tuple[Array, Array | None]:
        """Eigenvalues (K, d) and eigenvectors (K, d, d) of the covariances; None where all are diagonal."""
        found = [spectral(cov) for cov in self.covs]
        values = np.stack([values for values, _ in found])
        if all(basis is None for _, basis in found):
            return values, None
        return values, np.stack([np.eye(self.dim) if basis is None else basis for _, basis in found])

    @property
    def dim(self) -> int:
        """d."""
        return int(self.means.shape[1])

    @property
    def mean(self) -> Array:
        """E X, shape (d,)."""
        return self.weights @ self.means

    @property
    def cov(self) -> Array:
        """E(X − E X)(X − E X)^T, shape (d, d)."""
        off = self.means - self.mean
        return np.tensordot(self.weights, self.covs, 1) + (self.weights[:, None] * off).T @ off

    @cached_property
    def constants(self) -> Constants:
        """m, L and m_2² where they are known, see `mixture_constants`; LSI and Poincaré constants are not."""
        return mixture_constants(self)

    @property
    def lipschitz(self) -> float:
        """A bound of the Lipschitz constant of ∇log p, sharp on the line with unequal variances; inf where unknown."""
        return largest(curvature_bounds(self))

    @property
    def landmarks(self) -> Array:
        """Where on the line the law has its structure: the means, and what bounds a lonely narrow part."""
        means, widths = self.means[:, 0], np.sqrt(self.covs[:, 0, 0])
        order = np.argsort(means)
        gaps = np.diff(means[order], prepend=-np.inf, append=np.inf)
        lonely = widths[order] < np.minimum(gaps[1:], gaps[:-1]) / LONELY
        at, width = means[order][lonely], widths[order][lonely]
        return np.unique(np.concatenate([means, at - REACH * width, at + REACH * width]))

    def log_density(self, x: AnyArray) -> AnyArray:
        """Return log p(x), (…, d) -> (…)."""
        return self.log_density_at(x, 0.0)

    def potential(self, x: AnyArray) -> AnyArray:
        """Return −log p(x), (…, d) -> (…)."""
        return -self.log_density(x)

    def score(self, x: AnyArray) -> AnyArray:
        """Return ∇log p(x), (…, d) -> (…, d)."""
        return self.score_at(x, 0.0)

    def gradient(self, x: AnyArray) -> AnyArray:
        """Return −∇log p(x), (…, d) -> (…, d)."""
        return -self.score(x)

    def hessian(self, x: AnyArray) -> AnyArray:
        """Return −∇²log p(x) = Σ r_k P_k − Σ r_k (g_k − ḡ)(g_k − ḡ)^T, g_k = P_k(x − m_k), (…, d) -> (…, d, d)."""
        xp = namespace(x)
        pull, _, logs = self._components(x, 0.0)
        share = _softmax(logs)[..., None]
        off = pull - xp.sum(share * pull, axis=-2, keepdims=True)
        values, basis = self.spectra
        precisions = [np.diag(1 / v) if basis is None else (u / v) @ u.T for v, u in _zipped(values, basis)]
        inner = like(np.stack(precisions), x)
        return xp.sum(share[..., None] * (inner - off[..., :, None] * off[..., None, :]), axis=-3)

    def log_density_at(self, x: AnyArray, t: Any) -> AnyArray:
        """Return log q_t(x), (…, d) -> (…)."""
        logs = self._components(x, t)[2]
        xp = namespace(x)
        top = xp.max(logs, axis=-1, keepdims=True)
        return top[..., 0] + xp.log(xp.sum(xp.exp(logs - top), axis=-1))

    def score_at(self, x: AnyArray, t: Any) -> AnyArray:
        """Return ∇log q_t(x) = −Σ r_k P_k(t)(x − e^{−t}m_k), r_k the posterior weights, (…, d) -> (…, d)."""
        if type(x) is np.ndarray and x.ndim == 2 and x.shape[0] >= MANY and np.ndim(t) == 0 and self.spectra[1] is None:
            decay = math.exp(-float(t))
            spread = decay**2 * self.spectra[0] - math.expm1(-2 * float(t))
            if spread.min() > 0 and t >= 0 and x.shape[1] == self.dim:
                fast = score_by_products(x, self.weights, decay * self.means, spread)
                if fast is not None:
                    return fast
        rows = max(1, BLOCK // max(1, self.weights.size * self.dim))
        if x.ndim == 2 and x.shape[0] > rows and np.ndim(t) == 0:
            parts = [self.score_at(x[i : i + rows], t) for i in range(0, x.shape[0], rows)]
            return namespace(x).concat(parts, axis=0)
        pull, _, logs = self._components(x, t)
        return -namespace(x).sum(_softmax(logs)[..., None] * pull, axis=-2)

    def responsibilities(self, x: AnyArray, t: Any = 0.0) -> AnyArray:
        """Return P(component k | X_t = x), (…, d) -> (…, K)."""
        return _softmax(self._components(x, t)[2])

    def posterior_mean(self, x: AnyArray, t: Any) -> AnyArray:
        """Return E[X_0 | X_t = x] = Σ r_k (m_k + e^{−t}Σ_k P_k(t)(x − e^{−t}m_k)), (…, d) -> (…, d)."""
        xp = namespace(x)
        pull, decay, logs = self._components(x, t)
        drawn = xp.matmul(like(self.covs, x), pull[..., None])[..., 0]  # Σ_k P_k(t)(x − e^{−t}m_k)
        return xp.sum(_softmax(logs)[..., None] * (like(self.means, x) + decay * drawn), axis=-2)

    def mean_at(self, t: Any) -> Array:
        """Return E X_t = e^{−t} E X; t of shape (…, 1) gives (…, d)."""
        return np.exp(-np.asarray(to_host(t))) * self.mean

    def trace_at(self, t: Any) -> Array:
        """Return tr Cov(X_t), the shape of t."""
        twice = -2.0 * np.asarray(to_host(t))
        return np.asarray(np.exp(twice) * np.trace(self.cov) - np.expm1(twice) * self.dim)

    def diffused(self, t: float) -> GaussianMixture:
        """Return q_t, the law of e^{−t}X + √(1 − e^{−2t}) Z."""
        if not (t >= 0 and math.isfinite(t)):
            raise InvalidInput(f"`t` must be finite and >= 0; got {t}.")
        if t == 0:
            return self
        covs = math.exp(-2 * t) * self.covs - math.expm1(-2 * t) * np.eye(self.dim)
        return GaussianMixture(self.weights, math.exp(-t) * self.means, covs)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Return n draws, shape (n, d)."""
        k = rng.choice(self.weights.size, n, p=self.weights)
        values, basis = self.spectra
        z = rng.standard_normal((n, self.dim)) * np.sqrt(values[k])
        return np.asarray(self.means[k] + (z if basis is None else np.matmul(basis[k], z[..., None])[..., 0]))

    def _components(self, x: AnyArray, t: Any) -> tuple[AnyArray, Any, AnyArray]:
        """Return P_k(t)(x − e^{−t}m_k) (…, K, d), e^{−t} and log w_k N(x; …) (…, K)."""
        xp = namespace(x)
        time = np.asarray(to_host(t))[..., None] if np.ndim(t) else np.asarray(float(t))
        if not x.ndim or x.shape[-1] != self.dim or not (time >= 0).all():
            raise InvalidInput(f"`x` must have shape (…, {self.dim}) and `t` be >= 0; got {tuple(x.shape)}.")
        values, basis = self.spectra
        spread = np.exp(-2 * time) * values - np.expm1(-2 * time)
        if not (spread > 0).all():
            raise NoDensity("a mixture with a singular component has no density at time 0; diffuse it first.")
        off = x[..., None, :] - like(np.exp(-time) * self.means, x)
        if basis is not None:
            off = xp.matmul(off[..., None, :], like(basis, x))[..., 0, :]
        pull = off / like(spread, x)
        constant = np.log(self.weights) - 0.5 * (np.log(spread).sum(axis=-1) + self.dim * math.log(2 * math.pi))
        logs = like(constant, x) - 0.5 * xp.sum(off * pull, axis=-1)
        if basis is not None:
            pull = xp.matmul(like(basis, x), pull[..., None])[..., 0]
        return pull, like(np.exp(-time), x), logs


def _softmax(logs: AnyArray) -> AnyArray:
    xp = namespace(logs)
    share = xp.exp(logs - xp.max(logs, axis=-1, keepdims=True))
    return share / xp.sum(share, axis=-1, keepdims=True)


def _zipped(values: Array, basis: Array | None) -> Any:
    return zip(values, [None] * len(values) if basis is None else basis, strict=True)


def _weights(values: npt.ArrayLike) -> Array:
    weights = finite("weights", values)
    if weights.ndim != 1 or not weights.size:
        raise InvalidInput(f"`weights` must have shape (K,) with K >= 1; got {weights.shape}.")
    if not (weights > 0).all():
        raise InvalidInput(f"`weights` must be > 0; got {weights.min():.6g}.")
    if abs(float(weights.sum()) - 1) > 1e-12 * weights.size:
        raise InvalidInput(f"`weights` must sum to one; they sum to {weights.sum():.15g}: divide them by it.")
    return np.asarray(weights / weights.sum())


def finite(name: str, values: npt.ArrayLike) -> Array:
    """Return values as a float64 array of its own; InvalidInput where they are no finite numbers."""
    try:
        found = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(f"`{name}` must be an array of numbers; got {type(values).__name__}.") from None
    if not np.isfinite(found).all():
        raise InvalidInput(f"`{name}` must be finite.")
    return found
