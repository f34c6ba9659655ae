"""KL bound without a Lipschitz constant for the relative-score integrator, every constant explicit.

Follows Conforti, Durmus, Gentiloni Silveri (2025): Z̃_t = ∇log(q_{T−t}/γ)(Y_t) makes e^{−t} Z̃_t a martingale, so over a
step E‖Z̃_{t_k+s} − Z̃_{t_k}‖² = I(τ_k − s) + (1 − 2e^s) I(τ_k), I the Fisher information relative to γ. Integrated,
D = Σ [∫I − c(h) I(τ_k)] with c(h) = 2(e^h − 1) − h ≥ h; since I decreases in τ, D ≤ h (I(0) − I(T)) ≤ h I(p‖γ).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from verify.bounds import assumptions as need
from verify.bounds.bound import Assumption, Bound, assume
from verify.special import exp_remainder


def terms(*, kl: float, relative_fisher: float, horizon: float, steps: int, score_error: float) -> dict[str, float]:
    """Return e^{−2T}KL(p‖γ), h I(p‖γ), Tε² and 2(e^h − 1 − h) ε Σ_k √(e^{−2τ_k} I(p‖γ)), h = T/N."""
    step = horizon / steps
    decay = math.fsum(math.exp(-step * k) for k in range(1, steps + 1))
    return {
        "initialisation": math.exp(-2 * horizon) * kl,
        "discretisation": step * relative_fisher,
        "score": horizon * score_error**2,
        "cross": 2 * float(exp_remainder(np.array(step))) * score_error * math.sqrt(relative_fisher) * decay,
    }


class Conforti2025Explicit(Bound):
    """KL(p‖p_T) ≤ e^{−2T}KL(p‖γ) + h I(p‖γ) + Tε² + 2(e^h − 1 − h) ε Σ_k √I(τ_k), for the relative-score integrator.

    Uses I(τ) ≤ e^{−2τ} I(p‖γ). No T in the discretisation term, and zero for p = γ.
    """

    name: ClassVar[str] = "conforti2025-explicit"
    statement: ClassVar[str] = "KL(p‖p_T) ≤ e^{−2T}KL(p‖γ) + h I(p‖γ) + Tε² + 2(e^h − 1 − h)ε Σ √I(τ_k)"
    reference: ClassVar[str] = "conforti2025kl"
    also: ClassVar[tuple[str, ...]] = ("boundcheck",)
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.RELATIVE,
        need.FROM_NOISE,
        need.UNIFORM,
        need.ACCURATE,
        need.FINITE_KL,
        assume(
            "I(p‖γ)",
            "the Fisher information of p relative to γ is finite",
            lambda s: math.isfinite(float(s.process.relative_fisher(0.0))),
            lambda s: f"I(p‖γ) = {float(s.process.relative_fisher(0.0)):.4g}",
        ),
    )
    formula = staticmethod(terms)

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return KL(p‖γ), I(p‖γ), T, N and ε."""
        return {
            "kl": need.initial_kl(sampler),
            "relative_fisher": float(sampler.process.relative_fisher(0.0)),
            "horizon": sampler.grid.horizon,
            "steps": sampler.steps,
            "score_error": need.score_error(sampler),
        }
