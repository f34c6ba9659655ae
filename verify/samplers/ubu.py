"""UBU: kinetic Langevin by one kick between two exact flows without force."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from verify.backend import AnyArray
from verify.noise import Noise
from verify.samplers.kinetic import Flow, KineticSampler, halves, stacked


@dataclass(frozen=True, eq=False)
class UBU(KineticSampler):
    """U(h/2) B(h) U(h/2) (Alamo, Sanz-Serna, 2016): U flows along dX = V dt, dV = −ρV dt + √(2ρu) dB exactly, B kicks.

    One force a step and strong order 2: coupled to the diffusion it stays within O(h²), where BAOAB and OBABO are of
    strong order 1. On curvature λ the invariant position variance is (1 − h²uλ/6 + …)/λ, the velocity's
    u(1 + h²uλ/12 + …).
    """

    order: ClassVar[float | None] = 2
    stability: ClassVar[float | None] = None  # depends on the friction; 4 without any

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return the next (position, velocity)."""
        position, velocity = self._flown(*halves(x), noise)
        velocity = velocity + self.step_size * self.force(position)
        return stacked(*self._flown(position, velocity, noise))

    @property
    def curvature_limit(self) -> float:
        """The least λ at which the chain no longer contracts: an eigenvalue of its gain is then −1."""
        decay = self._flow.decay
        return 2 * (1 + decay**2) / (self.step_size * self.inverse_mass * self._flow.reach * (1 + decay))

    def _flown(self, position: AnyArray, velocity: AnyArray, noise: Noise) -> tuple[AnyArray, AnyArray]:
        shift, kick = self._flow.noise(noise.normal())
        return position + self._flow.reach * velocity + shift, self._flow.decay * velocity + kick

    @cached_property
    def _flow(self) -> Flow:
        return Flow(self.friction, self.inverse_mass, self.step_size / 2)
