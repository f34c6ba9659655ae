"""Convergence in W2 of ULA with noisy gradients (Dalalyan, 2017, COLT)."""

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
) -> dict[str, float]:
    """Return (1 − mγ/2)^K W2(ν_0, π) and √(2γd/m) √(σ²(L + m)²/(L − m)² + 3.3L²/m); infinite for L = m."""
    if smoothness == strong_convexity:
        noise = math.inf if gradient_noise else 0.0
    else:
        ratio = (smoothness + strong_convexity) / (smoothness - strong_convexity)
        noise = gradient_noise**2 * ratio**2
    return {
        "contraction": faded(decay(strong_convexity * step / 2, steps), start_w2),
        "bias": math.sqrt(2 * step * dim / strong_convexity * (noise + 3.3 * smoothness**2 / strong_convexity)),
    }


class Dalalyan2017Theorem3(Planned, Bound):
    """W2(ν_K, π) ≤ (1 − mγ/2)^K W2(ν_0, π) + √(2γd/m)(σ²(L + m)²/(L − m)² + 3.3L²/m)^½ (Dalalyan, 2017, Theorem 3a).

    Status: original, as printed, with its pole at L = m. The gradients are ∇f + σζ, ζ centred, E‖ζ‖² ≤ d.
    """

    name: ClassVar[str] = "dalalyan2017-theorem3"
    statement: ClassVar[str] = "W2(ν_K, π) ≤ (1 − mγ/2)^K W2(ν_0, π) + √(2γd/m) √(σ²(L + m)²/(L − m)² + 3.3L²/m)"
    reference: ClassVar[str] = "dalalyan2017further"
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
