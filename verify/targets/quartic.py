"""Quartic: V(x) = x²/2 + ax⁴/4, strongly convex with a gradient that is not Lipschitz."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from verify.backend import AnyArray
from verify.targets.line import Line, finite_positive
from verify.targets.target import Constants


@dataclass(frozen=True, eq=False)
class Quartic(Line):
    """V(x) = x²/2 + ax⁴/4, a = `weight` > 0: m = 1, L = L_2 = ∞, LSI(1). ULA diverges from far out for every γ."""

    polynomial: ClassVar[bool] = True

    weight: float = 1.0

    def __post_init__(self) -> None:
        finite_positive(weight=self.weight)

    @property
    def constants(self) -> Constants:
        """m = 1, L = L_2 = ∞."""
        return self._constants(1.0, math.inf, math.inf)

    def value(self, x: AnyArray) -> AnyArray:
        """Return V at every entry."""
        return 0.5 * x * x + 0.25 * self.weight * x**4

    def slope(self, x: AnyArray) -> AnyArray:
        """Return V′ = x + ax³."""
        return x + self.weight * x**3

    def curvature(self, x: AnyArray) -> AnyArray:
        """Return V″ = 1 + 3ax²."""
        return 1 + 3 * self.weight * x * x

    def third(self, x: AnyArray) -> AnyArray:
        """Return V‴ = 6ax."""
        return 6 * self.weight * x
