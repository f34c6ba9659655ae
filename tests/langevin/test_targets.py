"""Law: a target is e^{−V}/Z: V′, V″, V‴ are derivatives, the prox solves its equation, moments and draws too."""

from __future__ import annotations

import math

import array_api_strict
import mpmath as mp
import numpy as np
import pytest
import scipy.stats as st

from verify import targets
from verify.backend import generator, to_host
from verify.errors import InvalidInput
from verify.noise import Stream

EPS = float(np.finfo(float).eps)
LAPLACE_PART = math.exp(-0.5) + math.sqrt(math.pi / 2) * math.erf(1 / math.sqrt(2))  # half of Huber's Z

# name: (target, log Z, mean, variance) in closed form, or an independent quadrature in mpmath where None
CASES = {
    "laplace": (targets.Laplace(), math.log(2), 0.0, 2.0),
    "logistic": (targets.Logistic(), 0.0, 0.0, math.pi**2 / 3),
    "secant": (targets.HyperbolicSecant(), math.log(math.pi), 0.0, math.pi**2 / 4),
    "huber": (targets.Huber(), math.log(2 * LAPLACE_PART), 0.0, None),
    "narrow huber": (targets.Huber(0.3), None, 0.0, None),
    "log cosh": (targets.LogCosh(3.0), None, 0.0, None),
    "weak log cosh": (targets.LogCosh(0.01), None, 0.0, None),
    "two sides": (
        targets.PiecewiseQuadratic(1.0, 4.0),
        math.log(math.sqrt(math.pi / 2) * 1.5),
        -math.sqrt(2 / math.pi) * 0.5,
        (1 + 1 / 8) / 1.5 - (math.sqrt(2 / math.pi) * 0.5) ** 2,
    ),
    "quartic": (targets.Quartic(1.0), None, 0.0, None),
    "gamma": (targets.Gamma(3.5, 2.0), math.lgamma(3.5) - 3.5 * math.log(2), 1.75, 0.875),
    "steep gamma": (targets.Gamma(1.2, 0.5), math.lgamma(1.2) - 1.2 * math.log(0.5), 2.4, 4.8),
    "beta": (targets.Beta(2.0, 3.0), math.log(1 / 12), 0.4, 0.04),
    "lopsided beta": (targets.Beta(1.5, 6.0), None, 0.2, 1.5 * 6 / (7.5**2 * 8.5)),
}
SMOOTH = ("logistic", "secant", "log cosh", "weak log cosh", "quartic", "gamma", "steep gamma", "beta", "lopsided beta")
PROX = ("laplace", "logistic", "secant", "huber", "narrow huber", "log cosh", "weak log cosh", "two sides", "gamma")


def inside(target, count=41):
    """Return places within the support, away from 0 where there may be a kink."""
    low, high = target.support
    spread = np.linspace(-3.3, 3.1, count)
    return np.exp(spread) if low == 0 < high == math.inf else (1 / (1 + np.exp(-spread)) if high == 1 else spread)


def quadrature(target, power):
    """∫ x^power e^{−V} in mpmath, V of NumPy; on the whole line up to ±200, where every V here is above 59."""
    low, high = target.support
    cuts = [-200.0, -30.0, -8.0, -2.0, -getattr(target, "threshold", 1.0), 0.0]
    if low == -math.inf:
        cuts = [*cuts, *(-c for c in reversed(cuts[:-1]))]
    else:
        cuts = [0.0, 1e-6, 1e-3, 0.03, 0.2, 0.5, 0.9, 1.0] if high == 1 else [0.0, 1e-6, 1e-3, 0.1, 1.0, 5.0, 90.0]
    return float(mp.quad(lambda x: x**power * mp.exp(-float(target.value(np.array(float(x))))), sorted(set(cuts))))


@pytest.mark.parametrize("name", CASES)
def test_normaliser_and_moments(name):
    target, log_z, mean, variance = CASES[name]
    if log_z is None or variance is None:
        total = quadrature(target, 0)
        about = quadrature(target, 1) / total
        log_z = math.log(total) if log_z is None else log_z
        variance = quadrature(target, 2) / total - about**2 if variance is None else variance
    # mpmath sees V rounded to double and errs by about 1e-12 near the walls; a wrong constant shows at 1e-3 or more
    for found, want in ((target.log_normaliser, log_z), (target.mean, mean), (target.variance, variance)):
        assert abs(found.value - want) <= 1e-9 * (1 + abs(want))
        assert found.high - found.value < 1e-8


@pytest.mark.parametrize("name", CASES)
def test_derivatives(name):
    target, x = CASES[name][0], inside(CASES[name][0])
    wall = np.minimum(np.abs(x), 1 - x if target.support[1] == 1 else 1.0)  # distance to it, at most 1
    wall = np.minimum(wall, 1.0)
    step = 1e-5 * wall
    orders = [(target.value, target.slope)]
    if name in SMOOTH:
        orders += [(target.slope, target.curvature), (target.curvature, target.third)]
    away = np.ones(x.size, bool)
    for kink in getattr(target, "kinks", ()) if name not in SMOOTH else ():
        away &= np.abs(x - kink) > 1e-3
    for function, derivative in orders:
        found = (function(x + step) - function(x - step)) / (2 * step)
        # h²/6 of the next two derivatives, each at most (6/|x|) times the last near a wall, and rounding ε/h
        scale = np.abs(derivative(x)) + np.abs(function(x)) / wall + 1
        assert (np.abs(found - derivative(x)) <= 1e-8 * scale)[away].all()


