"""From Fisher information to KL (Bakry, Émery, 1985)."""

from __future__ import annotations

from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain


def terms(*, strong_convexity: float, relative_fisher: float) -> dict[str, float]:
    """Return FI/(2m)."""
    return {"kl": relative_fisher / (2 * strong_convexity)}


class LogSobolevConvex(FromChain, Bound):
    """KL(ν‖π) ≤ FI(ν‖π)/(2m), π m-strongly log-concave (Bakry, Émery, 1985). Status: quoted."""

    name: ClassVar[str] = "log-sobolev-convex"
    statement: ClassVar[str] = "KL(ν‖π) ≤ FI(ν‖π)/(2m)"
    reference: ClassVar[str] = "bakry2014analysis"
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (need.STRONGLY_CONVEX,)
    formula = staticmethod(terms)
