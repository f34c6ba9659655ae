"""How far a running step is from the scheme that a theorem is about, and how curved its target is."""

from __future__ import annotations

import dataclasses
import math
from functools import lru_cache
from typing import Any

import numpy as np

from verify import laws
from verify.backend import Array
from verify.bounds.langevin.chain import inverse_temperature
from verify.errors import BoundcheckError
from verify.laws.gaussian import Deviation
from verify.laws.repeated import equal_steps, indices
from verify.noise import Impulse
from verify.processes import LangevinDiffusion

EPS = float(np.finfo(float).eps)


def states(sampler: Any, count: int = 32) -> Array:
    """Return random places around the mean of the start, at distances from 0.01 to 100, shape (count, d)."""
    rng = np.random.default_rng(20170404)
    spread = np.logspace(-2, 2, count)[:, None]
    d = int(sampler.target.dim)  # a state may stack a velocity
    return np.asarray(sampler.start().mean[:d] + spread * rng.standard_normal((count, d)))


@lru_cache(maxsize=32)
def infidelity(sampler: Any) -> float:
    """Return how far the running step is from x + γ∇log π(x) + √(2γ/β)z, relative to its move; inf where it cannot be.

    The drift is read off without noise and the noise off its difference, at the first, the last and random indices, for
    the step size that is declared: a schedule, a wrong factor or a second draw shows. Infinite, too, where the move is
    too small beside the state to be told from rounding.
    """
    if not hasattr(sampler, "step_size") or not hasattr(sampler.target, "score"):
        return math.inf
    x = states(sampler)
    z = np.random.default_rng(20190101).standard_normal(x.shape)
    drift = sampler.step_size * sampler.target.score(x)
    spread = math.sqrt(2 * sampler.step_size / inverse_temperature(sampler))
    worst = 0.0
    try:
        for k in indices(sampler.steps):
            noise = Impulse(x, z, None)
            still, moved = sampler.step(k, x, Impulse(x)), sampler.step(k, x, noise)
            if noise.draws != 1:
                return math.inf
            blur = 16 * sampler.dim * EPS * (np.abs(x).max(axis=1) + np.abs(drift).max(axis=1))
            worst = max(
                worst, _excess(still - x - drift, blur, drift), _excess(moved - still - spread * z, blur, spread * z)
            )
    except (BoundcheckError, AttributeError, TypeError, ValueError):
        return math.inf
    return worst


@lru_cache(maxsize=32)
def noisy_infidelity(sampler: Any) -> float:
    """Return how far the running step is from x + γ∇log π(x) + √(2γ)z − γσz', in drift and in variance."""
    if not hasattr(sampler, "step_size") or not hasattr(sampler.target, "score"):
        return math.inf
    x = states(sampler, 8)
    drift, z = sampler.step_size * sampler.target.score(x), np.random.default_rng(20200220).standard_normal(x.shape)
    want = 2 * sampler.step_size / inverse_temperature(sampler)
    want += (sampler.step_size * float(getattr(sampler, "gradient_noise", 0.0))) ** 2
    blur = 16 * sampler.dim * EPS * (np.abs(x).max(axis=1) + np.abs(drift).max(axis=1))
    worst = 0.0
    try:
        for k in indices(sampler.steps):
            quiet = Impulse(x)
            still = sampler.step(k, x, quiet)
            moves = [sampler.step(k, x, Impulse(x, z, draw)) - still for draw in range(quiet.draws)]
            # each draw moves by a number times z, in sign and direction, and their squares add up
            scales = np.array([(move * z).sum(axis=1) / (z * z).sum(axis=1) for move in moves])
            for move, scale in zip(moves, scales, strict=True):
                worst = max(worst, _excess(move - scale[:, None] * z, 4 * blur, math.sqrt(want) * z))
            size = np.sqrt((scales**2).sum(axis=0))[:, None]
            goal = np.full_like(size, math.sqrt(want))
            worst = max(worst, _excess(still - x - drift, blur, drift), _excess(size - goal, 4 * blur, goal))
    except (BoundcheckError, AttributeError, TypeError, ValueError):
        return math.inf
    return worst


