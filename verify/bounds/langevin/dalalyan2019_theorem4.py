"""Convergence in W2 of ULA with noisy and biased gradients (Dalalyan, Karagulyan, 2019)."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import Planned
from verify.bounds.langevin.plan import decay, faded
from verify.bounds.langevin.step_limit import StepLimit


def terms(
    *,
    dim: int,
    strong_convexity: float,
    smoothness: float,
    step: float,
    steps: int,
    start_w2: float,
    gradient_noise: float,
    gradient_bias: float,
) -> dict[str, float]:
    """Return (1 − mγ)^k W2(ν_0, π), 1.65(L/m)√(γd), δ√d/m and σ²√(γd)/(1.65L + σ√m)."""
    kappa = smoothness / strong_convexity
    return {
        "contraction": faded(decay(strong_convexity * step, steps), start_w2),
        "bias": 1.65 * kappa * math.sqrt(step * dim),
        "gradient bias": gradient_bias * math.sqrt(dim) / strong_convexity,
        "gradient noise": gradient_noise**2
        * math.sqrt(step * dim)
        / (1.65 * smoothness + gradient_noise * math.sqrt(strong_convexity)),
    }


class Dalalyan2019Theorem4(Planned, Bound):
    """W2 ≤ (1 − mγ)^k W2(ν_0, π) + 1.65(L/m)√(γd) + δ√d/m + σ²√(γd)/(1.65L + σ√m).

    Status: from memory (Dalalyan, Karagulyan, 2019, Theorem 4). The gradients are ∇f + ζ_k, ζ_k independent of the
    driving noise: its bias is at most δ√d in L², its variance at most σ²d. For γ ≤ 2/(m + L).
    """

    name: ClassVar[str] = "dalalyan2019-theorem4"
    statement: ClassVar[str] = "W2(ν_k, π) ≤ (1 − mγ)^k W2(ν_0, π) + 1.65(L/m)√(γd) + δ√d/m + σ²√(γd)/(1.65L + σ√m)"
    reference: ClassVar[str] = "dalalyan2019user"
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.NOISY_STEP,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
        need.FINITE_W2,
        need.within(step_limit.CONTRACTING),
    )
    formula = staticmethod(terms)
    limit: ClassVar[StepLimit] = step_limit.CONTRACTING
    domain: ClassVar[Domain] = {**step_limit.CONVEX, **step_limit.domain(step_limit.CONTRACTING)}
