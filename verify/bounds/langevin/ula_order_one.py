"""H2: convergence of ULA in W2 of order one, for f with three derivatives."""

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
    strong_convexity: float,
    smoothness: float,
    step: float,
    steps: int,
    start_w2: float,
    hessian_size: float,
    drift_size: float,
) -> dict[str, float]:
    """Return (1 − mγ)^k W2(ν_0, π), γN_2/(2m) and γ√(2/3)N_1/√(m(2 − mγ))."""
    m = strong_convexity
    return {
        "contraction": faded(decay(m * step, steps), start_w2),
        "drift": step * drift_size / (2 * m),
        "noise": step * math.sqrt(2 / 3) * hessian_size / math.sqrt(m * (2 - m * step)),
    }


class ULAOrderOne(Planned, Bound):
    """W2(ν_k, π) ≤ (1 − mγ)^k W2(ν_0, π) + γN_2/(2m) + γ√(2/3)N_1/√(m(2 − mγ)) for γ ≤ 2/(m + L), f ∈ C³.

    N_1² = E_π‖∇²f‖_F², N_2² = E_π‖Δ∇f − ∇²f∇f‖²; on a Gaussian tr Λ² and tr Λ³, Λ the precision matrix.

    Status: derived here. With D, R and the coupling of `ula-order-half`, Itô's formula for ∇f(L_t) and Fubini give
    R = A + B, A = ∫₀^γ (γ − t)𝓛∇f(L_t)dt and B = √2∫₀^γ (γ − t)∇²f(L_t)dB_t, 𝓛∇f = Δ∇f − ∇²f∇f. By stationarity
    ‖A‖ ≤ N_2∫(γ − t)dt = γ²N_2/2 =: a; by Itô's isometry ‖B‖² = 2N_1²∫(γ − t)²dt = (2/3)γ³N_1² =: b². B is
    centred given (x_k, L_0), of which D is a function: ‖D + B‖² = ‖D‖² + b². With ρ = 1 − mγ,
    W_{k+1} ≤ √(ρ²W_k² + b²) + a.
    Let α = a/(1 − ρ), β = b/√(1 − ρ²). If W_k ≤ u + β with u = ρ^k W_0 + α, then by Minkowski
    √(ρ²(u + β)² + b²) ≤ ρu + √(ρ²β² + b²) = ρu + β, so W_{k+1} ≤ ρ^{k+1}W_0 + ρα + a + β = ρ^{k+1}W_0 + α + β. Here
    α = γN_2/(2m) and β = b/√(mγ(2 − mγ)) is the last term. ∎
    """

    name: ClassVar[str] = "ula-order-one"
    statement: ClassVar[str] = "W2(ν_k, π) ≤ (1 − mγ)^k W2(ν_0, π) + γN_2/(2m) + γ√(2/3)N_1/√(m(2 − mγ))"
    reference: ClassVar[str] = "boundcheck"
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
        need.HESSIAN_KNOWN,
        need.FINITE_W2,
        need.within(step_limit.CONTRACTING),
    )
    formula = staticmethod(terms)
    limit: ClassVar[StepLimit] = step_limit.CONTRACTING
    domain: ClassVar[Domain] = {**step_limit.CONVEX, **step_limit.domain(step_limit.CONTRACTING)}
