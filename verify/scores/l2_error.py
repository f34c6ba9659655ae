"""The L²(q_t) error of any score: adaptive quadrature on the line, Monte Carlo in the plane and above."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import norm

from verify.backend import Array
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.laws.panels import rule

ORDER = 20
RELATIVE = 1e-13  # share of the integral that one panel may be off by
WIDTH = 2.0  # standard deviations, of the panels to begin with
DEPTH = 50  # halvings, to the last digit of the line
MOST = 1 << 12  # of these
DRAWS, CONFIDENCE = 100_000, 0.999


def l2_error(score: Any, t: float, *, draws: int = DRAWS, seed: int = 0) -> Estimate:
    """Return ‖s_t − ∇log q_t‖ in L²(q_t), q_t the diffused target of `score`.

    d = 1: quadrature, refined until it resolves the score, sharp turns between data included; the interval is what the
    last refinement changed. d ≥ 2: the root of the mean over `draws` points of q_t, with its 99.9 % normal interval.
    """
    law = score.target.diffused(float(t))
    if law.dim == 1:
        return squared_error(lambda x: score(x, float(t)), law).map(math.sqrt)
    x = law.sample(draws, np.random.default_rng(seed))
    squares = ((np.asarray(score(x, float(t))) - law.score(x)) ** 2).sum(axis=-1)
    mean, reach = float(squares.mean()), float(norm.ppf(0.5 + CONFIDENCE / 2) * squares.std(ddof=1) / math.sqrt(draws))
    ends = (math.sqrt(max(value, 0.0)) for value in (mean, mean - reach, mean + reach))
    return Estimate(*ends, CONFIDENCE, "monte carlo")


def squared_error(guess: Callable[[Array], Array], law: Any, relative: float = RELATIVE) -> Estimate:
    """Return E|s(X) − ∇log q(X)|², X ~ q a Gaussian or a mixture on the line, for a score s: (…, 1) -> (…, 1).

    Panels are halved until none is off by more than `relative` of the whole.
    """

    def integrand(x: Array) -> Array:
        gap = np.asarray(guess(x[..., None])) - law.score(x[..., None])
        return np.asarray(np.exp(law.log_density(x[..., None])) * gap[..., 0] ** 2)

    return integral(integrand, edges_of(law, relative), relative)


def edges_of(law: Any, relative: float = RELATIVE) -> Array:
    """Return equal panels for a Gaussian or a mixture on the line; a probability below relative² lies beyond them."""
    means = np.ravel(getattr(law, "means", law.mean))
    deviations = np.sqrt(np.ravel(getattr(law, "covs", law.cov)))
    reach = math.sqrt(-4 * math.log(relative))
    low, high = float((means - reach * deviations).min()), float((means + reach * deviations).max())
    count = min(max(math.ceil((high - low) / (WIDTH * float(deviations.min()))), 1), MOST)
    return np.linspace(low, high, count + 1)


def integral(f: Callable[[Array], Array], edges: Array, relative: float = RELATIVE) -> Estimate:
    """Return ∫ f for f ≥ 0 of a vector, panels halved where two halves do not agree with the whole.

    All terms are of one sign, so that the result is good to a relative accuracy, however small it is.
    """
    low, high = np.asarray(edges[:-1], dtype=float), np.asarray(edges[1:], dtype=float)
    whole, total, error = _gauss(f, low, high), 0.0, 0.0
    for _ in range(DEPTH):
        middle = 0.5 * (low + high)
        left, right = _gauss(f, low, middle), _gauss(f, middle, high)
        gap = np.abs(left + right - whole)
        scale = total + float((left + right).sum())
        rough = gap > relative * scale
        total += float((left + right)[~rough].sum())
        error += float(gap[~rough].sum())
        if not rough.any():
            return Estimate.exact(total, error + 64 * np.finfo(float).eps * total, "quadrature", least=0.0)
        low, high = np.concatenate([low[rough], middle[rough]]), np.concatenate([middle[rough], high[rough]])
        whole = np.concatenate([left[rough], right[rough]])
    raise InvalidInput("the integrand is too rough for quadrature: it jumps, or is infinite.")


def _gauss(f: Callable[[Array], Array], low: Array, high: Array) -> Array:
    nodes, weights = rule(ORDER)[:2]
    half = 0.5 * (high - low)[:, None]
    x = 0.5 * (high + low)[:, None] + half * nodes
    return np.asarray((half * weights * f(x.ravel()).reshape(x.shape)).sum(axis=1))
