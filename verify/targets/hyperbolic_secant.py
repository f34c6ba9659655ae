"""HyperbolicSecant: the density 1/(π cosh x)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from verify.backend import AnyArray, namespace
from verify.targets.line import Line
from verify.targets.target import Constants


@dataclass(frozen=True, eq=False)
class HyperbolicSecant(Line):
    """V(x) = log cosh x: variance π²/4, Z = π.

    m = 0, L = 1, L_2 = 4/(3√3); no LSI. C_P = 4: the Schrödinger potential of its generator is ¼ − ¾ sech² x, a
    Pöschl–Teller well (l = ½) with the single bound state 0 below a continuum from ¼.
    """

    @property
    def constants(self) -> Constants:
        """m = 0, L = 1, L_2 = 4/(3√3), C_P = 4."""
        return self._constants(0.0, 1.0, 4 / (3 * math.sqrt(3)), poincare=4.0, log_sobolev=0.0)

    def value(self, x: AnyArray) -> AnyArray:
        """Return log cosh x, as |x| + log(1 + e^{−2|x|}) − log 2."""
        xp = namespace(x)
        size = xp.abs(x)
        return size + xp.log1p(xp.exp(-2 * size)) - math.log(2)

    def slope(self, x: AnyArray) -> AnyArray:
        """Return V′ = tanh x."""
        return namespace(x).tanh(x)

    def curvature(self, x: AnyArray) -> AnyArray:
        """Return V″ = sech² x."""
        return 1 - self.slope(x) ** 2

    def third(self, x: AnyArray) -> AnyArray:
        """Return V‴ = −2 sech² x tanh x."""
        return -2 * self.curvature(x) * self.slope(x)

    def prox_at(self, x: AnyArray, size: AnyArray | float) -> AnyArray:
        """Return u with u + size·V′(u) = x."""
        return self._newton(x, size)
