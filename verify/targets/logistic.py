"""Logistic: the logistic law, log-concave with exponential tails."""

from __future__ import annotations

import math
from dataclasses import dataclass

from verify.backend import AnyArray, namespace
from verify.targets.line import Line
from verify.targets.target import Constants


@dataclass(frozen=True, eq=False)
class Logistic(Line):
    """V(x) = |x| + 2 log(1 + e^{−|x|}), distribution function 1/(1 + e^{−x}): variance π²/3, Z = 1.

    m = 0, L = ½, L_2 = 1/(3√3); no LSI. C_P = 4: the Schrödinger potential of its generator is ¼ − ½ sech²(x/2), a
    Pöschl–Teller well (l = 1) with the single bound state 0 below a continuum from ¼.
    """

    @property
    def constants(self) -> Constants:
        """m = 0, L = ½, L_2 = 1/(3√3), C_P = 4."""
        return self._constants(0.0, 0.5, 1 / (3 * math.sqrt(3)), poincare=4.0, log_sobolev=0.0)

    def value(self, x: AnyArray) -> AnyArray:
        """Return V at every entry."""
        xp = namespace(x)
        size = xp.abs(x)
        return size + 2 * xp.log1p(xp.exp(-size))

    def slope(self, x: AnyArray) -> AnyArray:
        """Return V′ = tanh(x/2)."""
        return namespace(x).tanh(0.5 * x)

    def curvature(self, x: AnyArray) -> AnyArray:
        """Return V″ = ½ sech²(x/2)."""
        return 0.5 * (1 - self.slope(x) ** 2)

    def third(self, x: AnyArray) -> AnyArray:
        """Return V‴ = −½ sech²(x/2) tanh(x/2)."""
        return -self.curvature(x) * self.slope(x)

    def prox_at(self, x: AnyArray, size: AnyArray | float) -> AnyArray:
        """Return u with u + size·V′(u) = x."""
        return self._newton(x, size)
