"""Law: J, ∫J, H, I, M, KL and movement of the OU process are the expectations that define them."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from scipy import integrate

from tests.core import cases
from verify import targets
from verify.processes import OrnsteinUhlenbeck

EPS = float(np.finfo(float).eps)
OU = OrnsteinUhlenbeck(cases.target(True))
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(8)


def expectation(q, f):
    """Return E f(X), X ~ q in d = 3, by a tensor Gauss–Hermite rule, exact for polynomials of degree 15."""
    z = np.stack(np.meshgrid(NODES, NODES, NODES, indexing="ij"), axis=-1).reshape(-1, 3)
    w = np.einsum("i,j,k->ijk", WEIGHTS, WEIGHTS, WEIGHTS).ravel() / WEIGHTS.sum() ** 3
    return w @ f(q.mean + z @ np.linalg.cholesky(q.cov).T)


@pytest.mark.parametrize("t", [0.0, 0.1, 1.7])
def test_expectations(t):
    q = OU.law(t)
    precision = np.linalg.inv(q.cov)
    assert OU.fisher(t) == pytest.approx(expectation(q, lambda x: (q.score(x) ** 2).sum(-1)), rel=1e-13)
    assert OU.second_moment(t) == pytest.approx(expectation(q, lambda x: (x * x).sum(-1)), rel=1e-13)
    assert OU.relative_fisher(t) == pytest.approx(expectation(q, lambda x: ((q.score(x) + x) ** 2).sum(-1)), rel=1e-12)
    assert OU.jacobian(t) == pytest.approx((precision**2).sum(), rel=1e-13)
    assert OU.smoothness(t) == pytest.approx(np.linalg.norm(precision, 2), rel=1e-13)
    gamma = targets.Gaussian(np.zeros(3), np.eye(3))
    want = expectation(q, lambda x: q.log_density(x) - gamma.log_density(x))
    assert OU.kl(t) == pytest.approx(want, rel=1e-12)


@pytest.mark.parametrize(("a", "b"), [(0.0, 1.0), (0.3, 0.31), (0.0, 12.0)])
def test_integral_of_fisher(a, b):
    value, error = integrate.quad(lambda t: float(OU.fisher(t)), a, b, epsabs=0, epsrel=1e-13)
    assert abs(OU.fisher_integral(a, b) - value) <= 2 * error + 10 * EPS * value


@pytest.mark.parametrize("lam", ["1e-12", "1e-3", "1", "1e9"])
@pytest.mark.parametrize(("a", "b"), [(0.0, 1e-8), (0.5, 0.75), (0.0, 30.0), (1.0, 800.0)])
def test_integral_of_fisher_keeps_its_digits(lam, a, b):
    """Wide targets and short intervals make the textbook form (b − a) + ½ log(λ(b)/λ(a)) cancel."""
    ou = OrnsteinUhlenbeck(targets.Gaussian(np.zeros(1), np.array([[float(lam)]])))
    with mp.workdps(60):
        start, end, v = mp.mpf(a), mp.mpf(b), mp.mpf(float(lam))
        ends = [1 + (v - 1) * mp.exp(-2 * t) for t in (start, end)]
        want = (end - start) + mp.log(ends[1] / ends[0]) / 2
    assert float(abs(ou.fisher_integral(a, b) - want) / want) <= 16 * EPS


def test_integral_of_fisher_on_arrays_and_empty_intervals():
    tau = np.array([2.0, 0.5, 0.1, 0.0])
    parts = OU.fisher_integral(tau[1:], tau[:-1])
    assert parts.shape == (3,)
    assert parts.sum() == pytest.approx(OU.fisher_integral(0.0, 2.0), rel=8 * EPS)
    point = OrnsteinUhlenbeck(targets.Gaussian(np.ones(2), np.diag([0.0, 2.0])))
    assert point.fisher_integral(0.0, 0.0) == 0
    assert point.fisher_integral(0.0, 1.0) == np.inf


def test_derivative_of_fisher_is_two_j_minus_two_h():
    """Richardson-extrapolated central differences; truncation O(step⁴) and rounding ε J/step are both below 1e-9."""
    for t in (0.2, 1.0):
        slope = [(OU.fisher(t + s) - OU.fisher(t - s)) / (2 * s) for s in (2e-3, 1e-3)]
        assert (4 * slope[1] - slope[0]) / 3 == pytest.approx(2 * OU.fisher(t) - 2 * OU.jacobian(t), rel=1e-8)


def test_derivative_of_kl_is_minus_relative_fisher():
    for a, b in ((0.0, 0.4), (0.4, 9.0)):
        value, error = integrate.quad(lambda t: float(OU.relative_fisher(t)), a, b, epsabs=0, epsrel=1e-13)
        assert abs((OU.kl(a) - OU.kl(b)) - value) <= 2 * error + 10 * EPS * value


def test_relative_fisher_is_fisher_plus_second_moment_minus_2d():
    t = np.array([0.0, 0.3, 2.0])
    want = OU.fisher(t) - 2 * 3 + OU.second_moment(t)
    np.testing.assert_allclose(OU.relative_fisher(t), want, atol=40 * EPS * 10)


def test_kl_far_along_keeps_its_digits():
    """KL(q_t‖γ) ≈ ½e^{−2t}|m|² + ¼e^{−4t}‖Σ − I‖²; centred, at t = 8, it is 1e-14 and needs all its digits."""
    ou = OrnsteinUhlenbeck(targets.Gaussian(np.zeros(2), np.diag([0.3, 3.0])))
    with mp.workdps(60):
        lam = [1 + (mp.mpf(v) - 1) * mp.exp(-16) for v in (0.3, 3.0)]
        want = sum(v - 1 - mp.log(v) for v in lam) / 2
    assert float(abs(ou.kl(8.0) - want) / want) <= 40 * EPS


def test_movement():
    """E‖X_t − X_s‖² from the joint law: X_t − X_s = (e^{−r} − 1)X_s + √(1 − e^{−2r}) Z."""
    for s, t in ((0.0, 0.2), (0.5, 3.0), (1.0, 1.0)):
        q, r = OU.law(s), t - s
        moved = expectation(q, lambda x, r=r: ((np.exp(-r) - 1) ** 2 * x * x).sum(-1)) + 3 * (1 - np.exp(-2 * r))
        assert OU.movement(s, t) == pytest.approx(moved, rel=1e-12, abs=1e-15)


def test_constants():
    for p in (cases.target(True), targets.Gaussian(np.array([-1.5]), np.array([[4.0]]))):
        c, ou = p.constants, OrnsteinUhlenbeck(p)
        lips = ou.smoothness(np.linspace(0, 30, 3001))
        assert c.smoothness == pytest.approx(lips.max(), rel=1e-12)  # the path's, not the target's: 1, not 1/4
        assert c.target_smoothness == pytest.approx(lips[0], rel=1e-12)
        assert c.strong_convexity == c.log_sobolev == pytest.approx(1 / np.linalg.eigvalsh(p.cov).max(), rel=1e-12)
        assert c.second_moment == pytest.approx(np.trace(p.cov) + p.mean @ p.mean, rel=1e-13)
        assert ou.path_smoothness(2.0) == pytest.approx(lips[:201].max(), rel=1e-12)


def test_point_mass_has_infinities_and_no_nan():
    p = targets.Gaussian(np.ones(2), np.diag([0.0, 2.0]))
    ou = OrnsteinUhlenbeck(p)
    for quantity in (ou.fisher, ou.jacobian, ou.relative_fisher, ou.kl, ou.smoothness):
        at = quantity(np.array([0.0, 0.5]))
        assert at[0] == np.inf
        assert np.isfinite(at[1])
    assert p.constants.smoothness == np.inf
    assert p.constants.second_moment == 4.0
