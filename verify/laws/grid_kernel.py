"""The Gaussian kernel of a step between two grids: a dense matrix, or the band of it that is above rounding."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import sparse

from verify.backend import Array
from verify.laws.grid_steps import Move

REACH = 10.0  # standard deviations in the band: what is beyond has probability 1e-23
THIN = 0.15  # share of the matrix below which the band alone is stored
CHUNK = 1 << 22
CONSTANT = math.sqrt(2 * math.pi)


def kernel(way: Move, y: Array) -> Any:
    """Return K with K[j, i] = N(y_j; mean_i, spread_i²), y increasing: an array, or a sparse one."""
    first = np.searchsorted(y, way.mean - REACH * way.spread)
    count = np.searchsorted(y, way.mean + REACH * way.spread) - first
    if count.sum() > THIN * y.size * max(way.mean.size, 1):
        z = np.subtract.outer(y, way.mean)
        z /= way.spread
        z *= z
        z *= -0.5
        np.exp(z, out=z)
        z /= CONSTANT * way.spread
        return z
    columns = np.repeat(np.arange(way.mean.size), count)
    rows = np.arange(columns.size) - np.repeat(np.cumsum(count) - count, count) + first[columns]
    z = (y[rows] - way.mean[columns]) / way.spread[columns]
    values = np.exp(-0.5 * z * z) / (CONSTANT * way.spread[columns])
    return sparse.csr_array((values, (rows, columns)), shape=(y.size, way.mean.size))


def density(way: Move, weights: Array, y: Array) -> Array:
    """Return Σ_i weights_i N(y; mean_i, spread_i²) at increasing y."""
    reach = np.searchsorted(y, way.mean + REACH * way.spread) - np.searchsorted(y, way.mean - REACH * way.spread)
    longest = int(reach.max(initial=1))  # a band takes several arrays of its size
    rows = max(1, CHUNK // (y.size if longest > THIN * y.size else 4 * max(1, longest)))
    found = np.zeros(y.size)
    for i in range(0, way.mean.size, rows):
        part = Move(way.x[i : i + rows], way.mean[i : i + rows], way.spread[i : i + rows])
        found += kernel(part, y) @ weights[i : i + rows]
    return found
