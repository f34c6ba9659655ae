"""Hypotheses that theorems on Langevin chains share, each checked on the running sampler and its target."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from verify.bounds.bound import Assumption, assume
from verify.bounds.langevin import phase
from verify.bounds.langevin.chain import constant, minimiser, quantity, start_distance
from verify.bounds.langevin.fidelity import (
    curvature,
    infidelity,
    noisy_infidelity,
    proximal_infidelity,
    transition_infidelity,
)
from verify.bounds.langevin.step_limit import StepLimit
from verify.errors import BoundcheckError

TOLERANCE = 1e-9


def _known(sampler: Any, name: str) -> float:
    try:
        return quantity(name, sampler)
    except (BoundcheckError, AttributeError):
        return math.nan


def _is(name: str, symbol: str, words: str, accept: Callable[[Any, float], bool]) -> Assumption:
    """Return the assumption that a quantity is known and acceptable."""

    def evidence(sampler: Any) -> str:
        value = _known(sampler, name)
        return f"{symbol} is not known" if math.isnan(value) else f"{symbol} = {value:.4g}"

    def holds(sampler: Any) -> bool:
        value = _known(sampler, name)
        return not math.isnan(value) and accept(sampler, value)

    return assume(symbol, words, holds, evidence)


def within(limit: StepLimit) -> Assumption:
    """Return the assumption that the step is within `limit`."""
    names = ("step", "strong_convexity", "smoothness", "log_sobolev")

    def holds(sampler: Any) -> bool:
        numbers = {name: _known(sampler, name) for name in names}
        try:
            return limit.holds(numbers)
        except ZeroDivisionError:
            return False

    def evidence(sampler: Any) -> str:
        return f"γ = {_known(sampler, 'step'):.4g} against {limit.words}"

    return assume(limit.words, f"the step size satisfies {limit.words}", holds, evidence)


ULA_STEP = assume(
    "scheme",
    "one step is X + γ∇log π(X) + √(2γ/β) ξ",
    lambda s: infidelity(s) < TOLERANCE,
    lambda s: f"the theorem is about ULA; this {type(s).__name__} departs from it by {infidelity(s):.2g}",
)
NOISY_STEP = assume(
    "scheme",
    "one step is X − γ(∇f(X) + σζ) + √(2γ) ξ with independent noises, σ the declared `gradient_noise`",
    lambda s: noisy_infidelity(s) < TOLERANCE,
    lambda s: f"this {type(s).__name__} departs from ULA with noisy gradients by {noisy_infidelity(s):.2g}",
)
DIFFUSION = assume(
    "scheme",
    "the law is that of dX = ∇log π dt + √(2/β) dB at time kγ",
    lambda s: transition_infidelity(s) < TOLERANCE,
    lambda s: (
        f"the theorem is about the diffusion; {type(s).__name__} departs from it by {transition_infidelity(s):.2g}"
    ),
)
STRONGLY_CONVEX = _is(
    "strong_convexity",
    "m",
    "f is m-strongly convex, m > 0",
    lambda s, m: m > 0 and curvature(s)[0] >= m * (1 - 1e-6),
)
CONVEX = _is(
    "strong_convexity", "m ≥ 0", "f is convex", lambda s, m: m >= 0 and curvature(s)[0] >= m * (1 - 1e-6) - 1e-12
)
SMOOTH = _is(
    "smoothness",
    "L",
    "∇f is L-Lipschitz",
    lambda s, L: math.isfinite(L) and curvature(s)[1] <= L * (1 + 1e-6),
)
HESSIAN_LIPSCHITZ = _is(
    "hessian_lipschitz", "L_2", "∇²f is L_2-Lipschitz", lambda s, value: math.isfinite(value) and value >= 0
)
HESSIAN_KNOWN = _is("drift_size", "N_2", "E_π‖∇²f‖² and E_π|Δ∇f − ∇²f∇f|² are known", lambda s, v: math.isfinite(v))
LOG_SOBOLEV = _is("log_sobolev", "α", "π satisfies a log-Sobolev inequality with α > 0", lambda s, alpha: alpha > 0)
POINCARE = _is("poincare", "C_P", "π satisfies a Poincaré inequality", lambda s, c: 0 < c < math.inf)
FINITE_W2 = _is("start_w2", "W2(ν_0, π)", "W2(ν_0, π) is finite", lambda s, w: math.isfinite(w))
FINITE_KL = _is("start_kl", "KL(ν_0‖π)", "KL(ν_0‖π) is finite", lambda s, kl: math.isfinite(kl))
FINITE_CHI2 = _is("start_chi2", "χ²(ν_0‖π)", "χ²(ν_0‖π) is finite", lambda s, c: math.isfinite(c))
FINITE_RENYI = _is("start_renyi", "R_q(ν_0‖π)", "R_q(ν_0‖π) is finite", lambda s, r: math.isfinite(r))


def _start_variance(s: Any) -> tuple[float, float]:
    """Return the least and the largest eigenvalue of the covariance of the start."""
    values = s.start().eigenvalues
    return float(values.min()), float(values.max())


def _starts(words: str, variance: Callable[[Any], float | None], centred: bool = True) -> Assumption:
    """Return the assumption that the start is N(x*, vI) (any mean where not `centred`), v = `variance`."""

    def holds(s: Any) -> bool:
        want, (low, high) = variance(s), _start_variance(s)
        if want is None or max(abs(low - want), abs(high - want)) > 1e-9 * want:
            return False
        return not centred or (start_distance(s) or 0.0) <= 1e-9 * math.sqrt(s.dim * want)

    def evidence(s: Any) -> str:
        low, high = _start_variance(s)
        away = start_distance(s)
        return f"variances {low:.4g} to {high:.4g}" + ("" if away is None else f", {away:.4g} from x*")

    return assume("start", f"the chain starts at {words}", lambda s: minimiser(s) is not None and holds(s), evidence)


def _inverse(sampler: Any, name: str) -> float | None:
    value = constant(sampler, name)
    return None if not value else 1 / value


DIRAC = _starts("a point", lambda s: 0.0, centred=False)
FROM_WIDE = _starts("N(x*, I/m)", lambda s: _inverse(s, "strong_convexity"))
FROM_NARROW = _starts("N(x*, I/L)", lambda s: _inverse(s, "target_smoothness"))


def _far(sampler: Any, exact: bool) -> str:
    return f"{phase.departure(sampler, exact):.2g}"


def _scheme(name: str, words: str) -> Assumption:
    """Return the assumption that the sampler is of the class `name` or a subclass."""
    return assume(
        "scheme",
        words,
        lambda s: any(kind.__name__ == name for kind in type(s).__mro__),
        lambda s: f"the theorem is about {name}; this is {type(s).__name__}",
    )


KINETIC = assume(
    "scheme",
    "one step is the exponential Euler step of kinetic Langevin",
    lambda s: phase.departure(s, False) < TOLERANCE,
    lambda s: f"the theorem is about kinetic exponential Euler; {type(s).__name__} is off by {_far(s, False)}",
)
KINETIC_DIFFUSION = assume(
    "scheme",
    "the law is that of kinetic Langevin itself at time kh",
    lambda s: phase.departure(s, True) < TOLERANCE,
    lambda s: f"the theorem is about the diffusion; {type(s).__name__} is off by {_far(s, True)}",
)
AT_REST = assume(
    "start",
    "the chain starts at a point, without velocity",
    lambda s: phase.is_kinetic(s) and phase.rests(s.start(), 0.0) and not s.start().eigenvalues.any(),
    lambda s: f"it starts with variances up to {_start_variance(s)[1]:.4g}",
)
EQUILIBRIUM_VELOCITY = assume(
    "start",
    "V_0 ~ N(0, uI), independent of X_0",
    lambda s: phase.is_kinetic(s) and phase.rests(s.start(), s.inverse_mass),
    lambda s: "the velocities of the start",
)
PROXIMAL = assume(
    "scheme",
    "one step draws y ~ N(x, ηI) and x⁺ ∝ exp(−f − ‖· − y‖²/(2η))",
    lambda s: proximal_infidelity(s) < TOLERANCE,
    lambda s: f"the theorem is about the proximal sampler; {type(s).__name__} is off by {proximal_infidelity(s):.2g}",
)
FRICTION_TWO = _is("friction", "friction", "the friction is 2", lambda s, value: abs(value - 2) <= 1e-12)
UNIT_MASS = _is("inverse_mass", "u", "u = 1", lambda s, u: abs(u - 1) <= 1e-12)
MASS_OF_SMOOTHNESS = _is("inverse_mass", "u", "u = 1/L", lambda s, u: abs(u * _known(s, "smoothness") - 1) <= 1e-9)
STRONG_FRICTION = _is(
    "friction",
    "friction",
    "the friction is at least √(m + L)",
    lambda s, g: g**2 >= (_known(s, "strong_convexity") + _known(s, "smoothness")) * (1 - 1e-12),
)
