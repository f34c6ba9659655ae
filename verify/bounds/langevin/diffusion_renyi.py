"""Decay in Rényi divergence of the Langevin diffusion under a log-Sobolev inequality."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain
from verify.bounds.langevin.plan import faded


def terms(*, log_sobolev: float, order: float, time: float, start_renyi: float) -> dict[str, float]:
    """Return e^{−2αt/q} R_q(ν_0‖π)."""
    return {"contraction": faded(math.exp(-2 * log_sobolev * time / order), start_renyi)}


class DiffusionRenyi(FromChain, Bound):
    """R_q(μ_t‖π) ≤ e^{−2αt/q} R_q(μ_0‖π) under LSI(α), q ≥ 1 (Vempala, Wibisono, 2019).

    Status: quoted. Samplers are read at q = 2.
    """

    name: ClassVar[str] = "diffusion-renyi"
    statement: ClassVar[str] = "R_q(μ_t‖π) ≤ e^{−2αt/q} R_q(μ_0‖π)"
    reference: ClassVar[str] = "vempala2019rapid"
    divergence: ClassVar[str] = "renyi"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.DIFFUSION,
        need.LOG_SOBOLEV,
        need.FINITE_RENYI,
    )
    formula = staticmethod(terms)
    domain: ClassVar[Domain] = {"q ≥ 1": lambda q: q["order"] >= 1}
