"""scores.Calibrated: exact score plus any error field, scaled to a prescribed L²(q_t) norm."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from verify.backend import AnyArray, Array, like, to_host
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.scores.affine import Profile
from verify.scores.l2_error import CONFIDENCE, DRAWS, edges_of, integral

Field = Callable[[AnyArray, Any], AnyArray]


@dataclass(frozen=True, eq=False)
class Calibrated:
    """s_t = ∇log q_t + ε(t) e_t/‖e_t‖_{L²(q_t)}; `field` is e_t(x) = field(x, t), (…, d) -> (…, d), smooth in x.

    `size` is ε ≥ 0, a number or a function of time. The norm of the field is found by quadrature for d = 1, where
    `places` are the points about which it is concentrated, and otherwise from draws of q_t, with an interval.
    """

    affine: ClassVar[bool] = False

    target: Any
    size: float | Profile
    field: Field
    places: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not (hasattr(self.target, "score_at") and hasattr(self.target, "diffused")):
            raise InvalidInput(f"`target` must have score_at(x, t) and diffused(t); got {type(self.target).__name__}.")
        if not callable(self.size) and not (math.isfinite(self.size) and self.size >= 0):
            raise InvalidInput(f"`size` must be finite and >= 0, or a function of time; got {self.size}.")
        if not callable(self.field):
            raise InvalidInput(f"`field` must be a function of (x, t); got {type(self.field).__name__}.")

    def profile(self, t: Any) -> Array:
        """Return ε(t), the shape of `t`."""
        times = np.asarray(to_host(t))
        return np.broadcast_to(np.asarray(self.size(times) if callable(self.size) else self.size, float), times.shape)

    @cached_property
    def _norms(self) -> dict[float, Estimate]:
        return {}

    def norm(self, t: float) -> Estimate:
        """Return ‖e_t‖ in L²(q_t)."""
        if t not in self._norms:
            self._norms[t] = self._norm(t)
            if not self._norms[t].value > 0:
                raise InvalidInput(f"`field` vanishes under q_t at t = {t}: it cannot be scaled to a size.")
        return self._norms[t]

    def _norm(self, t: float) -> Estimate:
        law = self.target.diffused(t)
        if law.dim == 1:

            def integrand(x: Array) -> Array:
                return np.asarray(np.exp(law.log_density(x[..., None])) * self.field(x[..., None], t)[..., 0] ** 2)

            edges = np.unique(np.concatenate([edges_of(law), self.places]))
            return integral(integrand, edges).map(math.sqrt)
        x = law.sample(DRAWS, np.random.default_rng(20240611))
        squares = (np.asarray(self.field(x, t)) ** 2).sum(axis=-1)
        mean, spread = float(squares.mean()), 3.3 * float(squares.std(ddof=1)) / math.sqrt(DRAWS)
        low, high = math.sqrt(max(mean - spread, 0.0)), math.sqrt(mean + spread)
        return Estimate(math.sqrt(mean), low, high, CONFIDENCE, "monte carlo")

    def error(self, t: float) -> Estimate:
        """Return ε(t) with what the norm of the field is uncertain by."""
        size, norm = float(self.profile(float(t))), self.norm(float(t))
        ends = size * norm.low / norm.value, size * norm.high / norm.value
        return Estimate(size, min(ends[0], size), max(ends[1], size), norm.confidence, norm.method)

    def __call__(self, x: AnyArray, t: Any) -> AnyArray:
        """Return s_t(x), (…, d) -> (…, d), in the namespace of x; t a float or of shape (…, 1)."""
        exact, size = self.target.score_at(x, t), self.profile(t)
        if not size.any():
            return exact
        if not np.ndim(t):
            return exact + float(size) / self.norm(float(t)).value * self.field(x, float(t))
        times = np.asarray(to_host(t))
        norms = np.array([self.norm(float(time)).value for time in times.ravel()]).reshape(times.shape)
        return exact + like(size / norms, x) * self.field(x, like(times, x))
