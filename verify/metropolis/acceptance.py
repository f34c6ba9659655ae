"""Stationary acceptance and expected squared jump of a Metropolis chain on any Gaussian target, as one real integral.

On N(m, diag(s)) with the proposal y − m = r(x − m) + τξ let P be the stationary law of (x, y), Q that of (y, x). The
acceptance is E min(1, dQ/dP) = ∫ min(P, Q) and the expected squared jump is ∫ |y − x|² min(P, Q). With
C(s) = ∫ P^{1−s}Q^s and min(1, e^ℓ) = (1/2πi) ∫ e^{sℓ}/(s(1 − s)) ds on Re s = ½,

    acceptance = (1/2πi) ∫ C(s)/(s(1 − s)) ds.

In each coordinate P⁻¹ − Q⁻¹ = diag(c, −c), c = 1/s − (1 − r²)/τ², and Var y − Var x = τ²s·c, hence the eigenvalues v
and 1/v of Q relative to P satisfy v + 1/v − 2 = τ²s c² = 4k², and C(s) = Π_i (1 + 4k_i² s(1 − s))^{−1/2}: *real* on
Re s = ½. There 4s(1 − s) = 1 + 4y² = cosh²w for s = ½ + iy, 2y = sinh w, and ds/(2πi s(1 − s)) = dw/(π cosh w):

    acceptance = (2/π) ∫_0^∞ Π_i (1 + k_i² cosh²w)^{−1/2} dw/cosh w.

Under the law ∝ P^{1−s}Q^s the mean of (y_i − x_i)² is J_i/(1 + 4k_i² s(1 − s)), from the swap symmetry of the jump:

    squared jump = (2/π) ∫_0^∞ Σ_i J_i/(1 + k_i² cosh²w) · Π_j (1 + k_j² cosh²w)^{−1/2} dw/cosh w.

(Derived here; in the isotropic case it is the incomplete beta function of `isotropic`.) All terms are positive, so any
acceptance, and any rejection, keeps its relative accuracy. Two bounds follow at once: cosh w ≥ 1 gives the ceiling
Π(1 + k_i²)^{−1/2}, and log(1 + x) ≤ x with Craig's formula (Craig, 1991) for the normal tail gives the floor
2Φ(−√Σk_i²), which is also the limit as d → ∞ with Σk_i² fixed and max k_i → 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.special import erfc

from verify.backend import Array
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.metropolis.proposal import Proposal

EPS = float(np.finfo(float).eps)
REACH = 40.0  # 1/cosh w is below 1e-17 beyond; a rejection of order k needs log 1/k more
SMALLEST = 1e-130  # below, k² is no number
BLOCK = 1 << 16  # numbers per block: stays in cache
FINEST = 14


def acceptance(proposal: Proposal) -> Estimate:
    """Return the probability, in stationarity, that a proposed move is accepted."""
    return _integral(proposal, lambda logs, _: np.exp(logs))


def rejection(proposal: Proposal) -> Estimate:
    """Return 1 − acceptance, to full relative accuracy where it is small."""
    return _integral(proposal, lambda logs, _: -np.expm1(logs))


def squared_jump(proposal: Proposal) -> Estimate:
    """Return E|X_1 − X_0|² in stationarity; a rejected move counts as zero."""
    return _integral(proposal, lambda logs, jumps: np.exp(logs) * jumps)


def acceptance_ceiling(proposal: Proposal) -> float:
    """Return Π(1 + k_i²)^{−1/2} ≥ acceptance: at a fixed step it collapses exponentially in d."""
    return math.exp(-0.5 * float(np.log1p(proposal.asymmetry**2).sum()))


def acceptance_floor(proposal: Proposal) -> float:
    """Return 2Φ(−√Σk_i²) ≤ acceptance."""
    return float(erfc(math.sqrt(0.5 * float((proposal.asymmetry**2).sum()))))


def _integral(proposal: Proposal, integrand: Callable[[Array, Array], Array]) -> Estimate:
    """Return (2/π) ∫_0^∞ integrand(log Π, Σ) dw/cosh w by the trapezoid rule, halved until it is exact to rounding.

    The integrand is even and analytic for |Im w| < π/2 and as wide as 1/cosh w or as the product, whichever is less.
    """
    squares = proposal.asymmetry**2
    width = 1 / math.sqrt(1 + float((squares / (1 + squares)).sum()))
    step, previous = 0.5 * width, math.inf
    reach = REACH - math.log(min(1.0, max(float(proposal.asymmetry.max()), SMALLEST)))
    for _ in range(FINEST):
        w: Array = step * np.arange(int(reach / step) + 1, dtype=np.float64)
        f = integrand(*_parts(proposal, squares, w)) / np.cosh(w)
        f[0] *= 0.5
        value = 2 * step * float(f.sum()) / math.pi
        if abs(value - previous) <= 8 * EPS * value:
            # the exponent is a sum of d logarithms; where the product decays before cosh does it sets the rounding
            rounding = EPS * (16 + math.log2(1 + squares.size) * (1 + float(np.log1p(squares).sum())))
            return Estimate.exact(value, abs(value - previous) + rounding * value, "quadrature", least=0.0)
        previous, step = value, 0.5 * step
    raise InvalidInput("the acceptance integral does not converge; are the asymmetries in the range of float64?")


def _parts(proposal: Proposal, squares: Array, w: Array) -> tuple[Array, Array]:
    """Return log Π_i (1 + k_i² cosh²w)^{−1/2} and Σ_i J_i/(1 + k_i² cosh²w) at every w."""
    rows = max(1, BLOCK // squares.size)
    logs, jumps = np.empty(w.size), np.empty(w.size)
    for i in range(0, w.size, rows):
        with np.errstate(over="ignore"):
            x = squares * np.cosh(w[i : i + rows, None]) ** 2
        logs[i : i + rows] = -0.5 * np.log1p(x).sum(axis=1)
        jumps[i : i + rows] = (proposal.jump / (1 + x)).sum(axis=1)
    return logs, jumps
