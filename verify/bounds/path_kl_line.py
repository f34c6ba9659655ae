"""The path KL on the line, for any target that knows its diffusion and any score: closed in time, quadrature in space.

With Z = ∇log q_τ(Y) along the reverse SDE, e^t Z_t is a martingale (the score of a convolution) and Tweedie's formula
gives E[Y_t|Y_k] = e^s Y_k + 2 sinh(s) Z_k, s = t − t_k. Hence, with e_k = s_k − v_k the error of the score, φ = f/2,
J(τ) = E|v_τ|² and M(τ) = E|X_τ|², the integrand E|φ(Y_t − Y_k) + Z_t − Z_k − e_k|² is

    J(τ_k − s) + (1 − 2e^{−s})J(τ_k) + 2(1 − e^{−s})E e v + E|e|²
    + φ²E|Y_t − Y_k|² + 2φ[d(2cosh s − 2) − 2 sinh(s)J(τ_k)] − 2φ[(e^s − 1)E e Y + 2 sinh(s)E e v],

all at τ_k. Over a step of the exponential integrator (φ = 0) it integrates to ∫J dτ − b(h)J(τ_k) + h E|e|² +
2(h − 1 + e^{−h})E e v, b = 2(1 − e^{−h}) − h. And ∫J dτ is the growth of KL(q_τ‖γ) + 2τ less ∫M dτ (de Bruijn), so that
no quadrature in time is left. The path KL is that of `path_kl`: KL(Q‖P) = Σ_k ∫ E‖…‖² ds with the factor one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from verify.backend import Array
from verify.errors import Diverged, NoDensity, NotApplicable
from verify.laws.panels import rule
from verify.scores import Exact
from verify.scores.l2_error import edges_of
from verify.special import exp_remainder, squared_growth

EPS = float(np.finfo(float).eps)
ORDER = 20
RELATIVE = 1e-13  # share of the moment that halving a panel may change
DEPTH = 40  # halvings
NOISE = 12.0  # |x| beyond which γ has a probability of 1e-32


@dataclass(frozen=True, eq=False)
class Moments:
    """Expectations at the times of a grid, (N + 1,) or, for errors of the score, (N,); `blur` bounds their error."""

    kl: Array  # KL(q_τ‖γ)
    fisher: Array  # J
    square: Array  # M
    error: Array  # E|e|²
    error_score: Array  # E e v
    error_place: Array  # E e Y
    blur: float


def path_kl_steps(sampler: Any) -> tuple[Array, Array]:
    """Return each step's contribution to KL(Q‖P), shape (N,), and a bound on its error; inf where J is."""
    m, h = _moments(sampler), sampler.grid.step_sizes
    phi, now = 0.5 * sampler.freeze, m.fisher[:-1]
    excess = m.square[:-1] - 1  # M(τ_k − s) = 1 + excess·e^{2s}
    shrink = _decay_remainder(h)  # h − 1 + e^{−h}
    with np.errstate(invalid="ignore"):
        growth = m.kl[1:] - m.kl[:-1]
        pieces = [
            growth + 2 * h - (h + excess * np.expm1(2 * h) / 2),
            -(2 * -np.expm1(-h) - h) * now,
            2 * shrink * m.error_score,
            h * m.error,
            phi**2 * (2 * shrink + excess * squared_growth(h)),
            2 * phi * (2 * np.sinh(h) - 2 * h - 4 * np.sinh(h / 2) ** 2 * now),
            -2 * phi * (exp_remainder(h) * m.error_place + 4 * np.sinh(h / 2) ** 2 * m.error_score),
        ]
    value = np.sum(pieces, axis=0)
    value = np.where(np.isnan(value), np.inf, value)
    rounding = 8 * EPS * np.abs(pieces[1:]).sum(axis=0) + m.blur * h * (1 + np.abs(now))
    return np.maximum(value, 0.0), rounding + 8 * EPS * (np.abs(m.kl[1:]) + np.abs(m.kl[:-1]) + h)


def path_kl(sampler: Any) -> tuple[float, float]:
    """Return KL(Q‖P) and a bound on its error: that of KL(q_τ‖γ) telescopes, but for the first and the last."""
    value, error = path_kl_steps(sampler)
    m = _moments(sampler)
    total = math.fsum(value)
    if not math.isfinite(total):
        return math.inf, 0.0
    telescoped = 8 * EPS * float(np.abs(m.kl).sum() - np.abs(m.kl[[0, -1]]).sum()) * 2
    return total, max(math.fsum(error) - telescoped, EPS * total) + EPS * float(np.abs(m.kl).max())


def path_kl_rate(sampler: Any, share: float) -> Array:
    """Return the integrand at the fraction `share` ∈ (0, 1] of every step, shape (N,)."""
    m, s = _moments(sampler), share * sampler.grid.step_sizes
    phi, now = 0.5 * sampler.freeze, m.fisher[:-1]
    then = np.array([_plain(sampler.target, float(tau))[1] for tau in sampler.grid.tau[:-1] - s])
    moved = 2 * -np.expm1(-s) + (m.square[:-1] - 1) * np.expm1(s) ** 2
    along = 4 * np.sinh(s / 2) ** 2 - 2 * np.sinh(s) * now
    exact = then + (1 - 2 * np.exp(-s)) * now + phi**2 * moved + 2 * phi * along
    late = -2 * phi * (np.expm1(s) * m.error_place + 2 * np.sinh(s) * m.error_score)
    return np.asarray(exact + 2 * -np.expm1(-s) * m.error_score + m.error + late)


