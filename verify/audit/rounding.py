"""rounding: below which error a sampler's arithmetic, or a schedule in single precision, hides its order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from verify.audit.run import Run, size
from verify.backend import Array
from verify.divergences import wasserstein2

DOUBLE = 1e-13  # of a law in float64, relative to the size of the data
SINGLE = 3e-7  # of a law whose schedule or arithmetic is in single precision
NEAR = 30.0  # times the single-precision level: errors below may be made of rounding
ARITHMETIC = 1e-10  # residuals above are no rounding of float64


def floor(runs: Sequence[Run], block: int, double: Sequence[Run] = ()) -> float:
    """Return the W2 error below which nothing can be told on one target.

    Where the sampler also ran in float64 (`double`) it is the largest distance between the two; else ten times the
    residual of the random inputs, and for single precision the error at which the sampler was seen to stop. A schedule
    of float32 numbers alone makes no floor while errors keep falling through that level.
    """
    cases = [r.cases[block] for r in runs]
    unit = size(cases[0].target)
    if double:
        gaps = [float(wasserstein2(a.output, b.cases[block].output)) for a, b in zip(cases, double, strict=True)]
        return max(*gaps, unit * DOUBLE)
    residual = max(r.map.residual for r in runs)
    if not (single_schedule(runs) or residual > ARITHMETIC):
        return unit * max(DOUBLE, 10 * residual)
    errors = np.array([float(case.discretisation) for case in cases])
    if residual <= ARITHMETIC and not _stalls(np.array([r.steps for r in runs]), errors, NEAR * unit * SINGLE):
        return unit * max(DOUBLE, 10 * residual)  # rounded levels that both sides agree on do no harm
    least = float(errors.min())
    return max(unit * SINGLE, unit * residual, least if least < 1e-5 * unit else 0.0)


def _stalls(steps: Array, errors: Array, near: float) -> bool:
    """Return whether errors below `near` stop falling: at less than half the order that they had above."""
    below = np.flatnonzero(errors <= near)
    if not below.size:
        return False
    with np.errstate(all="ignore"):
        local = np.log(errors[:-1] / errors[1:]) / np.log(steps[1:] / steps[:-1])
    first = max(int(below[0]), 1)  # local[i] leads from error i to error i + 1
    before = float(np.median(local[:first]))
    return not bool((local[first - 1 :] > 0.5 * before).all())


def single_arithmetic(runs: Sequence[Run]) -> bool:
    """Return whether random inputs are missed by more than the rounding of float64."""
    return max(r.map.residual for r in runs) > ARITHMETIC


def single_schedule(runs: Sequence[Run]) -> bool:
    """Return whether the noise levels that the model is told are float32 numbers, or roots of such."""
    calls = np.unique(np.array([call for r in runs for call in r.map.calls]).reshape(-1, 2), axis=0)
    with np.errstate(all="ignore"):
        alpha, sigma = calls.T
        readings = (alpha, sigma, alpha**2, sigma**2, sigma / alpha, (sigma / alpha) ** 2)
        return any(_single(reading) for reading in readings)


def _single(values: Array) -> bool:
    """Return whether these are float32 numbers, most of which need more than half of its digits."""
    values = values[np.isfinite(values) & (values != 0)]
    if not values.size:
        return False
    rounded = values.astype(np.float32).astype(np.float64)
    mantissa, _ = np.frexp(values)
    short = np.abs(mantissa * 2**14 - np.rint(mantissa * 2**14)) < 1e-9  # such as k/16: exact in any format
    return bool((np.abs(rounded - values) <= 4e-16 * np.abs(values)).all() and short.mean() < 0.5)
