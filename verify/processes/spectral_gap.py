"""The spectral gap of dX = −V′(X) dt + √(2/β) dB on the line, to full relative accuracy however small it is.

With W = βV, π = e^{−W}/Z and F its distribution function, the generator is 𝓛g = β⁻¹(g″ − W′g′). Let −𝓛g = λg with
∫ g dπ = 0. Integrating (πg′)′ = −βλ πg from x to ∞, where the flux πg′ vanishes, gives

    π(x) g′(x) = βλ ∫_x^∞ g dπ = βλ Cov(1_{X > x}, g(X)) = βλ ∫ k(x, y) g′(y) dy,  k(x, y) = F(x ∧ y) (1 − F(x ∨ y)),

the last step by Hoeffding's covariance formula (Hoeffding, 1940). So the flux φ = πg′ of an eigenfunction is one of the
*positive* operator

    Tφ(x) = (1 − F(x)) ∫_{−∞}^x (F/π) φ dy + F(x) ∫_x^∞ ((1 − F)/π) φ dy,   Tφ = φ/(βλ),

with no need for V to be even. By Jentzsch's theorem the iteration φ ← Tφ converges to the largest eigenvalue 1/(βλ₁)
from every positive start. Every sum has terms of one sign, so nothing cancels; π runs from 1 down to e^{−cut}, never
up. The Rayleigh quotient ∫ φ²/π / ∫ (φ/π) Tφ = β times the Dirichlet form over the variance, both of ∫ φ/π, is second
order in the error of φ.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from verify.backend import Array
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.laws.panels import ORDER, Panels
from verify.processes.panels import panels
from verify.processes.potential import Potential

EPS = float(np.finfo(float).eps)
TAIL = 80.0  # e^{−80}, relative to the barrier, is left out beyond the ends
HIGHEST = 600.0  # e^{−600 − 80} is still a normal number
CHANGES = (1.0, 0.5)  # βV on a panel: the answer, and what the first is checked against
STALLED = 4 * EPS  # a relative change of the quotient that is rounding
MOST = 20_000


def spectral_gap(potential: Potential, inverse_temperature: float = 1.0) -> Estimate:
    """Return λ₁ > 0, the decay rate of the slowest observable; the error is that of halving the panels, and rounding.

    InvalidInput for a barrier of more than 600/β, whose gap float64 cannot hold.
    """
    beta = _positive(inverse_temperature)
    coarse, fine = (_gap(support(potential, beta, change), potential, beta) for change in CHANGES)
    value, rounding, steps = fine
    # a geometric sequence that takes n steps to rounding has less than n times its last change still to come
    error = abs(value - coarse[0]) + (rounding + STALLED * steps) * value
    return Estimate.exact(value, error, f"inverse iteration, {steps} steps", least=0.0)


def highest_barrier(potential: Potential) -> float:
    """Return the largest rise of V on the way between two of its wells: 0 for a single well."""
    heights = potential.value(potential.critical_points)
    wells, saddles = heights[::2], heights[1::2]
    rises = [
        float(saddles[i:j].max() - min(wells[i], wells[j])) for i in range(wells.size) for j in range(i + 1, wells.size)
    ]
    return max(rises, default=0.0)


def support(potential: Potential, beta: float, change: float) -> Panels:
    """Return panels that hold e^{−βV} down to e^{−80} below the highest saddle, βV changing by ≤ `change` on each."""
    turns = potential.critical_points
    if turns.size % 2 == 0:
        raise InvalidInput("`potential` must begin and end with a minimum: it grows on both sides.")
    barrier = beta * highest_barrier(potential)
    if barrier > HIGHEST:
        raise InvalidInput(f"β times the barrier must be at most {HIGHEST:g} for a gap in float64; got {barrier:.6g}.")
    return panels(lambda x: beta * potential.value(x), turns, barrier + TAIL, change)


def _gap(grid: Panels, potential: Potential, beta: float) -> tuple[float, float, int]:
    """Return the gap, its relative rounding and the number of steps."""
    weight = density(grid, potential, beta)
    below, above = grid.up_to(weight), grid.onwards(weight)
    # sums over the panels and their nodes, and e^{−βV} with an exponent that is rounded
    rounding = EPS * (weight.shape[0] + 4 * ORDER + 2 * float(np.abs(beta * potential.value(grid.nodes)).max()))
    left, right = below / weight, above / weight
    flux = below * above
    previous = math.inf
    for step in range(1, MOST + 1):
        after = above * grid.up_to(left * flux) + below * grid.onwards(right * flux)
        top = float(after.max())  # about 1/gap: products with it could overflow
        after = after / top
        quotient = grid.integral(flux * flux / weight) / grid.integral(flux * after / weight) / top
        if abs(quotient - previous) <= STALLED * quotient:
            return quotient / beta, rounding, step
        previous = quotient
        flux = after
    raise InvalidInput(f"the first two eigenvalues are too close: no gap to rounding in {MOST} steps.")


def density(grid: Panels, potential: Potential, beta: float) -> Array:
    """Return e^{−βV} at the nodes, normalised on the panels."""
    log = -beta * potential.value(grid.nodes)
    weight = np.exp(log - log.max())
    return np.asarray(weight / grid.integral(weight))


def _positive(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < float(value) < math.inf:
        raise InvalidInput(f"`inverse_temperature` must be a finite number > 0; got {value!r}.")
    return float(value)
