"""Gamma: the Gamma law on the half line."""

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

FINEST = 2.0**-60  # of the mode: the panels shrink geometrically towards 0, where V is not smooth


@dataclass(frozen=True, eq=False)
class Gamma(Line):
    """V(x) = −(a − 1) log x + bx on x > 0, a = `shape` > 1 and b = `rate`: m = 0, L = ∞ at the wall, no LSI.

    The Newton–Langevin diffusion (mirror map V itself) has the gap 1 for every such target. V is +∞ outside, V′ NaN.
    """

    shape: float = 3.0
    rate: float = 1.0

    support: ClassVar[tuple[float, float]] = (0.0, math.inf)

    def __post_init__(self) -> None:
        finite_positive(shape=self.shape, rate=self.rate)
        if not self.shape > 1:
            raise InvalidInput(f"`shape` must be > 1, so that the density vanishes at 0; got {self.shape!r}.")

    @property
    def kinks(self) -> tuple[float, ...]:
        """Places that halve on the way from the mode to 0."""
        places = self.critical_points[0] * np.geomspace(FINEST, 0.5, 30)
        return tuple(places.tolist())

    @property
    def constants(self) -> Constants:
        """m = 0, L = L_2 = ∞."""
        return self._constants(0.0, math.inf, math.inf, log_sobolev=0.0)

    def value(self, x: AnyArray) -> AnyArray:
        """Return V at every entry, +∞ for x ≤ 0."""
        xp = namespace(x)
        inside = x > 0
        safe = xp.where(inside, x, xp.ones_like(x))
        return xp.where(inside, self.rate * safe - (self.shape - 1) * xp.log(safe), xp.full_like(x, math.inf))

    def slope(self, x: AnyArray) -> AnyArray:
        """Return V′ = b − (a − 1)/x, NaN for x ≤ 0."""
        return self.rate - (self.shape - 1) / self._inside(x)

    def curvature(self, x: AnyArray) -> AnyArray:
        """Return V″ = (a − 1)/x²."""
        return (self.shape - 1) / self._inside(x) ** 2

    def third(self, x: AnyArray) -> AnyArray:
        """Return V‴ = −2(a − 1)/x³."""
        return -2 * (self.shape - 1) / self._inside(x) ** 3

    def prox_at(self, x: AnyArray, size: AnyArray | float) -> AnyArray:
        """Return the positive root of u² − cu − size·(a − 1) = 0 with c = x − size·b."""
        xp = namespace(x)
        c, product = x - size * self.rate, size * (self.shape - 1)
        root = xp.sqrt(c * c + 4 * product)
        return xp.where(c > 0, 0.5 * (root + c), 2 * product / (root + xp.abs(c)))

    @cached_property
    def critical_points(self) -> Array:
        """(a − 1)/b."""
        return np.array([(self.shape - 1) / self.rate])

    def _inside(self, x: AnyArray) -> AnyArray:
        xp = namespace(x)
        return xp.where(x > 0, x, xp.full_like(x, math.nan))
