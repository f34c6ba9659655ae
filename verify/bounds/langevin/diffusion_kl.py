"""Decay in KL of the Langevin diffusion under a log-Sobolev inequality."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain
from verify.bounds.langevin.plan import faded


def terms(*, log_sobolev: float, time: float, start_kl: float) -> dict[str, float]:
    """Return e^{−2αt} KL(ν_0‖π)."""
    return {"contraction": faded(math.exp(-2 * log_sobolev * time), start_kl)}


class DiffusionKL(FromChain, Bound):
    """KL(μ_t‖π) ≤ e^{−2αt} KL(μ_0‖π) under LSI(α), for the diffusion at t = kγ (Bakry, Gentil, Ledoux, 2014).

    Status: quoted. d/dt KL = −FI ≤ −2α KL.
    """

    name: ClassVar[str] = "diffusion-kl"
    statement: ClassVar[str] = "KL(μ_t‖π) ≤ e^{−2αt} KL(μ_0‖π)"
    reference: ClassVar[str] = "bakry2014analysis"
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.DIFFUSION,
        need.LOG_SOBOLEV,
        need.FINITE_KL,
    )
    formula = staticmethod(terms)
