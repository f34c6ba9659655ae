"""Contraction in W2 of kinetic Langevin (Cheng, Chatterji, Bartlett, Jordan, 2018)."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import FromChain
from verify.bounds.langevin.plan import faded


def terms(*, strong_convexity: float, smoothness: float, time: float, start_twisted_w2: float) -> dict[str, float]:
    """Return e^{−t/(2κ)} W2(ν_0, π)."""
    return {"contraction": faded(math.exp(-strong_convexity / smoothness * time / 2), start_twisted_w2)}


class Cheng2018Theorem5(FromChain, Bound):
    """W2(μ_t, π) ≤ e^{−t/(2κ)} W2(μ_0, π) in the norm √(‖x‖² + ‖x + v‖²), for friction 2 and u = 1/L.

    Status: original (Cheng et al., 2018, Theorem 5). The squared distance decays like e^{−t/κ}, which is sharp.
    """

    name: ClassVar[str] = "cheng2018-theorem5"
    statement: ClassVar[str] = "W2(μ_t, π) ≤ e^{−t/(2κ)} W2(μ_0, π) for (x, x + v)"
    reference: ClassVar[str] = "cheng2018underdamped"
    divergence: ClassVar[str] = "twisted_w2"
    law: ClassVar[str] = "(x, x + v), of the diffusion at time step·steps"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.KINETIC_DIFFUSION,
        need.FRICTION_TWO,
        need.MASS_OF_SMOOTHNESS,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
    )
    formula = staticmethod(terms)
    domain: ClassVar[Domain] = {**step_limit.CONVEX}