def _decay_remainder(h: Array) -> Array:
    """Return h − 1 + e^{−h} = e^{−h}[h(e^h − 1) − (e^h − 1 − h)]: half of the first bracket cancels at most."""
    return np.asarray(np.exp(-h) * (h * np.expm1(h) - exp_remainder(h)))


@lru_cache(maxsize=16)
def _moments(sampler: Any) -> Moments:
    if sampler.dim != 1:
        raise NotApplicable(
            f"the path KL of a {type(sampler.target).__name__} is known by quadrature in d = 1 only; this one has "
            f"d = {sampler.dim}: use observables.PathKLMonteCarlo."
        )
    plain = np.array([_plain(sampler.target, float(tau)) for tau in sampler.grid.tau])
    if isinstance(sampler.score, Exact):
        errors = np.zeros((sampler.steps, 4))
    else:
        errors = np.array([_errors(sampler, float(tau)) for tau in sampler.grid.tau[:-1]])
    blur = float(plain[np.isfinite(plain).all(axis=1), 3].max(initial=0.0) + errors[:, 3].max())
    kl, fisher, square = plain.T[:3]
    return Moments(kl, fisher, square, errors[:, 0], errors[:, 1], errors[:, 2], blur)


@lru_cache(maxsize=8192)
def _plain(target: Any, tau: float) -> tuple[float, float, float, float]:
    """Return KL(q_τ‖γ), J(τ), M(τ) and a bound on their error; inf where q_τ has no density."""
    law = target.diffused(tau)

    def integrand(x: Array) -> Array:
        log, v = law.log_density(x[:, None]), law.score(x[:, None])[:, 0]
        r = log + 0.5 * x * x + 0.5 * math.log(2 * math.pi)
        with np.errstate(over="ignore"):
            # KL as ∫ q(r + e^{−r} − 1), which vanishes with r² as q_τ → γ
            return np.asarray(np.stack([np.exp(log) * r + np.exp(log - r) - np.exp(log), np.exp(log) * v * v]))

    try:
        (kl, fisher), change = _adaptive(integrand, _wide(edges_of(law)))
    except NoDensity:
        return math.inf, math.inf, math.nan, 0.0
    mean = float(np.ravel(law.mean)[0])
    return kl, fisher, float(np.ravel(law.cov)[0]) + mean**2, change


def _wide(edges: Array) -> Array:
    """Return the edges with unit panels added on either side until γ is covered as well."""
    left = np.arange(-NOISE, edges[0], 1.0)
    return np.concatenate([left, edges, np.arange(NOISE, edges[-1], -1.0)[::-1]])


def _errors(sampler: Any, tau: float) -> tuple[float, float, float, float]:
    """Return E|e|², E e v, E e Y at τ and a bound on their error."""
    law = sampler.target.diffused(tau)

    def integrand(x: Array) -> Array:
        v = law.score(x[:, None])[:, 0]
        e = np.asarray(sampler.score(x[:, None], tau))[:, 0] - v
        return np.asarray(np.exp(law.log_density(x[:, None])) * np.stack([e * e, e * v, e * x]))

    edges = edges_of(law)
    if hasattr(sampler.score, "edges"):  # where its error turns sharply
        edges = np.unique(np.concatenate([edges, sampler.score.edges(tau)]))
    # e is a difference of scores: below their rounding there is nothing to resolve
    v = float(_gauss(lambda x: (np.exp(law.log_density(x[:, None])) * law.score(x[:, None])[:, 0] ** 2)[None],
                     edges[:-1], edges[1:]).sum())  # fmt: skip
    reach = float(np.abs(edges).max())
    (square, score, place), change = _adaptive(integrand, edges, 64 * EPS * (1 + v) * (1 + reach))
    return square, score, place, change


def _adaptive(f: Any, edges: Array, rounding: float = 0.0) -> tuple[Array, float]:
    """Return ∫ f for f: (n,) -> (parts, n), and a bound on the error; panels halved where two halves change it.

    Changes below `rounding` are left alone.
    """
    low, high = edges[:-1], edges[1:]
    whole, total, error, scale = _gauss(f, low, high), 0.0, 0.0, 0.0
    for _ in range(DEPTH):
        middle = 0.5 * (low + high)
        left, right = _gauss(f, low, middle), _gauss(f, middle, high)
        scale = max(scale, float(np.abs(left + right).sum(axis=1).max()))
        gap = np.abs(left + right - whole).max(axis=0)
        rough = gap > max(RELATIVE * scale, rounding)
        total = total + (left + right)[:, ~rough].sum(axis=1)
        error += float(gap[~rough].sum())
        if not rough.any():
            return np.asarray(total), error + 64 * EPS * scale
        low, high = np.concatenate([low[rough], middle[rough]]), np.concatenate([middle[rough], high[rough]])
        whole = np.concatenate([left[:, rough], right[:, rough]], axis=1)
    raise Diverged("a moment of the score error is infinite, or its integrand too rough for quadrature.")


def _gauss(f: Any, low: Array, high: Array) -> Array:
    nodes, weights = rule(ORDER)[:2]
    half = 0.5 * (high - low)[:, None]
    x = 0.5 * (high + low)[:, None] + half * nodes
    values = f(x.ravel())
    return np.asarray((values.reshape(values.shape[0], *x.shape) * half * weights).sum(axis=-1))
