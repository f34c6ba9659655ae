"""W2 between a known Gaussian law and the Gaussian fitted to a cloud, its bias removed, with interval and null.

W2² = |m̂ − m|² + tr Ŝ + tr Σ − 2 tr M^½ with M = Σ^½ŜΣ^½. Its mean exceeds the truth by tr S/n + β(σ), where σ² are the
eigenvalues of Σ^½SΣ^½ and, by second-order perturbation of the trace of a matrix root,

    β(σ) = Σ_ij (1 + δ_ij) σ_iσ_j/(σ_i + σ_j) / (2(n − 1)) · (1 + O(d/n)).

Where d/n is not negligible, what plain − β(σ̂) leaves is measured on simulated Wishart matrices around M̂ and removed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from verify.backend import Array
from verify.divergences.closed import is_cloud
from verify.divergences.plug_in import METHOD, Fit, model
from verify.estimate import Estimate

NEGLIGIBLE = 0.01  # of d/n: there β is right to 1 %, a small fraction of the statistical error


def wasserstein2(p: Any, q: Any, confidence: float) -> Estimate:
    """Return W2 between a known law and the Gaussian fitted to a cloud; 0 where the bias-free W2² is negative."""
    law, cloud = (p, q) if is_cloud(q) else (q, p)
    fit = Fit.of(cloud, law, law.dim + 2, "wasserstein2")
    lam, n = law.eigenvalues, fit.n
    root = np.sqrt(lam)
    values, axes = np.linalg.eigh(fit.cov)
    half = axes * np.sqrt(np.maximum(values, 0.0))  # Ŝ = half halfᵀ
    left, sigma, right = np.linalg.svd(root[:, None] * half)
    gap = half @ right.T - root[:, None] * left  # root of Ŝ, turned towards that of Σ, minus it
    plain = float(fit.mean @ fit.mean + (gap**2).sum())
    if plain == 0:  # every particle on the one point that the law is
        return Estimate(0.0, 0.0, 0.0, confidence, METHOD)
    left_over = remainder(sigma, n)
    bias = float(values.sum()) / n + root_bias(sigma, n) + left_over
    pushed, turned = float(fit.mean @ fit.cov @ fit.mean), float(((half.T @ gap) ** 2).sum())
    slope = (4 * pushed / n + 2 * turned / (n - 1)) / plain
    null = (float(lam.sum()) / n + root_bias(lam, n), quadratic_variance(lam, n))
    squared = model(plain - bias, slope / 4, quadratic_variance(sigma, n), null, confidence)
    slack = abs(left_over) * lam.size / n  # the next order of the bias
    wide = Estimate(squared.value, squared.low - slack, squared.high + slack, confidence, METHOD, squared.null)
    return wide.map(lambda x: math.sqrt(max(x, 0.0)))


def harmonic(x: Array) -> Array:
    """Return x_i x_j/(x_i + x_j), 0 where both vanish."""
    sums = x[:, None] + x
    return np.asarray(np.outer(x, x) / np.where(sums > 0, sums, 1.0))


def root_bias(sigma: Array, n: int) -> float:
    """Return β(σ)."""
    h = harmonic(sigma)
    return float(h.sum() + np.trace(h)) / (2 * (n - 1))


def quadratic_variance(lam: Array, n: int) -> float:
    """Return the variance of the uncorrected W2² of n draws from N(0, diag(λ)) itself, to leading order in 1/n."""
    h = harmonic(lam) ** 2
    return 2 * float((lam**2).sum()) / n**2 + float(h.sum() + np.trace(h)) / (n - 1) ** 2


def remainder(sigma: Array, n: int) -> float:
    """Return what β leaves of the bias, simulated at M = diag(σ²) with its first-order noise as control variate."""
    live = sigma[sigma > 1e-8 * sigma.max(initial=0.0)]
    dim = live.size
    if dim <= NEGLIGIBLE * n:
        return 0.0
    rng = np.random.default_rng(20230405)
    repeats = max(4, min(64, 2048 // dim))
    left = 0.0
    for _ in range(repeats):
        factor = np.tril(rng.standard_normal((dim, dim)), -1)  # Bartlett: factor factorᵀ is Wishart(n − 1)
        factor[np.diag_indices(dim)] = np.sqrt(rng.chisquare(n - 1 - np.arange(dim)))
        roots = np.linalg.svd(live[:, None] * factor / math.sqrt(n - 1), compute_uv=False)
        first = 0.5 * float((live * ((factor**2).sum(axis=1) / (n - 1) - 1)).sum())
        left += -2 * (float((roots - live).sum()) - first) - root_bias(roots, n)
    return float(left / repeats)
