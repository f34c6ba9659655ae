"""scores.Adversarial: an error of prescribed L²(q_t) norm, all of it in a thin wall that sweeps through the mass."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from scipy.special import ndtr

from verify.backend import AnyArray, Array, like, namespace, to_host
from verify.errors import InvalidInput
from verify.estimate import Estimate

TIMES = 400  # at which the path of the wall is located
BISECTIONS = 60
REACH = 9.0  # standard deviations
SHARP = np.arange(-8.0, 9.0)  # widths at which the wall is cut for quadrature


@dataclass(frozen=True, eq=False)
class Adversarial:
    """s_t = ∇log q_t − ε e_1 g_t/‖g_t‖ with g_t(x) = exp(−(x_1 − c_t)²/2w²): an error of norm ε = `size` in L²(q_t).

    The wall of width w = `width` stands at the quantile of X_t·e_1 of level u(t), linear from `first` at t = `horizon`
    to `last` at t = 0. Its height is of order ε/√w: for w ~ ε² it stays, however small ε is, above the speed at which
    the wall passes through the probability flow, which then cannot cross it and is swept along. `target` is a Gaussian
    or a mixture of any dimension, as the first coordinate is one, too; times t are a float or of shape (…, 1).
    """

    affine: ClassVar[bool] = False

    target: Any
    size: float
    width: float
    horizon: float
    first: float = 0.95
    last: float = 0.05

    def __post_init__(self) -> None:
        if not (hasattr(self.target, "diffused") and (hasattr(self.target, "means") or hasattr(self.target, "cov"))):
            raise InvalidInput(f"`target` must be a Gaussian or a mixture; got {type(self.target).__name__}.")
        for name in ("size", "width", "horizon"):
            value = getattr(self, name)
            if not (isinstance(value, (int, float, np.number)) and math.isfinite(value) and value > 0):
                raise InvalidInput(f"`{name}` must be finite and > 0; got {value!r}.")
        if not (0 < self.first < 1 and 0 < self.last < 1):
            raise InvalidInput(f"`first` and `last` must be levels in (0, 1); got {self.first} and {self.last}.")

    @cached_property
    def parts(self) -> tuple[Array, Array, Array]:
        """Weights, means and variances of the first coordinate's mixture at time 0."""
        if hasattr(self.target, "means"):
            return self.target.weights, self.target.means[:, 0], self.target.covs[:, 0, 0]
        return np.ones(1), self.target.mean[:1], self.target.cov[:1, 0]

    @cached_property
    def path(self) -> tuple[Array, Array]:
        """Times and places of the wall."""
        times = np.linspace(0.0, self.horizon, TIMES)
        levels = self.last + (self.first - self.last) * times / self.horizon
        weights, means, variances = self._at(times[:, None])
        reach = REACH * np.sqrt(variances)
        low, high = (means - reach).min(axis=1), (means + reach).max(axis=1)
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            below = (weights * ndtr((middle[:, None] - means) / np.sqrt(variances))).sum(axis=1) < levels
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return times, 0.5 * (low + high)

    def wall(self, t: Any) -> tuple[Array, Array]:
        """Return the place c_t of the wall and its height ε/‖g_t‖, both of the shape of t."""
        times = np.asarray(to_host(t), dtype=float)
        place = np.interp(times, *self.path)
        weights, means, variances = self._at(times[..., None])
        # ∫ exp(−(x − c)²/w²) N(x; m, v) dx = w exp(−(c − m)²/(w² + 2v))/√(w² + 2v)
        spread = self.width**2 + 2 * variances
        square = self.width * (weights * np.exp(-((place[..., None] - means) ** 2) / spread) / np.sqrt(spread)).sum(-1)
        return place, self.size / np.sqrt(square)

    def edges(self, t: float) -> Array:
        """Return where quadrature should cut the line at time t: the error turns there."""
        return np.asarray(float(self.wall(t)[0]) + self.width * SHARP)

    def error(self, t: float) -> Estimate:
        """Return ε, exact by construction."""
        return Estimate.exact(self.size, 8 * math.ulp(self.size), least=0.0)

    def __call__(self, x: AnyArray, t: Any) -> AnyArray:
        """Return s_t(x), (…, d) -> (…, d)."""
        xp = namespace(x)
        place, height = self.wall(t)
        gap = (x[..., :1] - like(place, x)) / self.width
        push = like(height, x) * xp.exp(-0.5 * gap * gap)
        exact = self._exact(x, t)
        return xp.concat([exact[..., :1] - push, exact[..., 1:]], axis=-1)

    def _exact(self, x: AnyArray, t: Any) -> AnyArray:
        if hasattr(self.target, "score_at"):
            return self.target.score_at(x, t)
        return self.target.affine(x, t, -1 / self.target.variances_at(t), None)

    def _at(self, t: Array) -> tuple[Array, Array, Array]:
        """Return weights, means and variances of the first coordinate at times (…, 1), each (…, K)."""
        weights, means, variances = self.parts
        return weights, np.exp(-t) * means, np.exp(-2 * t) * variances - np.expm1(-2 * t)
