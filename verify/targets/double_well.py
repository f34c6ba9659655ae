"""DoubleWell: two wells at ±1 behind a barrier, tilted or not."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from verify.backend import AnyArray, Array
from verify.errors import InvalidInput
from verify.targets.line import Line, finite_positive
from verify.targets.target import Constants


@dataclass(frozen=True, eq=False)
class DoubleWell(Line):
    """V(x) = b(x² − 1)² + c·x, b = `barrier` > 0 its height, c = `tilt`: c > 0 favours the left well.

    Not log-concave: V″ = 12bx² − 4b ≥ −4b. V′ is not Lipschitz. The functional inequalities hold with constants of the
    order e^b that no formula gives; `processes.spectral_gap` computes 1/C_P.
    """

    polynomial: ClassVar[bool] = True

    barrier: float = 4.0
    tilt: float = 0.0

    def __post_init__(self) -> None:
        finite_positive(barrier=self.barrier)
        if not math.isfinite(self.tilt):
            raise InvalidInput(f"`tilt` must be finite; got {self.tilt!r}.")

    @property
    def constants(self) -> Constants:
        """m = −4b, L = L_2 = ∞; LSI and Poincaré unknown."""
        moment = self.variance.value + self.mean.value**2
        return Constants(math.inf, math.inf, -4 * self.barrier, None, moment, math.inf, None)

    def value(self, x: AnyArray) -> AnyArray:
        """Return V at every entry."""
        return self.barrier * (x * x - 1) ** 2 + self.tilt * x

    def slope(self, x: AnyArray) -> AnyArray:
        """Return V′ = 4bx(x² − 1) + c."""
        return 4 * self.barrier * x * (x * x - 1) + self.tilt

    def curvature(self, x: AnyArray) -> AnyArray:
        """Return V″ = 4b(3x² − 1)."""
        return 4 * self.barrier * (3 * x * x - 1)

    @cached_property
    def critical_points(self) -> Array:
        """The real zeros of 4bx³ − 4bx + c: three for |c| < 8b/(3√3), else one; a double one counts once."""
        lean = -1.5 * math.sqrt(3) * self.tilt / (4 * self.barrier)  # x = (2/√3)w turns it into 4w³ − 3w = lean
        if abs(lean) < 1:
            w = np.cos((math.acos(lean) + 2 * math.pi * np.array([1.0, 2.0, 0.0])) / 3)
        else:
            w = np.array([math.copysign(math.cosh(math.acosh(abs(lean)) / 3), lean)])
        return np.sort(np.asarray(2 / math.sqrt(3) * w))
