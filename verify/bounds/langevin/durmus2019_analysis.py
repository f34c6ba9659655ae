"""ULA as a convex minimisation of KL (Durmus, Majewski, Miasojedow, 2019): one step, and what follows from it."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import FromChain, Planned, SquaredDistance
from verify.bounds.langevin.plan import decay
from verify.bounds.langevin.step_limit import StepLimit


def one_step_terms(
    *, dim: int, strong_convexity: float, smoothness: float, step: float, before_w2: float, after_w2: float
) -> dict[str, float]:
    """Return [(1 − mγ)W2²(μ, π) − W2²(μR, π)]/(2γ) and γLd."""
    transport = ((1 - strong_convexity * step) * before_w2**2 - after_w2**2) / (2 * step)
    return {"transport": transport, "bias": step * smoothness * dim}


def last_terms(
    *, dim: int, strong_convexity: float, smoothness: float, step: float, steps: int, start_w2: float
) -> dict[str, float]:
    """Return (1 − mγ)^n W2²(ν_0, π) and 2γLd/m."""
    kappa = smoothness / strong_convexity
    return {
        "contraction squared": decay(strong_convexity * step, steps) * start_w2**2,
        "bias squared": 2 * step * kappa * dim,
    }


def average_terms(*, dim: int, smoothness: float, step: float, steps: int, start_w2: float) -> dict[str, float]:
    """Return W2²(ν_0, π)/(2γn) and γLd."""
    return {"transient": start_w2**2 / (2 * step * steps) if steps else math.inf, "bias": step * smoothness * dim}


class Durmus2019OneStep(FromChain, Bound):
    """2γ KL(μR_γ‖π) ≤ (1 − mγ)W2²(μ, π) − W2²(μR_γ, π) + 2γ²Ld for m ≥ 0, γ ≤ 1/L (Durmus, Majewski, Miasojedow, 2019).

    Status: from memory. As a bound on KL(ν_k‖π), μ = ν_{k−1} the law one step before; its first term can be negative.
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
    formula = staticmethod(one_step_terms)
    domain: ClassVar[Domain] = {**step_limit.WEAKLY_CONVEX, **step_limit.domain(step_limit.INVERSE_SMOOTHNESS)}


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
    formula = staticmethod(last_terms)
    limit: ClassVar[StepLimit] = step_limit.INVERSE_SMOOTHNESS
    domain: ClassVar[Domain] = {**step_limit.CONVEX, **step_limit.domain(step_limit.INVERSE_SMOOTHNESS)}


class Durmus2019Average(Planned, Bound):
    """KL(n⁻¹Σ_{k=1}^n ν_k‖π) ≤ W2²(ν_0, π)/(2γn) + γLd for convex f (m = 0 allowed), γ ≤ 1/L: sums and convexity of KL.

    Status: derived here from `durmus2019-one-step`. It bounds the mean of KL(ν_k‖π) over k = 1 … n as well.
    """

    name: ClassVar[str] = "durmus2019-average"
    statement: ClassVar[str] = "KL(n⁻¹Σν_k‖π) ≤ W2²(ν_0, π)/(2γn) + γLd"
    reference: ClassVar[str] = "durmus2019analysis"
    also: ClassVar[tuple[str, ...]] = ("boundcheck",)
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.CONVEX,
        need.SMOOTH,
        need.FINITE_W2,
        need.within(step_limit.INVERSE_SMOOTHNESS),
    )
    formula = staticmethod(average_terms)
    limit: ClassVar[StepLimit] = step_limit.INVERSE_SMOOTHNESS
    domain: ClassVar[Domain] = {**step_limit.WEAKLY_CONVEX, **step_limit.domain(step_limit.INVERSE_SMOOTHNESS)}
