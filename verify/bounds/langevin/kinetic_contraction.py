"""Contraction in W2 of kinetic Langevin, dx = v dt, dv = −2v dt − u∇f dt + √(4u) dB."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import FromChain
from verify.bounds.langevin.plan import faded


def terms(
    *, strong_convexity: float, smoothness: float, inverse_mass: float, time: float, start_twisted_w2: float
) -> dict[str, float]:
    """Return e^{−rt} W2(ν_0, π), r = 1 − max(|1 − um/2|, |1 − uL/2|)."""
    rate = 1 - max(abs(1 - inverse_mass * strong_convexity / 2), abs(1 - inverse_mass * smoothness / 2))
    return {"contraction": faded(math.exp(-rate * time), start_twisted_w2)}


class KineticContraction(FromChain, Bound):
    """W2(μ_t, π) ≤ e^{−rt} W2(μ_0, π) in the norm √(‖x‖² + ‖x + v‖²), r = 1 − max(|1 − um/2|, |1 − uL/2|); friction 2.

    Status: derived here. Two copies driven by one noise differ by (x, z), z = x + v; with the mean Hessian H between
    them x' = z − x, z' = −z + (1 − uH)x. So d/dt(‖x‖² + ‖z‖²)/2 = −‖x‖² − ‖z‖² + ⟨x, (2 − uH)z⟩
    ≤ −(1 − ‖1 − uH/2‖)(‖x‖² + ‖z‖²), as 2‖x‖‖z‖ ≤ ‖x‖² + ‖z‖². u = 1/L gives the 1/(2κ) of Cheng et al. (2018),
    u = 4/(m + L) the best r = 2/(κ + 1) of Sanz-Serna and Zygalakis (2021).
    """

    name: ClassVar[str] = "kinetic-contraction"
    statement: ClassVar[str] = "W2(μ_t, π) ≤ e^{−rt} W2(μ_0, π) for (x, x + v), r = 1 − max(|1 − um/2|, |1 − uL/2|)"
    reference: ClassVar[str] = "cheng2018underdamped"
    also: ClassVar[tuple[str, ...]] = ("sanzserna2021wasserstein", "boundcheck")
    divergence: ClassVar[str] = "twisted_w2"
    law: ClassVar[str] = "(x, x + v), of the diffusion at time step·steps"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.KINETIC_DIFFUSION,
        need.FRICTION_TWO,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
    )
    formula = staticmethod(terms)
    domain: ClassVar[Domain] = {
        **step_limit.CONVEX,
        "u < 4/L": lambda q: q["inverse_mass"] * q["smoothness"] < 4,
    }
