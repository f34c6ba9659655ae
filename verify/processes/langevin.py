"""LangevinDiffusion: dX = ∇log π(X) dt + √(2/β) dB for a Gaussian π, with its law, semigroup and eigenfunctions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial import hermite_e

from verify import laws
from verify.backend import Array
from verify.errors import InvalidInput, NoDensity
from verify.laws.gaussian import Deviation, GaussianLike, deviation_from

if TYPE_CHECKING:
    from verify import targets

Function = Callable[[Array], Array]  # (…, d) -> (…)
EPS = float(np.finfo(float).eps)
MOST_NODES = 1_000_000


@dataclass(frozen=True, eq=False)
class LangevinDiffusion:
    """dX = −Σ⁻¹(X − m) dt + √(2/β) dB, the OU process with the stationary law N(m, Σ/β) ∝ π^β.

    `target` is π = N(m, Σ), `inverse_temperature` is β. In the eigenbasis of Σ the coordinates are independent; that
    with variance λ relaxes at the rate 1/λ, whatever β.
    """

    target: targets.Gaussian
    inverse_temperature: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.inverse_temperature < math.inf:
            raise InvalidInput(f"`inverse_temperature` must be a finite number > 0; got {self.inverse_temperature!r}.")
        if not self.target.eigenvalues.all():
            raise NoDensity("a Gaussian with a singular covariance has no score, hence no Langevin diffusion.")

    @property
    def dim(self) -> int:
        """d."""
        return self.target.dim

    @cached_property
    def stationary(self) -> targets.Gaussian:
        """N(m, Σ/β)."""
        values = self.target.eigenvalues / self.inverse_temperature
        return type(self.target).from_spectrum(self.target.mean, values, self.target.eigenvectors)

    @property
    def rates(self) -> Array:
        """The rates 1/λ in the order of the target's eigenvalues, shape (d,); the least is the spectral gap."""
        return np.asarray(1 / self.target.eigenvalues)

    def law(self, t: float, start: GaussianLike) -> laws.Gaussian:
        """Return the law at time t ≥ 0 from the Gaussian `start` (a point: covariance zero).

        .. math:: N(m + e^{-Λt}(m_0 − m),\\; Σ/β + e^{-Λt}(Σ_0 − Σ/β)e^{-Λt}), \\quad Λ = Σ^{-1}.

        It knows its distance to the stationary law: divergences between the two keep their digits at late times.
        """
        _time(t)
        begin = start if isinstance(start, laws.Gaussian) else laws.Gaussian(start.mean, start.cov)
        first = deviation_from(begin, self.stationary)
        decay = np.exp(-self.rates * t)
        rounding = EPS * (2 + self.rates * t)  # of each factor e^{−t/λ}: the exponent is rounded first
        both = decay**2 if first.cov.ndim == 1 else np.outer(decay, decay)
        size = np.abs(first.cov) if first.cov.ndim == 1 else np.abs(np.diagonal(first.cov))
        return laws.Gaussian.deviating(
            Deviation(
                self.stationary,
                decay * first.mean,
                both * first.cov,
                decay * (first.mean_error + rounding * np.abs(first.mean)),
                decay**2 * (first.cov_error + 2 * rounding * (size + np.abs(first.cov).max(initial=0.0))),
            )
        )

    def kernel(self, t: float, x: Array) -> laws.Gaussian:
        """Return Mehler's kernel P_t(x, ·) = N(m + e^{−Λt}(x − m), (Σ/β)(1 − e^{−2Λt})), x of shape (d,)."""
        _time(t)
        basis = np.eye(self.dim) if self.target.eigenvectors is None else self.target.eigenvectors
        mean = self.target.mean + basis @ (np.exp(-self.rates * t) * (basis.T @ (np.asarray(x) - self.target.mean)))
        cov = (basis * self._spread(t)) @ basis.T
        return laws.Gaussian(mean, 0.5 * (cov + cov.T))

    def semigroup(self, g: Function, t: float, order: int = 16) -> Function:
        """Return P_t g = E[g(X_t) | X_0 = ·] by a tensor Gauss–Hermite rule of `order` points in each coordinate.

        Exact for polynomials of degree < 2·order; order^d is at most a million.
        """
        _time(t)
        if order < 1 or order**self.dim > MOST_NODES:
            raise InvalidInput(f"`order` must be >= 1 with order^{self.dim} <= {MOST_NODES}; got {order}.")
        nodes, weights = hermite_e.hermegauss(order)
        z = np.stack(np.meshgrid(*[nodes] * self.dim, indexing="ij"), axis=-1).reshape(-1, self.dim)
        share = np.prod(np.meshgrid(*[weights / weights.sum()] * self.dim, indexing="ij"), axis=0).ravel()
        basis = np.eye(self.dim) if self.target.eigenvectors is None else self.target.eigenvectors
        moved = (z * np.sqrt(self._spread(t))) @ basis.T
        gain = (basis * np.exp(-self.rates * t)) @ basis.T

        def propagated(x: Array) -> Array:
            centre = self.target.mean + (np.asarray(x) - self.target.mean) @ gain
            return np.asarray(g(centre[..., None, :] + moved) @ share)

        return propagated

    def eigenfunction(self, index: tuple[int, ...]) -> Function:
        """Return Π_i He_{k_i}(z_i)/√(k_i!), z = (Σ/β)^{−1/2} U^T(x − m): P_t multiplies it by e^{−t·eigenvalue(k)}."""
        if len(index) != self.dim or min(index) < 0:
            raise InvalidInput(f"`index` must hold {self.dim} whole numbers >= 0; got {index!r}.")
        root = np.sqrt(self.stationary.eigenvalues)
        basis = np.eye(self.dim) if self.target.eigenvectors is None else self.target.eigenvectors

        def product(x: Array) -> Array:
            z = (np.asarray(x) - self.target.mean) @ basis / root
            factors = [
                hermite_e.hermeval(z[..., i], [0.0] * k + [1 / math.sqrt(math.factorial(k))])
                for i, k in enumerate(index)
            ]
            return np.asarray(np.prod(factors, axis=0))

        return product

    def eigenvalue(self, index: tuple[int, ...]) -> float:
        """Return Σ k_i/λ_i, the decay rate of the eigenfunction k = `index`."""
        return float(np.dot(index, self.rates))

    def _spread(self, t: float) -> Array:
        """Return (λ/β)(1 − e^{−2t/λ}) without cancellation."""
        return np.asarray(-self.stationary.eigenvalues * np.expm1(-2 * self.rates * t))


def _time(t: float) -> None:
    if not (t >= 0 and math.isfinite(t)):
        raise InvalidInput(f"`t` must be finite and >= 0; got {t}.")
