"""LeastSquares: base of the scores that minimise a quadratic denoising loss; the noise is integrated out exactly.

.. math:: s_t(x) = W_t^T ψ(x), \\qquad ψ = (φ_1, …, φ_M, 1, x − E\\tilde x), \\qquad
          W_t = \\arg\\min ½E‖W^T ψ(\\tilde x) + z/σ‖² + \\tfrac ρ2 Σ_m ‖W_m‖²

with x̃ = e^{−t}x + σz, σ² = 1 − e^{−2t}, x from the data and z ~ N(0, I). By Stein's lemma E ψ(x̃)z^T/σ = E ∇ψ(x̃), so
the normal equations (E ψψ^T + ρ) W = −E ∇ψ have no 1/σ in them, and those of Hyvärinen's loss on the noised data are
the same ones; at t = 0 only the latter make sense, and they are used. Each family knows its averages over z in closed
form. The ridge ρ acts on the φ_m alone.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve

from verify.backend import AnyArray, Array, like, namespace, to_host
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.laws import GridDensity
from verify.laws.panels import Panels
from verify.scores.l2_error import l2_error
from verify.scores.smoothed import data

FINER = 2  # halvings of the panels that resolve the density alone


@dataclass(frozen=True, eq=False)
class LeastSquares(ABC):
    """Least-squares score of `target` from `points` (n, d); None: from the population, on the line, by quadrature.

    `weights` (n,) are the shares of the points, None for equal ones; `ridge` ρ ≥ 0 penalises the features. There is
    one fit a time, made when it is asked for.
    """

    target: Any
    points: Array | None = None
    _: KW_ONLY
    weights: Array | None = None
    ridge: float = 0.0

    def __post_init__(self) -> None:
        dim = getattr(self.target, "dim", None)
        if not (dim and hasattr(self.target, "diffused")):
            raise InvalidInput(f"`target` must have diffused(t); got {type(self.target).__name__}.")
        if isinstance(self.ridge, bool) or not (isinstance(self.ridge, (int, float)) and 0 <= self.ridge < math.inf):
            raise InvalidInput(f"`ridge` must be finite and >= 0; got {self.ridge!r}.")
        if self.points is None and self.weights is not None:
            raise InvalidInput("`weights` belong to `points`; give both or neither.")
        _ = self.sample  # refuses bad data

    @cached_property
    def sample(self) -> tuple[Array, Array]:
        """The data (n, d) and their shares (n,)."""
        if self.points is None:
            return population(self.target)
        points = data(self.points, self.target.dim)
        return points, _shares(self.weights, len(points))

    @abstractmethod
    def features(self, x: AnyArray) -> AnyArray:
        """Return φ(x), (…, d) -> (…, M), in the namespace of x."""

    @abstractmethod
    def trace(self, x: AnyArray, coefficients: AnyArray) -> AnyArray:
        """Return Σ_m ∇φ_m(x)·W_m for coefficients (M, d), (…, d) -> (…)."""

    @abstractmethod
    def noised(self, centres: Array, weights: Array, variance: float) -> tuple[Array, Array, Array]:
        """Return averages over x̃ ~ N(centres_i, variance·I): E φ for each i, (n, M); over i too: E ∇φ and E φφ^T."""

    @cached_property
    def _fits(self) -> dict[float, tuple[Array, Array]]:
        return {}

    def fit(self, t: float) -> tuple[Array, Array]:
        """Return W_t, (M + 1 + d, d), and E x̃, (d,)."""
        if t not in self._fits:
            if not (t >= 0 and math.isfinite(t)):
                raise InvalidInput(f"`t` must be finite and >= 0; got {t}.")
            self._fits[t] = self._fitted(t)
        return self._fits[t]

    def _fitted(self, t: float) -> tuple[Array, Array]:
        variance = -math.expm1(-2 * t)
        points, weights = self.sample
        centres = math.exp(-t) * points
        mean = weights @ centres
        off = centres - mean
        values, slopes, gram = self.noised(centres, weights, variance)
        count, dim = slopes.shape
        cross = (weights[:, None] * values).T @ off + variance * slopes  # E φ (x̃ − E x̃)^T, by Stein's lemma
        whole = np.zeros((count + 1 + dim, count + 1 + dim))
        whole[:count, :count] = gram + self.ridge * np.eye(count)
        whole[:count, count] = whole[count, :count] = weights @ values
        whole[:count, count + 1 :], whole[count + 1 :, :count] = cross, cross.T
        whole[count, count] = 1.0
        whole[count + 1 :, count + 1 :] = (weights[:, None] * off).T @ off + variance * np.eye(dim)
        right = -np.concatenate([slopes, np.zeros((1, dim)), np.eye(dim)])
        try:
            return cho_solve(cho_factor(whole), right), mean
        except LinAlgError:
            raise InvalidInput(f"the normal equations at t = {t:g} are singular; give a `ridge` > 0.") from None

    def __call__(self, x: AnyArray, t: Any) -> AnyArray:
        """Return s_t(x), (…, d) -> (…, d), in the namespace of x; t a float or of shape (…, 1)."""
        xp = namespace(x)
        if not np.ndim(t):
            fit, mean = self.fit(float(t))
            return self._design(x, like(mean, x)) @ like(fit, x)
        times = to_host(t)
        distinct, place = np.unique(times, return_inverse=True)
        fits = [self.fit(float(time)) for time in distinct]
        which = np.reshape(place, times.shape)[..., 0]
        design = self._design(x, like(np.stack([mean for _, mean in fits])[which], x))
        return xp.matmul(design[..., None, :], like(np.stack([fit for fit, _ in fits])[which], x))[..., 0, :]

    def _design(self, x: AnyArray, mean: AnyArray) -> AnyArray:
        """Return ψ(x), (…, M + 1 + d)."""
        xp, off = namespace(x), x - mean
        return xp.concat([self.features(x), xp.ones_like(off[..., :1]), off], axis=-1)

    def divergence(self, x: AnyArray, t: float) -> AnyArray:
        """Return div s_t(x), the exact trace of the Jacobian, (…, d) -> (…)."""
        fit = self.fit(float(t))[0]
        dim = fit.shape[1]
        return self.trace(x, like(fit[: -dim - 1], x)) + float(np.trace(fit[-dim:]))

    def error(self, t: float) -> Estimate:
        """Return ‖s_t − ∇log q_t‖ in L²(q_t): quadrature on the line, else Monte Carlo."""
        return l2_error(self, t)


def population(target: Any) -> tuple[Array, Array]:
    """Return nodes (n, 1) and weights (n,) that stand for a target on the line; the places of atoms."""
    if target.dim != 1:
        raise InvalidInput(f"in d = {target.dim} a score is fitted to data; give `points` of shape (n, {target.dim}).")
    grid = GridDensity.of(target)
    if grid.formula is None:
        x, w = grid.quadrature()
        return x[:, None], w
    panels: Panels = grid.panels
    for _ in range(FINER):
        panels = panels.halved(np.ones(panels.edges.size - 1, dtype=bool))
    weights = (panels.weights * np.exp(grid.formula(panels.nodes))).ravel()
    return panels.nodes.reshape(-1, 1), weights / weights.sum()


def _shares(weights: Array | None, n: int) -> Array:
    if weights is None:
        return np.full(n, 1 / n)
    found = np.array(weights, dtype=np.float64)
    if found.shape != (n,) or not np.isfinite(found).all() or found.min() < 0 or abs(found.sum() - 1) > 1e-9:
        raise InvalidInput(f"`weights` must be {n} shares >= 0 that sum to one; got shape {found.shape}.")
    return np.asarray(found / found.sum())
