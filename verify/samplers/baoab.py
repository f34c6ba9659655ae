"""BAOAB: kinetic Langevin by kick, drift, exact friction, drift, kick."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from verify.backend import AnyArray
from verify.noise import Noise
from verify.samplers.kinetic import KineticSampler, halves, stacked


@dataclass(frozen=True, eq=False)
class BAOAB(KineticSampler):
    """B(h/2) A(h/2) O(h) A(h/2) B(h/2) (Leimkuhler, Matthews, 2013): B kicks, V += t·F; A drifts, X += tV; O rubs.

    O(t) is V ↦ e^{−ρt}V + √(u(1 − e^{−2ρt})) ξ. On curvature λ it is stable for h²uλ < 4 at every friction, and its
    invariant law is N(0, 1/λ) ⊗ N(0, u(1 − h²uλ/4)): the position is exact for every h, the velocity is biased by
    O(h²). Off Gaussians the position's bias is O(h²) too. The second kick's force is the next step's first.
    """

    order: ClassVar[float | None] = 2
    evaluations: ClassVar[int] = 2

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return the next (position, velocity)."""
        half, rubbed = self.step_size / 2, self.friction * self.step_size
        position, velocity = halves(x)
        _, z = halves(noise.normal())
        velocity = velocity + half * self.force(position)
        position = position + half * velocity
        velocity = math.exp(-rubbed) * velocity + math.sqrt(-self.inverse_mass * math.expm1(-2 * rubbed)) * z
        position = position + half * velocity
        return stacked(position, velocity + half * self.force(position))
