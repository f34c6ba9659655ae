"""Exact law of an affine chain whose coordinates do not decouple: full matrices, one batched probe per step.

With step(x, z) = M x + b + S z and the ideal law N(m_k, Σ_k), deviations obey C' = M C M^T + (M Σ_k M^T + S S^T − Σ_{k+1})
and c' = M c + (M m_k + b − m_{k+1}); everything in the eigenbasis of the ideal laws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from verify.backend import Array
from verify.errors import Diverged, NotAffine
from verify.noise import Impulse

if TYPE_CHECKING:
    from verify.laws.gaussian import Deviation

EPS = float(np.finfo(float).eps)
TOLERANCE = 1e-8


def probe(sampler: Any, k: int, mean: Array) -> tuple[Array, Array, Array]:
    """Return (step(m), M, S) of step k: value at the ideal mean, state matrix (d, d), noise matrix (d, draws·d)."""
    basis, dim = sampler.marginal(0).eigenvectors, mean.size
    axes = np.eye(dim) if basis is None else basis.T
    centre = mean @ axes
    unit = 2.0 ** (20 + np.ceil(np.log2(1 + np.abs(mean).max())))
    counter = Impulse(centre)
    base = sampler.step(k, centre, counter)
    state = (sampler.step(k, centre + unit * axes, Impulse(axes)) - base) / unit
    held = np.broadcast_to(centre, axes.shape)
    scales = [
        (sampler.step(k, held, Impulse(axes, unit * axes, draw)) - base) / unit for draw in range(counter.draws)
    ]
    noise = np.concatenate([*scales, np.zeros((0, dim))])
    _check_affine(sampler, k, centre, base, state, axes, scales)
    return base @ axes.T, (state @ axes.T).T, (noise @ axes.T).T


def _check_affine(sampler: Any, k: int, centre: Array, base: Array, state: Array, axes: Array, scales: list[Array]) -> None:
    rng = np.random.default_rng(20230405)
    x, z = rng.standard_normal((2, centre.size))
    got = sampler.step(k, centre + x, Impulse(centre, z if scales else None))
    want = base + (axes @ x) @ state + ((axes @ z) @ scales[0] if scales else 0.0)
    size = float(np.abs(want).max() + np.abs(base).max() + np.abs(state).max())
    if not np.abs(got - want).max() <= TOLERANCE * size:
        raise NotAffine(f"step {k} is not affine in (state, noise); use laws.Particles.")


def fold(sampler: Any, start: Deviation) -> tuple[Array, Array, Array, Array]:
    """Return the deviation (mean, cov, mean_error, cov_error) of the last iterate from its ideal law."""
    shift, change = start.mean, start.cov if start.cov.ndim == 2 else np.diag(start.cov)
    mean_error, cov_error = float(start.mean_error.max()), float(start.cov_error.max())
    for k in range(sampler.steps):
        means, variances = sampler.marginal_moments(np.array([k, k + 1]))
        base, matrix, noise = probe(sampler, k, means[0])
        with np.errstate(over="ignore", invalid="ignore"):
            defect = (matrix * variances[0]) @ matrix.T + noise @ noise.T
            rounding = 8 * EPS * means.shape[1] * (np.abs(defect).max() + variances[1].max())
            defect[np.diag_indices_from(defect)] -= variances[1]
            norm = float(np.linalg.norm(matrix, 2)) if np.isfinite(matrix).all() else np.inf
            shift = matrix @ shift + (base - means[1])
            change = matrix @ change @ matrix.T + defect
            mean_error = norm * mean_error + 8 * EPS * means.shape[1] * (np.abs(means).max() + np.abs(shift).max())
            cov_error = norm**2 * cov_error + rounding
        if not (np.isfinite(change).all() and np.isfinite(shift).all()):
            raise Diverged(f"the law leaves the range of float64 at step {k}; take smaller steps.")
    full = np.ones_like(shift)
    return shift, 0.5 * (change + change.T), mean_error * full, cov_error * full
