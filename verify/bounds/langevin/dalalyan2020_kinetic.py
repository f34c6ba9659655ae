"""Convergence of kinetic Langevin in W2 (Dalalyan, Riou-Durand, 2020)."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import FromChain
from verify.bounds.langevin.plan import decay, faded


def terms(
    *, dim: int, strong_convexity: float, smoothness: float, friction: float, step: float, steps: int, start_w2: float
) -> dict[str, float]:
    """Return √2(1 − 0.75mh/γ)^k W2(ν_0, π) and √2 Lh√d/m."""
    return {
        "contraction": math.sqrt(2) * faded(decay(0.75 * strong_convexity * step / friction, steps), start_w2),
        "bias": math.sqrt(2) * smoothness * step * math.sqrt(dim) / strong_convexity,
    }


class Dalalyan2020Kinetic(FromChain, Bound):
    """W2(law of x_k, π) ≤ √2(1 − 0.75mh/γ)^k W2(ν_0, π) + √2 Lh√d/m, u = 1 (Dalalyan, Riou-Durand, 2020, Theorem 2).

    γ is the friction, γ ≥ √(m + L), h ≤ m/(4γL); v_0 ~ N(0, I). Status: from memory.
    """

    name: ClassVar[str] = "dalalyan2020-kinetic"
    statement: ClassVar[str] = "W2(law of x_k, π) ≤ √2(1 − 0.75mh/γ)^k W2(ν_0, π) + √2 Lh√d/m"
    reference: ClassVar[str] = "dalalyan2020sampling"
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.KINETIC,
        need.EQUILIBRIUM_VELOCITY,
        need.UNIT_MASS,
        need.STRONG_FRICTION,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
    )
    formula = staticmethod(terms)
    domain: ClassVar[Domain] = {
        **step_limit.CONVEX,
        "γ ≥ √(m + L)": lambda q: q["friction"] ** 2 >= (q["strong_convexity"] + q["smoothness"]) * (1 - 1e-12),
        "h ≤ m/(4γL)": lambda q: 4 * q["friction"] * q["smoothness"] * q["step"] <= q["strong_convexity"] * (1 + 1e-12),
    }
