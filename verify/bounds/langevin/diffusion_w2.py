"""Contraction in W2 of the Langevin diffusion, and from W2 to KL."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain


def terms(*, strong_convexity: float, time: float, start_w2: float) -> dict[str, float]:
    """Return e^{−mt} W2(ν_0, π)."""
    return {"contraction": math.exp(-strong_convexity * time) * start_w2}


def harnack_terms(*, strong_convexity: float, time: float, start_w2: float) -> dict[str, float]:
    """Return mW2²(ν_0, π)/(2(e^{2mt} − 1)), W2²/(4t) for m = 0."""
    growth = 2 * strong_convexity * time
    if growth > 700:
        ratio = strong_convexity / 2 * math.exp(-growth)
    elif time == 0:
        ratio = math.inf
    else:
        ratio = strong_convexity / (2 * math.expm1(growth)) if strong_convexity else 1 / (4 * time)
    return {"regularisation": ratio * start_w2**2}


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
        need.STRONGLY_CONVEX,
        need.FINITE_W2,
    )
    formula = staticmethod(terms)


class DiffusionLogHarnack(FromChain, Bound):
    """KL(μ_t‖π) ≤ mW2²(μ_0, π)/(2(e^{2mt} − 1)) for convex f, W2²/(4t) for m = 0 (Bakry, Gentil, Ledoux, 2014).

    Status: from memory; with equality between two points on a Gaussian, in the direction of least curvature.
    """

    name: ClassVar[str] = "diffusion-log-harnack"
    statement: ClassVar[str] = "KL(μ_t‖π) ≤ mW2²(μ_0, π)/(2(e^{2mt} − 1))"
    reference: ClassVar[str] = "bakry2014analysis"
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.CONVEX,
        need.FINITE_W2,
    )
    formula = staticmethod(harnack_terms)
