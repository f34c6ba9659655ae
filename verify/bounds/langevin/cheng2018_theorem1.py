"""Steps that kinetic Langevin needs in W2 (Cheng, Chatterji, Bartlett, Jordan, 2018)."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import FromChain


def terms(
    *, dim: int, strong_convexity: float, smoothness: float, step: float, steps: int, start_distance: float
) -> dict[str, float]:
    """Return ε = 104κδS, S² = d/m + D², infinite before n ≥ max(208κ²S/ε, 2κ) log(24 max(S, S²)/ε)."""
    kappa, square = smoothness / strong_convexity, dim / strong_convexity + start_distance**2
    accuracy = 104 * kappa * step * math.sqrt(square)
    reach = max(math.sqrt(square), square)
    needed = max(208 * kappa**2 / accuracy * math.sqrt(square), 2 * kappa) * math.log(24 * reach / accuracy)
    return {"accuracy": accuracy if steps >= needed * (1 - 1e-12) else math.inf}


class Cheng2018Theorem1(FromChain, Bound):
    """W2((x_n, v_n), π) ≤ ε from (x_0, 0), D ≥ ‖x_0 − x*‖, friction 2, u = 1/L (Cheng et al., 2018, Theorem 1).

    δ = min{ε/(104κ) (d/m + D²)^{−½}, 1} and n ≥ max{208(κ²/ε)√(d/m + D²), 2κ} log(24(d/m + D²)/ε). Status: original,
    but for the unit of the logarithm: its argument is a length, and for d/m + D² < 1 it asks for too few steps (none at
    all in d = 1 with m = L = 10⁴, δ = 0.01 at rest in the mode, where W2 = 0.0141 > ε = 0.0104). Here it is
    24 max{S, S²}/ε, S² = d/m + D²: never fewer steps than printed, and log(24S/ε) for small S. For ε ≥ 24S nothing is
    to be shown, as W2 ≤ √(d/m) + D ≤ √2 S at the start.
    """

    name: ClassVar[str] = "cheng2018-theorem1"
    statement: ClassVar[str] = "W2(law of (x_n, v_n), π) ≤ 104κδ√(d/m + D²) after enough steps"
    reference: ClassVar[str] = "cheng2018underdamped"
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.KINETIC,
        need.AT_REST,
        need.FRICTION_TWO,
        need.MASS_OF_SMOOTHNESS,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
    )
    formula = staticmethod(terms)
    domain: ClassVar[Domain] = {**step_limit.CONVEX, "δ ≤ 1": lambda q: q["step"] <= 1}
