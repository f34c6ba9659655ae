"""From KL to total variation."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin.chain import FromChain


def terms(*, kl: float) -> dict[str, float]:
    """Return √(KL/2)."""
    return {"pinsker": math.sqrt(kl / 2)}


class PinskerOutput(FromChain, Bound):
    """TV(ν, π) ≤ √(KL(ν‖π)/2), ν the law of the output (Tsybakov, 2009, Lemma 2.5). Status: quoted."""

    name: ClassVar[str] = "pinsker-output"
    statement: ClassVar[str] = "TV(ν, π) ≤ √(KL(ν‖π)/2)"
    reference: ClassVar[str] = "tsybakov2009introduction"
    divergence: ClassVar[str] = "tv"
    assumptions: ClassVar[tuple[Assumption, ...]] = ()
    formula = staticmethod(terms)
