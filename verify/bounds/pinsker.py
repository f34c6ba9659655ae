"""Pinsker's inequality."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from verify.bounds.bound import Bound
from verify.divergences import kl as kl_divergence


def terms(*, kl: float) -> dict[str, float]:
    """Return √(KL/2)."""
    return {"pinsker": math.sqrt(kl / 2)}


class Pinsker(Bound):
    """TV(P, Q) ≤ √(KL(P‖Q)/2), here between the target of the sampler and its output (Tsybakov, 2009, Lemma 2.5)."""

    name: ClassVar[str] = "pinsker"
    statement: ClassVar[str] = "TV(P, Q) ≤ √(KL(P‖Q)/2)"
    reference: ClassVar[str] = "tsybakov2009introduction"
    divergence: ClassVar[str] = "tv"
    formula = staticmethod(terms)

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return KL(q_δ‖output), computed exactly."""
        return {"kl": kl_divergence(sampler.goal(), sampler.run()).value}
