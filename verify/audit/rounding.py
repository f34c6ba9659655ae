"""rounding: below which error a sampler's arithmetic, or a schedule in single precision, hides its order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from verify.audit.run import Run, size
from verify.backend import Array
from verify.divergences import wasserstein2

DOUBLE = 1e-13  # of a law in float64, relative to the size of the data
SINGLE = 3e-7  # of a law whose schedule or arithmetic is in single precision
ARITHMETIC = 1e-10  # residuals above are no rounding of float64


def floor(runs: Sequence[Run], block: int, double: Sequence[Run] = ()) -> float:
    """Return the W2 error below which nothing can be told on one target.

    Where the sampler also ran in float64 (`double`) it is the largest distance between the two; else ten times the
    residual of the random inputs, and for single precision the error at which the sampler was seen to stop.
    """
    cases = [r.cases[block] for r in runs]
    unit = size(cases[0].target)
    if double:
        gaps = [float(wasserstein2(a.output, b.cases[block].output)) for a, b in zip(cases, double, strict=True)]
        return max(*gaps, unit * DOUBLE)
    residual = max(r.map.residual for r in runs)
    if not (single_schedule(runs) or residual > ARITHMETIC):
        return unit * max(DOUBLE, 10 * residual)
    least = min(float(case.discretisation) for case in cases)
    return max(unit * SINGLE, unit * residual, least if least < 1e-5 * unit else 0.0)


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
