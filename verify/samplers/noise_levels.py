"""Noise levels σ_1 > … > σ_L of annealed samplers, and the step size that goes with them."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from verify.backend import Array
from verify.errors import InvalidInput

MOST = 10**6
OVERLAP = 0.5  # Song, Ermon (2020), Technique 2


def geometric_levels(first: float, last: float, count: int) -> Array:
    """Return `count` levels in geometric progression from `first` to `last`, both > 0 (Song, Ermon, 2019, §4.1)."""
    for name, value in (("first", first), ("last", last)):
        if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < value < math.inf:
            raise InvalidInput(f"`{name}` must be a finite number > 0; got {value!r}.")
    if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or not 1 <= count <= MOST:
        raise InvalidInput(f"`count` must be a whole number from 1 to {MOST}; got {count!r}.")
    if count == 1 and first != last:
        raise InvalidInput(f"one level cannot be both `first` = {first} and `last` = {last}; take count >= 2.")
    return np.geomspace(first, last, count)


def ncsn_levels(dim: int, first: float, last: float) -> Array:
    """Return the fewest geometric levels from `first` down to `last` whose neighbours overlap by a half in R^dim.

    In many dimensions |x| under N(0, σ²I) is close to N(σ√d, σ²/2), and with the ratio r = σ_{i−1}/σ_i the share of
    level i within three σ_{i−1} of the radius of level i − 1 is Φ(√(2d)(r − 1) + 3r) − Φ(√(2d)(r − 1) − 3r), up to a
    change of σ²/2 into σ²; r is where that is ½ (Song, Ermon, 2020, Technique 2).
    """
    if isinstance(dim, bool) or not isinstance(dim, (int, np.integer)) or dim < 1:
        raise InvalidInput(f"`dim` must be a whole number >= 1; got {dim!r}.")
    if not last < first:
        raise InvalidInput(f"`first` must be above `last`; got {first} and {last}.")
    count = math.ceil(math.log(first / last) / math.log(ncsn_ratio(dim)) - 1e-9) + 1
    return geometric_levels(first, last, max(2, count))


def ncsn_ratio(dim: int) -> float:
    """Return σ_{i−1}/σ_i > 1 of `ncsn_levels`; InvalidInput in fewer than nine dimensions or so, where none is."""
    root = math.sqrt(2 * dim)

    def excess(r: float) -> float:
        return float(ndtr(root * (r - 1) + 3 * r) - ndtr(root * (r - 1) - 3 * r)) - OVERLAP

    if root <= 3.0:
        raise InvalidInput(f"in dimension {dim} levels of any ratio overlap by more than a half; space them by hand.")
    return float(brentq(excess, 1.0, 2 * root / (root - 3), xtol=1e-14))


def ncsn_step_size(levels: Array, steps_per_level: int) -> float:
    """Return the step size ε at the last level that leaves the spread at a single datum nearest to that level's own.

    With r = σ_{i−1}/σ_i and a = ε/2σ_L² a level of T steps turns the variance v·σ_i² into
    ((1 − a)^{2T}(v − v*) + v*)σ_i², v* = 1/(1 − a/2); it is to turn r² into 1. Both solutions, one and none occur: a is
    the root or minimum next to zero, found on (0, 1) (Song, Ermon, 2020, Proposition 3, Technique 4; their ε is half
    of this one).
    """
    if len(levels) < 2:
        raise InvalidInput("a step size follows from the ratio of levels; give at least two.")
    square = (levels[-2] / levels[-1]) ** 2
    tried = np.geomspace(1e-9, 0.999, 200_001)
    rest = 1 / (1 - tried / 2)
    off = np.abs((1 - tried) ** (2 * steps_per_level) * (square - rest) + rest - 1)
    return float(2 * levels[-1] ** 2 * tried[int(np.argmin(off))])
