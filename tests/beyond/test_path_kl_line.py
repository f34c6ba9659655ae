"""Path KL on the line by de Bruijn's identity: against closed forms, the joint law of (Y_k, Y_t), Monte Carlo."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.polynomial.hermite_e import hermegauss
from numpy.polynomial.legendre import leggauss

import verify as vf
from verify import observables, samplers, scores, targets
from verify.bounds import PathKL, path_kl_line
from verify.bounds.path_kl import path_kl, path_kl_rate, path_kl_steps
from verify.errors import NotApplicable

SCHEMES = [samplers.ExponentialIntegrator, samplers.RelativeIntegrator, samplers.EulerMaruyama]
LOPSIDED = targets.GaussianMixture([0.3, 0.7], [-2.0, 1.0], [0.25, 0.4])
EVEN = targets.GaussianMixture([0.5, 0.5], [-2.0, 1.0], [0.25, 0.4])
GRIDS = {
    "uniform": vf.TimeGrid.uniform(1.5, 7),
    "coarse": vf.TimeGrid.uniform(4.0, 2),
    "geometric": vf.TimeGrid.geometric(2.0, 6, 0.05),
}


def estimates() -> list[object]:
    return [
        scores.Exact(LOPSIDED),
        scores.Shifted(LOPSIDED, 0.3, direction=[-1.0]),
        scores.Mistaken(LOPSIDED, EVEN),
        scores.Adversarial(LOPSIDED, 0.4, 0.3, horizon=4.0),
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("grid", GRIDS)
def test_one_component_is_the_gaussian_closed_form(scheme: type[samplers.ReverseSampler], grid: str) -> None:
    """The two sides share no formula: one integrates variances, the other entropies and moments found by quadrature."""
    plain = targets.Gaussian(np.array([0.75]), np.array([[0.25]]))
    single = targets.GaussianMixture([1.0], [0.75], [0.25])
    for make in (scores.Exact, lambda t: scores.Shifted(t, 0.3)):
        sampler = scheme(make(single), GRIDS[grid])
        want = path_kl_steps(scheme(make(plain), GRIDS[grid]))[0]
        got, error = path_kl_steps(sampler)
        assert (np.abs(got - want) <= error + 1e-14).all()
        total, blur = path_kl(sampler)
        assert abs(total - want.sum()) <= blur + 1e-14 < 1e-10


def joint(sampler: samplers.ReverseSampler, k: int) -> float:
    """Time and q_τ by Gauss–Legendre, X_{τ_k} given X_τ by Gauss–Hermite, through the running score."""
    target, tau, h = sampler.target, float(sampler.grid.tau[k]), float(sampler.grid.step_sizes[k])
    nodes, weights = leggauss(40)
    panels = np.linspace(-8, 8, 65)
    y = (0.5 * (panels[1:] + panels[:-1])[:, None] + 0.125 * nodes).ravel()
    z, share = hermegauss(60)
    share = share / math.sqrt(2 * math.pi)
    total = 0.0
    for node, w in zip(*leggauss(16), strict=True):
        s = 0.5 * h * (1 + node)
        density = np.tile(0.125 * weights, 64) * np.exp(target.log_density_at(y[:, None], tau - s))
        later = math.exp(-s) * y[:, None] + math.sqrt(-math.expm1(-2 * s)) * z
        held = sampler.score(later.reshape(-1, 1), tau)[:, 0].reshape(later.shape)
        gap = 0.5 * sampler.freeze * (y[:, None] - later) + target.score_at(y[:, None], tau - s) - held
        total += 0.5 * h * w * float(density @ (gap**2 @ share))
    return total


@pytest.mark.parametrize("scheme", SCHEMES)
def test_steps_are_the_integral_over_the_joint_law(scheme: type[samplers.ReverseSampler]) -> None:
    """The martingale and Tweedie's formula against the definition; the wall is wide enough for sixty Hermite nodes."""
    for score in estimates():
        sampler = scheme(score, GRIDS["geometric"])
        got = path_kl_steps(sampler)[0]
        for k in (0, sampler.steps - 1):
            assert got[k] == pytest.approx(joint(sampler, k), rel=2e-6)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_integrated_rate_is_the_path_kl(scheme: type[samplers.ReverseSampler]) -> None:
    shares, weights = (0.5 * (a + b) for a, b in zip(leggauss(24), (1, 0), strict=True))
    for score in estimates():
        sampler = scheme(score, GRIDS["geometric"])
        mean = sum(w * path_kl_rate(sampler, float(s)) for s, w in zip(shares, weights, strict=True))
        np.testing.assert_allclose(mean * sampler.grid.step_sizes, path_kl_steps(sampler)[0], rtol=1e-9)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_monte_carlo_holds_the_path_kl_and_not_its_half(scheme: type[samplers.ReverseSampler]) -> None:
    measure = observables.PathKLMonteCarlo({"ci": 4000}, confidence=0.9999)
    for i, score in enumerate(estimates()):
        sampler = scheme(score, GRIDS["uniform"])
        found = measure(sampler, SimpleNamespace(rng=np.random.default_rng(i), budget="ci", point={}))
        exact = observables.PathKL()(sampler, None)
        assert found.low <= exact.value <= found.high
        assert found.low > 0.5 * exact.high


