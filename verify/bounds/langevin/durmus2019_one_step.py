"""One step of ULA as a convex minimisation of KL (Durmus, Majewski, Miasojedow, 2019)."""

from __future__ import annotations

from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import FromChain


def terms(
    *, dim: int, strong_convexity: float, smoothness: float, step: float, before_w2: float, after_w2: float
) -> dict[str, float]:
    """Return [(1 − mγ)W2²(μ, π) − W2²(μR, π)]/(2γ) and γLd."""
    transport = ((1 - strong_convexity * step) * before_w2**2 - after_w2**2) / (2 * step)
    return {"transport": transport, "bias": step * smoothness * dim}


class Durmus2019OneStep(FromChain, Bound):
    """2γ KL(μR_γ‖π) ≤ (1 − mγ)W2²(μ, π) − W2²(μR_γ, π) + 2γ²Ld for m ≥ 0, γ ≤ 1/L (Durmus, Majewski, Miasojedow, 2019).

    Status: from memory, with the proof written out here. Let Y = X − γ∇f(X), Z = Y + √(2γ)ξ, X ~ μ, E(ν) = ∫f dν and
    H(ν) = ∫ν log ν, so that KL(ν‖π) = (E + H)(ν) − (E + H)(π).
    1. E(Z) − E(Y) ≤ (L/2)E‖√(2γ)ξ‖² = γLd, as ξ is centred and independent of Y.
    2. For any w: ‖Y − w‖² ≤ (1 − mγ)‖X − w‖² − 2γ(f(X) − f(w)) + γ²‖∇f(X)‖² by convexity, and f(Y) ≤ f(X) −
       γ(1 − Lγ/2)‖∇f(X)‖² ≤ f(X) − (γ/2)‖∇f(X)‖². So 2γ(E(Y) − E(π)) ≤ (1 − mγ)W2²(μ, π) − W2²(Y, π).
    3. The heat flow is the W2 gradient flow of H, which is displacement convex: ½(d/ds)W2²(Y + √(2s)ξ, π) ≤ H(π) −
       H(Y + √(2s)ξ), and H falls along it. So 2γ(H(Z) − H(π)) ≤ W2²(Y, π) − W2²(Z, π).
    The sum of 2γ times 1, 2 and 3 is the claim. ∎
    As a bound on KL(ν_k‖π), μ = ν_{k−1} is the law one step before; its first term can be negative.
    """

    name: ClassVar[str] = "durmus2019-one-step"
    statement: ClassVar[str] = "KL(μR_γ‖π) ≤ [(1 − mγ)W2²(μ, π) − W2²(μR_γ, π)]/(2γ) + γLd"
    reference: ClassVar[str] = "durmus2019analysis"
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.CONVEX,
        need.SMOOTH,
        need.FINITE_W2,
        need.within(step_limit.INVERSE_SMOOTHNESS),
    )
    formula = staticmethod(terms)
    domain: ClassVar[Domain] = {**step_limit.WEAKLY_CONVEX, **step_limit.domain(step_limit.INVERSE_SMOOTHNESS)}
