"""Exact law of an affine chain whose coordinates do not decouple: full matrices, one batched probe per step.

With step(x, z) = M x + b + S z and the ideal law N(m_k, Σ_k), the deviations obey

.. math:: C' = M C M^T + (M Σ_k M^T + S S^T − Σ_{k+1}), \\qquad c' = M c + (M m_k + b − m_{k+1}),

everything in the eigenbasis of the ideal laws. Rounding is enclosed in the Loewner order, −E ≤ ΔC ≤ E with
E' = M E M^T + ρ I, and for the mean by Δc Δc^T ≤ F with F' = (1 + 1/N) M F M^T + (1 + N) ρ² I.
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
TOLERANCE = 1e-10
TRIED = 8  # random states at every step


def probe(sampler: Any, k: int, mean: Array) -> tuple[Array, Array, Array]:
    """Return (step(m) − m, M − I, S) of step k at the ideal mean m: matrices (d, d) of state, (d, draws·d) of noise."""
    basis, dim = sampler.marginal(0).eigenvectors, mean.size
    axes = np.eye(dim) if basis is None else basis.T
    centre, unit = mean @ axes, float(2.0 ** (20 + np.ceil(np.log2(1 + np.abs(mean).max()))))
    counter = Impulse(centre)
    with np.errstate(all="ignore"):
        drift = sampler.step(k, centre, counter) - centre
        states, held = centre + unit * axes, np.broadcast_to(centre, axes.shape)
        slope = (sampler.step(k, states, Impulse(axes)) - states - drift) / unit
        scales = [
            (sampler.step(k, held, Impulse(axes, unit * axes, draw)) - held - drift) / unit
            for draw in range(counter.draws)
        ]
        _check_affine(sampler, k, centre, drift, slope, axes, scales)
    noise = np.concatenate([*scales, np.zeros((0, dim))])
    return drift @ axes.T, (slope @ axes.T).T, (noise @ axes.T).T


def _check_affine(
    sampler: Any, k: int, centre: Array, drift: Array, slope: Array, axes: Array, scales: list[Array]
) -> None:
    x, z = np.random.default_rng((20230405, k)).standard_normal((2, TRIED, centre.size))
    start = centre + x
    got = sampler.step(k, start, Impulse(start, z, draw=None)) - start
    want = drift + (x @ axes.T) @ slope + sum((z @ axes.T) @ scale for scale in scales)
    size = 1 + np.abs(want).max() + np.abs(centre).max() + np.abs(slope).sum(axis=0).max()
    if not np.abs(got - want).max() <= TOLERANCE * size * sampler.growth(k):
        raise NotAffine(f"step {k} is not affine in (state, noise); use laws.Particles.")


def fold(sampler: Any, start: Deviation) -> tuple[Array, Array, Array, Array]:
    """Return the deviation (mean, cov, mean_error, cov_error) of the last iterate from its ideal law."""
    shift, change = start.mean, start.cov if start.cov.ndim == 2 else np.diag(start.cov)
    blur, blot = np.diag(start.cov_error), np.outer(start.mean_error, start.mean_error)
    n, one = sampler.steps, np.eye(shift.size)
    for k in range(n):
        means, variances = sampler.marginal_moments(np.array([k, k + 1]))
        drift, slope, noise = probe(sampler, k, means[0])
        matrix, turned = one + slope, slope * variances[0]
        with np.errstate(over="ignore", invalid="ignore"):
            full = change + np.diag(variances[0])
            defect = turned + turned.T + turned @ slope.T + noise @ noise.T + np.diag(variances[0] - variances[1])
            slip = _slip(sampler, k, matrix)
            cov_slip = 2 * slip * np.linalg.norm(matrix @ full)
            cov_slip += 8 * EPS * (np.linalg.norm(noise) ** 2 + variances[1].sum())
            mean_slip = slip * (np.linalg.norm(means[0]) + np.linalg.norm(shift)) + 8 * EPS * np.linalg.norm(drift)
            shift = matrix @ shift + (drift + (means[0] - means[1]))
            change = matrix @ change @ matrix.T + defect
            blur = matrix @ blur @ matrix.T + cov_slip * one
            blot = (1 + 1 / n) * (matrix @ blot @ matrix.T) + (1 + n) * mean_slip**2 * one
        if not (np.isfinite(change).all() and np.isfinite(shift).all()):
            raise Diverged(f"the law leaves the range of float64 at step {k}; take smaller steps.")
    return shift, 0.5 * (change + change.T), np.sqrt(np.diagonal(blot)), np.diagonal(blur).copy()


def _slip(sampler: Any, k: int, matrix: Array) -> float:
    """Return a bound on the rounding of the probed matrix, in norm."""
    return 8 * EPS * (float(sampler.growth(k)) * float(np.sqrt(matrix.shape[0])) + float(np.linalg.norm(matrix)))