def test_between_two_laws_the_integrated_error_is_what_their_kl_loses() -> None:
    """∫_0^T ‖∇log q_t − ∇log q̃_t‖² dt = KL(p‖p̃) − KL(q_T‖q̃_T); with ½ in front it is not."""
    score, horizon = scores.Mistaken(LOPSIDED, EVEN), 2.0
    nodes, weights = leggauss(40)
    times = horizon * (0.5 * (1 + nodes)) ** 2  # the error varies fastest near 0
    slope = horizon * 0.5 * (1 + nodes)
    total = float(weights @ (slope * np.array([score.error(float(t)).value ** 2 for t in times])))
    ends = [vf.kl(LOPSIDED.diffused(t), EVEN.diffused(t)).value for t in (0.0, horizon)]
    assert total == pytest.approx(ends[0] - ends[1], rel=1e-9)
    assert abs(0.5 * total - (ends[0] - ends[1])) > 0.4 * total


def test_bound_holds_the_exact_kl_of_mixtures() -> None:
    for score in estimates()[:3]:
        sampler = samplers.ExponentialIntegrator(score, vf.TimeGrid.uniform(2.0, 16))
        terms = PathKL().terms(sampler)
        assert not PathKL().failed_assumptions(sampler)
        assert 0 < vf.kl(LOPSIDED, sampler.run()).high < sum(terms.values())
        assert terms["initialisation"] == pytest.approx(float(sampler.process.kl(2.0)), rel=1e-12)


def test_small_steps_keep_their_digits() -> None:
    """D = h∫H dτ + O(h²), H = E|v′|² by its own quadrature: at h = 1/1024 the two agree to a few h."""
    sampler = samplers.ExponentialIntegrator(scores.Exact(LOPSIDED), vf.TimeGrid.uniform(0.5, 512, stop=0.25))
    value, error = path_kl(sampler)
    h = float(sampler.grid.step_sizes[0])
    nodes, weights = leggauss(20)
    integral = 0.125 * float(weights @ sampler.process.jacobian(0.375 + 0.125 * nodes))
    assert error < 1e-7 * value
    assert value / (h * integral) == pytest.approx(1, abs=20 * h)


def test_where_there_is_none() -> None:
    plane = targets.GaussianMixture([0.5, 0.5], [[0.0, 1.0], [1.0, 0.0]], [np.eye(2), np.eye(2)])
    with pytest.raises(NotApplicable, match="PathKLMonteCarlo"):
        path_kl(samplers.ExponentialIntegrator(scores.Exact(plane), GRIDS["uniform"]))
    with pytest.raises(NotApplicable, match="mutually singular"):
        path_kl(samplers.DDPM(scores.Exact(LOPSIDED), GRIDS["uniform"]))
    atoms = targets.Empirical(np.array([[-1.0], [0.5]]))
    assert path_kl(samplers.ExponentialIntegrator(scores.Exact(atoms), GRIDS["uniform"]))[0] == math.inf
    stopped = samplers.ExponentialIntegrator(scores.Exact(atoms), GRIDS["geometric"])
    assert 0 < path_kl(stopped)[0] < math.inf
    assert path_kl_line.path_kl_steps(stopped)[0].shape == (6,)
