"""Optimal scaling: the acceptance of MALA and of the random walk on many coordinates, and the best scale.

MALA with 2h = l²d^{−1/3} accepts with probability 2Φ(−Kl³/2) in the limit, and moves at the speed 2l²Φ(−Kl³/2)
(Roberts, Rosenthal, 1998; from memory): for a product of d densities K² = E[(5g‴² − 3g″³)/48] with g the logarithm of
one density, so that g″ = −1 and K = ¼ on N(0, I_d). The random walk with σ = l/√d accepts with 2Φ(−l√I/2), I = E g′²,
1 on N(0, I_d) (Roberts, Gelman, Gilks, 1997; from memory). On N(0, I_d) both are also derived here: they are the
limit, and a lower bound for every d, of `acceptance`, with √Σk_i² = l³/8 and l/2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.optimize import brentq
from scipy.special import erfc

from verify.errors import InvalidInput


@dataclass(frozen=True)
class ScalingLimit:
    """acceptance(l) = 2Φ(−c·l^power), speed(l) = l²·acceptance(l), `coefficient` c; the step goes as d^{−exponent}."""

    coefficient: float
    power: int
    exponent: float

    def acceptance(self, scale: float) -> float:
        """Return 2Φ(−c l^power)."""
        if not scale > 0:
            raise InvalidInput(f"`scale` must be > 0; got {scale}.")
        return math.erfc(self.coefficient * scale**self.power / math.sqrt(2))

    def speed(self, scale: float) -> float:
        """Return l² times the acceptance."""
        return scale**2 * self.acceptance(scale)

    @property
    def optimal_acceptance(self) -> float:
        """The acceptance at the largest speed, the same for every coefficient: 0.5742 (MALA), 0.2338 (random walk)."""
        return float(erfc(self._argument / math.sqrt(2)))

    @property
    def optimal_scale(self) -> float:
        """l at the largest speed."""
        return float((self._argument / self.coefficient) ** (1 / self.power))

    @property
    def _argument(self) -> float:
        """z = c l^power at the optimum: with l² ∝ z^{2/power}, 2Φ(−z)/power = z φ(z)."""

        def uphill(z: float) -> float:
            tail = erfc(z / math.sqrt(2))
            return float(tail / self.power - z * math.exp(-0.5 * z * z) / math.sqrt(2 * math.pi))

        return float(brentq(uphill, 0.1, 3.0, xtol=1e-15, rtol=1e-14))


def mala_limit(roughness: float = 0.25) -> ScalingLimit:
    """Return the limit for 2h = l²d^{−1/3}; `roughness` is K, ¼ on N(0, I)."""
    return ScalingLimit(_constant("roughness", roughness) / 2, 3, 1 / 3)


def random_walk_limit(information: float = 1.0) -> ScalingLimit:
    """Return the limit for σ = l d^{−1/2}; `information` is I = E g′², 1 on N(0, I)."""
    return ScalingLimit(math.sqrt(_constant("information", information)) / 2, 1, 1 / 2)


def _constant(name: str, value: float) -> float:
    if not 0 < value < math.inf:
        raise InvalidInput(f"`{name}` must be a finite number > 0; got {value!r}.")
    return float(value)
