"""PathKL: relative entropy between the reverse SDE and a scheme on path space, in closed form and by Monte Carlo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import norm

from verify.bounds.path_kl import EPS, path_kl, path_kl_rate
from verify.errors import NotApplicable
from verify.estimate import Estimate
from verify.observables.observable import PerBudget, ideal
from verify.scores import Exact


@dataclass(frozen=True)
class PathKL:
    """KL(Q‖P) in closed form, score error and cross term included; both paths start at q_T."""

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the path KL."""
        value, error = path_kl(subject)
        return Estimate.exact(value, error, least=0.0)


@dataclass(frozen=True)
class LargestPathKLRate:
    """sup_{k,t} E‖s_k(Y_k) − ∇log q_{T−t}(Y_t)‖²: the left side of the one-step estimate in Chen et al. (2023).

    The supremum over a step is taken at sixteenths of it, its end included, where the largest value lies as a rule.
    """

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the largest rate."""
        value = max(float(path_kl_rate(subject, share).max()) for share in np.arange(1, 17) / 16)
        return Estimate.exact(value, 64 * EPS * value, least=0.0)


@dataclass(frozen=True)
class PathKLMonteCarlo:
    """KL(Q‖P) by simulating the forward process, which is Q run backwards: unbiased, for any target with a score.

    One uniform time in every step of every path; `n` paths for each budget; normal interval over independent paths.
    """

    n: PerBudget
    confidence: float = 0.99

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the mean over paths with its interval; the null, a scheme equal to the SDE, is exactly zero."""
        if subject.freeze is None:
            raise NotApplicable(f"{type(subject).__name__} has no path KL: its noise is not that of the reverse SDE.")
        n = int(self.n[cell.budget])
        total = np.zeros(n)
        x = np.asarray(ideal(subject).sample(n, cell.rng))
        for k in range(subject.steps - 1, -1, -1):
            x, part = _step(subject, k, x, cell.rng)
            total += part
        mean, spread = float(total.mean()), float(total.std(ddof=1) / np.sqrt(n))
        reach = float(norm.ppf(0.5 + self.confidence / 2)) * spread
        zero = Estimate.exact(0.0)
        return Estimate(mean, mean - reach, mean + reach, self.confidence, "monte carlo over forward paths", zero)


def _step(sampler: Any, k: int, x: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    """Return X at τ_k from X at τ_{k+1}, and h times the integrand at one uniform time between them."""
    tau, h = float(sampler.grid.tau[k]), float(sampler.grid.step_sizes[k])
    back = rng.uniform(0.0, h, size=(x.shape[0], 1))  # distance s from τ_k
    between = _forward(x, h - back, rng)
    later = _forward(between, back, rng)
    exact = Exact(sampler.target)(between, tau - back)
    drift = 0.5 * sampler.freeze * (between - later) + exact - sampler.score(later, tau)
    return later, h * (drift**2).sum(axis=1)


def _forward(x: Any, t: Any, rng: np.random.Generator) -> Any:
    return np.exp(-t) * x + np.sqrt(-np.expm1(-2 * t)) * rng.standard_normal(x.shape)