@lru_cache(maxsize=32)
def transition_infidelity(sampler: Any) -> float:
    """Return how far one running step is from the diffusion over the time γ, in mean and covariance; inf elsewhere.

    Relative to what the step moves, so that a small γ hides nothing.
    """
    if not hasattr(sampler, "step_size") or not hasattr(sampler.target, "eigenvalues"):
        return math.inf
    beta = inverse_temperature(sampler)
    begin = _start_off(sampler.target, beta)
    return _departure(sampler, begin, LangevinDiffusion(sampler.target, beta).law(sampler.step_size, begin))


@lru_cache(maxsize=32)
def proximal_infidelity(sampler: Any) -> float:
    """Return how far one running step is from the proximal sampler's, in mean and covariance, on a Gaussian target.

    With precisions Λ and a = (I + ηΛ)⁻¹ it maps N(m + u, Σ + D) to N(m + au, Σ + aDa). Off Gaussians: 0 by name.
    """
    if not hasattr(sampler, "step_size"):
        return math.inf
    if not hasattr(sampler.target, "eigenvalues"):
        return 0.0 if "ProximalSampler" in (kind.__name__ for kind in type(sampler).__mro__) else math.inf
    begin, values = _start_off(sampler.target, 1.0), sampler.target.eigenvalues
    first, shrink = begin.deviation, values / (values + sampler.step_size)
    assert first is not None
    moved = dataclasses.replace(first, mean=shrink * first.mean, cov=shrink**2 * first.cov)
    return _departure(sampler, begin, laws.Gaussian.deviating(moved))


def _start_off(target: Any, beta: float) -> laws.Gaussian:
    """Return a law with another mean and other variances than N(m, Σ/β) in every direction of the eigenbasis."""
    goal = type(target).from_spectrum(target.mean, target.eigenvalues / beta, target.eigenvectors)
    zero = np.zeros(target.dim)
    return laws.Gaussian.deviating(Deviation(goal, np.sqrt(goal.eigenvalues), -0.75 * goal.eigenvalues, zero, zero))


def _departure(sampler: Any, begin: laws.Gaussian, want: laws.Gaussian) -> float:
    """Return the largest difference of one running step from `want`, over the move, in whitened eigencoordinates."""
    try:
        if not equal_steps(sampler):
            return math.inf
        got = dataclasses.replace(sampler, steps=1).run(begin)
    except (BoundcheckError, AttributeError, TypeError, ValueError):
        return math.inf
    first, last, goal = (law.deviation for law in (begin, got, want))
    assert first is not None and last is not None and goal is not None
    root = np.sqrt(goal.reference.eigenvalues)
    blur, worst = 64 * sampler.dim * EPS, 0.0
    means, covs = ([x.mean for x in (first, last, goal)], [_full(x.cov) for x in (first, last, goal)])
    for (before, found, wanted), scale in ((means, root), (covs, np.outer(root, root))):
        error, move = np.abs(found - wanted) / scale, np.abs(wanted - before) / scale
        worst = max(worst, float((np.maximum(error - blur, 0.0) / np.maximum(move, blur)).max()))
    return worst


def _full(cov: Array) -> Array:
    return np.diag(cov) if cov.ndim == 1 else cov


def _excess(error: Array, blur: Array, size: Array) -> float:
    """Return max over states of (|error| − rounding)/|size|, at least 0; inf where rounding hides the size itself."""
    over, large = np.maximum(np.abs(error).max(axis=1) - blur, 0.0), np.abs(size).max(axis=1)
    if (blur > 0.1 * large.max()).all():
        return math.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.where(over > 0, over / large, 0.0).max())


@lru_cache(maxsize=32)
def curvature(sampler: Any) -> tuple[float, float]:
    """Return the least ⟨∇f(x) − ∇f(y), x − y⟩/|x − y|² and the largest |∇f(x) − ∇f(y)|/|x − y| over random pairs.

    At the sampler's temperature; every m must be below the first, every L above the second.
    """
    x, y = states(sampler), states(sampler)[::-1] + 1.0
    gap = y - x
    change = -inverse_temperature(sampler) * (sampler.target.score(y) - sampler.target.score(x))
    square = (gap**2).sum(axis=1)
    return float(((change * gap).sum(axis=1) / square).min()), float(np.sqrt((change**2).sum(axis=1) / square).max())
