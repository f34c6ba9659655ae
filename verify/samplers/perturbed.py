"""Perturbed: the exponential integrator with a deliberate mistake, for negative controls."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from verify.backend import AnyArray, maths
from verify.errors import InvalidInput
from verify.noise import Noise
from verify.samplers.reverse import ReverseSampler


@dataclass(frozen=True, eq=False)
class Perturbed(ReverseSampler):
    """X' = e^h X + drift·(e^h − 1) s_{τ'}(X) + noise·√(e^{2h} − 1) ξ, τ' = τ_k − lag·h: right for 2, 1 and 0 only.

    `relax` scales the linear term: e^{relax·h} X. Studies run it beside the correct scheme and must refute it.
    """

    drift: float = 2.0
    noise_scale: float = 1.0
    lag: float = 0.0
    relax: float = 1.0

    order: ClassVar[int] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not all(math.isfinite(v) for v in (self.drift, self.noise_scale, self.lag, self.relax)):
            raise InvalidInput("`drift`, `noise_scale`, `lag` and `relax` must be finite.")
        if self.lag > 1:
            raise InvalidInput(f"`lag` must be <= 1, or the score is asked for times below the grid; got {self.lag}.")

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        tau, _, h = self.grid.interval(k, x)
        m = maths(h)
        pull = self.drift * m.expm1(h) * self.score(x, tau - self.lag * h)
        return m.exp(self.relax * h) * x + pull + self.noise_scale * m.sqrt(m.expm1(2 * h)) * noise.normal()
