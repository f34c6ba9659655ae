"""Convergence of ULA in total variation from N(x*, I/L) (Dalalyan, 2017, JRSS B)."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import Planned
from verify.bounds.langevin.step_limit import StepLimit


def terms(*, dim: int, strong_convexity: float, smoothness: float, step: float, steps: int) -> dict[str, float]:
    """Return ½exp{(d/4)log(L/m) − Kγm/2} and √(dL²Kγ²a/(4(2a − 1))), a = 1/(Lγ)."""
    exponent = dim / 4 * math.log(smoothness / strong_convexity) - steps * step * strong_convexity / 2
    drift = dim * smoothness**2 * steps * step**2  # a/(2a − 1) = 1/(2 − Lγ)
    return {
        "contraction": 0.5 * math.exp(exponent) if exponent < 700 else math.inf,
        "bias": math.sqrt(drift / (4 * (2 - smoothness * step))),
    }


class Dalalyan2017TV(Planned, Bound):
    """TV(ν_K, π) ≤ ½exp{(d/4)log(L/m) − Kγm/2} + √(dL²Kγ²a/(4(2a − 1))), γ = 1/(aL), a ≥ 1 (Dalalyan, 2017, Theorem 2).

    Status: from memory. The start is N(x*, I/L).
    """

    name: ClassVar[str] = "dalalyan2017-tv"
    statement: ClassVar[str] = "TV(ν_K, π) ≤ ½exp{(d/4)log(L/m) − Kγm/2} + √(dL²Kγ²a/(4(2a − 1))), a = 1/(Lγ) ≥ 1"
    reference: ClassVar[str] = "dalalyan2017theoretical"
    divergence: ClassVar[str] = "tv"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
        need.FROM_NARROW,
        need.within(step_limit.INVERSE_SMOOTHNESS),
    )
    formula = staticmethod(terms)
    limit: ClassVar[StepLimit] = step_limit.INVERSE_SMOOTHNESS
    domain: ClassVar[Domain] = {**step_limit.CONVEX, **step_limit.domain(step_limit.INVERSE_SMOOTHNESS)}
