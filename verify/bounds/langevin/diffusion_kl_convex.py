"""Decay in KL of the Langevin diffusion at every temperature, for strongly convex f."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain
from verify.bounds.langevin.plan import faded


def terms(*, strong_convexity: float, time: float, start_kl: float) -> dict[str, float]:
    """Return e^{−2mt} KL(ν_0‖π)."""
    return {"contraction": faded(math.exp(-2 * strong_convexity * time), start_kl)}


class DiffusionKLConvex(FromChain, Bound):
    """KL(μ_t‖π_β) ≤ e^{−2mt} KL(μ_0‖π_β) at every inverse temperature β, f m-strongly convex, noise √(2/β)dB.

    Status: derived here. π_β has LSI(βm) (Bakry, Émery) and d/dt KL = −FI/β ≤ −2(βm)/β KL: β cancels.
    """

    name: ClassVar[str] = "diffusion-kl-convex"
    statement: ClassVar[str] = "KL(μ_t‖π_β) ≤ e^{−2mt} KL(μ_0‖π_β)"
    reference: ClassVar[str] = "bakry2014analysis"
    also: ClassVar[tuple[str, ...]] = ("boundcheck",)
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.DIFFUSION,
        need.STRONGLY_CONVEX,
        need.FINITE_KL,
    )
    formula = staticmethod(terms)
