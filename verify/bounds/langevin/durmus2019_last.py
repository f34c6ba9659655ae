"""Convergence in W2 of the last iterate of ULA (Durmus, Majewski, Miasojedow, 2019)."""

from __future__ import annotations

from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import Planned, SquaredDistance
from verify.bounds.langevin.plan import decay, faded
from verify.bounds.langevin.step_limit import StepLimit


def terms(
    *, dim: int, strong_convexity: float, smoothness: float, step: float, steps: int, start_w2: float
) -> dict[str, float]:
    """Return (1 − mγ)^n W2²(ν_0, π) and 2γLd/m."""
    kappa = smoothness / strong_convexity
    return {
        "contraction squared": faded(decay(strong_convexity * step, steps), start_w2**2),
        "bias squared": 2 * step * kappa * dim,
    }


class Durmus2019Last(Planned, SquaredDistance, Bound):
    """W2²(ν_n, π) ≤ (1 − mγ)^n W2²(ν_0, π) + 2γLd/m for γ ≤ 1/L (Durmus, Majewski, Miasojedow, 2019).

    Status: derived here from `durmus2019-one-step`, with KL ≥ 0 and Σ(1 − mγ)^i ≤ 1/(mγ).
    """

    name: ClassVar[str] = "durmus2019-last"
    statement: ClassVar[str] = "W2²(ν_n, π) ≤ (1 − mγ)^n W2²(ν_0, π) + 2γLd/m"
    reference: ClassVar[str] = "durmus2019analysis"
    also: ClassVar[tuple[str, ...]] = ("boundcheck",)
    divergence: ClassVar[str] = "w2"
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
