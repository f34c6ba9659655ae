"""Model: what a perfectly trained network would answer on Gaussian data, in every parametrisation in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from verify.backend import AnyArray, Array, like, to_host
from verify.errors import InvalidInput
from verify.laws.gaussian import GaussianLike


class Model:
    """The exact model of Gaussian `data`.

    `calls` lists the (alpha, sigma) of each call, that of its first row where rows differ; one call answers a batch.
    Every method takes states `x` of shape (rows, d) of any array library, a noise level (`alpha`, `sigma`) with
    x = alpha·x_0 + sigma·z, each a number or one per row, and answers in the shape, dtype and library of x. It
    computes in float64 on the host whatever x is, so that only the sampler's own rounding is seen. With `record`,
    `states` keeps the batch of each call, as (rows, d) on the host.

    .. math:: E[x_0 | x] = m + αΣ(α^2Σ + σ^2)^{-1}(x − αm), \\qquad ε = (x − α E[x_0|x])/σ, \\qquad ∇\\log q = −ε/σ
    """

    def __init__(self, data: GaussianLike, record: bool = False) -> None:
        self.data = data
        self.calls: list[tuple[float, float]] = []
        self.states: list[Array] = []
        self._record = record
        self._values = np.asarray(data.eigenvalues)
        self._basis = np.eye(data.dim) if data.eigenvectors is None else data.eigenvectors
        self._mean = self._basis.T @ data.mean

    @property
    def evaluations(self) -> int:
        """How often it was called; one call answers the whole batch."""
        return len(self.calls)

    def denoised(self, x: AnyArray, sigma: Any, alpha: Any = 1.0) -> AnyArray:
        """Return E[x_0 | x]."""
        return self._answer(x, alpha, sigma, lambda a, s: (a * self._values / self._noisy(a, s), 1.0))

    def epsilon(self, x: AnyArray, sigma: Any, alpha: Any = 1.0) -> AnyArray:
        """Return E[z | x] = (x − alpha E[x_0|x])/sigma."""
        return self._answer(x, alpha, sigma, lambda a, s: (s / self._noisy(a, s), 0.0))

    def score(self, x: AnyArray, sigma: Any, alpha: Any = 1.0) -> AnyArray:
        """Return ∇log q(x) = −E[z | x]/sigma."""
        return self._answer(x, alpha, sigma, lambda a, s: (-1 / self._noisy(a, s), 0.0))

    def velocity(self, x: AnyArray, sigma: Any, alpha: Any) -> AnyArray:
        """Return alpha E[z | x] − sigma E[x_0 | x] (v-prediction; Salimans, Ho, ICLR 2022)."""
        return self._answer(x, alpha, sigma, lambda a, s: (a * s * (1 - self._values) / self._noisy(a, s), -s))

    def flow(self, x: AnyArray, sigma: Any, alpha: Any = None) -> AnyArray:
        """Return E[z − x_0 | x], the velocity of x = (1 − sigma) x_0 + sigma z (Lipman et al., ICLR 2023)."""
        alpha = 1 - to_host(sigma) if alpha is None else alpha
        return self._answer(x, alpha, sigma, lambda a, s: ((s - a * self._values) / self._noisy(a, s), -1.0))

    def consistency(self, x: AnyArray, sigma: Any, alpha: Any = 1.0, end: tuple[float, float] = (1.0, 0.0)) -> AnyArray:
        """Return where the probability-flow ODE from x is at level `end` = (β, τ), by default the data.

        βm + √((β²λ + τ²)/(α²λ + σ²))(x − αm) (Song et al., ICML 2023).
        """
        beta, tau = end
        return self._answer(x, alpha, sigma, lambda a, s: (np.sqrt(self._noisy(beta, tau) / self._noisy(a, s)), beta))

    def ou_score(self, x: AnyArray, t: Any) -> AnyArray:
        """Return ∇log q_t(x) for dX = −X dt + √2 dB."""
        t = to_host(t)
        return self.score(x, np.sqrt(-np.expm1(-2 * t)), np.exp(-t))

    def _noisy(self, a: Array | float, s: Array | float) -> Array:
        return a**2 * self._values + s**2

    def _answer(
        self, x: AnyArray, alpha: Any, sigma: Any, linear: Callable[[Array, Array], tuple[Any, Any]]
    ) -> AnyArray:
        """Return gain·(x − αm) + shift·m, (gain, shift) = linear(α, σ) in the eigenbasis."""
        state = to_host(x)
        rows = state.shape[0] if state.ndim else 0
        if state.ndim < 2 or state.size != rows * self.data.dim:
            raise InvalidInput(f"the model takes states of shape (rows, {self.data.dim}); got {tuple(state.shape)}.")
        a, s = (to_host(value).reshape(-1, 1) for value in (alpha, sigma))
        if not {a.shape[0], s.shape[0]} <= {1, rows}:
            raise InvalidInput(
                f"alpha and sigma must be one number or one per row; got {a.size} and {s.size}, not {rows}."
            )
        self.calls.append((float(a[0, 0]), float(s[0, 0])))
        flat = state.reshape(rows, -1)
        if self._record:
            self.states.append(flat.copy())
        with np.errstate(all="ignore"):
            answer = self._expected(flat, a, s, linear)
        return like(answer.reshape(state.shape), x)

    def _expected(self, flat: Array, a: Array, s: Array, linear: Callable[[Array, Array], tuple[Any, Any]]) -> Array:
        gain, shift = linear(a, s)
        return np.asarray((gain * (flat @ self._basis - a * self._mean) + shift * self._mean) @ self._basis.T)
