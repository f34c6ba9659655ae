"""Law: a grid falls strictly from T to δ, has the steps it was asked for, and refuses what no sampler can use."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from verify import TimeGrid
from verify.errors import InvalidInput

EPS = float(np.finfo(float).eps)


def test_uniform():
    grid = TimeGrid.uniform(horizon=8.0, steps=2048)
    assert (grid.horizon, grid.stop, grid.steps, grid.is_uniform) == (8.0, 0.0, 2048, True)
    np.testing.assert_array_equal(grid.step_sizes, 8 / 2048)
    by_size = TimeGrid.uniform(3.0, step=0.1, stop=0.2)
    assert (by_size.steps, by_size.stop) == (28, 0.2)
    np.testing.assert_allclose(by_size.step_sizes, 0.1, rtol=1e-13)
    assert by_size.horizon == pytest.approx(3.0, rel=4 * EPS)


@given(st.floats(0.01, 0.5), st.integers(1, 400), st.integers(1, 400), st.sampled_from([0.0, 0.125, 0.01]))
def test_uniform_grids_of_one_step_share_their_tails_bit_for_bit(step, n, more, stop):
    short, long = (TimeGrid.uniform(stop + step * m, step=step, stop=stop) for m in (n, n + more))
    np.testing.assert_array_equal(long.tau[-n - 1 :], short.tau)


def test_geometric():
    grid = TimeGrid.geometric(4.0, 30, 0.001)
    ratios = grid.tau[1:] / grid.tau[:-1]
    np.testing.assert_allclose(ratios, (0.001 / 4.0) ** (1 / 30), rtol=1e-13)
    assert (grid.horizon, grid.stop, grid.steps, grid.is_uniform) == (4.0, 0.001, 30, False)


@example(horizon=1.0, kappa=1.0, stop=0.9999999999999999)
@given(st.floats(1.0, 20.0), st.floats(1e-3, 2.0), st.floats(1e-6, 1.0))
def test_benton_steps_obey_their_constraint(horizon, kappa, stop):
    grid = TimeGrid.benton(horizon, kappa, stop) if horizon > 1 or stop < 1 else TimeGrid.benton(2.0, kappa, stop)
    most = kappa * np.minimum(1.0, grid.tau[1:])
    assert (grid.step_sizes <= most * (1 + 1e-9) + 16 * EPS * grid.horizon).all()
    assert grid.stop == pytest.approx(stop, rel=4 * EPS)
    late, early = np.log(1 / grid.stop) / np.log1p(kappa), (grid.horizon - 1) / kappa
    assert grid.steps <= np.ceil(early) + np.ceil(late)  # and no more of them than needed
    if grid.horizon > 1:
        assert 1.0 in grid.tau


def test_karras():
    """σ_i = (σ_max^{1/ρ} + i/N (σ_min^{1/ρ} − σ_max^{1/ρ}))^ρ and σ² = e^{2τ} − 1."""
    grid = TimeGrid.karras(80.0, 0.002, 18)
    sigma = np.sqrt(np.expm1(2 * grid.tau))
    i = np.arange(19) / 18
    np.testing.assert_allclose(sigma, (80 ** (1 / 7) + i * (0.002 ** (1 / 7) - 80 ** (1 / 7))) ** 7, rtol=1e-9)


def test_values_cannot_be_changed():
    grid = TimeGrid.uniform(1.0, 4)
    for array in (grid.tau, grid.step_sizes):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 2.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TimeGrid.uniform(1.0, step=0.3), r"`step` = 0.3 does not divide .*take step = 0.3333333333"),
        (lambda: TimeGrid.uniform(1.0, step=3.0), "does not divide .*take step = 1"),
        (lambda: TimeGrid.uniform(1.0, step=-0.1), "`step` must be positive and finite; got -0.1"),
        (lambda: TimeGrid.uniform(1.0, step=np.nan), "`step` must be positive and finite; got nan"),
        (lambda: TimeGrid.uniform(1.0, step=1e-12), "`steps` must be a whole number from 1 to 100000000"),
        (lambda: TimeGrid.uniform(1.0, 4, step=0.25), "exactly one of `steps` and `step`"),
        (lambda: TimeGrid.uniform(1.0), "exactly one of `steps` and `step`"),
        (lambda: TimeGrid.uniform(-1.0, 4), "`horizon` must be positive"),
        (lambda: TimeGrid.uniform(np.inf, 4), "`horizon` must be positive"),
        (lambda: TimeGrid.uniform(np.nan, 4), "`horizon` must be positive"),
        (lambda: TimeGrid.uniform(1.0, 0), "`steps` must be a whole number"),
        (lambda: TimeGrid.uniform(1.0, 2.5), "`steps` must be a whole number"),
        (lambda: TimeGrid.uniform(1.0, np.nan), "`steps` must be a whole number"),
        (lambda: TimeGrid.uniform(1.0, True), "`steps` must be a whole number"),
        (lambda: TimeGrid.uniform(1.0, 4, stop=1.0), r"`stop` must lie in \[0, horizon\)"),
        (lambda: TimeGrid.uniform(1.0, 4, stop=-0.1), r"`stop` must lie in \[0, horizon\)"),
        (lambda: TimeGrid.uniform(1.0, 4, stop=np.nan), r"`stop` must lie in \[0, horizon\)"),
        (lambda: TimeGrid.uniform(1000.0, 2), "steps above 300.0 overflow"),
        (lambda: TimeGrid.geometric(1.0, 4, 0.0), "`stop` must be positive"),
        (lambda: TimeGrid.geometric(1.0, 4, 2.0), r"`stop` must lie in \[0, horizon\)"),
        (lambda: TimeGrid.benton(0.5, 0.1, 0.01), "`stop` <= 1 <= `horizon`"),
        (lambda: TimeGrid.benton(2.0, 0.1, 0.0), "`stop` must be positive"),
        (lambda: TimeGrid.benton(2.0, -0.1, 0.1), "`kappa` must be positive"),
        (lambda: TimeGrid.benton(1.0, 0.1, 1.0), "at least two times"),
        (lambda: TimeGrid.karras(1.0, 2.0, 4), "decrease strictly"),
        (lambda: TimeGrid(np.array([1.0])), "at least two times"),
        (lambda: TimeGrid(np.array([1.0, np.nan])), "finite vector"),
        (lambda: TimeGrid(np.array([1.0, 1.0])), "decrease strictly"),
        (lambda: TimeGrid(np.array([0.0, 1.0])), "decrease strictly"),
        (lambda: TimeGrid(np.array([1.0, -0.1])), "stopping time >= 0"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
