"""Moments along the forward process at the times of a grid: the left-hand sides of the lemmas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.estimate import Estimate
from verify.special import minus_log1p

EPS = float(np.finfo(float).eps)


def _largest(values: Any) -> Estimate:
    value = float(np.max(values))
    return Estimate.exact(value, 64 * EPS * abs(value), least=0.0)


@dataclass(frozen=True)
class LargestSecondMoment:
    """max_k E‖X_{τ_k}‖²."""

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the largest second moment on the grid."""
        return _largest(subject.process.second_moment(subject.grid.tau))


@dataclass(frozen=True)
class LargestMovement:
    """max_k E‖X_{τ_k} − X_{τ_{k+1}}‖²."""

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the largest mean squared movement within a step."""
        return _largest(subject.process.movement(subject.grid.tau[1:], subject.grid.tau[:-1]))


@dataclass(frozen=True)
class LargestFisher:
    """max_k E‖∇log q_{τ_k}‖²."""

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the largest Fisher information on the grid."""
        return _largest(subject.process.fisher(subject.grid.tau))


@dataclass(frozen=True)
class FisherAtHorizon:
    """E‖∇log q_T‖²."""

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return J(T)."""
        return _largest(subject.process.fisher(subject.grid.horizon))


@dataclass(frozen=True)
class ScoreChange:
    """‖∇log q_{τ+h} − ∇log q_τ‖_{L²(q_τ)} over the last step, τ = τ_N: the left side of the perturbation lemma."""

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the root mean square change of the score, in closed form."""
        tau, h = subject.grid.stop, float(subject.grid.step_sizes[-1])
        target = subject.target
        before, after = target.variances_at(tau), target.variances_at(tau + h)
        # 1/λ(τ) − 1/λ(τ+h) with λ(τ+h) − λ(τ) = −(λ − 1)e^{−2τ}(1 − e^{−2h}), free of cancellation
        slope = (target.eigenvalues - 1) * np.exp(-2 * tau) * np.expm1(-2 * h) / (before * after)
        shift = -np.expm1(-h) * target.mean_at(tau) / after
        return _largest(np.sqrt((slope**2 * before + shift**2).sum()))


@dataclass(frozen=True)
class NoiseKL:
    """KL(q_T‖γ) in closed form: what the OU contraction bounds."""

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return KL(q_T‖γ)."""
        excess = (subject.target.eigenvalues - 1) * np.exp(-2 * subject.grid.horizon)
        value = 0.5 * float(minus_log1p(excess).sum()) + 0.5 * float(subject.process.squared_mean(subject.grid.horizon))
        return _largest(value)
