"""A row of the table of errata."""

from collections.abc import Callable
from dataclasses import dataclass

ROUNDING = 1e-12


@dataclass(frozen=True)
class Row:
    """A formula: what is compared, what is printed, what is right, and `values` returns (printed, corrected, truth)."""

    quantity: str
    printed: str
    corrected: str
    values: Callable[[], tuple]
    tolerance: float | None = ROUNDING  # None: an inequality, truth ≤ right side
