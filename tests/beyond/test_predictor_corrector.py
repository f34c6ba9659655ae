"""Law: a corrector is a Langevin step on q at the time that its predictor has reached, with a draw of its own."""

from __future__ import annotations

import array_api_strict
import numpy as np
import pytest

from tests.core import cases
from verify import TimeGrid, backend, kl, laws, samplers, scores, targets
from verify.errors import InvalidInput, NoDensity, NotAffine
from verify.noise import Impulse
from verify.samplers import PredictorCorrector

EPS = float(np.finfo(float).eps)
GRID = TimeGrid.geometric(2.0, 6, 0.05)
SIZES = np.linspace(0.06, 0.01, 6)
LINE = targets.GaussianMixture((0.3, 0.7), (-2.0, 1.5), (0.2, 0.4))


def chain(target, kind=PredictorCorrector, predictor="ExponentialIntegrator", size=SIZES, corrections=2):
    return kind(cases.build(predictor, scores.Exact(target), GRID), size, corrections)


def recursion(target, corrections=2):
    """Mean and covariance of the exponential integrator with its correctors, by matrices that are written out."""
    mean, cov, one = np.zeros(target.dim), np.eye(target.dim), np.eye(target.dim)

    def precision(t):
        return np.linalg.inv(np.exp(-2 * t) * target.cov + (1 - np.exp(-2 * t)) * one)

    def affine(gain, rate, t, noise):  # x' = gain x − rate P_t(x − e^{−t}m) + noise
        slope = gain * one - rate * precision(t)
        shift = rate * precision(t) @ (np.exp(-t) * target.mean)
        return slope @ mean + shift, slope @ cov @ slope.T + noise * one

    for k, size in enumerate(SIZES):
        now, then = GRID.tau[k], GRID.tau[k + 1]
        h = now - then
        mean, cov = affine(np.exp(h), 2 * (np.exp(h) - 1), now, np.exp(2 * h) - 1)
        for _ in range(corrections):
            mean, cov = affine(1.0, size, then, 2 * size)
    return mean, cov


def gap(sampler, target, corrections=2):
    law = sampler.run()
    mean, cov = recursion(target, corrections)
    return max(np.abs(law.mean - mean).max(), np.abs(law.cov - cov).max())


# 18 steps of matrices of norm below 8 (e^h ≤ 2, precisions up to 3) by two routes, with inverses
ROUNDING = 18 * 64 * 64 * EPS


@pytest.mark.parametrize("correlated", [True, False])
@pytest.mark.parametrize("corrections", [0, 1, 2])
def test_the_law_on_gaussians(correlated, corrections):
    target = cases.target(correlated)
    assert gap(chain(target, corrections=corrections), target, corrections) < ROUNDING


class Downhill(PredictorCorrector):
    def _corrected(self, i, x, noise):
        return 2 * x - super()._corrected(i, x, noise)


class TooEarly(PredictorCorrector):
    """Correctors at the time before the predictor's step."""

    def _corrected(self, i, x, noise):
        tau, after, _ = self.grid.interval(i, x)
        size = samplers.schedule.at(self._sizes, i, x)
        return super()._corrected(i, x, noise) + size * (self.score(x, tau) - self.score(x, after))


class NextSize(PredictorCorrector):
    """Sizes one step of the predictor early."""

    @property
    def _sizes(self):
        return np.append(self.size[1:], self.size[-1])


class HalfNoise(PredictorCorrector):
    def _corrected(self, i, x, noise):
        silent = super()._corrected(i, x, Impulse(x))
        return silent + (super()._corrected(i, x, noise) - silent) * np.sqrt(0.5)


@pytest.mark.parametrize("kind", [Downhill, TooEarly, NextSize, HalfNoise])
def test_planted_faults_are_seen(kind):
    target = cases.target(False)
    assert gap(chain(target, kind), target) > 1e6 * ROUNDING


@pytest.mark.parametrize("predictor", sorted(set(cases.SAMPLERS) - {"OptimalAncestral", "Perturbed"}))
def test_no_corrections_are_the_predictor(predictor):
    target = cases.target(True)
    alone = cases.build(predictor, scores.Exact(target), GRID).run()
    none = chain(target, predictor=predictor, corrections=0).run()
    np.testing.assert_array_equal(none.cov, alone.cov)
    some = chain(target, predictor=predictor)
    assert np.abs(some.run().cov - alone.cov).max() > 1e-3


class Replay:
    def __init__(self, *draws):
        self.draws = list(draws)

    def normal(self):
        return self.draws.pop(0)


