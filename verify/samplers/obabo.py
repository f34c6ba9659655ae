"""OBABO: kinetic Langevin by half a friction on either side of a Verlet step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from verify.backend import AnyArray
from verify.noise import Noise
from verify.samplers.kinetic import KineticSampler, halves, stacked


@dataclass(frozen=True, eq=False)
class OBABO(KineticSampler):
    """O(h/2) B(h/2) A(h) B(h/2) O(h/2) (Bussi, Parrinello, 2007): O rubs, B kicks, A drifts, as in BAOAB.

    On curvature λ it is stable for h²uλ < 4 at every friction, and its invariant law is
    N(0, 1/(λ(1 − h²uλ/4))) ⊗ N(0, u): the velocity is exact for every h, the position biased by O(h²).
    """

    order: ClassVar[float | None] = 2
    evaluations: ClassVar[int] = 2

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return the next (position, velocity)."""
        h, rubbed = self.step_size, self.friction * self.step_size / 2
        decay, spread = math.exp(-rubbed), math.sqrt(-self.inverse_mass * math.expm1(-2 * rubbed))
        position, velocity = halves(x)
        first, second = halves(noise.normal())
        velocity = decay * velocity + spread * first
        velocity = velocity + h / 2 * self.force(position)
        position = position + h * velocity
        velocity = velocity + h / 2 * self.force(position)
        return stacked(position, decay * velocity + spread * second)
