"""At how many points an error lies above a bound, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from verify.report.figures.frame import in_scope, values
from verify.report.text import capital, distance

if TYPE_CHECKING:
    from pandas import DataFrame


def exceeded(rows: DataFrame, error: str, bound: str, word: Callable[[str], str]) -> str:
    """Return at how many points the error, interval included, lies above the bound; empty where at none.

    Points in scope, where this refutes the bound, are told apart from those where an assumption fails.
    """
    above = values(rows, error, ".low") > values(rows, bound)
    scope = in_scope(rows, bound) & in_scope(rows, error)
    parts = [
        f"{int(np.sum(above & mask))} of {int(mask.sum())} points {place}"
        for mask, place in ((scope, "in scope"), (~scope, "out of scope"))
        if np.any(above & mask)
    ]
    if not parts:
        return ""
    ours, theirs = distance(error), distance(bound)
    other = f" (which bounds {theirs}, not {ours})" if ours and theirs and ours != theirs else ""
    return f" {capital(word(error))} exceeds {word(bound)}{other} at {' and '.join(parts)}."
