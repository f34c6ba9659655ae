"""From Fisher information to total variation (Guillin, Léonard, Wu, Yao, 2009)."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain


def terms(*, poincare: float, relative_fisher: float) -> dict[str, float]:
    """Return 2√(C_P FI)."""
    return {"tv": 2 * math.sqrt(poincare * relative_fisher)}


class Guillin2009(FromChain, Bound):
    """TV(ν, π)² ≤ 4C_P FI(ν‖π) under PI(C_P) (Guillin, Léonard, Wu, Yao, 2009).

    Status: original, in Balasubramanian et al. (2022, Lemma 7).
    """

    name: ClassVar[str] = "guillin2009"
    statement: ClassVar[str] = "TV(ν, π) ≤ 2√(C_P FI(ν‖π))"
    reference: ClassVar[str] = "guillin2009transportation"
    divergence: ClassVar[str] = "tv"
    assumptions: ClassVar[tuple[Assumption, ...]] = (need.POINCARE,)
    formula = staticmethod(terms)
