"""Muckenhoupt's constant of a law on the line: the spectral gap up to a factor, from both sides, by two integrals."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq

from verify.estimate import Estimate
from verify.laws.panels import Panels
from verify.processes.potential import Potential
from verify.processes.spectral_gap import CHANGES, EPS, density, support


def muckenhoupt(potential: Potential, inverse_temperature: float = 1.0) -> Estimate:
    """Return B = min_m max(B₊, B₋) of π ∝ e^{−βV}, B₊ = sup_{x > m} π([x, ∞)) ∫_m^x dy/π(y), B₋ the same on the left.

    The gap of dX = −V′dt + √(2/β) dB satisfies 1/(4βB) ≤ λ₁ ≤ 2/(βB): the Poincaré constant is at most 4 max(B₊, B₋)
    for every m (Muckenhoupt, 1972), and at least half of it, hence of the least, for the median (Bobkov, Götze, 1999).
    The least needs no median, which on a barrier of less mass than rounding is anywhere. The supremum is over the nodes
    of fine panels: the error is what halving them changes, which is large against rounding and small against 8.
    """
    coarse, fine = (_constant(potential, inverse_temperature, change) for change in CHANGES)
    return Estimate.exact(fine, 2 * abs(fine - coarse) + 1e3 * EPS * fine, "quadrature", least=0.0)


def _constant(potential: Potential, beta: float, change: float) -> float:
    grid = support(potential, beta, change)

    def lead(m: float) -> float:
        """Return log B₊ − log B₋, which falls with m."""
        right, left = _sides(grid, potential, beta, m)
        return math.log(right) - math.log(left)

    # at the outermost edges one side is empty
    m = float(brentq(lead, grid.edges[1], grid.edges[-2], xtol=1e-10 * float(np.ptp(grid.edges))))
    return max(_sides(grid, potential, beta, m))


def _sides(grid: Panels, potential: Potential, beta: float, m: float) -> tuple[float, float]:
    """Return B₊ and B₋ at m."""
    split = Panels(np.union1d(grid.edges, m))
    middle = int(np.searchsorted(split.edges, m))  # the panels before it lie left of m
    weight = density(split, potential, beta)
    right, left = weight.copy(), weight.copy()
    right[:middle], left[middle:] = np.inf, np.inf  # 1/π counts on one side of m only
    above = (split.onwards(weight) * split.up_to(1 / right))[middle:]
    below = (split.up_to(weight) * split.onwards(1 / left))[:middle]
    return float(above.max()), float(below.max())
