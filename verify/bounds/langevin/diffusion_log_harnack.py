"""From W2 to KL by the Langevin diffusion."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain
from verify.bounds.langevin.plan import faded


def terms(*, strong_convexity: float, time: float, start_w2: float) -> dict[str, float]:
    """Return mW2²(ν_0, π)/(2(e^{2mt} − 1)), W2²/(4t) for m = 0."""
    growth = 2 * strong_convexity * time
    if growth > 700:
        ratio = strong_convexity / 2 * math.exp(-growth)
    elif time == 0:
        ratio = math.inf
    else:
        ratio = strong_convexity / (2 * math.expm1(growth)) if strong_convexity else 1 / (4 * time)
    return {"regularisation": faded(ratio, start_w2**2)}


class DiffusionLogHarnack(FromChain, Bound):
    """KL(μ_t‖π) ≤ mW2²(μ_0, π)/(2(e^{2mt} − 1)) for convex f, W2²/(4t) for m = 0 (Bakry, Gentil, Ledoux, 2014).

    Status: from memory; with equality between two points on a Gaussian, in the direction of least curvature.
    """

    name: ClassVar[str] = "diffusion-log-harnack"
    statement: ClassVar[str] = "KL(μ_t‖π) ≤ mW2²(μ_0, π)/(2(e^{2mt} − 1))"
    reference: ClassVar[str] = "bakry2014analysis"
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.DIFFUSION,
        need.CONVEX,
        need.FINITE_W2,
    )
    formula = staticmethod(terms)
