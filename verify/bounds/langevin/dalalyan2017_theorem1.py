"""Convergence of ULA in W2 (Dalalyan, 2017, COLT)."""

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
    """Return (1 − mγ)^k W2(ν_0, π) and (L/m)√(5γd/3)."""
    kappa = smoothness / strong_convexity
    return {
        "contraction": faded(decay(strong_convexity * step, steps), start_w2),
        "bias": kappa * math.sqrt(5 * step * dim / 3),
    }


class Dalalyan2017Theorem1(Planned, Bound):
    """W2(ν_k, π) ≤ (1 − mγ)^k W2(ν_0, π) + (L/m)√(5γd/3) for γ ≤ 2/(m + L) (Dalalyan, 2017, COLT, Theorem 1a).

    Status: original, as in the proceedings; later versions have larger constants (1.82, then 1.65 in
    `dalalyan2019-theorem1`). Law of the k-th iterate of ULA; f is m-strongly convex, ∇f is L-Lipschitz. It follows from
    `ula-order-half` in any case, as 2√2/3 < √(5/3).
    """

    name: ClassVar[str] = "dalalyan2017-theorem1"
    statement: ClassVar[str] = "W2(ν_k, π) ≤ (1 − mγ)^k W2(ν_0, π) + (L/m)√(5γd/3)"
    reference: ClassVar[str] = "dalalyan2017further"
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
