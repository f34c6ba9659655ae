"""Rate in χ² of the proximal sampler, y ~ N(x, ηI), x⁺ ∝ exp(−f − ‖· − y‖²/(2η))."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain
from verify.bounds.langevin.plan import faded


def terms(*, poincare: float, step: float, steps: int, start_chi2: float) -> dict[str, float]:
    """Return (1 + η/C_P)^{−2k} χ²(ν_0‖π)."""
    return {"contraction": faded(math.exp(-2 * steps * math.log1p(step / poincare)), start_chi2)}


class Chen2022Chi2(FromChain, Bound):
    """χ²(ν_k‖π) ≤ (1 + η/C_P)^{−2k} χ²(ν_0‖π) under PI(C_P) (Chen et al., 2022). Status: original."""

    name: ClassVar[str] = "chen2022-chi2"
    statement: ClassVar[str] = "χ²(ν_k‖π) ≤ (1 + η/C_P)^{−2k} χ²(ν_0‖π)"
    reference: ClassVar[str] = "chen2022improved"
    divergence: ClassVar[str] = "chi2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.PROXIMAL,
        need.POINCARE,
        need.FINITE_CHI2,
    )
    formula = staticmethod(terms)
