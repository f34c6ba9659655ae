"""Convergence of ULA from a point in W2 (Durmus, Moulines, 2019)."""

from __future__ import annotations

from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import Planned, SquaredDistance
from verify.bounds.langevin.plan import decay, geometric
from verify.bounds.langevin.step_limit import StepLimit


def terms(
    *, dim: int, strong_convexity: float, smoothness: float, step: float, steps: int, start_distance: float
) -> dict[str, float]:
    """Return 2(1 − ϰγ/2)^k(‖x − x*‖² + d/m) and L²γ²(1/ϰ + γ)(2d + dL²γ/m + dL²γ²/6)Σ(1 − ϰγ/2)^i, ϰ = 2mL/(m + L)."""
    m, L = strong_convexity, smoothness
    rate = 2 * m * L / (m + L)
    factor = L**2 * step**2 * (1 / rate + step)
    growth = dim * (2 + L**2 * step / m + L**2 * step**2 / 6)
    return {
        "contraction squared": 2 * decay(rate * step / 2, steps) * (start_distance**2 + dim / m),
        "bias squared": factor * growth * geometric(rate * step / 2, steps),
    }


class Durmus2019W2(Planned, SquaredDistance, Bound):
    """W2²(ν_k, π) ≤ 2(1 − ϰγ/2)^k(‖x − x*‖² + d/m) + bias², from a point x (Durmus, Moulines, 2019).

    bias² = L²γ²(1/ϰ + γ)(2d + dL²γ/m + dL²γ²/6) Σ_{i<k}(1 − ϰγ/2)^i with ϰ = 2mL/(m + L), for γ ≤ 1/(m + L).
    Status: from memory; its stationary part is quoted as equation (6) of Dalalyan (2017, COLT).
    """

    name: ClassVar[str] = "durmus2019-w2"
    statement: ClassVar[str] = (
        "W2²(ν_k, π) ≤ 2(1 − ϰγ/2)^k(‖x − x*‖² + d/m) + L²γ²(1/ϰ + γ)(2d + dL²γ/m + dL²γ²/6) Σ(1 − ϰγ/2)^i"
    )
    reference: ClassVar[str] = "durmus2019high"
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
        need.DIRAC,
        need.within(step_limit.HALF_CONTRACTING),
    )
    formula = staticmethod(terms)
    limit: ClassVar[StepLimit] = step_limit.HALF_CONTRACTING
    domain: ClassVar[Domain] = {**step_limit.CONVEX, **step_limit.domain(step_limit.HALF_CONTRACTING)}
