"""targets.Empirical: n equally likely points; diffused, a mixture of n equal Gaussians with a score in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.backend import AnyArray, Array, like, namespace, to_host
from verify.errors import InvalidInput, NoDensity
from verify.targets.gaussian_mixture import BLOCK, GaussianMixture, finite
from verify.targets.target import Constants


@dataclass(frozen=True, eq=False)
class Empirical:
    """The law (1/n) Σ δ_{x_i} of the `points` (n, d); q_t = (1/n) Σ N(e^{−t}x_i, (1 − e^{−2t})I) for t > 0.

    A reverse diffusion with its exact score gives the points back; see `scores.Smoothed` for one that does not.
    """

    points: Array

    def __post_init__(self) -> None:
        points = finite("points", self.points)
        points = points[:, None] if points.ndim == 1 else points
        if points.ndim != 2 or not points.size:
            raise InvalidInput(f"`points` must be of shape (n, d) with n, d >= 1; got {points.shape}.")
        points.flags.writeable = False
        object.__setattr__(self, "points", points)

    @property
    def n(self) -> int:
        """The number of points."""
        return int(self.points.shape[0])

    @property
    def dim(self) -> int:
        """d."""
        return int(self.points.shape[1])

    @property
    def mean(self) -> Array:
        """The average of the points, shape (d,)."""
        return np.asarray(self.points.mean(axis=0))

    @property
    def cov(self) -> Array:
        """Their covariance, divided by n, shape (d, d)."""
        off = self.points - self.mean
        return np.asarray(off.T @ off / self.n)

    @property
    def constants(self) -> Constants:
        """m_2²; L = ∞, as for every law of atoms."""
        return Constants(math.inf, math.inf, None, None, float((self.points**2).sum() / self.n))

    @property
    def atoms(self) -> Array:
        """On the line: the points in order with their probabilities, (n, 2)."""
        places, counts = np.unique(self.points[:, 0], return_counts=True)
        return np.stack([places, counts / self.n], axis=1)

    def log_density(self, x: AnyArray) -> AnyArray:
        """Raise NoDensity."""
        raise NoDensity("an empirical law has no density; diffuse it, or use its distances to atoms.")

    def score(self, x: AnyArray) -> AnyArray:
        """Raise NoDensity."""
        raise NoDensity("an empirical law has no score; diffuse it first.")

    def score_at(self, x: AnyArray, t: Any) -> AnyArray:
        """Return ∇log q_t(x) = (e^{−t} Σ r_i x_i − x)/(1 − e^{−2t}), (…, d) -> (…, d); t > 0, a float or (…, 1)."""
        variance = -np.expm1(-2 * np.asarray(to_host(t)))
        return (like(np.exp(-np.asarray(to_host(t))), x) * self.posterior_mean(x, t) - x) / like(variance, x)

    def posterior_mean(self, x: AnyArray, t: Any) -> AnyArray:
        """Return E[X_0 | X_t = x] = Σ r_i x_i, r_i ∝ exp(−|x − e^{−t}x_i|²/(2(1 − e^{−2t}))), (…, d) -> (…, d)."""
        xp = namespace(x)
        rows = max(1, BLOCK // (self.n * self.dim))
        if x.ndim == 2 and x.shape[0] > rows and np.ndim(t) == 0:
            parts = [self.posterior_mean(x[i : i + rows], t) for i in range(0, x.shape[0], rows)]
            return xp.concat(parts, axis=0)
        time = np.asarray(to_host(t))[..., None] if np.ndim(t) else np.asarray(float(t))
        if not (time > 0).all():
            raise NoDensity("an empirical law has no score at time 0; stop the grid at a time > 0.")
        points = like(self.points, x)
        off = x[..., None, :] - like(np.exp(-time), x) * points
        logs = -0.5 * xp.sum(off * off, axis=-1) / like(-np.expm1(-2 * time[..., 0] if time.ndim else -2 * time), x)
        share = xp.exp(logs - xp.max(logs, axis=-1, keepdims=True))
        return xp.matmul(share, points) / xp.sum(share, axis=-1, keepdims=True)

    def mean_at(self, t: Any) -> Array:
        """Return E X_t = e^{−t} E X; t of shape (…, 1) gives (…, d)."""
        return np.exp(-np.asarray(to_host(t))) * self.mean

    def trace_at(self, t: Any) -> Array:
        """Return tr Cov(X_t), the shape of t."""
        twice = -2.0 * np.asarray(to_host(t))
        return np.asarray(np.exp(twice) * np.trace(self.cov) - np.expm1(twice) * self.dim)

    def diffused(self, t: float) -> Any:
        """Return q_t: itself for t = 0, else a GaussianMixture."""
        if not (t >= 0 and math.isfinite(t)):
            raise InvalidInput(f"`t` must be finite and >= 0; got {t}.")
        if t == 0:
            return self
        covs = np.broadcast_to(-math.expm1(-2 * t) * np.eye(self.dim), (self.n, self.dim, self.dim))
        return GaussianMixture(np.full(self.n, 1 / self.n), math.exp(-t) * self.points, covs)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Return n points drawn with replacement, shape (n, d)."""
        return np.asarray(self.points[rng.integers(self.n, size=n)])
