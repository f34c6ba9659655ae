"""AffineScore: the exact score of a target plus an affine error of prescribed L²(q_t) norm.

For a Gaussian target, in the eigenbasis, with m_t and λ(t) the moments of q_t,

.. math:: s_t(x) = -(x - m_t)/λ(t) + α_t (x - m_t) + β_t, \\qquad E_{q_t}‖s_t − ∇log q_t‖² = Σ (α_t² λ(t) + β_t²).

Each error class states α and β for an error of size one; the profile ε(t) scales them. Those whose error does not
depend on x take any target with a score along the OU path, ``score_at(x, t)``: mixtures, empirical laws.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from verify import targets
from verify.backend import AnyArray, Array, like, to_host
from verify.errors import InvalidInput, NoDensity
from verify.estimate import Estimate

Profile = Callable[[Any], Any]  # t -> ε(t), vectorised


@dataclass(frozen=True, eq=False)
class AffineScore(ABC):
    """Score of `target` with an error of L²(q_t) norm `size`, a number ε ≥ 0 or a function ε(t)."""

    target: Any
    size: float | Profile

    takes_any: ClassVar[bool] = False  # the error is constant in x, so that its size is known under every law

    def __post_init__(self) -> None:
        if not (self.is_gaussian or (self.takes_any and hasattr(self.target, "score_at"))):
            what = "have score_at(x, t)" if self.takes_any else "be a targets.Gaussian"
            raise InvalidInput(f"`target` must {what}; got {type(self.target).__name__}.")
        number = isinstance(self.size, Real) and math.isfinite(self.size) and self.size >= 0
        if not (callable(self.size) or number):
            raise InvalidInput(f"`error` must be finite and >= 0, or a function of time; got {self.size}.")

    @property
    def is_gaussian(self) -> bool:
        """True where s_t is affine."""
        return isinstance(self.target, targets.Gaussian)

    @abstractmethod
    def unit(self, t: Any) -> tuple[Array | float, Array | float]:
        """Return (α_t, β_t) in the eigenbasis for an error of L²(q_t) norm one, broadcastable to (…, d)."""

    def profile(self, t: Any) -> Array:
        """Return ε(t), the shape of `t`."""
        times = np.asarray(to_host(t))
        size = np.asarray(self.size(times) if callable(self.size) else self.size, dtype=float)
        if not (np.isfinite(size).all() and (size >= 0).all()):
            raise InvalidInput(f"`error` must be finite and >= 0 at every time; got {size.min()}.")
        return np.broadcast_to(size, times.shape)

    def alpha(self, t: Any) -> Array:
        """Return α_t, the slope of the error; t of shape (…, 1) gives (…, d)."""
        return self._coefficient(t, 0)

    def beta(self, t: Any) -> Array:
        """Return β_t, the constant part of the error; t of shape (…, 1) gives (…, d)."""
        return self._coefficient(t, 1)

    def _coefficient(self, t: Any, which: int) -> Array:
        size = self.profile(t)
        return np.broadcast_to(size * self.unit(t)[which], (*size.shape[:-1], self.target.dim))

    def error(self, t: float) -> Estimate:
        """Return ε(t), exactly known by construction."""
        value = float(self.profile(float(t)))
        return Estimate.exact(value, 4 * math.ulp(value), least=0.0)

    def __call__(self, x: AnyArray, t: Any) -> AnyArray:
        """Return s_t(x), (…, d) -> (…, d), in the namespace of x; t a float or of shape (…, 1)."""
        if not self.is_gaussian:
            exact, size = self.target.score_at(x, t), self.profile(t)
            return exact + like(size * self.unit(t)[1], x) if size.any() else exact
        variances = self.target.variances_at(t)
        if not (variances > 0).all():
            raise NoDensity("the score at time 0 of a singular Gaussian is infinite; stop the grid at a time > 0.")
        slope, size = -1 / variances, self.profile(t)
        if not size.any():
            return self.target.affine(x, t, slope, None)
        alpha, beta = self.unit(t)
        return self.target.affine(x, t, slope + size * alpha, np.asarray(size * beta))
