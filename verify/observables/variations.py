"""Observables of a changed sampler: with a planted mistake, another start, another score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from verify.estimate import Estimate
from verify.observables.observable import Observable
from verify.samplers import Perturbed


@dataclass(frozen=True)
class OnPerturbed:
    """`observable` of the exponential integrator with a mistake: the same score, grid and start, wrong coefficients.

    Feeds negative controls: a claim about the right sampler must be refuted for this one.
    """

    observable: Observable
    drift: float = 2.0
    noise_scale: float = 1.0
    lag: float = 0.0
    relax: float = 1.0

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return what the observable measures on the faulty sampler."""
        wrong = Perturbed(
            subject.score, subject.grid, subject.begin, self.drift, self.noise_scale, self.lag, self.relax
        )
        return self.observable(wrong, cell)


@dataclass(frozen=True)
class Difference:
    """`first` − `second`, two observables of one sampler; intervals add up."""

    first: Observable
    second: Observable

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the difference."""
        a, b = self.first(subject, cell), self.second(subject, cell)
        confidence = min(a.confidence, b.confidence)
        return Estimate(a.value - b.value, a.low - b.high, a.high - b.low, confidence, f"{a.method} − {b.method}")
