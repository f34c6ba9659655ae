"""Kinetic chains on (position, velocity): laws in the norm of a theorem, and how far a step is from a scheme."""

from __future__ import annotations

import dataclasses
import math
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.linalg import expm

from verify import laws
from verify.backend import Array
from verify.errors import BoundcheckError
from verify.laws.repeated import equal_steps


def positions(law: Any) -> laws.Gaussian:
    """Return the law of X."""
    d = law.dim // 2
    return laws.Gaussian(law.mean[:d], law.cov[:d, :d])


def twisted(law: Any) -> laws.Gaussian:
    """Return the law of (X, X + V)."""
    d = law.dim // 2
    change = np.block([[np.eye(d), np.zeros((d, d))], [np.eye(d), np.eye(d)]])
    cov = change @ law.cov @ change.T
    return laws.Gaussian(change @ law.mean, 0.5 * (cov + cov.T))


def is_kinetic(sampler: Any) -> bool:
    """Return True where the state stacks position and velocity."""
    return hasattr(sampler, "friction") and hasattr(sampler, "inverse_mass")


def rests(law: Any, variance: float) -> bool:
    """Return True where V ~ N(0, variance·I), independent of X."""
    d = law.dim // 2
    cov, mean = law.cov, law.mean
    size = 1e-9 * (variance + float(np.abs(np.diagonal(cov)).max()))
    straight = float(np.abs(mean[d:]).max()) <= 1e-9 * (1 + float(np.abs(mean).max()))
    spread = float(np.abs(cov[d:, d:] - variance * np.eye(d)).max(initial=0.0))
    return straight and max(spread, float(np.abs(cov[:d, d:]).max(initial=0.0))) <= size


def transition(precision: float, friction: float, inverse_mass: float, time: float) -> tuple[Array, Array]:
    """Return gain and noise covariance (2, 2) of dX = V dt, dV = −ρV dt − uλX dt + √(2ρu) dB over `time`."""
    drift = np.array([[0.0, 1.0], [-inverse_mass * precision, -friction]])
    return np.asarray(expm(time * drift)), inverse_mass * _added(drift, friction, time)


def _added(drift: Array, friction: float, time: float) -> Array:
    """Return C(t) = ∫₀^t e^{As}diag(0, 2ρ)e^{A's}ds: a block matrix's exponential (Van Loan, 1978) for a short time.

    Then C(2t) = C(t) + e^{At}C(t)e^{A't}, as its inverse exponential overflows for a long one.
    """
    doublings = max(0, math.ceil(math.log2(time * float(np.abs(drift).max()))))
    short = time / 2**doublings
    noise = np.diag([0.0, 2 * friction])
    block = np.asarray(expm(short * np.block([[-drift, noise], [np.zeros((2, 2)), drift.T]])))
    gain = block[2:, 2:].T
    found = gain @ block[:2, 2:]
    for _ in range(doublings):
        found = found + gain @ found @ gain.T
        gain = gain @ gain
    return np.asarray(found)


def euler_transition(friction: float, time: float) -> tuple[Array, Array, Array]:
    """Return what a step of the exponential Euler scheme does: its gain, its reaction to the force, its noise over u.

    The flow of dX = V dt, dV = −ρV dt + F dt + √(2ρu) dB: (X, V) ↦ G(X, V) + (a, b)F + noise of covariance u·C. From
    exponentials of matrices, so that it shares no formula with a sampler.
    """
    drift = np.array([[0.0, 1.0, 0.0], [0.0, -friction, 1.0], [0.0, 0.0, 0.0]])  # the force is a constant third state
    flow = np.asarray(expm(drift * time))
    return flow[:2, :2], flow[:2, 2], _added(drift[:2, :2], friction, time)


@lru_cache(maxsize=32)
def departure(sampler: Any, exact: bool) -> float:
    """Return how far one running step is from the kinetic diffusion (`exact`) or its exponential Euler scheme.

    In mean and covariance, from a point, each over its own size, on a Gaussian target; elsewhere the class tells.
    """
    if not is_kinetic(sampler):
        return math.inf
    if not hasattr(sampler.target, "eigenvalues"):
        named = any(kind.__name__ == "KineticExponentialEuler" for kind in type(sampler).__mro__)
        return 0.0 if named and not exact else math.inf
    goal, u = sampler.ideal, sampler.inverse_mass
    root = np.sqrt(goal.eigenvalues)
    turn = np.eye(sampler.dim) if goal.eigenvectors is None else goal.eigenvectors
    begin = laws.Gaussian(goal.mean + turn @ root, np.zeros((sampler.dim, sampler.dim)))
    try:
        if not equal_steps(sampler):
            return math.inf
        got = dataclasses.replace(sampler, steps=1).run(begin)
    except (BoundcheckError, AttributeError, TypeError, ValueError):
        return math.inf
    mean, cov = turn.T @ (got.mean - goal.mean) / root, turn.T @ got.cov @ turn / np.outer(root, root)
    d, worst, blur = sampler.dim // 2, 0.0, 256 * sampler.dim * float(np.finfo(float).eps)
    for i in range(d):
        want, spread = _one_step(1 / goal.eigenvalues[i], sampler.friction, u, sampler.step_size, exact)
        both = np.ix_([i, d + i], [i, d + i])
        sizes = np.sqrt(np.maximum(np.diagonal(spread), blur**2))
        errors = np.abs(cov[both] - spread), np.abs(mean[[i, d + i]] - want)
        over = np.maximum(errors[0] - blur, 0) / np.outer(sizes, sizes), np.maximum(errors[1] - blur, 0) / sizes.min()
        worst = max(worst, float(over[0].max()), float(over[1].max()))
    return worst


def _one_step(precision: float, friction: float, u: float, time: float, exact: bool) -> tuple[Array, Array]:
    """Return mean and covariance after a step from (1, 1), in units of the standard deviations in equilibrium."""
    units = np.array([1 / math.sqrt(precision), math.sqrt(u)])
    if exact:
        gain, spread = transition(precision, friction, u, time)
    else:
        free, push, noise = euler_transition(friction, time)
        gain, spread = free - np.outer(push, [u * precision, 0.0]), u * noise
    return gain @ units / units, spread / np.outer(units, units)
