"""Contraction in W2 of the Langevin diffusion."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain
from verify.bounds.langevin.plan import faded


def terms(*, strong_convexity: float, time: float, start_w2: float) -> dict[str, float]:
    """Return e^{−mt} W2(ν_0, π)."""
    return {"contraction": faded(math.exp(-strong_convexity * time), start_w2)}


class DiffusionW2(FromChain, Bound):
    """W2(μ_t, π) ≤ e^{−mt} W2(μ_0, π) for m-strongly convex f (Bakry, Gentil, Ledoux, 2014).

    Status: derived here, two copies driven by one noise: d/dt‖X − Y‖² = −2⟨X − Y, ∇f(X) − ∇f(Y)⟩ ≤ −2m‖X − Y‖².
    """

    name: ClassVar[str] = "diffusion-w2"
    statement: ClassVar[str] = "W2(μ_t, π) ≤ e^{−mt} W2(μ_0, π)"
    reference: ClassVar[str] = "bakry2014analysis"
    also: ClassVar[tuple[str, ...]] = ("boundcheck",)
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.DIFFUSION,
        need.STRONGLY_CONVEX,
        need.FINITE_W2,
    )
    formula = staticmethod(terms)
