"""Hypotheses that several theorems on reverse diffusions share, each checked on the sampler itself."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from verify.backend import Array
from verify.bounds.bound import assume
from verify.noise import Impulse
from verify.samplers import ExponentialIntegrator, RelativeIntegrator, ReverseSampler


def largest_step(sampler: Any) -> float:
    """Return h = max_k h_k."""
    return float(sampler.grid.step_sizes.max())


def smoothness(sampler: Any) -> float:
    """Return L, the Lipschitz constant of ∇log q_t over all t ≥ δ (at least 1, its value at t = ∞)."""
    return _path_smoothness(sampler.process, sampler.grid.horizon, sampler.grid.stop)


@lru_cache(maxsize=4096)
def _path_smoothness(process: Any, horizon: float, stop: float) -> float:
    """Return max(1, L): the many samplers of a sweep share it."""
    return max(1.0, float(process.path_smoothness(horizon, stop)))


@lru_cache(maxsize=8)
def score_errors(sampler: Any) -> Array:
    """Return ε_k = ‖s_{τ_k} − ∇log q_{τ_k}‖_{L²(q_{τ_k})} at the times at which the score is used, shape (N,)."""
    used = sampler.grid.tau[:-1]
    if hasattr(sampler.score, "profile"):
        return np.asarray(sampler.score.profile(used))
    return np.array([sampler.score.error(float(tau)).value for tau in used])


def score_error(sampler: Any) -> float:
    """Return ε = max_k ε_k."""
    size = getattr(sampler.score, "size", None)
    if isinstance(size, float) and hasattr(sampler.score, "profile"):
        return size  # the same at every time
    return float(score_errors(sampler).max())


def second_moment(sampler: Any) -> float:
    """Return m_2² = E‖X_0‖², mean included."""
    return _at_start(sampler.process)[0]


def initial_kl(sampler: Any) -> float:
    """Return KL(p‖γ)."""
    return _at_start(sampler.process)[1]


@lru_cache(maxsize=64)
def _at_start(process: Any) -> tuple[float, float]:
    """Return m_2² and KL(p‖γ) of a forward process; the many samplers of a sweep share them."""
    return float(process.second_moment(0.0)), float(process.kl(0.0))


@lru_cache(maxsize=8)
def infidelity(sampler: Any) -> float:
    """Return how far the running step is from the scheme that its `freeze` declares, relative to the output's size.

    The drift (1 − f)Y_t + f Y_k + 2 s_k(Y_k), f = `freeze`, integrates over a step to
    X' = e^{(1−f)h} X + φ (f X + 2 s_k(X)) + √V ξ with φ = (e^{(1−f)h} − 1)/(1 − f) and V = (e^{2(1−f)h} − 1)/(1 − f)
    (h and 2h for f = 1). Every step is compared on a random state and noise.
    """
    if sampler.freeze is None:
        return math.inf
    k = np.arange(sampler.steps)
    h, pull = sampler.grid.step_sizes[:, None], 1 - sampler.freeze
    phi, variance = (np.expm1(pull * h) / pull, np.expm1(2 * pull * h) / pull) if pull else (h, 2 * h)
    x, z = np.random.default_rng(20230405).standard_normal((2, sampler.steps, sampler.dim))
    score = sampler.score(x, sampler.grid.tau[:-1, None])
    want = np.exp(pull * h) * x + phi * (sampler.freeze * x + 2 * score) + np.sqrt(variance) * z
    got = sampler.step(k, x, Impulse(x, z))
    return float((np.abs(got - want).max(axis=1) / (1 + np.abs(want).max(axis=1))).max())


def _runs(*schemes: type[ReverseSampler]) -> Any:
    """Return the assumption that the sampler is one of the schemes, by class and by what its step does."""
    names = " or ".join(s.__name__ for s in schemes)
    return assume(
        "scheme",
        f"the sampler is {names}, and its running step is that scheme's",
        lambda s: isinstance(s, schemes) and infidelity(s) < 1e-9,
        lambda s: f"the theorem is about {names}; this {type(s).__name__} departs from it by {infidelity(s):.2g}",
    )


EXPONENTIAL = _runs(ExponentialIntegrator)
RELATIVE = _runs(RelativeIntegrator)
FROM_NOISE = assume(
    "start",
    "the chain starts at γ",
    lambda s: s.begin == "standard",
    lambda s: f"the chain starts at {'γ' if s.begin == 'standard' else 'q_T'}",
)
UNIFORM = assume(
    "uniform grid",
    "all steps are equal and end at time 0",
    lambda s: s.grid.is_uniform and s.grid.stop == 0,
    lambda s: f"steps from {s.grid.step_sizes.min():.3g} to {s.grid.step_sizes.max():.3g}, stop at {s.grid.stop:.3g}",
)
SMOOTH = assume(
    "A1",
    "∇log q_t is L-Lipschitz for every t ≥ 0",
    lambda s: math.isfinite(smoothness(s)),
    lambda s: f"L = {smoothness(s):.4g}",
)
MOMENT = assume(
    "A2",
    "the target has a finite second moment",
    lambda s: math.isfinite(second_moment(s)),
    lambda s: f"m_2² = {second_moment(s):.4g}",
)
ACCURATE = assume(
    "A3",
    "the score error is finite in L²(q_t) at every time of the grid",
    lambda s: math.isfinite(score_error(s)),
    lambda s: f"ε = {score_error(s):.4g}",
)
FINITE_KL = assume(
    "KL(p‖γ)",
    "KL(p‖γ) is finite",
    lambda s: math.isfinite(initial_kl(s)),
    lambda s: f"KL(p‖γ) = {initial_kl(s):.4g}",
)
SMALL_STEP = assume(
    "h ≤ 1/L",
    "the step is at most 1/L",
    lambda s: largest_step(s) * smoothness(s) <= 1 + 1e-12,
    lambda s: f"h = {largest_step(s):.4g}, 1/L = {1 / smoothness(s):.4g}",
)
