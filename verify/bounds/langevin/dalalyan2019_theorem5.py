"""Convergence of ULA in W2, order one under a Lipschitz Hessian (Dalalyan, Karagulyan, 2019)."""

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
    hessian_lipschitz: float,
) -> dict[str, float]:
    """Return (1 − mγ)^k W2(ν_0, π), L_2γd/(2m) and (11/5)Lγ√(Ld)/m."""
    kappa = smoothness / strong_convexity
    return {
        "contraction": faded(decay(strong_convexity * step, steps), start_w2),
        "third derivative": hessian_lipschitz * step * dim / (2 * strong_convexity),
        "bias": 11 / 5 * kappa * step * math.sqrt(smoothness * dim),
    }


class Dalalyan2019Theorem5(Planned, Bound):
    """W2(ν_k, π) ≤ (1 − mγ)^k W2(ν_0, π) + L_2γd/(2m) + (11/5)Lγ√(Ld)/m (Dalalyan, Karagulyan, 2019, Theorem 5).

    Status: from memory (13/5 is remembered as well). ∇²f is L_2-Lipschitz, γ ≤ 2/(m + L). `ula-order-one-lipschitz`
    proves it with less than 1.32 for 11/5.
    """

    name: ClassVar[str] = "dalalyan2019-theorem5"
    statement: ClassVar[str] = "W2(ν_k, π) ≤ (1 − mγ)^k W2(ν_0, π) + L_2γd/(2m) + (11/5)Lγ√(Ld)/m"
    reference: ClassVar[str] = "dalalyan2019user"
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
        need.HESSIAN_LIPSCHITZ,
        need.FINITE_W2,
        need.within(step_limit.CONTRACTING),
    )
    formula = staticmethod(terms)
    limit: ClassVar[StepLimit] = step_limit.CONTRACTING
    domain: ClassVar[Domain] = {**step_limit.CONVEX, **step_limit.domain(step_limit.CONTRACTING)}
