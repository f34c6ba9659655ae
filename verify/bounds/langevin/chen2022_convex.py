"""Rate in KL of the proximal sampler for convex f, y ~ N(x, ηI), x⁺ ∝ exp(−f − ‖· − y‖²/(2η))."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain


def terms(*, step: float, steps: int, start_w2: float) -> dict[str, float]:
    """Return W2²(ν_0, π)/(kη)."""
    return {"transient": start_w2**2 / (steps * step) if steps else math.inf}


class Chen2022Convex(FromChain, Bound):
    """KL(ν_k‖π) ≤ W2²(ν_0, π)/(kη) for convex f (Chen et al., 2022). Status: original."""

    name: ClassVar[str] = "chen2022-convex"
    statement: ClassVar[str] = "KL(ν_k‖π) ≤ W2²(ν_0, π)/(kη)"
    reference: ClassVar[str] = "chen2022improved"
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.PROXIMAL,
        need.CONVEX,
        need.FINITE_W2,
    )
    formula = staticmethod(terms)
