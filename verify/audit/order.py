"""The order at which errors fall with the number of steps, with an interval that owns up to drift and to scatter.

Between neighbouring step counts the local order is log(e_i/e_{i+1})/log(N_{i+1}/N_i). A window of the last points
above the floor gives a least-squares order; the change from the window before it says where the order is heading:

.. math:: p_∞ ∈ [p + \\min(Δ, 0), p + \\max(Δ, 0)], \\qquad Δ = p - p_{before},

which holds when the drift from window to window at least halves, as it does for an error expansion in powers of 1/N on
doubling counts. The interval also covers the last local orders and is widened by the rounding of each error and by the
scatter of the last five points about a parabola in log-log. Errors that jump about have no order of a window: they get
the trend of all points above the floor, with a 99 % interval from their scatter about it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from verify.backend import Array
from verify.claims.slopes import coefficients
from verify.estimate import Estimate

WINDOW = 3  # points of a fit
FEWEST = 3
CLEAR = 30.0  # errors below this multiple of the floor take no part in a fit
SMOOTH = 5  # points whose scatter about a parabola counts
SETTLING = 0.6  # changes of the local order that shrink by this factor are drift, not scatter
TREND = "least-squares trend of erratic errors"
ERRATIC = 0.3  # a window whose order the scatter blurs by more says nothing


@dataclass(frozen=True)
class Order:
    """`value`: the order with its interval, None where too few errors stand above the `floor`; `local` between
    neighbours; `used`: the step counts of the fit."""

    value: Estimate | None
    local: tuple[float, ...]
    used: tuple[int, ...]
    floor: float


def fit(steps: Sequence[int], errors: Sequence[float], floor: float) -> Order:
    """Return the order of `errors` (>= 0) against `steps` (ascending); errors are known up to ± `floor`."""
    n, e = np.asarray(steps, dtype=float), np.asarray(errors, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        local = np.log(e[:-1] / e[1:]) / np.log(n[1:] / n[:-1])
    told = tuple(map(float, local))
    clear = np.flatnonzero(~(e > CLEAR * floor))
    end = int(clear[0]) if clear.size else e.size  # what comes after the first unclear point may be rounding by luck
    if end < FEWEST:
        return Order(None, told, (), floor)
    window = slice(end - WINDOW, end)
    c = coefficients(-np.log(n[window]))
    value = float(c @ np.log(e[window]))
    seen = [value, value + _drift(n[:end], e[:end], local[: end - 1], value), *local[end - WINDOW : end - 1]]
    scatter = _scatter(np.log(n[:end]), np.log(e[:end]), local[: end - 1]) * float(np.linalg.norm(c))
    if scatter > ERRATIC:
        return Order(_trend(np.log(n[:end]), np.log(e[:end])), told, tuple(int(k) for k in n[:end]), floor)
    spread = float(np.abs(c) @ np.log1p(floor / e[window])) + scatter
    order = Estimate(value, min(seen) - spread, max(seen) + spread, 1.0, "least-squares order, drift extrapolated")
    return Order(order, told, tuple(int(k) for k in n[window]), floor)


def _drift(n: Array, e: Array, local: Array, value: float) -> float:
    """Return by how much the order changed since the window before, or between the local orders of the only window."""
    if n.size == WINDOW:
        return float(local[-1] - local[-2])
    before = slice(n.size - WINDOW - 1, n.size - 1)
    return value - float(coefficients(-np.log(n[before])) @ np.log(e[before]))


def _scatter(x: Array, y: Array, local: Array) -> float:
    """Return how far each of the last points may lie off a smooth curve, as a factor of ‖c‖: 0 where none is seen."""
    if x.size <= WINDOW:
        return 0.0
    before, last = np.abs(np.diff(local)[-2:])
    jumps = 2 * float(max(before, last) * np.ptp(x[-WINDOW:])) / math.sqrt(2)  # moves the order by 2 changes over ‖c‖
    if x.size < SMOOTH:
        return 0.0 if last <= SETTLING * before else jumps
    return min(jumps, _rest(x[-SMOOTH:], y[-SMOOTH:], 2) * float(stdtrit(SMOOTH - 3, 0.975)))


def _trend(x: Array, y: Array) -> Estimate:
    """Return the order of erratic errors: the slope of one line through all."""
    c = coefficients(-x)
    value = float(c @ y)
    half = float(stdtrit(x.size - 2, 0.995)) * _rest(x, y, 1) * float(np.linalg.norm(c))
    return Estimate(value, value - half, value + half, 0.99, TREND)


def _rest(x: Array, y: Array, degree: int) -> float:
    """Return the standard deviation about a polynomial."""
    basis = np.vander((x - x.mean()) / np.ptp(x), degree + 1)
    rest = y - basis @ np.linalg.lstsq(basis, y)[0]
    return math.sqrt(float(rest @ rest) / (x.size - degree - 1))
