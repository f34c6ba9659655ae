"""The order at which errors fall with the number of steps, with an interval that owns up to pre-asymptotic drift.

Between neighbouring step counts the local order is log(e_i/e_{i+1})/log(N_{i+1}/N_i). A window of the last points
above the floor gives a least-squares order; the change from the window before it says where the order is heading:

.. math:: p_∞ ∈ [p + \\min(Δ, 0), p + \\max(Δ, 0)], \\qquad Δ = p - p_{before},

which holds when the drift from window to window at least halves, as it does for an error expansion in powers of 1/N on
doubling counts. The rounding of each error widens the interval further.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from verify.claims.slopes import coefficients
from verify.estimate import Estimate

WINDOW = 3  # points of a fit
FEWEST = 3
CLEAR = 30.0  # errors below this multiple of the floor take no part in a fit


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
    clear = np.flatnonzero(e <= CLEAR * floor)
    end = int(clear[0]) if clear.size else e.size  # what comes after the first unclear point may be rounding by luck
    if end < FEWEST:
        return Order(None, tuple(map(float, local)), (), floor)
    window = slice(max(0, end - WINDOW), end)
    value, spread = _slope(n[window], e[window], floor)
    start = max(0, end - WINDOW - 1)
    before = _slope(n[start : end - 1], e[start : end - 1], floor)[0] if end > WINDOW else value
    drift = value - before
    low, high = value + min(drift, 0.0) - spread, value + max(drift, 0.0) + spread
    used = tuple(int(k) for k in n[window])
    return Order(
        Estimate(value, low, high, 1.0, "least-squares order, drift extrapolated"),
        tuple(map(float, local)),
        used,
        floor,
    )


def _slope(n: np.ndarray, e: np.ndarray, floor: float) -> tuple[float, float]:
    c = coefficients(-np.log(n))
    return float(c @ np.log(e)), float(np.abs(c) @ np.log1p(floor / e))
