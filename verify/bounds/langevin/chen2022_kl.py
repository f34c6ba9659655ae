"""Rate in KL of the proximal sampler, y ~ N(x, ηI), x⁺ ∝ exp(−f − ‖· − y‖²/(2η))."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain
from verify.bounds.langevin.plan import faded


def terms(*, log_sobolev: float, step: float, steps: int, start_kl: float) -> dict[str, float]:
    """Return (1 + αη)^{−2k} KL(ν_0‖π)."""
    return {"contraction": faded(math.exp(-2 * steps * math.log1p(log_sobolev * step)), start_kl)}


class Chen2022KL(FromChain, Bound):
    """KL(ν_k‖π) ≤ (1 + αη)^{−2k} KL(ν_0‖π) under LSI(α) (Chen et al., 2022). Status: original."""

    name: ClassVar[str] = "chen2022-kl"
    statement: ClassVar[str] = "KL(ν_k‖π) ≤ (1 + αη)^{−2k} KL(ν_0‖π)"
    reference: ClassVar[str] = "chen2022improved"
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.PROXIMAL,
        need.LOG_SOBOLEV,
        need.FINITE_KL,
    )
    formula = staticmethod(terms)
