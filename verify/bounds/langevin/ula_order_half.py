"""H1: convergence of ULA in W2 of order one half, with the constant 2√2/3 in place of 1.65."""

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
    *, dim: int, strong_convexity: float, smoothness: float, step: float, steps: int, start_w2: float
) -> dict[str, float]:
    """Return (1 − mγ)^k W2(ν_0, π) and (2√2/3)(L/m)√(γd)."""
    kappa = smoothness / strong_convexity
    return {
        "contraction": faded(decay(strong_convexity * step, steps), start_w2),
        "bias": 2 * math.sqrt(2) / 3 * kappa * math.sqrt(step * dim),
    }


class ULAOrderHalf(Planned, Bound):
    """W2(ν_k, π) ≤ (1 − mγ)^k W2(ν_0, π) + (2√2/3)(L/m)√(γd) for γ ≤ 2/(m + L), f m-strongly convex and L-smooth.

    Status: derived here. Let L_t be the stationary diffusion from L_0 ~ π, driven by the noise of the chain, and couple
    x_k with L_0 optimally. Then x_{k+1} − L_γ = D + R, D = (x_k − γ∇f(x_k)) − (L_0 − γ∇f(L_0)) with
    ‖D‖ ≤ max(|1 − mγ|, |1 − Lγ|) W_k = (1 − mγ)W_k, and R = ∫₀^γ (∇f(L_t) − ∇f(L_0))dt, ‖R‖ ≤ L∫₀^γ ‖L_t − L_0‖dt.
    π is reversible: with the spectral theorem and 1 − e^{−s} ≤ s,
    E‖L_t − L_0‖² = 2Σ_i⟨x_i, (1 − e^{t𝓛})x_i⟩_π ≤ 2tΣ_i⟨x_i, −𝓛x_i⟩_π = 2tΣ_i E‖∇x_i‖² = 2td.
    So ‖R‖ ≤ L√(2d)(2/3)γ^{3/2}, and W_{k+1} ≤ (1 − mγ)W_k + ‖R‖ sums to the claim, as Σ(1 − mγ)^i ≤ 1/(mγ). ∎
    """

    name: ClassVar[str] = "ula-order-half"
    statement: ClassVar[str] = "W2(ν_k, π) ≤ (1 − mγ)^k W2(ν_0, π) + (2√2/3)(L/m)√(γd)"
    reference: ClassVar[str] = "boundcheck"
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
        need.FINITE_W2,
        need.within(step_limit.CONTRACTING),
    )
    formula = staticmethod(terms)
    limit: ClassVar[StepLimit] = step_limit.CONTRACTING
    domain: ClassVar[Domain] = {**step_limit.CONVEX, **step_limit.domain(step_limit.CONTRACTING)}
