"""How many steps a theorem asks for: the least n, over every step size in its domain."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

DECADES, PER_DECADE, DOUBLINGS = 36, 5, 110
GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Plan:
    """`steps` steps of size `step`, which a theorem guarantees to reach an accuracy."""

    step: float
    steps: int


def decay(x: float, n: float) -> float:
    """Return |1 − x|^n for x ≥ 0, with all digits where x is small and n large."""
    if n == 0:
        return 1.0
    return math.exp(n * math.log1p(-x)) if x < 1 else (x - 1) ** n


def faded(factor: float, size: float) -> float:
    """Return factor·size; an infinite size stays infinite where the factor has underflowed."""
    return math.inf if size == math.inf else factor * size


def geometric(x: float, n: float) -> float:
    """Return Σ_{i<n} (1 − x)^i = (1 − (1 − x)^n)/x for 0 < x ≤ 1."""
    return -math.expm1(n * math.log1p(-x)) / x if x < 1 else float(n > 0)


def fewest_steps(value: Callable[[float, int], float], accuracy: float, least: float, most: float) -> Plan | None:
    """Return the least n, and a γ in [least, most], with value(γ, n) ≤ accuracy; None where no n up to 2^110 has one.

    min_γ value(γ, n) must fall as n grows, as it does for every bound "transient + bias": n is found by bisection.
    """
    most *= 1 - 1e-12
    if not accuracy > 0 or not least <= most:
        return None
    steps = least_steps(lambda n: best_step(value, n, least, most)[0] <= accuracy)
    return None if steps is None else Plan(best_step(value, steps, least, most)[1], steps)


def least_steps(enough: Callable[[int], bool]) -> int | None:
    """Return the least n ≥ 1 with enough(n), which must stay true once it is; None where no n up to 2^110 has it."""
    steps: int | None = next((2**i for i in range(DOUBLINGS) if enough(2**i)), None)
    if steps is None:
        return None
    low = steps // 2
    while steps - low > 1:
        middle = (low + steps) // 2
        if enough(middle):
            steps = middle
        else:
            low = middle
    return steps


def best_step(value: Callable[[float, int], float], steps: int, least: float, most: float) -> tuple[float, float]:
    """Return min over γ in [least, most] of value(γ, steps), and where; a grid in log γ, then golden sections."""
    top = math.log(most)
    bottom = max(top - DECADES * math.log(10), math.log(least) if least > 0 else -math.inf)
    count = DECADES * PER_DECADE
    grid = [bottom + (top - bottom) * i / count for i in range(count)] + [top]

    def at(log_step: float) -> float:
        return value(math.exp(log_step), steps)

    values = [at(x) for x in grid]
    found = min(zip(values, grid, strict=True))
    for i in range(1, count + 1):  # every dip of the grid: near γ = 0 a bound can have one of its own
        after = values[min(i + 1, count)]
        if values[i] < values[i - 1] and values[i] <= after:
            found = min(found, _golden(at, grid[i - 1], grid[min(i + 1, count)]))
    return found[0], math.exp(found[1])


def _golden(value: Callable[[float], float], low: float, high: float) -> tuple[float, float]:
    """Return the least value on [low, high] of a function with one dip there, and where it is."""
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    at_left, at_right = value(left), value(right)
    for _ in range(45):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - GOLDEN * (high - low)
            at_left = value(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + GOLDEN * (high - low)
            at_right = value(right)
    return min((at_left, left), (at_right, right))
