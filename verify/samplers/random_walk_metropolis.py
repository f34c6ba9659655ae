"""RandomWalkMetropolis: Gaussian moves, accepted or not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from verify.backend import AnyArray, namespace
from verify.noise import Noise
from verify.samplers.metropolis import Metropolis


@dataclass(frozen=True, eq=False)
class RandomWalkMetropolis(Metropolis):
    """Y = X + √(2γ) ξ, accepted with probability min(1, π(Y)/π(X)) (Metropolis et al., 1953). Exact for every γ."""

    evaluations: ClassVar[int] = 0  # values of the potential only

    def propose(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return Y."""
        return x + math.sqrt(2 * self.step_size) * noise.normal()

    def log_return(self, k: Any, x: AnyArray, y: AnyArray) -> AnyArray:
        """Return 0: q is symmetric."""
        return namespace(x).zeros_like(x[..., 0])
