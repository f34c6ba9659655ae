"""Decay in KL of the Langevin diffusion."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain


def terms(*, log_sobolev: float, time: float, start_kl: float) -> dict[str, float]:
    """Return e^{−2αt} KL(ν_0‖π)."""
    return {"contraction": math.exp(-2 * log_sobolev * time) * start_kl}


def convex_terms(*, strong_convexity: float, time: float, start_kl: float) -> dict[str, float]:
    """Return e^{−2mt} KL(ν_0‖π)."""
    return {"contraction": math.exp(-2 * strong_convexity * time) * start_kl}


class DiffusionKL(FromChain, Bound):
    """KL(μ_t‖π) ≤ e^{−2αt} KL(μ_0‖π) under LSI(α), for the diffusion at t = kγ (Bakry, Gentil, Ledoux, 2014).

    Status: quoted. d/dt KL = −FI ≤ −2α KL.
    """

    name: ClassVar[str] = "diffusion-kl"
    statement: ClassVar[str] = "KL(μ_t‖π) ≤ e^{−2αt} KL(μ_0‖π)"
    reference: ClassVar[str] = "bakry2014analysis"
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.LOG_SOBOLEV,
        need.FINITE_KL,
    )
    formula = staticmethod(terms)


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
        need.STRONGLY_CONVEX,
        need.FINITE_KL,
    )
    formula = staticmethod(convex_terms)
