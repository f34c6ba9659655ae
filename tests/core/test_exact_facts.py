"""Law: what each scheme gets exactly right, or wrong by a known amount, on Gaussians."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.core import cases
from verify import TimeGrid, laws, samplers, scores, targets
from verify.errors import Diverged

EPS = float(np.finfo(float).eps)
P = cases.target(True)
GAMMA = targets.Gaussian(np.zeros(2), np.eye(2))
STOCHASTIC = ("ExponentialIntegrator", "RelativeIntegrator", "EulerMaruyama", "DDPM", "DDPMPosterior")
FLOWS = ("FlowEuler", "FlowExponential", "FlowHeun")


def deviation(name, p, grid, begin="standard"):
    return cases.build(name, scores.Exact(p), grid, begin).run().deviation


@pytest.mark.parametrize("h", [0.1, 0.7, 1.0])
def test_exponential_integrator_has_the_fixed_point(h):
    """For p = γ the variance tends to (1 + e^h)/(3 − e^h), by the factor (2 − e^h)² a step."""
    steps = int(np.ceil(-36 / np.log((2 - np.exp(h)) ** 2)))
    out = deviation("ExponentialIntegrator", GAMMA, TimeGrid.uniform(h * steps, step=h))
    fixed = (1 + np.exp(h)) / (3 - np.exp(h))
    np.testing.assert_allclose(1 + out.cov, fixed, rtol=1e-13)


@pytest.mark.parametrize(("factor", "stable"), [(1 - 1e-3, True), (1 + 1e-3, False)])
def test_exponential_integrator_is_stable_below_log_3_only(factor, stable):
    h = factor * np.log(3)
    grids = (TimeGrid.uniform(h * n, step=h) for n in (2000, 4000))
    short, long = (deviation("ExponentialIntegrator", GAMMA, grid).cov[0] for grid in grids)
    if stable:  # it climbs to the fixed point, below it all the way
        assert 0 < short < long < 2 * np.expm1(h) / (3 - np.exp(h))
    else:
        assert long > 1e3 * short > 0


def test_unstable_chain_says_that_it_diverged():
    with pytest.raises(Diverged, match="smaller steps"):
        deviation("ExponentialIntegrator", GAMMA, TimeGrid.uniform(2000.0, 1000))
    chain = cases.build("ExponentialIntegrator", scores.Exact(GAMMA), TimeGrid(np.array([300.0, 0.0])))
    with pytest.raises(Diverged, match="smaller steps"):  # finite sums, but not once the start has gone through
        chain.run(laws.Gaussian(np.zeros(2), 1e60 * np.eye(2)))


@pytest.mark.parametrize("grid", cases.GRIDS)
@pytest.mark.parametrize("name", ["DDPM", "RelativeIntegrator", *FLOWS, "OptimalAncestral"])
def test_standard_gaussian_is_kept_exactly(name, grid):
    out = deviation(name, GAMMA, cases.GRIDS[grid])
    np.testing.assert_allclose(out.cov, 0, atol=20 * EPS)
    np.testing.assert_array_equal(out.mean, 0)


@pytest.mark.parametrize("name", ["ExponentialIntegrator", "EulerMaruyama", "DDPMPosterior", "DDIM"])
def test_standard_gaussian_is_not_kept_by_the_others(name):
    assert np.abs(deviation(name, GAMMA, cases.GRIDS["uniform"]).cov).min() > 1e-3


@pytest.mark.parametrize("stop", [0.0, 0.1])
@pytest.mark.parametrize("begin", ["standard", "marginal"])
def test_point_mass(stop, begin):
    """From q_T, DDIM and posterior DDPM reach q_δ of a point mass exactly; DDIM contracts the start's own deviation
    by (σ_δ/σ_T)², posterior DDPM by (e^{δ−T}σ_δ²/σ_T²)²: both forget it where δ = 0."""
    p, horizon = targets.Gaussian(np.array([1.0, -2.0]), np.zeros((2, 2))), 2.0
    grid = TimeGrid.uniform(horizon, 16, stop=stop)
    s = [-np.expm1(-2 * t) for t in (stop, horizon)]
    factors = {"DDIM": np.sqrt(s[0] / s[1]), "DDPMPosterior": np.exp(stop - horizon) * s[0] / s[1]}
    for name, factor in factors.items():
        out = deviation(name, p, grid, begin)
        start = 0.0 if begin == "marginal" else np.exp(-2 * horizon)
        shift = np.zeros(2) if begin == "marginal" else -np.exp(-horizon) * p.mean
        np.testing.assert_allclose(out.cov, factor**2 * start, atol=40 * EPS)
        np.testing.assert_allclose(out.mean, factor * shift, atol=40 * EPS)


@pytest.mark.parametrize("grid", cases.GRIDS)
@pytest.mark.parametrize("name", ["ExponentialIntegrator", "DDPM", "DDPMPosterior", "DDIM", "FlowExponential"])
def test_mean_has_no_discretisation_error(name, grid):
    out = deviation(name, P, cases.GRIDS[grid], "marginal")
    assert np.abs(out.mean).max() <= 40 * EPS


@pytest.mark.parametrize("name", ["RelativeIntegrator", "EulerMaruyama", "FlowEuler", "FlowHeun"])
def test_mean_has_a_discretisation_error_in_the_others(name):
    assert np.abs(deviation(name, P, cases.GRIDS["uniform"], "marginal").mean).max() > 1e-4


@pytest.mark.parametrize("grid", cases.GRIDS)
def test_optimal_ancestral_has_no_defect(grid):
    out = deviation("OptimalAncestral", P, cases.GRIDS[grid], "marginal")
    assert np.abs(out.mean).max() <= 40 * EPS
    assert np.abs(out.cov).max() <= 100 * EPS


def test_optimal_ancestral_contracts_the_start_as_the_reverse_sde_does():
    """A = e^h − 2 sinh h/λ_k = e^{−h} λ_{k+1}/λ_k, so the whole chain multiplies deviations by e^{−T} λ/λ_T."""
    horizon = 1.5
    out = deviation("OptimalAncestral", cases.target(False), TimeGrid.uniform(horizon, 10))
    lam = cases.LAMBDA
    late = 1 + (lam - 1) * np.exp(-2 * horizon)
    gain = np.exp(-horizon) * lam / late
    assert (np.abs(out.cov - gain**2 * (1 - late)) <= out.cov_error).all()
    assert (np.abs(out.mean + gain * np.exp(-horizon) * cases.MEAN) <= out.mean_error).all()
    assert max(out.cov_error.max(), out.mean_error.max()) < 1e-12


@pytest.mark.parametrize("sign", [1, -1])
def test_constant_error_moves_the_mean_by_the_known_amount(sign):
    """Mean error → 2βλF, F = atan(√(λ−1))/√(λ−1) for λ > 1, atanh(√(1−λ))/√(1−λ) below, as h → 0 and T → ∞."""
    lam, eps = np.array([0.25, 4.0]), 0.1
    p = targets.Gaussian(np.array([0.5, -1.0]), np.diag(lam))
    f = np.array([np.arctanh(np.sqrt(0.75)) / np.sqrt(0.75), np.arctan(np.sqrt(3)) / np.sqrt(3)])
    want, misses = 2 * sign * eps / np.sqrt(2) * lam * f, []
    for h in (1 / 64, 1 / 128, 1 / 256):
        score = scores.Shifted(p, eps, direction=[sign, sign])
        out = samplers.ExponentialIntegrator(score, TimeGrid.uniform(20.0, step=h), "marginal").run()
        misses.append(out.deviation.mean - want)
    first = [2 * b - a for a, b in pairwise(misses)]  # Richardson for order one
    assert (np.abs(first[1]) <= 0.3 * np.abs(first[0]) + 1e-12).all()  # what is left falls as h²
    assert np.abs(first[1]).max() < 1e-5


def test_perturbed_with_its_defaults_is_the_exponential_integrator():
    score, grid = scores.Scaled(P, 0.2), cases.GRIDS["benton"]
    right, same = (cls(score, grid).run().deviation for cls in (samplers.ExponentialIntegrator, samplers.Perturbed))
    assert (np.abs(same.cov - right.cov) <= same.cov_error + right.cov_error).all()
    assert (np.abs(same.mean - right.mean) <= same.mean_error + right.mean_error).all()
    assert max(same.cov_error.max(), same.mean_error.max()) < 1e-10


@pytest.mark.parametrize("setting", [{"drift": 1.0}, {"noise_scale": 1.01}, {"lag": 1.0}, {"lag": 0.5}, {"relax": 1.1}])
def test_perturbed_settings_move_the_law(setting):
    score, grid = scores.Exact(P), TimeGrid.uniform(4.0, 400)
    right = samplers.ExponentialIntegrator(score, grid).run().deviation
    wrong = samplers.Perturbed(score, grid, **setting).run().deviation
    assert np.abs(wrong.cov - right.cov).max() > 0.2 * np.abs(right.cov).max()


def test_start_is_the_standard_gaussian_or_the_marginal():
    for begin, want in (("standard", laws.Gaussian.standard(3)), ("marginal", P.diffused(3.0))):
        start = cases.build("DDPM", scores.Exact(P), cases.GRIDS["uniform"], begin).start()
        np.testing.assert_allclose(start.mean, want.mean, atol=8 * EPS)
        np.testing.assert_allclose(start.cov, want.cov, atol=16 * EPS)
