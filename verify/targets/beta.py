"""Beta: the Beta law on the unit interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from verify.backend import AnyArray, Array, namespace
from verify.errors import InvalidInput
from verify.targets.line import Line, finite_positive
from verify.targets.target import Constants

FINEST = 2.0**-50  # of the distance to either wall: the panels shrink geometrically there


@dataclass(frozen=True, eq=False)
class Beta(Line):
    """V(x) = −A log x − B log(1 − x) on (0, 1), A = `left` − 1 > 0, B = `right` − 1 > 0.

    m = min V″ = (A^{1/3} + B^{1/3})³, at x = A^{1/3}/(A^{1/3} + B^{1/3}); L = ∞ at the walls. V is +∞ outside, V′ NaN.
    """

    left: float = 2.0
    right: float = 3.0

    support: ClassVar[tuple[float, float]] = (0.0, 1.0)

    def __post_init__(self) -> None:
        finite_positive(left=self.left, right=self.right)
        for name, value in (("left", self.left), ("right", self.right)):
            if not value > 1:
                raise InvalidInput(f"`{name}` must be > 1, so that the density vanishes at the wall; got {value!r}.")

    @property
    def kinks(self) -> tuple[float, ...]:
        """Places that close in on both walls."""
        mode, shares = float(self.critical_points[0]), np.geomspace(FINEST, 0.5, 25)
        return (*(mode * shares).tolist(), *(1 - (1 - mode) * shares[::-1]).tolist())

    @property
    def constants(self) -> Constants:
        """m = (A^{1/3} + B^{1/3})³, L = L_2 = ∞."""
        least = ((self.left - 1) ** (1 / 3) + (self.right - 1) ** (1 / 3)) ** 3
        return self._constants(least, math.inf, math.inf)

    def value(self, x: AnyArray) -> AnyArray:
        """Return V at every entry, +∞ outside (0, 1)."""
        xp = namespace(x)
        inside = (x > 0) & (x < 1)
        safe = xp.where(inside, x, xp.full_like(x, 0.5))
        bent = -(self.left - 1) * xp.log(safe) - (self.right - 1) * xp.log1p(-safe)
        return xp.where(inside, bent, xp.full_like(x, math.inf))

    def slope(self, x: AnyArray) -> AnyArray:
        """Return V′ = −A/x + B/(1 − x), NaN outside."""
        x = self._inside(x)
        return (self.right - 1) / (1 - x) - (self.left - 1) / x

    def curvature(self, x: AnyArray) -> AnyArray:
        """Return V″ = A/x² + B/(1 − x)²."""
        x = self._inside(x)
        return (self.left - 1) / x**2 + (self.right - 1) / (1 - x) ** 2

    def third(self, x: AnyArray) -> AnyArray:
        """Return V‴ = −2A/x³ + 2B/(1 − x)³."""
        x = self._inside(x)
        return 2 * (self.right - 1) / (1 - x) ** 3 - 2 * (self.left - 1) / x**3

    @cached_property
    def critical_points(self) -> Array:
        """A/(A + B)."""
        return np.array([(self.left - 1) / (self.left + self.right - 2)])

    def _inside(self, x: AnyArray) -> AnyArray:
        xp = namespace(x)
        return xp.where((x > 0) & (x < 1), x, xp.full_like(x, math.nan))