@pytest.mark.parametrize(
    ("predictor", "target"),
    [
        *((name, p) for name in ("DDPM", "DDIM", "FlowHeun") for p in (cases.target(True), LINE)),
        ("OptimalAncestral", cases.target(True)),  # made for Gaussians
    ],
)
def test_one_k_many_and_any_namespace(predictor, target):
    sampler, xp = chain(target, predictor=predictor), array_api_strict
    x, z = np.random.default_rng(1).normal(size=(2, 18, target.dim))
    one = np.stack([sampler.step(k, x[k], Replay(z[k])) for k in range(18)])
    np.testing.assert_allclose(sampler.step(np.arange(18), x, Replay(z)), one, rtol=0, atol=1e-12)
    for k in (2, 3, np.arange(18)):
        got = sampler.step(k, xp.asarray(x), Replay(xp.asarray(z)))
        assert type(got) is type(xp.asarray(x))
        np.testing.assert_allclose(backend.to_host(got), sampler.step(k, x, Replay(z)), rtol=0, atol=1e-12)
        assert sampler.step(k, x.astype(np.float32), Replay(z.astype(np.float32))).dtype == np.float32


def test_a_draw_a_step():
    for predictor, draws in (("DDPM", 1), ("FlowHeun", 0)):
        sampler, x = chain(LINE, predictor=predictor), np.zeros((3, 1))
        assert sampler.steps == 18
        for k, count in ((0, draws), (1, 1), (2, 1), (3, draws)):
            noise = Impulse(x)
            sampler.step(k, x, noise)
            assert noise.draws == count


def test_where_the_chain_stands():
    sampler = chain(cases.target(True))
    times = [0, 1, 1, 1, 2, 2, 2, 3]
    for k, place in enumerate(times):
        np.testing.assert_allclose(sampler.marginal(k).cov, cases.target(True).diffused(GRID.tau[place]).cov)
    mean, variances = sampler.marginal_moments(np.arange(8))
    np.testing.assert_array_equal(variances, cases.target(True).variances_at(GRID.tau[times][:, None]))
    np.testing.assert_array_equal(mean, cases.target(True).mean_at(GRID.tau[times][:, None]))
    assert sampler.goal().cov[0, 0] == sampler.marginal(18).cov[0, 0]


@pytest.mark.parametrize("predictor", ["DDPM", "FlowHeun"])
def test_grid_law_of_a_gaussian_is_the_gaussian(predictor):
    p = targets.Gaussian(np.array([0.7]), np.array([[0.3]]))
    alone = targets.GaussianMixture((1.0,), (0.7,), (0.3,))
    exact, grid = (chain(t, predictor=predictor).run() for t in (p, alone))
    assert kl(exact, grid).value < 1e-12
    assert abs(grid.variance - exact.cov[0, 0]) < 1e-11


def test_grid_law_is_that_of_particles():
    sampler = chain(LINE, predictor="FlowHeun")
    law = sampler.run()
    cloud = laws.Particles.sampled(sampler.start(), 40_000, seed=3).through(sampler).points[:, 0]
    for g in (lambda x: x, np.square, lambda x: (x > 0).astype(float)):
        values = g(cloud)
        assert abs(values.mean() - law.expectation(g).value) < 5 * values.std() / np.sqrt(values.size) + 1e-4


@pytest.mark.parametrize("predictor", ["DDPM", "FlowEuler"])
def test_many_corrections_forget_the_predictor(predictor):
    """What remains is the invariant law of Langevin with step γ at the last time: N(m_δ, λ_δ/(1 − γ/2λ_δ))."""
    target, count, size = cases.target(True), 2_000, 0.02
    law = chain(target, predictor=predictor, size=size, corrections=count).run()
    last = target.diffused(0.05)
    values = last.eigenvalues / (1 - size / (2 * last.eigenvalues))
    basis = last.eigenvectors
    left = (1 - size / last.eigenvalues.max()) ** count  # 1e-6 of numbers below 5
    np.testing.assert_allclose(law.mean, last.mean, atol=5 * left)
    np.testing.assert_allclose(law.cov, (basis * values) @ basis.T, atol=5 * left)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 0.0}, "`size` must be finite and > 0 at every step"),
        ({"size": [0.1, 0.2]}, "`size` must be one number or one per step, 6; got shape"),
        ({"size": "small"}, "`size` must be numbers > 0; got str"),
        ({"corrections": -1}, "`corrections` must be a whole number >= 0; got -1"),
        ({"corrections": 1.5}, "`corrections` must be a whole number >= 0; got 1.5"),
    ],
)
def test_bad_input(change, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        chain(LINE, **change)
    assert "\n" not in str(caught.value)


def test_more_bad_input():
    with pytest.raises(InvalidInput, match="`predictor` must be a reverse sampler; got ULA"):
        PredictorCorrector(samplers.ULA(cases.target(True), 0.1, 3), 0.1)
    for k in (-1, 18, np.array([0, 18])):
        with pytest.raises(InvalidInput, match="`k` must lie in"):
            chain(LINE).step(k, np.zeros((2, 1)), Impulse(np.zeros((2, 1))))
    flat = targets.Gaussian(np.zeros(1), np.zeros((1, 1)))
    to_zero = samplers.DDPM(scores.Exact(flat), TimeGrid.uniform(1.0, 4))
    with pytest.raises(NoDensity):
        PredictorCorrector(to_zero, 0.1).run()
    plane = targets.GaussianMixture((0.5, 0.5), np.eye(2), np.stack([np.eye(2)] * 2))
    with pytest.raises(NotAffine):
        chain(plane).run()
