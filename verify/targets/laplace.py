"""Laplace: V(x) = |x|, with a kink."""

from __future__ import annotations

import math
from dataclasses import dataclass

from verify.backend import AnyArray, namespace
from verify.targets.line import Line
from verify.targets.target import Constants


@dataclass(frozen=True, eq=False)
class Laplace(Line):
    """The density e^{−|x|}/2: variance 2. m = 0, V′ jumps, so L = ∞; C_P = 4 and no LSI (Bobkov, Ledoux, 1997)."""

    @property
    def kinks(self) -> tuple[float, ...]:
        """0."""
        return (0.0,)

    @property
    def constants(self) -> Constants:
        """m = 0, L = ∞, C_P = 4."""
        return self._constants(0.0, math.inf, math.inf, poincare=4.0, log_sobolev=0.0)

    def value(self, x: AnyArray) -> AnyArray:
        """Return |x|."""
        return namespace(x).abs(x)

    def slope(self, x: AnyArray) -> AnyArray:
        """Return sign(x), 0 at 0."""
        return namespace(x).sign(x)

    def prox_at(self, x: AnyArray, size: AnyArray | float) -> AnyArray:
        """Return sign(x)(|x| − size)_+, the soft threshold."""
        xp = namespace(x)
        rest = xp.abs(x) - size
        return xp.sign(x) * xp.where(rest > 0, rest, 0.0 * rest)
