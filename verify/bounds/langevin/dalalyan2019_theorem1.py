"""Convergence of ULA in W2 with the constant 7√2/6 (Dalalyan, Karagulyan, 2019)."""

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
    """Return (1 − mγ)^k W2(ν_0, π) and (7√2/6)(L/m)√(γd)."""
    kappa = smoothness / strong_convexity
    return {
        "contraction": faded(decay(strong_convexity * step, steps), start_w2),
        "bias": 7 * math.sqrt(2) / 6 * kappa * math.sqrt(step * dim),
    }


class Dalalyan2019Theorem1(Planned, Bound):
    """W2(ν_k, π) ≤ (1 − mγ)^k W2(ν_0, π) + (7√2/6)(L/m)√(γd) for γ ≤ 2/(m + L) (Dalalyan, Karagulyan, 2019, Theorem 1).

    Status: quoted (1.65 for 7√2/6 = 1.64992); the constant was derived again here. Couple with the stationary
    diffusion: W_{k+1} ≤ (1 − mγ)W_k + L∫₀^γ ‖L_t − L_0‖dt and ‖L_t − L_0‖ ≤ t√(Ld) + √(2td), since E‖∇f‖² ≤ Ld.
    The integral is L√d(√L γ²/2 + (2√2/3)γ^{3/2}) ≤ L√d γ^{3/2}(√2/2 + 2√2/3), as Lγ ≤ 2; divide by mγ.
    """

    name: ClassVar[str] = "dalalyan2019-theorem1"
    statement: ClassVar[str] = "W2(ν_k, π) ≤ (1 − mγ)^k W2(ν_0, π) + (7√2/6)(L/m)√(γd)"
    reference: ClassVar[str] = "dalalyan2019user"
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