@pytest.mark.parametrize("name", CASES)
def test_constants_are_those_of_the_curvature(name):
    target, x = CASES[name][0], inside(CASES[name][0], 4001)
    x = 3 * x if target.support[0] == -math.inf else x
    c = target.constants
    slopes = np.diff(target.slope(x)) / np.diff(x)
    assert slopes.min() >= c.strong_convexity - 1e-9
    assert slopes.max() <= c.target_smoothness + 1e-9
    if name in SMOOTH:
        third = np.abs(target.third(x))
        assert third.max() <= c.hessian_lipschitz * (1 + 1e-12)
        if math.isfinite(c.hessian_lipschitz):  # sharp, so that a constant twice too large shows
            assert third.max() >= 0.999 * c.hessian_lipschitz
    if name in ("log cosh", "logistic", "secant", "two sides", "beta"):
        assert slopes.min() <= c.strong_convexity + 0.05 * (1 + c.strong_convexity)
    assert (c.log_sobolev or 0.0) >= c.strong_convexity
    assert c.second_moment == pytest.approx(target.variance.value + target.mean.value**2, rel=1e-12)
    if c.poincare is not None:  # the identity is one test function
        assert target.variance.value <= c.poincare


@pytest.mark.parametrize(("name", "gap"), [("logistic", 0.25), ("secant", 0.25), ("laplace", 0.25)])
def test_the_poincare_constant_is_attained_far_out(name, gap):
    """g = e^{rx} cut at R has Rayleigh quotient → r² + … as r → ½: the gap ¼ is the edge of the continuum."""
    target = CASES[name][0]
    x = np.linspace(0.0, 300.0, 300_001)
    g = np.exp(0.5 * x) * np.sin(np.pi * x / 300.0)
    weight = np.exp(-target.value(x))
    slope = np.gradient(g, x)
    variance = (g * g * weight).sum()  # odd extension: mean 0
    quotient = float((slope**2 * weight).sum() / variance)
    assert gap <= quotient + 1e-6
    assert quotient <= gap * 1.02
    assert target.constants.poincare == 1 / gap


@pytest.mark.parametrize("name", PROX)
@pytest.mark.parametrize("size", [1e-3, 0.4, 50.0])
def test_prox_solves_its_equation(name, size, xp):
    target = CASES[name][0]
    x = np.concatenate([np.linspace(-40, 40, 161) + 0.013, [1e4, -1e4]])
    u = to_host(target.prox(xp.asarray(x), size))
    pull = (x - u) / size  # must lie between the one-sided slopes at u
    nudge = 1e-9 * (1 + np.abs(u))
    low, high = target.slope(u - nudge), target.slope(u + nudge)
    if name == "gamma":
        low = np.nan_to_num(low, nan=-np.inf)
    slack = 64 * EPS * (np.abs(x) + np.abs(u)) / size + 4e-9 * (1 + np.abs(low - high) / nudge * 0 + np.abs(pull))
    stiff = np.abs(high - low) if name == "gamma" else 0.0
    assert (low - slack - stiff <= pull).all() and (pull <= high + slack + stiff).all()


@pytest.mark.parametrize("name", ["quartic", "beta"])
def test_no_prox_is_one_clear_line(name):
    with pytest.raises(InvalidInput, match="no proximal map"):
        CASES[name][0].prox(np.ones((3, 1)), 0.5)


SCALED = targets.Separable(targets.LogCosh(3.0), np.array([1.0, -2.0, 0.3]), np.array([0.5, 2.0, 1.0]))


@pytest.mark.parametrize("name", CASES)
def test_draws_have_the_law(name):
    target = CASES[name][0]
    x = np.sort(target.sample(20_000, np.random.default_rng(5))[:, 0])
    grid = np.linspace(max(target.support[0] + 1e-9, x[0]), min(target.support[1] - 1e-9, x[-1]), 20_001)
    cdf = np.concatenate(
        [[0], np.cumsum(np.exp(target.log_density(0.5 * (grid[1:] + grid[:-1])[:, None])) * np.diff(grid))]
    )
    gap = np.abs(np.interp(x, grid, cdf) - (np.arange(x.size) + 0.5) / x.size).max()
    assert gap <= 2.2 / math.sqrt(x.size) + 2e-4  # Kolmogorov: 2.2/√n is passed with probability 1.2e-4


