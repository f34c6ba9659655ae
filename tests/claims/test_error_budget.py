"""Shared error budgets: widened intervals cover jointly (Bonferroni)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from verify.claims.points import Points, quantile, widen, widen_table


def test_half_widths_grow_by_the_ratio_of_normal_quantiles_each_side_by_itself() -> None:
    points = Points(np.array([1.0, 2.0]), np.array([0.0, 1.9]), np.array([3.0, 2.1]), np.array([0.95, 1.0]))
    wide = widen(points, 10)
    factor = norm.ppf(1 - 0.05 / 20) / norm.ppf(0.975)
    assert wide.low == pytest.approx([1 - factor, 1.9], rel=1e-12)
    assert wide.high == pytest.approx([1 + 2 * factor, 2.1], rel=1e-12)
    assert wide.confidence == pytest.approx([0.995, 1.0])


@given(st.integers(1, 50), st.integers(1, 50), st.floats(0.5, 0.999))
def test_widening_twice_is_widening_by_the_product(a: int, b: int, confidence: float) -> None:
    points = Points(np.array([0.0]), np.array([-1.0]), np.array([2.0]), np.array([confidence]))
    once, twice = widen(points, a * b), widen(widen(points, a), b)
    assert twice.high == pytest.approx(once.high, rel=1e-6)
    assert twice.low == pytest.approx(once.low, rel=1e-6)


def test_infinite_values_and_ends_survive() -> None:
    inf = np.inf
    points = Points(np.array([inf, 1.0]), np.array([inf, 0.0]), np.array([inf, inf]), np.array([0.9, 0.9]))
    wide = widen(points, 5)
    assert wide.low[0] == wide.high[0] == inf
    assert wide.high[1] == inf
    assert np.isfinite(wide.low[1])


def test_tiny_levels_keep_their_digits() -> None:
    assert float(quantile(0.95, 10**12)) == pytest.approx(norm.isf(0.05 / 2e12), rel=1e-9)


def test_a_tables_exact_columns_stay() -> None:
    rows = pd.DataFrame({"a": [1.0], "a.low": [0.9], "a.high": [1.1], "a.confidence": [1.0]})
    rows = rows.assign(**{"b": [1.0], "b.low": [0.9], "b.high": [1.1], "b.confidence": [0.95]})
    wide = widen_table(rows, 4)
    assert wide["a.low"].tolist() == [0.9]
    assert wide["b.low"][0] < 0.9
    assert rows["b.low"].tolist() == [0.9]
