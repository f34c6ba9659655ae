"""ProximalSampler: exact draws from the target restricted to the neighbourhood of a noisy copy."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from verify.backend import AnyArray
from verify.errors import InvalidInput
from verify.noise import Noise
from verify.samplers.langevin import LangevinSampler


@dataclass(frozen=True, eq=False)
class ProximalSampler(LangevinSampler):
    """Y ~ N(X, ηI), then X' ~ ∝ exp(−f(x) − |x − Y|²/(2η)), η = `step_size` (Lee, Shen, Tian, 2021).

    Gibbs sampling of the joint law e^{−f(x)−|x−y|²/2η}: exact for every η. The second draw, the restricted Gaussian
    oracle, is the target's ``restricted(y, size, noise)``, exact for Gaussians and for separable convex potentials
    with a proximal map.
    """

    order: ClassVar[float | None] = None
    evaluations: ClassVar[int] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not hasattr(self.target, "restricted"):
            raise InvalidInput(f"a {type(self.target).__name__} has no restricted Gaussian oracle `restricted`.")

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        y = x + math.sqrt(self.step_size) * noise.normal()
        return self.target.restricted(y, self.step_size, noise)
