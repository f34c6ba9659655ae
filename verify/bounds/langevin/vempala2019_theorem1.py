"""Convergence of ULA in KL under a log-Sobolev inequality (Vempala, Wibisono, 2019)."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import Planned
from verify.bounds.langevin.plan import faded
from verify.bounds.langevin.step_limit import StepLimit


def terms(
    *, dim: int, log_sobolev: float, smoothness: float, step: float, steps: int, start_kl: float
) -> dict[str, float]:
    """Return e^{−αγk} KL(ν_0‖π) and 8γdL²/α."""
    transient = faded(math.exp(-log_sobolev * step * steps), start_kl)
    return {"contraction": transient, "bias": 8 * step * dim * smoothness**2 / log_sobolev}


class Vempala2019Theorem1(Planned, Bound):
    """KL(ν_k‖π) ≤ e^{−αγk} KL(ν_0‖π) + 8γdL²/α under LSI(α), γ ≤ α/(4L²) (Vempala, Wibisono, 2019, Theorem 1).

    Status: quoted. No convexity.
    """

    name: ClassVar[str] = "vempala2019-theorem1"
    statement: ClassVar[str] = "KL(ν_k‖π) ≤ e^{−αγk} KL(ν_0‖π) + 8γdL²/α"
    reference: ClassVar[str] = "vempala2019rapid"
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.LOG_SOBOLEV,
        need.SMOOTH,
        need.FINITE_KL,
        need.within(step_limit.ISOPERIMETRIC),
    )
    formula = staticmethod(terms)
    limit: ClassVar[StepLimit] = step_limit.ISOPERIMETRIC
    domain: ClassVar[Domain] = {**step_limit.ISOPERIMETRY, **step_limit.domain(step_limit.ISOPERIMETRIC)}
