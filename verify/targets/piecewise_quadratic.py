"""PiecewiseQuadratic: one curvature to the left of the mode, another to the right; C^{1,1} but not C²."""

from __future__ import annotations

import math
from dataclasses import dataclass

from verify.backend import AnyArray, namespace
from verify.targets.line import Line, finite_positive
from verify.targets.target import Constants


@dataclass(frozen=True, eq=False)
class PiecewiseQuadratic(Line):
    """V(x) = ax²/2 for x < 0 and bx²/2 for x ≥ 0, a = `left`, b = `right`: m = min(a, b), L = max(a, b), L_2 = ∞."""

    left: float = 1.0
    right: float = 4.0

    def __post_init__(self) -> None:
        finite_positive(left=self.left, right=self.right)

    @property
    def kinks(self) -> tuple[float, ...]:
        """0."""
        return (0.0,)

    @property
    def constants(self) -> Constants:
        """m = min(a, b), L = max(a, b); L_2 = ∞ unless a = b."""
        low, high = sorted((self.left, self.right))
        return self._constants(low, high, 0.0 if low == high else math.inf)

    def value(self, x: AnyArray) -> AnyArray:
        """Return V at every entry."""
        return 0.5 * self.curvature(x) * x * x

    def slope(self, x: AnyArray) -> AnyArray:
        """Return V′ = ax or bx."""
        return self.curvature(x) * x

    def curvature(self, x: AnyArray) -> AnyArray:
        """Return V″ = a or b."""
        xp = namespace(x)
        right = xp.astype(x >= 0, x.dtype)
        return self.left + (self.right - self.left) * right

    def prox_at(self, x: AnyArray, size: AnyArray | float) -> AnyArray:
        """Return x/(1 + size·V″(x)): the root has the sign of x."""
        return x / (1 + size * self.curvature(x))
