"""KineticExponentialEuler: kinetic Langevin with the force of the start of each step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from verify.backend import AnyArray
from verify.noise import Noise
from verify.samplers.kinetic import Flow, KineticSampler, halves, stacked


@dataclass(frozen=True, eq=False)
class KineticExponentialEuler(KineticSampler):
    """The exact flow of dX = V dt, dV = −ρV dt − u∇f(X_k) dt + √(2ρu) dB over h (Cheng et al., 2018, Algorithm 1).

    Theirs has ρ = 2 and u = 1/L. Its invariant law is biased by O(h). It is stable for λ < `curvature_limit`, about
    2ρ/(uh) for small ρh: without friction it never is.
    """

    order: ClassVar[float | None] = 1
    stability: ClassVar[float | None] = None  # depends on the friction

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return the next (position, velocity)."""
        position, velocity = halves(x)
        flow, force = self._flow, self.force(position)
        shift, kick = flow.noise(noise.normal())
        return stacked(
            position + flow.reach * velocity + flow.pushed * force + shift,
            flow.decay * velocity + flow.reach * force + kick,
        )

    @property
    def curvature_limit(self) -> float:
        """The least λ at which the chain no longer contracts: its gain has determinant 1, or −1 for an eigenvalue."""
        flow = self._flow
        turned = flow.reach**2 - flow.pushed * flow.decay
        flipped = flow.pushed * (1 + flow.decay) - flow.reach**2
        limit = (1 - flow.decay) / turned if turned > 0 else math.inf
        if flipped > 0:
            limit = min(limit, 2 * (1 + flow.decay) / flipped)
        return limit / self.inverse_mass

    @cached_property
    def _flow(self) -> Flow:
        return Flow(self.friction, self.inverse_mass, self.step_size)
