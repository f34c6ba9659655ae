"""From KL to W2 (Otto, Villani, 2000)."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain


def terms(*, strong_convexity: float, kl: float) -> dict[str, float]:
    """Return √(2KL/m)."""
    return {"w2": math.sqrt(2 * kl / strong_convexity)}


class Talagrand(FromChain, Bound):
    """W2(ν, π) ≤ √(2KL(ν‖π)/m), π m-strongly log-concave (Otto, Villani, 2000). Status: quoted."""

    name: ClassVar[str] = "talagrand"
    statement: ClassVar[str] = "W2(ν, π) ≤ √(2KL(ν‖π)/m)"
    reference: ClassVar[str] = "otto2000generalization"
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (need.STRONGLY_CONVEX,)
    formula = staticmethod(terms)
