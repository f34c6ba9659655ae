"""Convergence of ULA in W2 with steps beyond 2/(m + L) (Dalalyan, 2017, COLT)."""

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
    """Return (Lγ − 1)^k W2(ν_0, π) and Lγ/(2 − Lγ) √(5γd/3)."""
    push = smoothness * step
    return {
        "contraction": faded(decay(2 - push, steps), start_w2),
        "bias": push / (2 - push) * math.sqrt(5 * step * dim / 3),
    }


class Dalalyan2017Theorem1b(Planned, Bound):
    """W2(ν_k, π) ≤ (Lγ − 1)^k W2(ν_0, π) + Lγ/(2 − Lγ) √(5γd/3), 2/(m + L) ≤ γ < 2/L (Dalalyan, 2017, Theorem 1b).

    Status: original. It follows from the proof of `ula-order-half` too: for such γ the step contracts by Lγ − 1, so
    W_{k+1} ≤ (Lγ − 1)W_k + L√(2d)(2/3)γ^{3/2}, which sums to the claim with 2√2/3 in place of √(5/3).
    """

    name: ClassVar[str] = "dalalyan2017-theorem1b"
    statement: ClassVar[str] = "W2(ν_k, π) ≤ (Lγ − 1)^k W2(ν_0, π) + Lγ/(2 − Lγ) √(5γd/3)"
    reference: ClassVar[str] = "dalalyan2017further"
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
        need.FINITE_W2,
        need.within(step_limit.OVERSHOOTING),
    )
    formula = staticmethod(terms)
    limit: ClassVar[StepLimit] = step_limit.OVERSHOOTING
    domain: ClassVar[Domain] = {**step_limit.CONVEX, **step_limit.domain(step_limit.OVERSHOOTING)}
