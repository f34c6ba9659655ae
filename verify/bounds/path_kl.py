"""The path KL: Girsanov's theorem evaluated exactly for Gaussian data and affine scores; else on the line.

With σ = √2 the relative entropy between the reverse SDE Q and a scheme P whose interpolated drift is
(1 − f)Y_t + f Y_k + 2 s_k(Y_k) (f = `freeze`: 0 exponential integrator, 1 Euler–Maruyama, 2 relative integrator) is

.. math:: KL(Q‖P) = \\sum_k ∫_0^{h_k} E‖(f/2)(Y_t − Y_k) + v_τ(Y_t) − s_k(Y_k)‖² ds, \\qquad τ = τ_k − s,

both started at q_T (Girsanov, 1960; Chen et al., 2023, Theorem 9). The factor in front is one. Other targets and scores on
the line go through `path_kl_line`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from verify.backend import Array
from verify.bounds import assumptions as need
from verify.bounds import path_kl_line
from verify.bounds.bound import Assumption, Bound, assume
from verify.errors import NotApplicable
from verify.special import exp_remainder, squared_growth

EPS = float(np.finfo(float).eps)
BLOCK = 1 << 15


def path_kl_steps(sampler: Any) -> tuple[Array, Array]:
    """Return each step's contribution to KL(Q‖P), shape (N,), and a bound on its rounding error.

    Per eigencoordinate the integrand is quadratic in a centred Gaussian pair with variances λ(s) = 1 + u e^{2s} and
    λ_k = 1 + u, u = (λ − 1)e^{−2τ_k}; with A = f/2 and B = 1/λ_k − α − A it integrates term by term.
    NotApplicable for schemes whose noise is not that of the reverse SDE.
    """
    if getattr(sampler, "freeze", None) is None:
        raise NotApplicable(
            f"{type(sampler).__name__} has no path KL: its noise is not that of the reverse SDE, so the path measures "
            "are mutually singular; use the skeleton KL."
        )
    if not is_closed(sampler):
        return path_kl_line.path_kl_steps(sampler)
    rows = max(1, BLOCK // sampler.dim)
    parts = [_steps(sampler, np.arange(k, min(k + rows, sampler.steps))) for k in range(0, sampler.steps, rows)]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def is_closed(sampler: Any) -> bool:
    """True for Gaussian data and an affine score."""
    return hasattr(sampler.target, "variances_at") and hasattr(sampler.score, "alpha")


def _steps(sampler: Any, k: Array) -> tuple[Array, Array]:
    target, score = sampler.target, sampler.score
    tau, h = sampler.grid.tau[k][:, None], sampler.grid.step_sizes[k][:, None]
    freeze, alpha, beta = 0.5 * sampler.freeze, score.alpha(tau), score.beta(tau)
    variance, after, mean = target.variances_at(tau), target.variances_at(tau - h), target.mean_at(tau)
    u = (target.eigenvalues - 1) * np.exp(-2 * tau)
    rest = 1 / variance - alpha - freeze
    growth, decay = np.expm1(2 * h) / 2, -np.expm1(-h)
    with np.errstate(divide="ignore", invalid="ignore"):
        # ∫ 1/λ(s) ds = ½ log1p((e^{2h} − 1)/λ(h)), by λ(h) = e^{2h} λ_k − (e^{2h} − 1)
        pieces = [
            freeze**2 * (h + u * growth),
            -2 * freeze * h,
            0.5 * np.log1p(2 * growth / after),
            2 * rest * (freeze * (decay + u * np.expm1(h)) - decay),
            rest**2 * variance * h,
            freeze**2 * mean**2 * squared_growth(h),
            -2 * freeze * beta * mean * exp_remainder(h),
            beta**2 * h,
        ]
        value = sum(pieces[1:], start=pieces[0])
        rounding = 8 * EPS * sum((np.abs(p) for p in pieces[1:]), start=np.abs(pieces[0]))
    return np.maximum(np.broadcast_to(value, variance.shape), 0.0).sum(axis=1), rounding.sum(axis=1)


def path_kl_rate(sampler: Any, share: float) -> Array:
    """Return the integrand E‖…‖² at the fraction `share` ∈ (0, 1] of every step, shape (N,).

    With y = Y_t − m_τ and Δ = y − y_k it is E(aΔ + b y_k + c)², a = f/2 − 1/λ(τ), b = 1/λ_k − 1/λ(τ) − α,
    c = (f/2)(m_τ − m_k) − β: a form without cancellation, unlike the integrated one.
    """
    if not is_closed(sampler):
        return path_kl_line.path_kl_rate(sampler, share)
    target, score = sampler.target, sampler.score
    tau, s = sampler.grid.tau[:-1, None], share * sampler.grid.step_sizes[:, None]
    freeze = 0.5 * sampler.freeze
    held, moving, mean = target.variances_at(tau), target.variances_at(tau - s), target.mean_at(tau)
    gained = -(target.eigenvalues - 1) * np.exp(-2 * (tau - s)) * np.expm1(-2 * s)  # λ(τ) − λ_k
    a, b = freeze - 1 / moving, gained / (held * moving) - score.alpha(tau)
    c = freeze * np.expm1(s) * mean - score.beta(tau)
    spread = np.expm1(-s) ** 2 * moving - np.expm1(-2 * s)  # E Δ²
    along = -np.exp(-s) * np.expm1(-s) * moving + np.expm1(-2 * s)  # E Δ y_k
    return np.asarray((a**2 * spread + 2 * a * b * along + b**2 * held + c**2).sum(axis=1))


def path_kl(sampler: Any) -> tuple[float, float]:
    """Return KL(Q‖P) between the reverse SDE and the scheme, both from q_T, and a bound on its rounding error."""
    value, error = path_kl_steps(sampler)
    if not is_closed(sampler):
        return path_kl_line.path_kl(sampler)
    return math.fsum(value), math.fsum(error)


def terms(*, initial_kl: float, path_kl: float) -> dict[str, float]:
    """Return KL(q_T‖γ) and the path KL."""
    return {"initialisation": initial_kl, "path": path_kl}


class PathKL(Bound):
    """KL(q_δ‖p_T) ≤ KL(q_T‖γ) + KL(Q‖P): chain rule, then data processing from paths to their end points."""

    name: ClassVar[str] = "path-kl"
    statement: ClassVar[str] = "KL(p‖p_T) ≤ KL(q_T‖γ) + Σ_k ∫ E‖s_k(Y_k) − ∇log q_{T−t}(Y_t)‖² dt"
    reference: ClassVar[str] = "chen2023sampling"
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        assume(
            "noise of the SDE",
            "the running step integrates a frozen drift with the diffusion √2 of the reverse SDE",
            lambda s: need.infidelity(s) < 1e-9,
            lambda s: f"{type(s).__name__} departs from the scheme that it declares by {need.infidelity(s):.2g}",
        ),
        need.ACCURATE,
    )
    formula = staticmethod(terms)

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return KL(q_T‖γ) (0 when the chain starts at q_T) and the path KL."""
        initial = float(sampler.process.kl(sampler.grid.horizon)) if sampler.begin == "standard" else 0.0
        return {"initial_kl": initial, "path_kl": path_kl(sampler)[0]}
