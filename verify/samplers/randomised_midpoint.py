"""RandomisedMidpoint: Langevin steps whose drift is taken at a random time of the step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from verify.backend import AnyArray
from verify.noise import Noise
from verify.samplers.langevin import LangevinSampler


@dataclass(frozen=True, eq=False)
class RandomisedMidpoint(LangevinSampler):
    """X' = X − γ∇f(X_α) + √2 B_γ, X_α = X − αγ∇f(X) + √2 B_{αγ}, α ~ U(0, 1) (He, Balasubramanian, Erdogdu, 2020).

    The overdamped form of Shen and Lee (2019). f = −log π. One α serves all coordinates of a state: given it the step
    is affine, B_{αγ} = √(αγ) ξ and B_γ = B_{αγ} + √((1 − α)γ) ξ'; its law is a mixture of Gaussians over α, so exact
    laws are for particles only, but mean and covariance obey closed recursions. On curvature λ, u = γλ, the mean
    contracts by 1 − u + u²/2 and the invariant variance is 1/(λ(1 − u³/(3(2 − 2u + u²)))): biased by O(γ³). The
    second moment contracts for (1 − u + u²/2)² + u⁴/12 < 1, that is for u below the root of u³ − 3u² + 6u = 6.
    """

    order: ClassVar[float | None] = 3
    stability: ClassVar[float] = 1.59607163798332
    evaluations: ClassVar[int] = 2

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        alpha = noise.uniform(1)
        early = (alpha * self.step_size) ** 0.5 * noise.normal()
        late = ((1 - alpha) * self.step_size) ** 0.5 * noise.normal()
        middle = x + alpha * self.step_size * self.target.score(x) + math.sqrt(2) * early
        return x + self.step_size * self.target.score(middle) + math.sqrt(2) * (early + late)
