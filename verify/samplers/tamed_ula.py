"""TamedULA: ULA whose drift is bounded, for potentials that grow faster than a square."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from verify.backend import AnyArray, namespace
from verify.noise import Noise
from verify.samplers.schedule import root
from verify.samplers.ula import ULA


@dataclass(frozen=True, eq=False)
class TamedULA(ULA):
    """X' = X − γ∇f(X)/(1 + γ|∇f(X)|) + √(2γ/β) ξ, f = −log π (Brosse, Durmus, Moulines, Sabanis, 2019).

    The drift of a step is at most 1, so that no step size diverges where ULA would. The invariant law is biased by
    O(γ). Not affine: particles.
    """

    order: ClassVar[float | None] = 1
    stability: ClassVar[float] = float("inf")

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        gradient = -self.target.score(x)
        length = root(namespace(x).sum(gradient * gradient, axis=-1, keepdims=True))
        spread = root(2 * self.step_size / self.inverse_temperature)
        return x - self.step_size * gradient / (1 + self.step_size * length) + spread * noise.normal()