@pytest.mark.parametrize("strict", [False, True])
def test_separable_is_its_coordinates(strict):
    x = np.random.default_rng(0).standard_normal((7, 3)) * 2
    lines = [(x[:, [i]] - SCALED.shift[i]) / SCALED.scale[i] for i in range(3)]
    one, y = SCALED.component, array_api_strict.asarray(x) if strict else x
    close = {"rtol": 16 * EPS, "atol": 16 * EPS}
    want = sum(one.potential(z) for z in lines)
    np.testing.assert_allclose(to_host(SCALED.potential(y)), want, **close)
    slopes = np.concatenate([one.gradient(z) / s for z, s in zip(lines, SCALED.scale, strict=True)], axis=1)
    np.testing.assert_allclose(to_host(SCALED.gradient(y)), slopes, **close)
    np.testing.assert_allclose(to_host(SCALED.score(y)), -slopes, **close)
    u = to_host(SCALED.prox(y, 0.7))
    np.testing.assert_allclose(u + 0.7 * SCALED.gradient(u), x, rtol=1e-12, atol=1e-12)
    density = sum(one.log_density(z) - math.log(s) for z, s in zip(lines, SCALED.scale, strict=True))
    np.testing.assert_allclose(to_host(SCALED.log_density(y)), density, rtol=1e-12)


def test_separable_constants():
    c = SCALED.constants
    assert (c.strong_convexity, c.target_smoothness) == (1 / 4, 16.0)
    assert c.hessian_lipschitz == pytest.approx(12 / (3 * math.sqrt(3)) / 0.125)
    assert (c.log_sobolev, c.poincare, c.smoothness) == (1 / 4, 4.0, 16.0)
    x = SCALED.sample(40_000, np.random.default_rng(1))
    error = 5 * x.std(axis=0) / math.sqrt(len(x))  # five standard errors, three numbers
    assert (np.abs(x.mean(axis=0) - SCALED.mean) <= error).all()
    np.testing.assert_allclose(x.var(axis=0), SCALED.variance, rtol=5 * math.sqrt(2 / len(x)) * 1.2)


@pytest.mark.parametrize("target", [targets.Laplace(), targets.LogCosh(3.0), targets.Gamma(3.0, 1.0), SCALED])
@pytest.mark.parametrize("size", [0.2, 2.0])
def test_restricted_oracle_is_exact(target, size):
    """Draws against quadrature of e^{−V(u) − (u − y)²/2η}: mean and variance within five standard errors."""
    n, y = 40_000, 1.3
    start = np.full((n, target.dim), y)
    u = target.restricted(start, size, Stream(generator("numpy", np.random.SeedSequence(3)), start))
    grid = np.linspace(1e-9 if isinstance(target, targets.Gamma) else -15.0, 16.0, 200_001)
    for i in range(target.dim):
        place = np.full((grid.size, target.dim), y)
        place[:, i] = grid
        log_p = -target.potential(place) - (grid - y) ** 2 / (2 * size)
        p = np.exp(log_p - log_p.max())
        p = p / p.sum()
        mean = float(p @ grid)
        variance = float(p @ (grid - mean) ** 2)
        fourth = float(p @ (grid - mean) ** 4)
        assert abs(u[:, i].mean() - mean) <= 5 * math.sqrt(variance / n)
        assert abs(u[:, i].var() - variance) <= 5 * math.sqrt((fourth - variance**2) / n)


def test_restricted_gaussian_is_the_posterior():
    target = targets.Gaussian(np.array([1.0, -1.0]), np.array([[1.0, 0.6], [0.6, 0.8]]))
    y, size = np.array([0.3, 2.0]), 0.7
    start = np.tile(y, (100_000, 1))
    u = target.restricted(start, size, Stream(generator("numpy", np.random.SeedSequence(4)), start))
    precision = np.linalg.inv(target.cov) + np.eye(2) / size
    cov = np.linalg.inv(precision)
    mean = cov @ (np.linalg.solve(target.cov, target.mean) + y / size)
    assert (np.abs(u.mean(axis=0) - mean) <= 5 * np.sqrt(np.diag(cov) / len(u))).all()
    np.testing.assert_allclose(np.cov(u.T), cov, atol=5 * math.sqrt(2 / len(u)))


def test_the_gamma_and_beta_laws_are_those_of_scipy():
    x = np.linspace(0.01, 0.99, 50)[:, None]
    for target, law in (
        (targets.Gamma(2.5, 3.0), st.gamma(2.5, scale=1 / 3)),
        (targets.Beta(1.7, 4.0), st.beta(1.7, 4)),
    ):
        np.testing.assert_allclose(target.log_density(x), law.logpdf(x[:, 0]), rtol=1e-9, atol=1e-9)
        assert np.isneginf(target.log_density(np.array([[-0.5]]))).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda: targets.Gamma(1.0, 1.0),
        lambda: targets.Beta(2.0, 1.0),
        lambda: targets.Huber(0.0),
        lambda: targets.LogCosh(math.nan),
        lambda: targets.Separable(targets.Laplace(), [0.0], [-1.0]),
        lambda: targets.Separable(targets.Laplace(), [0.0, 1.0], [1.0]),
        lambda: targets.Separable(3, [0.0], [1.0]),
    ],
)
def test_bad_input_is_one_clear_line(make):
    with pytest.raises(InvalidInput) as caught:
        make()
    assert "\n" not in str(caught.value)
