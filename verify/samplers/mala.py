"""MALA: the Metropolis-adjusted Langevin algorithm."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from verify.backend import AnyArray
from verify.noise import Noise
from verify.samplers.metropolis import Metropolis, squares


@dataclass(frozen=True, eq=False)
class MALA(Metropolis):
    """Y = X + γ∇log π(X) + √(2γ) ξ, accepted with probability min(1, π(Y)q(Y, X)/(π(X)q(X, Y))) (Besag, 1994;
    Roberts, Tweedie, 1996), −log q(x, y) = |y − x − γ∇log π(x)|²/(4γ). Exact for every γ."""

    def propose(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return Y."""
        return x + self.step_size * self.target.score(x) + math.sqrt(2 * self.step_size) * noise.normal()

    def log_transition(self, k: Any, x: AnyArray, y: AnyArray) -> AnyArray:
        """Return log q(x, y)."""
        return -squares(y - x - self.step_size * self.target.score(x)) / (4 * self.step_size)
