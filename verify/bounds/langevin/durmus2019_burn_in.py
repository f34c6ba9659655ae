"""Convergence in KL of ULA averaged after a burn-in, for strongly convex f (Durmus, Majewski, Miasojedow, 2019)."""

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
    """Return (1 − mγ)^b W2²(ν_0, π)/(2γN), Ld/(mN) and γLd, b = ⌊n/2⌋ and N = n − b."""
    burn_in = steps // 2
    averaged = steps - burn_in
    if not averaged:
        return {"transient": math.inf}
    size = smoothness * dim
    return {
        "transient": faded(decay(strong_convexity * step, burn_in), start_w2**2) / (2 * step * averaged),
        "burnt in": size / (strong_convexity * averaged),
        "bias": step * size,
    }


class Durmus2019BurnIn(Planned, Bound):
    """KL(N⁻¹Σ_{k=b+1}^n ν_k‖π) ≤ (1 − mγ)^b W2²(ν_0, π)/(2γN) + Ld/(mN) + γLd, b = ⌊n/2⌋, N = n − b, γ ≤ 1/L.

    Status: derived here: `durmus2019-average` for the N steps that begin at ν_b, whose W2²(ν_b, π) `durmus2019-last`
    bounds. It bounds the mean of KL(ν_k‖π) over k = b + 1 … n as well. For √KL ≤ ε it asks for n of the order of
    κ(d/ε²) log(1/ε) steps of size of the order of ε²/(Ld).
    """

    name: ClassVar[str] = "durmus2019-burn-in"
    statement: ClassVar[str] = "KL(N⁻¹Σ_{k>b}ν_k‖π) ≤ (1 − mγ)^b W2²(ν_0, π)/(2γN) + Ld/(mN) + γLd, b = ⌊n/2⌋"
    reference: ClassVar[str] = "durmus2019analysis"
    also: ClassVar[tuple[str, ...]] = ("boundcheck",)
    divergence: ClassVar[str] = "kl"
    law: ClassVar[str] = "the law averaged over the second half of the steps"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
        need.FINITE_W2,
        need.within(step_limit.INVERSE_SMOOTHNESS),
    )
    formula = staticmethod(terms)
    limit: ClassVar[StepLimit] = step_limit.INVERSE_SMOOTHNESS
    domain: ClassVar[Domain] = {**step_limit.CONVEX, **step_limit.domain(step_limit.INVERSE_SMOOTHNESS)}
