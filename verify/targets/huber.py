"""Huber: quadratic up to a threshold, linear beyond."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from verify.backend import AnyArray, namespace
from verify.targets.line import Line, finite_positive
from verify.targets.target import Constants


@dataclass(frozen=True, eq=False)
class Huber(Line):
    """V(x) = x²/2 for |x| ≤ δ, δ|x| − δ²/2 beyond, δ = `threshold` (Huber, 1964): m = 0, L = 1.

    V″ jumps, so L_2 = ∞; the tails are exponential, so there is no LSI. C_P is not known.
    """

    threshold: float = 1.0

    def __post_init__(self) -> None:
        finite_positive(threshold=self.threshold)

    @property
    def kinks(self) -> tuple[float, ...]:
        """±δ, where V″ jumps."""
        return (-self.threshold, self.threshold)

    @property
    def constants(self) -> Constants:
        """m = 0, L = 1."""
        return self._constants(0.0, 1.0, math.inf, log_sobolev=0.0)

    def value(self, x: AnyArray) -> AnyArray:
        """Return V at every entry, as |x|c − c²/2 with c = min(|x|, δ)."""
        size = namespace(x).abs(x)
        inner = self._clip(size)
        return size * inner - 0.5 * inner * inner

    def slope(self, x: AnyArray) -> AnyArray:
        """Return V′ = x cut to [−δ, δ]."""
        return self._clip(x)

    def curvature(self, x: AnyArray) -> AnyArray:
        """Return V″ = 1 inside, 0 outside."""
        xp = namespace(x)
        return xp.astype(xp.abs(x) <= self.threshold, x.dtype)

    def prox_at(self, x: AnyArray, size: AnyArray | float) -> AnyArray:
        """Return x − size·V′(x/(1 + size)): the root is inside where x/(1 + size) is."""
        return x - size * self._clip(x / (1 + size))

    def _clip(self, x: AnyArray) -> Any:
        return namespace(x).clip(x, -self.threshold, self.threshold)
