"""The generator of dX = −∇f(X) dt + √(2/β) dB, and its adjoint: pointwise formulas."""

from __future__ import annotations

import numpy as np

from verify.backend import Array
from verify.laws.gaussian import GaussianLike


def generator(score: Array, gradient: Array, laplacian: Array, inverse_temperature: float = 1.0) -> Array:
    """Return 𝓛g = β⁻¹Δg + ⟨∇log π, ∇g⟩ from `score` = ∇log π = −∇f and ∇g, (…, d), and Δg, (…)."""
    return np.asarray(laplacian / inverse_temperature + (score * gradient).sum(axis=-1))


def adjoint(
    score: Array, score_divergence: Array, log_gradient: Array, log_laplacian: Array, inverse_temperature: float = 1.0
) -> Array:
    """Return 𝓛*p/p, where 𝓛*p = β⁻¹Δp + div(p∇f), from ∇log p (…, d) and Δlog p (…).

    Δp/p = Δlog p + |∇log p|² and div(p∇f)/p = −⟨∇log π, ∇log p⟩ − div ∇log π.
    """
    diffusion = log_laplacian + (log_gradient**2).sum(axis=-1)
    return np.asarray(diffusion / inverse_temperature - (score * log_gradient).sum(axis=-1) - score_divergence)


def log_derivatives(law: GaussianLike, x: Array) -> tuple[Array, Array]:
    """Return ∇log p (…, d) and Δlog p (a number) of a Gaussian law at x (…, d)."""
    precision = np.linalg.inv(law.cov)
    return -(np.asarray(x) - law.mean) @ precision, np.asarray(-np.trace(precision))
