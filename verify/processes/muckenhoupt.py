"""Muckenhoupt's constant of a law on the line: the spectral gap up to a factor, from both sides, by two integrals."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from verify.backend import Array
from verify.estimate import Estimate
from verify.processes.panels import Panels
from verify.processes.potential import Potential
from verify.processes.spectral_gap import CHANGES, EPS, density, support


def muckenhoupt(potential: Potential, inverse_temperature: float = 1.0) -> Estimate:
    """Return B = max(B₊, B₋), with m the median of π ∝ e^{−βV} and B₊ = sup_{x > m} π([x, ∞)) ∫_m^x dy/π(y).

    The gap of dX = −V′dt + √(2/β) dB satisfies 1/(4βB) ≤ λ₁ ≤ 2/(βB) (Muckenhoupt, 1972; Bobkov, Götze, 1999: the
    Poincaré constant lies between B/2 and 4B). The supremum is over the nodes of fine panels: the error is what halving
    them changes, which is large against rounding and small against the factor 8.
    """
    coarse, fine = (_constant(potential, inverse_temperature, change) for change in CHANGES)
    return Estimate.exact(fine, 2 * abs(fine - coarse) + 1e3 * EPS * fine, "quadrature", least=0.0)


def _constant(potential: Potential, beta: float, change: float) -> float:
    grid = support(potential, beta, change)
    median = _median(grid, potential, beta)
    grid = Panels(np.union1d(grid.edges, median))
    middle = int(np.searchsorted(grid.edges, median))  # the panels before it lie left of the median
    weight = density(grid, potential, beta)
    right, left = weight.copy(), weight.copy()
    right[:middle], left[middle:] = np.inf, np.inf  # 1/π counts on one side of the median only
    above = (grid.onwards(weight) * grid.up_to(1 / right))[middle:]
    below = (grid.up_to(weight) * grid.onwards(1 / left))[:middle]
    return float(max(above.max(), below.max()))


def _median(grid: Panels, potential: Potential, beta: float) -> float:
    least = float(potential.value(potential.critical_points).min())

    def mass(edges: Array) -> float:
        part = Panels(edges)
        return part.integral(np.exp(beta * (least - potential.value(part.nodes))))

    half = 0.5 * mass(grid.edges)
    return float(
        brentq(lambda m: mass(np.append(grid.edges[grid.edges < m], m)) - half, grid.edges[0] + EPS, grid.edges[-1])
    )
