"""Law: q_t = Law(e^{−t}X_0 + √(1 − e^{−2t}) Z) solves the OU process, and its score is the gradient of log q_t."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate
from scipy.stats import multivariate_normal

from tests.core import cases
from verify import processes, scores, targets

EPS = float(np.finfo(float).eps)
TIMES = (0.0, 1e-9, 0.3, 2.0, 40.0)


@pytest.mark.parametrize("t", TIMES)
def test_moments_are_those_of_the_formula(t):
    p = cases.target(True)
    q = processes.OrnsteinUhlenbeck(p).law(t)
    np.testing.assert_allclose(q.mean, np.exp(-t) * p.mean, rtol=4 * EPS)
    want = np.exp(-2 * t) * p.cov + (1 - np.exp(-2 * t)) * np.eye(3)
    np.testing.assert_allclose(q.cov, want, atol=16 * EPS)
    np.testing.assert_allclose((q.eigenvectors * q.eigenvalues) @ q.eigenvectors.T, want, atol=32 * EPS)


@pytest.mark.parametrize("t", [0.05, 0.7])
def test_density_is_the_convolution_with_the_transition_kernel(t):
    """q_t(x) = ∫ p(y) N(x; e^{−t}y, 1 − e^{−2t}) dy, by adaptive quadrature."""
    p = targets.Gaussian(np.array([0.75]), np.array([[0.25]]))
    spread = np.sqrt(-np.expm1(-2 * t))

    def integrand(y, x):
        kernel = np.exp(-0.5 * ((x - np.exp(-t) * y) / spread) ** 2) / (spread * np.sqrt(2 * np.pi))
        return kernel * np.exp(p.log_density(np.array([y])))

    for x in (-1.0, 0.2, 1.7):
        value, error = integrate.quad(integrand, -5, 7, args=(x,), epsabs=1e-13, epsrel=1e-12, points=[x, 0.75])
        got = np.exp(p.diffused(t).log_density(np.array([x])))
        assert abs(got - value) <= 10 * error + 100 * EPS


@pytest.mark.parametrize("t", [0.0, 0.4])
def test_density_is_normalised_and_agrees_with_scipy(t):
    q = cases.target(True).diffused(t)
    x = np.random.default_rng(0).standard_normal((4, 5, 3)) * 2
    want = multivariate_normal(q.mean, q.cov).logpdf(x)
    np.testing.assert_allclose(q.log_density(x), want, rtol=1e-13)
    assert q.log_density(x).shape == (4, 5)


def test_semigroup():
    p = cases.target(True)
    for s, t in ((0.3, 0.4), (1e-7, 2.0)):
        twice, once = p.diffused(s).diffused(t), p.diffused(s + t)
        np.testing.assert_allclose(twice.mean, once.mean, rtol=8 * EPS)
        np.testing.assert_allclose(twice.cov, once.cov, atol=16 * EPS)
        np.testing.assert_allclose(twice.eigenvalues, once.eigenvalues, rtol=8 * EPS)


@pytest.mark.parametrize("t", [0.0, 0.02, 1.3])
def test_score_is_the_gradient_of_the_log_density(t):
    """Central differences are exact for a quadratic, up to rounding ε·|log q|/step."""
    q, step = cases.target(True).diffused(t), 0.5
    x = np.random.default_rng(1).standard_normal((6, 3)) * 2
    axes = step * np.eye(3)
    numeric = np.stack([(q.log_density(x + a) - q.log_density(x - a)) / (2 * step) for a in axes], axis=-1)
    np.testing.assert_allclose(q.score(x), numeric, atol=16 * EPS * np.abs(q.log_density(x)).max() * 10)


@pytest.mark.parametrize("t", [0.02, 1.3])
def test_exact_score_at_time_t_is_that_of_the_diffused_target(t):
    p = cases.target(True)
    x = np.random.default_rng(1).standard_normal((6, 3))
    want = -np.linalg.solve(p.diffused(t).cov, (x - p.diffused(t).mean).T).T
    np.testing.assert_allclose(scores.Exact(p)(x, t), want, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(scores.Exact(p)(x, np.full((6, 1), t)), want, rtol=1e-13, atol=1e-13)


def test_samples_have_the_moments_of_the_law():
    """Means are N(0, Σ/n), products of pairs have variance Σ_ii Σ_jj + Σ_ij²: nine z-scores below 5.2 (p = 2e-6)."""
    p, n = cases.target(True), 40_000
    x = p.sample(n, np.random.default_rng(5)) - p.mean
    scale = np.diag(p.cov)
    assert np.abs(x.mean(0) / np.sqrt(scale / n)).max() < 5.2
    spread = np.sqrt((np.outer(scale, scale) + p.cov**2) / n)
    assert np.abs((x.T @ x / n - p.cov) / spread).max() < 5.2
