"""Mixture, MixtureModel: Gaussian mixtures on the line and their exact model, where no step is affine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr, logsumexp

from verify.audit.level import Level
from verify.audit.model import Model
from verify.backend import AnyArray, Array, like, to_host
from verify.errors import InvalidInput
from verify.targets import Gaussian

TRIES = 400  # one in four halves the bracket: enough for float64 from any first width
ROUNDING = 2e-14  # of a log-probability


@dataclass(frozen=True, eq=False)
class Mixture:
    """The law Σ w_k N(m_k, v_k) on the line: `weights` > 0, normalised, `means` and `variances` > 0 of shape (K,)."""

    weights: Array
    means: Array
    variances: Array

    def __post_init__(self) -> None:
        for name in ("weights", "means", "variances"):
            value = np.array(getattr(self, name), dtype=np.float64)
            if value.ndim != 1 or value.size != np.size(self.weights) or not np.isfinite(value).all():
                raise InvalidInput(f"`{name}` of a Mixture must be a finite vector, all three equally long.")
            if name != "means" and not (value > 0).all():
                raise InvalidInput(f"`{name}` of a Mixture must be > 0; got {value.min()}.")
            object.__setattr__(self, name, value / value.sum() if name == "weights" else value)

    @property
    def dim(self) -> int:
        """1."""
        return 1

    @property
    def mean(self) -> Array:
        """Shape (1,)."""
        return np.array([self.weights @ self.means])

    @cached_property
    def cov(self) -> Array:
        """Shape (1, 1)."""
        return np.array([[self.weights @ (self.variances + (self.means - self.mean) ** 2)]])

    def at(self, level: Level) -> Mixture:
        """Return the law of αx_0 + σz: a mixture again."""
        variances = level.alpha**2 * self.variances + level.sigma**2
        return Mixture(self.weights, level.alpha * self.means, variances)

    def log_cdf(self, x: npt.ArrayLike) -> tuple[Array, Array]:
        """Return the logarithms of P(X ≤ x) and P(X > x), both without cancellation."""
        z = (np.asarray(x, dtype=np.float64)[..., None] - self.means) / np.sqrt(self.variances)
        return logsumexp(log_ndtr(z), b=self.weights, axis=-1), logsumexp(log_ndtr(-z), b=self.weights, axis=-1)

    def log_density(self, x: npt.ArrayLike) -> Array:
        """Return log p(x)."""
        z2 = (np.asarray(x, dtype=np.float64)[..., None] - self.means) ** 2 / self.variances
        scale = self.weights / np.sqrt(2 * np.pi * self.variances)
        return np.asarray(logsumexp(-0.5 * z2, b=scale, axis=-1))

    def quantile(self, u: npt.ArrayLike) -> Array:
        """Return x with P(X ≤ x) = u, 0 < u < 1, by Newton's method in a bracket."""
        u = np.asarray(u, dtype=np.float64)
        with np.errstate(divide="ignore"):
            return self._solved(np.log(u), np.log1p(-u))

    def carried(self, x: npt.ArrayLike, other: Mixture) -> Array:
        """Return where the increasing map from this law to `other` takes x: equal probability on either side."""
        left, right = self.log_cdf(x)
        return other._solved(left, right)

    def _solved(self, left: Array, right: Array) -> Array:
        """Return x where log P(X ≤ x) = left, or log P(X > x) = right, whichever is the smaller probability."""
        lower = left < right
        reach = np.sqrt(2 * np.maximum(-np.minimum(left, right), 0.0))  # P(|Z| > r) <= e^{-r²/2}
        spread = (reach[..., None] + 1) * np.sqrt(self.variances)
        low, high = (self.means - spread).min(axis=-1), (self.means + spread).max(axis=-1)
        x = 0.5 * (low + high)
        for count in range(TRIES):
            below, above = self.log_cdf(x)
            gap = np.where(lower, below - left, right - above)  # increases with x
            low, high = np.where(gap < 0, x, low), np.where(gap < 0, high, x)
            with np.errstate(all="ignore"):
                newton = x - gap * np.exp(np.where(lower, below, above) - self.log_density(x))
            inside = (newton > low) & (newton < high) & (count % 4 != 3)
            settled = np.abs(gap) <= ROUNDING * (1 + np.abs(np.where(lower, left, right)))
            settled |= high - low <= 2 * np.spacing(np.abs(x))
            if settled.all():
                break
            x = np.where(settled, x, np.where(inside, newton, 0.5 * (low + high)))
        return np.asarray(x)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Return n draws, shape (n, 1)."""
        k = rng.choice(self.weights.size, n, p=self.weights)
        return (self.means[k] + np.sqrt(self.variances[k]) * rng.standard_normal(n))[:, None]


class MixtureModel(Model):
    """The exact model of a Mixture, with the methods of Model.

    Given its component x_0 is Gaussian, and each answer but `consistency` is an expectation given x: the components'
    answers averaged with their posterior weights.

    .. math:: r_k ∝ w_k N(x; αm_k, α^2v_k + σ^2)
    """

    def __init__(self, data: Mixture, record: bool = False) -> None:
        super().__init__(Gaussian(data.mean, data.cov), record)
        self.mixture = data
        self._values, self._mean = data.variances, data.means

    def consistency(self, x: AnyArray, sigma: Any, alpha: Any = 1.0, end: tuple[float, float] = (1.0, 0.0)) -> AnyArray:
        """Return where the probability-flow ODE from x is at level `end`: on the line it keeps P(X ≤ x)."""
        here = Level(*(float(to_host(value).reshape(-1)[0]) for value in (alpha, sigma)))
        self._answer(x, alpha, sigma, lambda a, s: (1.0, 0.0))  # counts the call
        moved = self.mixture.at(here).carried(to_host(x).reshape(-1), self.mixture.at(Level(*end)))
        return like(moved.reshape(tuple(x.shape)), x)

    def _expected(self, flat: Array, a: Array, s: Array, linear: Callable[[Array, Array], tuple[Any, Any]]) -> Array:
        """Return Σ r_k (gain_k (x − αm_k) + shift_k m_k), shape (rows, 1)."""
        gain, shift = linear(a, s)
        variance, off = self._noisy(a, s), flat - a * self._mean
        logs = np.log(self.mixture.weights) - 0.5 * (off**2 / variance + np.log(variance))
        posterior = np.exp(logs - logs.max(axis=1, keepdims=True))
        answers = posterior * (gain * off + shift * self._mean)
        return np.asarray(answers.sum(axis=1, keepdims=True) / posterior.sum(axis=1, keepdims=True))
