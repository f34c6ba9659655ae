"""Rate in W2 of the proximal sampler, y ~ N(x, ηI), x⁺ ∝ exp(−f − ‖· − y‖²/(2η))."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain
from verify.bounds.langevin.plan import faded


def terms(*, strong_convexity: float, step: float, steps: int, start_w2: float) -> dict[str, float]:
    """Return (1 + mη)^{−k} W2(ν_0, π)."""
    return {"contraction": faded(math.exp(-steps * math.log1p(strong_convexity * step)), start_w2)}


class Chen2022W2(FromChain, Bound):
    """W2(ν_k, π) ≤ (1 + mη)^{−k} W2(ν_0, π) for m-strongly convex f (Chen et al., 2022). Status: original."""

    name: ClassVar[str] = "chen2022-w2"
    statement: ClassVar[str] = "W2(ν_k, π) ≤ (1 + mη)^{−k} W2(ν_0, π)"
    reference: ClassVar[str] = "chen2022improved"
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.PROXIMAL,
        need.STRONGLY_CONVEX,
        need.FINITE_W2,
    )
    formula = staticmethod(terms)
