"""Metropolis: the accept–reject step that makes any proposal leave the target invariant."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from verify.backend import AnyArray, namespace
from verify.errors import InvalidInput
from verify.noise import Noise
from verify.samplers.langevin import LangevinSampler


@dataclass(frozen=True, eq=False)
class Metropolis(LangevinSampler):
    """X' = Y ~ q(X, ·) with probability min(1, π(Y)q(Y, X)/(π(X)q(X, Y))), else X' = X (Hastings, 1970).

    Leaves π invariant for every step size; the old state counts again where the move is rejected. A move to where π or
    q cannot be told from 0 is rejected.
    """

    order: ClassVar[float | None] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not hasattr(self.target, "potential"):
            raise InvalidInput(f"the acceptance needs a `potential`; {type(self.target).__name__} has none.")

    @abstractmethod
    def propose(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return Y, (…, d)."""

    @abstractmethod
    def log_return(self, k: Any, x: AnyArray, y: AnyArray) -> AnyArray:
        """Return log q(y, x)/q(x, y): how much likelier the way back is, (…, d), (…, d) -> (…)."""

    def log_ratio(self, k: Any, x: AnyArray, y: AnyArray) -> AnyArray:
        """Return log π(y)q(y, x)/(π(x)q(x, y)), (…)."""
        return self.target.potential(x) - self.target.potential(y) + self.log_return(k, x, y)

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        y = self.propose(k, x, noise)
        chance = noise.uniform(1)
        xp = namespace(x)
        ratio = self.log_ratio(k, x, y)[..., None]
        capped = xp.where(ratio > 0, xp.zeros_like(ratio), ratio)  # NaN stays and rejects
        return xp.where(chance < xp.exp(capped), y, x)
