"""Decay in χ² of the Langevin diffusion under a Poincaré inequality."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain
from verify.bounds.langevin.plan import faded


def terms(*, poincare: float, time: float, start_chi2: float) -> dict[str, float]:
    """Return e^{−2t/C_P} χ²(ν_0‖π)."""
    return {"contraction": faded(math.exp(-2 * time / poincare), start_chi2)}


class DiffusionChi2(FromChain, Bound):
    """χ²(μ_t‖π) ≤ e^{−2t/C_P} χ²(μ_0‖π) under PI(C_P): Var_π g ≤ C_P E_π‖∇g‖² (Bakry, Gentil, Ledoux, 2014).

    Status: quoted. d/dt χ² = −2E_π‖∇(μ_t/π)‖² ≤ −(2/C_P)χ².
    """

    name: ClassVar[str] = "diffusion-chi2"
    statement: ClassVar[str] = "χ²(μ_t‖π) ≤ e^{−2t/C_P} χ²(μ_0‖π)"
    reference: ClassVar[str] = "bakry2014analysis"
    divergence: ClassVar[str] = "chi2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.DIFFUSION,
        need.POINCARE,
        need.FINITE_CHI2,
    )
    formula = staticmethod(terms)
