"""From KL to total variation, where KL is large (Bretagnolle, Huber, 1979)."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin.chain import FromChain


def terms(*, kl: float) -> dict[str, float]:
    """Return √(1 − e^{−KL})."""
    return {"tv": math.sqrt(-math.expm1(-kl))}


class BretagnolleHuber(FromChain, Bound):
    """TV(ν, π) ≤ √(1 − e^{−KL(ν‖π)}), below one for every finite KL (Bretagnolle, Huber, 1979). Status: from memory."""

    name: ClassVar[str] = "bretagnolle-huber"
    statement: ClassVar[str] = "TV(ν, π) ≤ √(1 − e^{−KL(ν‖π)})"
    reference: ClassVar[str] = "bretagnolle1979estimation"
    divergence: ClassVar[str] = "tv"
    assumptions: ClassVar[tuple[Assumption, ...]] = ()
    formula = staticmethod(terms)
