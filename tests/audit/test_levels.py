"""Law: spans give the laws of noisy data and of posterior means, and the model's six answers are one model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from verify.audit import DATA, Level, Model, Span
from verify.audit.trace import read
from verify.errors import InvalidInput
from verify.targets import Gaussian

TARGET = Gaussian(np.array([1.0, -0.5]), np.array([[1.5, 0.62], [0.62, 0.8]]))
STATES = np.array([[0.3, -2.0], [4.0, 1.0], [0.0, 0.0]])
LEVELS = [(1.0, 3.0), (0.6, 0.8), (0.3, 0.7), (1.0, 0.01)]


def test_a_level_is_data_times_alpha_plus_noise() -> None:
    law = Level(0.6, 0.8).law(TARGET)
    assert np.abs(law.mean - 0.6 * TARGET.mean).max() == 0
    assert np.abs(law.cov - 0.36 * TARGET.cov - 0.64 * np.eye(2)).max() < 1e-15


def test_named_levels_lie_on_their_paths() -> None:
    ou = Level.ou(0.7)
    assert ou.alpha**2 + ou.sigma**2 == pytest.approx(1, abs=1e-15)
    assert ou.alpha == pytest.approx(np.exp(-0.7), abs=1e-15)
    assert Level.preserving(0.36) == Level(0.6, 0.8)
    assert (Level(1, 20).prior, Level(0.6, 0.8).prior) == (20.0, pytest.approx(1.0, abs=1e-15))


@pytest.mark.parametrize(("alpha", "sigma"), [(-1.0, 1.0), (np.nan, 1.0), (1.0, np.inf), (0.0, 0.0)])
def test_impossible_levels_are_refused(alpha: float, sigma: float) -> None:
    with pytest.raises(InvalidInput):
        Level(alpha, sigma)


def test_the_goal_of_a_jump_is_the_law_of_the_posterior_mean() -> None:
    """It is the image of the noisy law under the model's affine answer, found by asking for it."""
    jump = Level(0.6, 0.8)
    answer = Model(TARGET).denoised(np.concatenate([np.zeros((1, 2)), np.eye(2)]), jump.sigma, jump.alpha)
    gain, noisy = (answer[1:] - answer[0]).T, jump.law(TARGET)
    goal = Span(Level(0.1, 1.0), jump=jump).goal(TARGET)
    assert np.abs(goal.mean - gain @ noisy.mean - answer[0]).max() < 1e-14
    assert np.abs(goal.cov - gain @ noisy.cov @ gain.T).max() < 1e-14


def test_a_span_begins_at_the_prior_and_ends_at_its_stop() -> None:
    span = Span(Level(1, 20), prior=20.0)
    assert np.array_equal(span.begun(TARGET).cov, 400 * np.eye(2))
    assert np.array_equal(span.first(TARGET).cov, TARGET.cov + 400 * np.eye(2))
    assert np.array_equal(span.goal(TARGET).cov, DATA.law(TARGET).cov)
    assert np.array_equal(Span(Level(1, 20)).begun(TARGET).cov, span.first(TARGET).cov)


@pytest.mark.parametrize(("alpha", "sigma"), LEVELS)
def test_answers_are_one_model(alpha: float, sigma: float) -> None:
    model = Model(TARGET)
    told: Any = (STATES, sigma, alpha)
    denoised, epsilon = model.denoised(*told), model.epsilon(*told)
    size = 1e-13 * (np.abs(STATES).max() + 1) / min(sigma, 1.0)  # epsilon divides a rounding of x by sigma
    assert np.abs(alpha * denoised + sigma * epsilon - STATES).max() < size
    assert np.abs(sigma * model.score(*told) + epsilon).max() < size
    assert np.abs(model.velocity(*told) - (alpha * epsilon - sigma * denoised)).max() < size
    assert np.abs(model.flow(*told) - (epsilon - denoised)).max() < size
    precision = np.linalg.inv(alpha**2 * TARGET.cov + sigma**2 * np.eye(2))
    score = -(STATES - alpha * TARGET.mean) @ precision
    assert np.abs(model.score(*told) - score).max() < 1e-12 * np.abs(score).max()
    assert model.evaluations == 6


def test_flow_and_ou_have_their_own_clocks() -> None:
    model = Model(TARGET)
    assert np.array_equal(model.flow(STATES, 0.3), model.flow(STATES, 0.3, 0.7))
    ou = Level.ou(0.4)
    assert np.abs(model.ou_score(STATES, 0.4) - model.score(STATES, ou.sigma, ou.alpha)).max() < 1e-14


def test_levels_may_differ_by_row() -> None:
    sigmas = np.array([3.0, 1.0, 0.2])
    together = Model(TARGET).denoised(STATES, sigmas)
    for row, sigma in enumerate(sigmas):
        assert np.abs(together[row] - Model(TARGET).denoised(STATES[row : row + 1], sigma)[0]).max() < 1e-14


def test_consistency_is_where_the_flow_of_the_exact_ode_ends() -> None:
    """dx/dσ = ε(x, σ) (Karras et al., NeurIPS 2022), integrated from σ = 3 to 0.5 by an independent program."""
    model = Model(TARGET)

    def slope(sigma: float, x: np.ndarray) -> np.ndarray:
        return np.asarray(model.epsilon(x[None], sigma)[0])

    for x in STATES:
        there = solve_ivp(slope, (3.0, 0.5), x, method="DOP853", rtol=1e-11, atol=1e-12).y[:, -1]
        assert np.abs(model.consistency(there[None], 0.5) - model.consistency(x[None], 3.0)).max() < 1e-9
        assert np.abs(model.consistency(x[None], 3.0, end=(1.0, 0.5))[0] - there).max() < 1e-9


@pytest.mark.parametrize("shape", [(2,), (3, 3), (3, 2, 2)])
def test_states_of_another_size_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput, match="takes states of shape"):
        Model(TARGET).denoised(np.zeros(shape), 1.0)


def test_a_level_per_row_must_match_the_rows() -> None:
    with pytest.raises(InvalidInput, match="one number or one per row"):
        Model(TARGET).denoised(STATES, np.ones(2))


@pytest.mark.parametrize(("alpha", "sigma"), LEVELS)
@pytest.mark.parametrize("data", [TARGET, Gaussian(np.array([0.75]), np.array([[0.25]]))])
def test_a_level_is_read_off_its_own_law(data: Gaussian, alpha: float, sigma: float) -> None:
    seen = read(Level(alpha, sigma).law(data), data)
    assert seen is not None
    assert seen.alpha == pytest.approx(alpha, rel=1e-11)
    assert seen.sigma == pytest.approx(sigma, rel=1e-11)  # σ² = 1e-4 out of variances of order 1


def test_no_level_is_read_off_where_data_look_like_noise() -> None:
    data = Gaussian(np.zeros(2), np.eye(2))
    assert read(Level(0.6, 0.8).law(data), data) is None
