"""Convergence in KL of the averaged law of ULA (Durmus, Majewski, Miasojedow, 2019)."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import Planned
from verify.bounds.langevin.step_limit import StepLimit


def terms(*, dim: int, smoothness: float, step: float, steps: int, start_w2: float) -> dict[str, float]:
    """Return W2²(ν_0, π)/(2γn) and γLd."""
    return {"transient": start_w2**2 / (2 * step * steps) if steps else math.inf, "bias": step * smoothness * dim}


class Durmus2019Average(Planned, Bound):
    """KL(n⁻¹Σ_{k=1}^n ν_k‖π) ≤ W2²(ν_0, π)/(2γn) + γLd for convex f (m = 0 allowed), γ ≤ 1/L: sums and convexity of KL.

    Status: derived here from `durmus2019-one-step`. It bounds the mean of KL(ν_k‖π) over k = 1 … n as well.
    """

    name: ClassVar[str] = "durmus2019-average"
    statement: ClassVar[str] = "KL(n⁻¹Σν_k‖π) ≤ W2²(ν_0, π)/(2γn) + γLd"
    reference: ClassVar[str] = "durmus2019analysis"
    also: ClassVar[tuple[str, ...]] = ("boundcheck",)
    divergence: ClassVar[str] = "kl"
    law: ClassVar[str] = "the law averaged over the steps"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.CONVEX,
        need.SMOOTH,
        need.FINITE_W2,
        need.within(step_limit.INVERSE_SMOOTHNESS),
    )
    formula = staticmethod(terms)
    limit: ClassVar[StepLimit] = step_limit.INVERSE_SMOOTHNESS
    domain: ClassVar[Domain] = {**step_limit.WEAKLY_CONVEX, **step_limit.domain(step_limit.INVERSE_SMOOTHNESS)}
