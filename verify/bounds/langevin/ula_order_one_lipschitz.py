"""H2 with a Lipschitz Hessian: convergence of ULA in W2 of order one."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import Planned
from verify.bounds.langevin.step_limit import StepLimit
from verify.bounds.langevin.ula_order_one import terms as of_sizes


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
    """Return the terms for N_1 ≤ L√d and N_2 ≤ L_2 d + L√(Ld)."""
    return of_sizes(
        strong_convexity=strong_convexity,
        smoothness=smoothness,
        step=step,
        steps=steps,
        start_w2=start_w2,
        hessian_size=smoothness * math.sqrt(dim),
        drift_size=hessian_lipschitz * dim + smoothness * math.sqrt(smoothness * dim),
    )


class ULAOrderOneLipschitz(Planned, Bound):
    """`ula-order-one` with N_1 ≤ L√d and N_2 ≤ L_2d + L√(Ld), for f ∈ C³ with an L_2-Lipschitz Hessian, γ ≤ 2/(m + L).

    Status: derived here. ‖∇²f‖_F² ≤ dL². ‖Δ∇f‖ ≤ Σ_j‖D³f[e_j, e_j]‖ ≤ dL_2, and E_π‖∇²f∇f‖² ≤ L²E_π‖∇f‖² = L²E_πΔf
    ≤ L³d. As mγ ≤ 1 and m ≤ L the bias is at most L_2γd/(2m) + (½ + √(2/3))Lγ√(Ld)/m: 1.317 in place of 11/5.
    """

    name: ClassVar[str] = "ula-order-one-lipschitz"
    statement: ClassVar[str] = "W2(ν_k, π) ≤ (1 − mγ)^k W2(ν_0, π) + γ(L_2d + L√(Ld))/(2m) + γL√(2d/3)/√(m(2 − mγ))"
    reference: ClassVar[str] = "boundcheck"
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
