"""SkeletonKL: relative entropy between the reverse chain and a sampler at the grid times only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.estimate import Estimate
from verify.laws.diagonal import BLOCK, coefficients
from verify.special import minus_log1p

EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class SkeletonKL:
    """Σ_k E KL(true transition ‖ sampler's transition) over x ~ q_{τ_k}: at most the path KL, and finite beyond it.

    Per eigencoordinate the true transition is N(a(x − m_k) + m_{k+1}, V*), a = e^{−h}λ_{k+1}/λ_k,
    V* = (1 − e^{−2h})λ_{k+1}/λ_k, and the sampler's, probed, N(A(x − m_k) + r + m_{k+1}, V):
    ½[V*/V − 1 − log(V*/V) + ((A − a)²λ_k + r²)/V]. Infinite where the sampler adds no noise.
    """

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the skeleton KL of a sampler that decouples in the target's eigenbasis."""
        rows = max(1, BLOCK // subject.dim)
        parts = [_steps(subject, np.arange(k, min(k + rows, subject.steps))) for k in range(0, subject.steps, rows)]
        value, error = (float(sum(p[i] for p in parts)) for i in (0, 1))
        return Estimate.exact(value, error, least=0.0) if np.isfinite(value) else Estimate.exact(np.inf)


def _steps(sampler: Any, k: Any) -> tuple[float, float]:
    part, h = coefficients(sampler, k), sampler.grid.step_sizes[k][:, None]
    share = part.next_variance / part.variance
    noise = part.scale**2
    with np.errstate(divide="ignore", invalid="ignore"):
        true = -np.expm1(-2 * h) * share
        excess = np.where(noise > 0, (true - noise) / noise, np.inf)
        spread = np.where(np.abs(excess) > 0.5, excess - np.log(true / noise), minus_log1p(np.clip(excess, -0.5, 0.5)))
        slope = part.gain - np.exp(-h) * share
        bias = (slope**2 * part.variance + part.mean_defect**2) / noise
        value = np.where(noise > 0, 0.5 * (spread + bias), np.inf)
        size = 16 * EPS * (1 + np.abs(part.gain))
        rounding = size * (2 * np.abs(excess) + np.abs(slope) * part.variance / noise + size * part.variance / noise)
    return float(value.sum()), float(np.where(noise > 0, rounding, 0.0).sum())
