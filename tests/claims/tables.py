"""Tables with the columns that studies write, from plain numbers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd


def sweep(**axes: Sequence[Any]) -> pd.DataFrame:
    """All combinations of the axes, the last one fastest."""
    return pd.DataFrame(list(itertools.product(*axes.values())), columns=list(axes))


def observed(
    table: pd.DataFrame,
    name: str,
    value: Callable[[Mapping[str, Any]], float],
    *,
    error: float = 0.0,
    confidence: float = 1.0,
    resolved: Callable[[Mapping[str, Any]], bool] = lambda row: True,
) -> pd.DataFrame:
    """Add an observable: value(row), interval ± error·|value|."""
    v = np.array([float(value(row)) for row in table.to_dict("records")])
    half = error * np.abs(np.where(np.isfinite(v), v, 0.0))
    with np.errstate(invalid="ignore"):
        return table.assign(
            **{
                name: v,
                f"{name}.low": v - half,
                f"{name}.high": v + half,
                f"{name}.confidence": confidence,
                f"{name}.method": "made up",
                f"{name}.null": np.nan,
                f"{name}.resolved": [resolved(row) for row in table.to_dict("records")],
            }
        )


def bounded(
    table: pd.DataFrame,
    name: str,
    value: Callable[[Mapping[str, Any]], float],
    *,
    failed: Callable[[Mapping[str, Any]], str] = lambda row: "",
    tv: bool = False,
) -> pd.DataFrame:
    """Add a bound with one term ``half`` of half its size."""
    rows = table.to_dict("records")
    v = np.array([float(value(row)) for row in rows])
    vacuous = np.isinf(v) | (tv & (v >= 1))
    return table.assign(
        **{name: v, f"{name}.half": v / 2, f"{name}.failed": [failed(r) for r in rows], f"{name}.vacuous": vacuous}
    )
