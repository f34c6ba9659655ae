"""Convergence of ULA from a point in W2, order one under a Lipschitz Hessian (Durmus, Moulines, 2019)."""

from __future__ import annotations

from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import Planned, SquaredDistance
from verify.bounds.langevin.plan import decay, geometric
from verify.bounds.langevin.step_limit import StepLimit


def terms(
    *,
    dim: int,
    strong_convexity: float,
    smoothness: float,
    step: float,
    steps: int,
    start_distance: float,
    hessian_lipschitz: float,
) -> dict[str, float]:
    """Return 2(1 − ϰγ/2)^k(‖x − x*‖² + d/m) and the bias, of order γ² in W2²."""
    m, L = strong_convexity, smoothness
    rate = 2 * m * L / (m + L)
    third = (dim * hessian_lipschitz**2 / 3 + step * L**4 + 4 * L**4 / (3 * m)) / rate
    last = step * L**4 * (step / 6 + 1 / m)
    return {
        "contraction squared": 2 * decay(rate * step / 2, steps) * (start_distance**2 + dim / m),
        "bias squared": dim * step**3 * (2 * L**2 + third + last) * geometric(rate * step / 2, steps),
    }


class Durmus2019W2Hessian(Planned, SquaredDistance, Bound):
    """W2²(ν_k, π) ≤ 2(1 − ϰγ/2)^k(‖x − x*‖² + d/m) + bias² under an L_2-Lipschitz Hessian.

    (Durmus, Moulines, 2019, Theorem 8.) With ϰ = 2mL/(m + L) and γ ≤ 1/(m + L),
    bias² = dγ³{2L² + (dL_2²/3 + γL⁴ + 4L⁴/(3m))/ϰ + γL⁴(γ/6 + 1/m)} Σ_{i<k}(1 − ϰγ/2)^i.
    Status: from memory; the coefficient of L_2² is remembered as four times as large elsewhere.
    """

    name: ClassVar[str] = "durmus2019-w2-hessian"
    statement: ClassVar[str] = (
        "W2² ≤ 2q^k(‖x − x*‖² + d/m) + dγ³{2L² + (dL_2²/3 + γL⁴ + 4L⁴/(3m))/ϰ + γL⁴(γ/6 + 1/m)}Σq^i, q = 1 − ϰγ/2"
    )
    reference: ClassVar[str] = "durmus2019high"
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
        need.HESSIAN_LIPSCHITZ,
        need.DIRAC,
        need.within(step_limit.HALF_CONTRACTING),
    )
    formula = staticmethod(terms)
    limit: ClassVar[StepLimit] = step_limit.HALF_CONTRACTING
    domain: ClassVar[Domain] = {**step_limit.CONVEX, **step_limit.domain(step_limit.HALF_CONTRACTING)}
