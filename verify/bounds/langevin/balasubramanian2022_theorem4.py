"""Stationarity of the averaged ULA in Fisher information (Balasubramanian et al., 2022)."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import Planned
from verify.bounds.langevin.step_limit import StepLimit


def terms(*, dim: int, smoothness: float, step: float, steps: int, start_kl: float) -> dict[str, float]:
    """Return 2KL(ν_0‖π)/(Nγ) and 8L²dγ."""
    return {"transient": 2 * start_kl / (steps * step) if steps else math.inf, "bias": 8 * smoothness**2 * dim * step}


class Balasubramanian2022Theorem4(Planned, Bound):
    """(1/Nγ)∫₀^{Nγ} FI(μ_t‖π)dt ≤ 2KL(ν_0‖π)/(Nγ) + 8L²dγ for γ < 1/(6L) (Balasubramanian et al., 2022, Theorem 4).

    Status: original. μ_t is the law interpolated by a shorter last step; ∇f L-Lipschitz is all that is assumed. The
    same bounds FI of the averaged law, FI being convex. FI(μ‖π) = E_μ‖∇log(μ/π)‖².
    """

    name: ClassVar[str] = "balasubramanian2022-theorem4"
    statement: ClassVar[str] = "(1/Nγ)∫FI(μ_t‖π)dt ≤ 2KL(ν_0‖π)/(Nγ) + 8L²dγ"
    reference: ClassVar[str] = "balasubramanian2022towards"
    divergence: ClassVar[str] = "fisher"
    law: ClassVar[str] = "the law averaged over the steps and between them"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.SMOOTH,
        need.FINITE_KL,
        need.within(step_limit.SIXTH),
    )
    formula = staticmethod(terms)
    limit: ClassVar[StepLimit] = step_limit.SIXTH
    domain: ClassVar[Domain] = {**step_limit.domain(step_limit.SIXTH)}
