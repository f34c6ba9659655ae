"""Rate in Rényi divergence of the proximal sampler, y ~ N(x, ηI), x⁺ ∝ exp(−f − ‖· − y‖²/(2η))."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain
from verify.bounds.langevin.plan import faded


def terms(*, log_sobolev: float, order: float, step: float, steps: int, start_renyi: float) -> dict[str, float]:
    """Return (1 + αη)^{−2k/q} R_q(ν_0‖π)."""
    return {"contraction": faded(math.exp(-2 * steps / order * math.log1p(log_sobolev * step)), start_renyi)}


class Chen2022Renyi(FromChain, Bound):
    """R_q(ν_k‖π) ≤ (1 + αη)^{−2k/q} R_q(ν_0‖π) under LSI(α), q ≥ 1 (Chen et al., 2022). Status: original."""

    name: ClassVar[str] = "chen2022-renyi"
    statement: ClassVar[str] = "R_q(ν_k‖π) ≤ (1 + αη)^{−2k/q} R_q(ν_0‖π)"
    reference: ClassVar[str] = "chen2022improved"
    divergence: ClassVar[str] = "renyi"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.PROXIMAL,
        need.LOG_SOBOLEV,
        need.FINITE_RENYI,
    )
    formula = staticmethod(terms)
    domain: ClassVar[Domain] = {"q ≥ 1": lambda q: q["order"] >= 1}
