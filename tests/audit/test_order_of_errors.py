"""Law: errors a N^-p have order p; floors, drift and scatter widen the interval, and noise never shows an order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.audit.order import CLEAR, fit

STEPS = np.array([10, 16, 25, 40, 63, 100, 160, 250, 400])


@given(st.floats(0.1, 6.0), st.floats(1e-3, 1e3))
def test_a_power_has_its_exponent_and_no_width(p: float, a: float) -> None:
    found = fit(STEPS.tolist(), (a * STEPS**-p).tolist(), 0.0).value
    assert found is not None
    assert found.value == pytest.approx(p, abs=1e-10)  # 9 logarithms, each to an ulp, over log 2.5
    assert found.high - found.low < 1e-9


@given(st.floats(1.0, 4.0), st.floats(-0.5, 0.5))
def test_drift_is_inside_the_interval(p: float, b: float) -> None:
    """e = N^-p (1 + bN^-1 N_0): the order drifts to p from the side of b, halving from window to window."""
    errors = STEPS**-p * (1 + 10 * b / STEPS)
    found = fit(STEPS.tolist(), errors.tolist(), 0.0).value
    assert found is not None
    assert found.low <= p + 0.02
    assert found.high >= p - 0.02


def test_points_near_the_floor_take_no_part() -> None:
    errors = 1.0 * STEPS**-2.0 + 1e-6
    found = fit(STEPS.tolist(), errors.tolist(), 1e-6)
    assert found.used == (63, 100, 160)  # 160^-2 = 39e-6 is clear of 30 floors, 250^-2 is not
    assert found.value is not None
    assert found.value.low <= 2 <= found.value.high
    assert fit([10, 20, 40], [CLEAR * 1e-6] * 3, 1e-6).value is None


def test_an_error_of_exactly_zero_or_not_a_number_ends_the_points() -> None:
    for last in (0.0, np.nan):
        found = fit([10, 20, 40, 80], [1e-1, 1e-2, 1e-3, last], 0.0)
        assert found.used == (10, 20, 40)


def test_two_points_show_no_order_and_three_own_up_to_their_bend() -> None:
    assert fit([10, 20], [1.0, 0.25], 0.0).value is None
    bent = fit([10, 20, 40], [1.0, 0.5, 0.125], 0.0).value  # local orders 1, then 2
    assert bent is not None
    assert bent.low <= 1.5
    assert bent.high >= 2.0


@pytest.mark.parametrize("spread", [0.1, 0.5, 1.0])
def test_noise_shows_no_convergence(spread: float) -> None:
    """Of plateaus with scatter, at most a hundredth part may seem to have order 0.75 or more for sure.

    Independent errors exp(spread·z): the trend's 99 % interval lies above by chance in 0.5 %, windows add to it; four
    standard deviations of the count among 2000 are allowed on top.
    """
    rng = np.random.default_rng(0)
    fooled = 0
    for errors in np.exp(spread * rng.standard_normal((2000, STEPS.size))):
        found = fit(STEPS.tolist(), errors.tolist(), 0.0).value
        assert found is not None
        fooled += found.low >= 0.75
    assert fooled <= 2000 * 0.01 + 4 * np.sqrt(2000 * 0.01)


def test_an_order_is_found_under_scatter_only_where_the_trend_shows_it() -> None:
    rng = np.random.default_rng(1)
    covered = 0
    for scatter in rng.standard_normal((500, STEPS.size)):
        found = fit(STEPS.tolist(), (STEPS**-1.0 * np.exp(0.5 * scatter)).tolist(), 0.0).value
        assert found is not None
        covered += found.low <= 1 <= found.high
    assert covered >= 0.9 * 500
