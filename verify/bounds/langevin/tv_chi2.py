"""From χ² to total variation."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin.chain import FromChain


def terms(*, chi2: float) -> dict[str, float]:
    """Return ½√χ²."""
    return {"tv": math.sqrt(chi2) / 2}


class TVChi2(FromChain, Bound):
    """TV(ν, π) ≤ ½√χ²(ν‖π). Status: derived here: TV = ½E_π|ν/π − 1|, and Cauchy–Schwarz."""

    name: ClassVar[str] = "tv-chi2"
    statement: ClassVar[str] = "TV(ν, π) ≤ ½√χ²(ν‖π)"
    reference: ClassVar[str] = "tsybakov2009introduction"
    divergence: ClassVar[str] = "tv"
    assumptions: ClassVar[tuple[Assumption, ...]] = ()
    formula = staticmethod(terms)
