"""Convergence of ULA in KL from N(x*, I/m) (Cheng, Bartlett, 2018)."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import Planned
from verify.bounds.langevin.step_limit import StepLimit


def terms(*, dim: int, strong_convexity: float, smoothness: float, step: float, steps: int) -> dict[str, float]:
    """Return ε = 16dL²γ/m; infinite before mγk ≥ log(dL/(mε))."""
    accuracy = 16 * dim * smoothness**2 * step / strong_convexity
    needed = math.log(dim * smoothness / (strong_convexity * accuracy))
    lasts = strong_convexity * step * steps >= needed * (1 - 1e-12)
    return {"accuracy": accuracy if lasts else math.inf}


class Cheng2018KL(Planned, Bound):
    """KL(ν_k‖π) ≤ ε from N(x*, I/m), γ = mε/(16dL²), k ≥ 16(L²/m²)(d/ε)log(dL/(mε)) (Cheng, Bartlett, 2018, Theorem 1).

    Status: original (there x* = 0 and k is that number); for every larger k and ε ≤ 4d derived here. By Theorem 1 of
    Vempala and Wibisono KL(ν_k‖π) ≤ e^{−mγk}KL(ν_0‖π) + ε/2, and KL(ν_0‖π) ≤ Ld/(2m), as E f − f(x*) ≤ Ld/(2m) and
    ∫e^{f(x*) − f} ≤ (2π/m)^{d/2}; so the first term is at most (mε/(dL))(Ld/(2m)) = ε/2. TV ≤ √ε, W2 ≤ √(2ε/m).
    """

    name: ClassVar[str] = "cheng2018-kl"
    statement: ClassVar[str] = "KL(ν_k‖π) ≤ 16dL²γ/m = ε once mγk ≥ log(dL/(mε)), from N(x*, I/m)"
    reference: ClassVar[str] = "cheng2018convergence"
    also: ClassVar[tuple[str, ...]] = ("boundcheck",)
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
        need.FROM_WIDE,
        need.within(step_limit.QUARTER),
    )
    formula = staticmethod(terms)
    limit: ClassVar[StepLimit] = step_limit.QUARTER
    domain: ClassVar[Domain] = {**step_limit.CONVEX, **step_limit.domain(step_limit.QUARTER)}
