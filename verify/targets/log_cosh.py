"""LogCosh: a strongly convex potential that is stiff in the middle."""

from __future__ import annotations

import math
from dataclasses import dataclass

from verify.backend import AnyArray, namespace
from verify.targets.line import Line, finite_positive
from verify.targets.target import Constants


@dataclass(frozen=True, eq=False)
class LogCosh(Line):
    """V(x) = x²/2 + a log cosh x, a = `weight` > 0: m = 1, L = 1 + a, L_2 = 4a/(3√3), LSI(1)."""

    weight: float = 3.0

    def __post_init__(self) -> None:
        finite_positive(weight=self.weight)

    @property
    def constants(self) -> Constants:
        """m = 1, L = 1 + a, L_2 = 4a/(3√3)."""
        return self._constants(1.0, 1 + self.weight, 4 * self.weight / (3 * math.sqrt(3)))

    def value(self, x: AnyArray) -> AnyArray:
        """Return V at every entry."""
        xp = namespace(x)
        size = xp.abs(x)
        return 0.5 * x * x + self.weight * (size + xp.log1p(xp.exp(-2 * size)) - math.log(2))

    def slope(self, x: AnyArray) -> AnyArray:
        """Return V′ = x + a tanh x."""
        return x + self.weight * namespace(x).tanh(x)

    def curvature(self, x: AnyArray) -> AnyArray:
        """Return V″ = 1 + a sech² x."""
        return 1 + self.weight * (1 - namespace(x).tanh(x) ** 2)

    def third(self, x: AnyArray) -> AnyArray:
        """Return V‴ = −2a sech² x tanh x."""
        t = namespace(x).tanh(x)
        return -2 * self.weight * (1 - t * t) * t

    def prox_at(self, x: AnyArray, size: AnyArray | float) -> AnyArray:
        """Return u with u + size·V′(u) = x."""
        return self._newton(x, size)
