"""Acceptance and squared jump on N(m, s·I_d), by the regularised incomplete beta function, for every d.

With one asymmetry k in all coordinates a stationary move is accepted with the probability 2P(F_{d,d} > v),
v = (√(1 + k²) + k)², that is 2 I_x(d/2, d/2) with x = 1/(1 + v) = ½(1 − k/√(1 + k²)); see `acceptance` for k, and
(Chewi, Lu, Ahn, Cheng, Le Gouic, Rigollet, 2021) for log a = (h/4)(|x|² − |y|²) in MALA. The squared jump is that of d
accepted coordinates, the acceptance taken in dimension d + 2: differentiate nothing, compare the two integrals.
"""

from __future__ import annotations

import math

from scipy.special import betainc, betaln

from verify.errors import InvalidInput


def isotropic_acceptance(dim: int, asymmetry: float) -> float:
    """Return 2 I_x(d/2, d/2), x = ½(1 − k/√(1 + k²))."""
    if dim < 1 or not 0 <= asymmetry < math.inf:
        raise InvalidInput(f"`dim` must be >= 1 and `asymmetry` finite and >= 0; got {dim} and {asymmetry}.")
    root = math.hypot(1, asymmetry)
    # ½(1 − k/√(1 + k²)) = 1/(2√(1 + k²)(√(1 + k²) + k)), free of cancellation
    return float(2 * betainc(0.5 * dim, 0.5 * dim, 0.5 / (root * (root + asymmetry))))


def isotropic_squared_jump(dim: int, asymmetry: float, jump: float) -> float:
    """Return d·J·2 I_x((d + 2)/2, (d + 2)/2), J the mean square of a proposed move in one coordinate."""
    return dim * jump * isotropic_acceptance(dim + 2, asymmetry)


def acceptance_slope(dim: int, asymmetry: float) -> float:
    """Return ∂ log(acceptance)/∂k: the beta density at x times dx/dk = −½(1 + k²)^{−3/2}, over I_x."""
    square = 1 + asymmetry**2
    half = 0.5 * dim
    log_density = (half - 1) * -math.log(4 * square) - betaln(half, half)
    return -math.exp(log_density - 1.5 * math.log(square) - math.log(isotropic_acceptance(dim, asymmetry)))
