"""Potentials with two wells, and one with a single well, for the studies of this folder."""

import functools

import numpy as np

from verify.processes import LineSemigroup, Mixture, Polynomial, spectral_gap
from verify.targets import DoubleWell

WELLS = {
    "even": DoubleWell(1.0),
    "tilted": DoubleWell(1.0, 0.4),
    "mixture": Mixture((0.3, 0.7), (-1.2, 1.0), (0.6, 0.5)),
}
CONVEX = Polynomial((0.0, 0.3, 0.5, 0.0, 0.25))  # V″ = 1 + 3x² ≥ 1
COUNT = 400  # nodes: functions that vary over 0.2 are resolved to rounding


@functools.lru_cache(maxsize=16)
def flow(well, inverse_temperature):
    """Return the semigroup of a potential by name."""
    return LineSemigroup(CONVEX if well == "convex" else WELLS[well], inverse_temperature, COUNT)


@functools.lru_cache(maxsize=16)
def gap(well, inverse_temperature):
    """Return λ₁ of a potential by name, by a method of its own."""
    return float(spectral_gap(flow(well, inverse_temperature).potential, inverse_temperature))


def norm(at, f):
    """Return the norm of f in L²(π)."""
    return float(np.sqrt(at.integral(f**2 * at.stationary)))


def normal(at, mean, width):
    """Return the normal density at the nodes, ∫ = 1 by the trapezoid rule."""
    p = np.exp(-0.5 * ((at.nodes - mean) / width) ** 2)
    return p / at.integral(p)
