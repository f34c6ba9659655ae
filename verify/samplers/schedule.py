"""Schedules: one number for every step, or one per step."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.backend import AnyArray, Array, like, to_index
from verify.errors import InvalidInput


def schedule(name: str, values: npt.ArrayLike, steps: int) -> Array:
    """Return `values`, a number or one per step, as an array (steps,); InvalidInput unless all are finite and > 0."""
    try:
        found = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(f"`{name}` must be numbers > 0; got {type(values).__name__}.") from None
    if found.shape not in ((), (steps,)):
        raise InvalidInput(f"`{name}` must be one number or one per step, {steps}; got shape {found.shape}.")
    if not (np.isfinite(found).all() and (found > 0).all()):
        raise InvalidInput(f"`{name}` must be finite and > 0 at every step.")
    return np.array(np.broadcast_to(found, (steps,)))


def at(values: Array, k: Any, x: AnyArray) -> Any:
    """Return the value of step k: a float for an integer k, else an array shaped to multiply `x` (…, d)."""
    if isinstance(k, (int, np.integer)):
        if not 0 <= k < values.size:
            raise InvalidInput(f"`k` must lie in [0, {values.size}); got {k}.")
        return float(values[k])
    index = to_index(k)
    if index.size and not 0 <= index.min() <= index.max() < values.size:
        raise InvalidInput(f"`k` must lie in [0, {values.size}); got {index.min()} to {index.max()}.")
    return like(values[index][..., None], x)


def root(value: Any) -> Any:
    """Return the square root of a float or an array of any namespace."""
    return math.sqrt(value) if isinstance(value, float) else value**0.5
