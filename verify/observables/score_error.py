"""ScoreError: the L²(q_t) error of the score at the times at which a sampler uses it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from verify.bounds.assumptions import score_error
from verify.estimate import Estimate
from verify.observables.observable import PerBudget
from verify.scores import Exact


@dataclass(frozen=True)
class ScoreError:
    """max_k ‖s_{τ_k} − ∇log q_{τ_k}‖_{L²(q_{τ_k})}, as declared by the score."""

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the largest declared error."""
        value = score_error(subject)
        return Estimate.exact(value, 4 * math.ulp(value), least=0.0)


@dataclass(frozen=True)
class ScoreErrorMonteCarlo:
    """The same L² error at the last used time, measured on n draws of q_τ: confirms what the score declares."""

    n: PerBudget
    confidence: float = 0.99

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the root of the mean square with the interval of the mean square."""
        tau, n = float(subject.grid.tau[-2]), int(self.n[cell.budget])
        x = subject.marginal(subject.steps - 1).sample(n, cell.rng)
        square = ((subject.score(x, tau) - Exact(subject.target)(x, tau)) ** 2).sum(axis=1)
        mean, spread = float(square.mean()), float(square.std(ddof=1) / np.sqrt(n))
        reach = float(norm.ppf(0.5 + self.confidence / 2)) * spread
        # a constant error has no spread; its rounding is all that is left
        low, high = max(mean - reach, 0.0), mean + reach + 1e-12 * mean
        return Estimate(
            mean**0.5, low**0.5 * (1 - 1e-12), high**0.5, self.confidence, "monte carlo", Estimate.exact(0.0)
        )
