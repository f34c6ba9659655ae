"""Independent program: the table of affine schemes in 40-digit arithmetic, one eigencoordinate after the other.

Written from x' = P x + R s(x) + √V ξ with s(x) = −(x − m_τ)/λ_τ + α(x − m_τ) + β; it imports nothing from `verify`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import mpmath as mp

Number = Any
Error = Callable[[Number, Sequence[Number]], Sequence[tuple[Number, Number]]]  # (τ, λ(τ)) -> (α_i, β_i)

mp.mp.dps = 40


def variance(lam: Number, t: Number) -> Number:
    return 1 + (lam - 1) * mp.exp(-2 * t)


def sigma(t: Number) -> Number:
    return mp.sqrt(1 - mp.exp(-2 * t))


def scheme(name: str, t: Number, u: Number) -> tuple[Number, Number, Number]:
    """Return P, R, V of the step from noise time t down to u."""
    h = t - u
    e, b = mp.exp(h), 1 - mp.exp(-h)
    beta = 1 - mp.exp(-2 * h)
    return {
        "ExponentialIntegrator": lambda: (e, 2 * (e - 1), mp.exp(2 * h) - 1),
        "RelativeIntegrator": lambda: (1 + b, 2 * b, beta),
        "EulerMaruyama": lambda: (1 + h, 2 * h, 2 * h),
        "DDPM": lambda: (e, 2 * mp.sinh(h), beta),
        "DDPMPosterior": lambda: (e, 2 * mp.sinh(h), beta * sigma(u) ** 2 / sigma(t) ** 2),
        "DDIM": lambda: (e, sigma(t) * (e * sigma(t) - sigma(u)), mp.mpf(0)),
        "FlowEuler": lambda: (1 + h, h, mp.mpf(0)),
        "FlowExponential": lambda: (e, e - 1, mp.mpf(0)),
    }[name]()


def output(
    name: str,
    means: Sequence[float],
    lams: Sequence[float],
    tau: Sequence[float],
    begin: str,
    error: Error | None = None,
) -> list[tuple[Number, Number]]:
    """Return (mean − m_δ, variance − λ_δ) of the last iterate, per coordinate."""
    error = error or (lambda t, now: [(mp.mpf(0), mp.mpf(0))] * len(now))
    ms, ls, times = [mp.mpf(float(m)) for m in means], [mp.mpf(float(v)) for v in lams], [mp.mpf(float(t)) for t in tau]
    first = times[0]
    standard = begin == "standard"
    mean = [mp.mpf(0) if standard else m * mp.exp(-first) for m in ms]
    var = [mp.mpf(1) if standard else variance(lam, first) for lam in ls]
    for t, u in pairwise(times):
        now, then = [variance(lam, t) for lam in ls], [variance(lam, u) for lam in ls]
        here = error(t, now)
        there = error(u, then) if name == "FlowHeun" else here
        for i, m in enumerate(ms):
            if name == "FlowHeun":
                gain, moved = _heun(t, u, m, now[i], then[i], here[i], there[i], mean[i])
                mean[i], var[i] = moved, gain**2 * var[i]
                continue
            p, r, v = ancestral(t, u, now[i], then[i]) if name == "OptimalAncestral" else scheme(name, t, u)
            slope, centre = here[i][0] - 1 / now[i], m * mp.exp(-t)
            mean[i] = p * mean[i] + r * (slope * (mean[i] - centre) + here[i][1])
            var[i] = (p + r * slope) ** 2 * var[i] + v
    last = times[-1]
    return [(mean[i] - ms[i] * mp.exp(-last), var[i] - variance(ls[i], last)) for i in range(len(ms))]


def ancestral(t: Number, u: Number, now: Number, then: Number) -> tuple[Number, Number, Number]:
    """Return P, R, V of the true Gaussian reverse transition: its posterior covariance is (1 − e^{−2h}) λ_u/λ_t."""
    h = t - u
    return mp.exp(h), 2 * mp.sinh(h), (1 - mp.exp(-2 * h)) * then / now


def _heun(
    t: Number, u: Number, m: Number, now: Number, then: Number, here: Any, there: Any, x: Number
) -> tuple[Number, Number]:
    h = t - u
    f, g = 1 - 1 / now + here[0], 1 - 1 / then + there[0]  # slopes of the drift at both ends

    def drift(y: Number, slope: Number, time: Number, shift: Number) -> Number:
        centre = m * mp.exp(-time)
        return slope * (y - centre) + centre + shift

    first = drift(x, f, t, here[1])
    second = drift(x + h * first, g, u, there[1])
    return 1 + h / 2 * (f + g + h * f * g), x + h / 2 * (first + second)
