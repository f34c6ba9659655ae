"""Kinetic Langevin, dx = v dt, dv = −2v dt − u∇f dt + √(4u) dB: contraction of the diffusion."""

from __future__ import annotations

import math
from typing import ClassVar

from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin import step_limit
from verify.bounds.langevin.chain import FromChain
from verify.bounds.langevin.plan import decay


def terms(
    *, strong_convexity: float, smoothness: float, inverse_mass: float, time: float, start_w2: float
) -> dict[str, float]:
    """Return e^{−rt} W2(ν_0, π), r = 1 − max(|1 − um/2|, |1 − uL/2|)."""
    rate = 1 - max(abs(1 - inverse_mass * strong_convexity / 2), abs(1 - inverse_mass * smoothness / 2))
    return {"contraction": math.exp(-rate * time) * start_w2}


def cheng_terms(*, strong_convexity: float, smoothness: float, time: float, start_w2: float) -> dict[str, float]:
    """Return e^{−t/(2κ)} W2(ν_0, π)."""
    return {"contraction": math.exp(-strong_convexity / smoothness * time / 2) * start_w2}


def count_terms(
    *, dim: int, strong_convexity: float, smoothness: float, step: float, steps: int, start_distance: float
) -> dict[str, float]:
    """Return ε = 104κδ√(d/m + D²), infinite before n ≥ max(208(κ²/ε)√(d/m + D²), 2κ) log(24(d/m + D²)/ε)."""
    kappa, square = smoothness / strong_convexity, dim / strong_convexity + start_distance**2
    accuracy = 104 * kappa * step * math.sqrt(square)
    needed = max(208 * kappa**2 / accuracy * math.sqrt(square), 2 * kappa) * math.log(24 * square / accuracy)
    return {"accuracy": accuracy if steps >= needed * (1 - 1e-12) else math.inf}


def discretised_terms(
    *, dim: int, strong_convexity: float, smoothness: float, friction: float, step: float, steps: int, start_w2: float
) -> dict[str, float]:
    """Return √2(1 − 0.75mh/γ)^k W2(ν_0, π) and √2 Lh√d/m."""
    return {
        "contraction": math.sqrt(2) * decay(0.75 * strong_convexity * step / friction, steps) * start_w2,
        "bias": math.sqrt(2) * smoothness * step * math.sqrt(dim) / strong_convexity,
    }


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
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.KINETIC,
        need.FRICTION_TWO,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
    )
    formula = staticmethod(terms)
    domain: ClassVar[Domain] = {**step_limit.CONVEX}


class Cheng2018Theorem5(FromChain, Bound):
    """W2(μ_t, π) ≤ e^{−t/(2κ)} W2(μ_0, π) in the norm √(‖x‖² + ‖x + v‖²), for friction 2 and u = 1/L.

    Status: original (Cheng et al., 2018, Theorem 5). The squared distance decays like e^{−t/κ}, which is sharp.
    """

    name: ClassVar[str] = "cheng2018-theorem5"
    statement: ClassVar[str] = "W2(μ_t, π) ≤ e^{−t/(2κ)} W2(μ_0, π) for (x, x + v)"
    reference: ClassVar[str] = "cheng2018underdamped"
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.KINETIC,
        need.FRICTION_TWO,
        need.MASS_OF_SMOOTHNESS,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
    )
    formula = staticmethod(cheng_terms)
    domain: ClassVar[Domain] = {**step_limit.CONVEX}


class Cheng2018Theorem1(FromChain, Bound):
    """W2((x_n, v_n), π) ≤ ε from (x_0, 0), D ≥ ‖x_0 − x*‖, friction 2, u = 1/L (Cheng et al., 2018, Theorem 1).

    δ = min{ε/(104κ) (d/m + D²)^{−½}, 1} and n ≥ max{208(κ²/ε)√(d/m + D²), 2κ} log(24(d/m + D²)/ε). Status: original.
    """

    name: ClassVar[str] = "cheng2018-theorem1"
    statement: ClassVar[str] = "W2(law of (x_n, v_n), π) ≤ 104κδ√(d/m + D²) after enough steps"
    reference: ClassVar[str] = "cheng2018underdamped"
    divergence: ClassVar[str] = "w2"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.KINETIC,
        need.FRICTION_TWO,
        need.MASS_OF_SMOOTHNESS,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
    )
    formula = staticmethod(count_terms)
    domain: ClassVar[Domain] = {**step_limit.CONVEX, "δ ≤ 1": lambda q: q["step"] <= 1}


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
        need.UNIT_MASS,
        need.STRONG_FRICTION,
        need.STRONGLY_CONVEX,
        need.SMOOTH,
    )
    formula = staticmethod(discretised_terms)
    domain: ClassVar[Domain] = {
        **step_limit.CONVEX,
        "γ ≥ √(m + L)": lambda q: q["friction"] ** 2 >= (q["strong_convexity"] + q["smoothness"]) * (1 - 1e-12),
        "h ≤ m/(4γL)": lambda q: 4 * q["friction"] * q["smoothness"] * q["step"] <= q["strong_convexity"] * (1 + 1e-12),
    }
