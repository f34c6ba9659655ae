"""MALA: the Metropolis-adjusted Langevin algorithm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from verify.backend import AnyArray, namespace
from verify.noise import Noise
from verify.samplers.metropolis import Metropolis


@dataclass(frozen=True, eq=False)
class MALA(Metropolis):
    """Y = X + γ∇log π(X) + √(2γ) ξ, accepted with probability min(1, π(Y)q(Y, X)/(π(X)q(X, Y))) (Besag, 1994;
    Roberts, Tweedie, 1996), −log q(x, y) = |y − x − γ∇log π(x)|²/(4γ). Exact for every γ."""

    def propose(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return Y."""
        return x + self.step_size * self.target.score(x) + math.sqrt(2 * self.step_size) * noise.normal()

    def log_return(self, k: Any, x: AnyArray, y: AnyArray) -> AnyArray:
        """Return log q(y, x)/q(x, y) = (s + t)·((γ/4)(s − t) − ½(y − x)), s and t the scores at x and y.

        The squares of the two moves are subtracted before they are rounded.
        """
        here, there = self.target.score(x), self.target.score(y)
        terms = (here + there) * (0.25 * self.step_size * (here - there) - 0.5 * (y - x))
        return namespace(x).sum(terms, axis=-1)
