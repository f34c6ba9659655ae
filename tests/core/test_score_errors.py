"""Law: every injected score error e_t has ‖e_t‖_{L²(q_t)} exactly error(t), in the law q_t and in no other."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core import cases
from verify import scores, targets

P = targets.Gaussian(np.array([1.0, -0.5]), np.array([[1.5, 0.62], [0.62, 0.8]]))
ERRORS = cases.errors(P)
TIMES = (0.0, 0.05, 0.8, 3.0)
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(5)


def squared_error(score, x, t):
    q = P.diffused(t)
    exact = -np.linalg.solve(q.cov, (x - q.mean).T).T
    return ((score(x, t) - exact) ** 2).sum(-1)


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("t", TIMES)
def test_by_quadrature(name, t):
    """A 5 × 5 Gauss–Hermite rule integrates the square of an affine error without truncation."""
    q, score = P.diffused(t), ERRORS[name]
    z = np.stack(np.meshgrid(NODES, NODES, indexing="ij"), axis=-1).reshape(-1, 2)
    w = np.outer(WEIGHTS, WEIGHTS).ravel() / WEIGHTS.sum() ** 2
    size = np.sqrt(w @ squared_error(score, q.mean + z @ np.linalg.cholesky(q.cov).T, t))
    stated = score.error(t)
    assert stated.low <= stated.value <= stated.high
    assert stated.confidence == 1.0
    assert size == pytest.approx(stated.value, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("name", [n for n in ERRORS if n != "Exact"])
def test_by_monte_carlo(name):
    """Mean of n squared errors within 5 of its own standard errors: one false alarm in 2e6 comparisons."""
    t, score, n = 0.4, ERRORS[name], 20_000
    values = squared_error(score, P.diffused(t).sample(n, np.random.default_rng(11)), t)
    half = 5 * values.std(ddof=1) / np.sqrt(n) + 1e-14
    assert abs(values.mean() - score.error(t).value ** 2) <= half
    if "Shifted" not in name:  # and not in L²(γ): the constant error alone has one size everywhere
        elsewhere = squared_error(score, np.random.default_rng(11).standard_normal((n, 2)), t)
        assert abs(elsewhere.mean() - score.error(t).value ** 2) > 5 * elsewhere.std(ddof=1) / np.sqrt(n)


@pytest.mark.parametrize("name", ERRORS)
def test_affine_coefficients(name):
    """e_t(x) = U(α(U^T x − U^T m_t) + β), for one time and for a column of times."""
    score, x = ERRORS[name], np.random.default_rng(2).standard_normal((4, 2))
    times = np.array([[0.05], [0.4], [0.8], [3.0]])
    rows = []
    for i, t in enumerate(times.ravel()):
        q, basis = P.diffused(t), P.eigenvectors
        exact = -np.linalg.solve(q.cov, x[i] - q.mean)
        error = score.alpha(t) * ((x[i] - q.mean) @ basis) + score.beta(t)
        rows.append(exact + basis @ error)
        assert score.alpha(t).shape == score.beta(t).shape == (2,)
        np.testing.assert_allclose(score.alpha(times)[i], score.alpha(t), rtol=1e-15)
        np.testing.assert_allclose(score.beta(times)[i], score.beta(t), rtol=1e-15)
    np.testing.assert_allclose(score(x, times), rows, rtol=1e-12, atol=1e-13)


def test_signs_are_opposite():
    for cls in (scores.Dilated, scores.Scaled, scores.Whitened):
        plus, minus = cls(P, 0.3), cls(P, 0.3, sign=-1)
        np.testing.assert_array_equal(plus.alpha(0.4), -minus.alpha(0.4))
    assert (scores.Dilated(P, 0.3).alpha(0.4) > 0).all()
    assert (scores.Scaled(P, 0.3).alpha(0.4) < 0).all()  # + a fraction of the score, which points inwards


def test_directions():
    u = np.array([3.0, -4.0])
    x = np.random.default_rng(2).standard_normal((3, 2))
    moved = scores.Shifted(P, 0.2, direction=u)(x, 0.4) - scores.Exact(P)(x, 0.4)
    np.testing.assert_allclose(moved, np.tile([0.12, -0.16], (3, 1)), atol=1e-14)


def test_profile_is_a_function_of_time():
    score = scores.Shifted(P, scores.Decaying(0.5, 2.0))
    assert score.error(0.0).value == 0.5
    assert score.error(1.0).value == pytest.approx(0.5 * np.exp(-2), rel=1e-15)
    assert scores.Shifted(P, lambda t: 0.1 + t).error(0.25).value == pytest.approx(0.35, rel=1e-15)


def test_white_error_is_white():
    """Under q_t the covariance α Σ_t α is ε²/d I."""
    score, t = scores.Whitened(P, 0.3), 0.2
    spread = score.alpha(t) ** 2 * P.variances_at(t)
    np.testing.assert_allclose(spread, 0.3**2 / 2, rtol=1e-14)
