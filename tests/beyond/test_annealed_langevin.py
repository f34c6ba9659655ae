"""Law: a level of annealed Langevin on N(m, Σ) is Langevin on N(m, Σ + σ_i²I) with the step ε_i = εσ_i²/σ_min²."""

from __future__ import annotations

import array_api_strict
import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from tests.core import cases
from verify import backend, kl, laws, scores, total_variation
from verify.errors import InvalidInput, NoDensity, NotAffine
from verify.noise import Impulse
from verify.samplers import AnnealedLangevin, AnnealedULA
from verify.samplers.noise_levels import geometric_levels, ncsn_levels, ncsn_ratio, ncsn_step_size
from verify.samplers.stage import Stage, stages
from verify.targets import DoubleWell, Empirical, Gaussian, GaussianMixture, convolved

EPS = float(np.finfo(float).eps)
LEVELS = np.array([2.0, 1.1, 0.5, 0.2])
STEP, COUNT = 0.05, 7
PLANE = GaussianMixture((0.3, 0.7), ((-1.5, 0.4), (1.0, -0.6)), (((0.6, 0.2), (0.2, 0.4)), ((0.5, -0.2), (-0.2, 0.7))))
LINE = GaussianMixture((0.3, 0.7), (-2.0, 1.5), (0.2, 0.4))


def chain(target, kind=AnnealedLangevin, levels=LEVELS, step=STEP, count=COUNT, **other):
    return kind(scores.Exact(target), levels, step, count, **other)


def recursion(target, begin, levels=LEVELS):
    """Mean and covariance by matrices that are written out, the steps in the order of the formula."""
    mean, cov, one = begin.mean, begin.cov, np.eye(target.dim)
    for sigma in levels:
        size = STEP * (sigma / 0.2) ** 2
        precision = np.linalg.inv(target.cov + sigma**2 * one)
        for _ in range(COUNT):
            gain = one - 0.5 * size * precision
            mean = target.mean + gain @ (mean - target.mean)
            cov = gain @ cov @ gain.T + size * one
    return mean, cov


def gap(sampler, target, levels=LEVELS):
    law = sampler.run()
    mean, cov = recursion(target, sampler.start(), levels)
    return max(np.abs(law.mean - mean).max(), np.abs(law.cov - cov).max())


BEGIN = laws.Gaussian([0.3, -1.0, 2.0], np.array([[2.0, 0.5, 0.0], [0.5, 1.0, -0.3], [0.0, -0.3, 0.7]]))
# 28 steps of matrices of norm below 3 by two routes
ROUNDING = 28 * 3 * 64 * EPS


@pytest.mark.parametrize("correlated", [True, False])
@pytest.mark.parametrize("begin", [None, BEGIN])
def test_the_law_on_gaussians(correlated, begin):
    target = cases.target(correlated)
    assert gap(chain(target, begin=begin), target) < ROUNDING


def test_a_number_from_elsewhere():
    target = Gaussian(np.zeros(1), np.eye(1))
    law = chain(target, levels=geometric_levels(3.0, 0.1, 10), step=2e-3, count=100).run()
    assert law.cov[0, 0] == pytest.approx(1.0507862130, abs=5.1e-11)  # its last digit is rounded


class Reversed(AnnealedLangevin):
    def step(self, k, x, noise):
        return super().step(self.steps - 1 - k, x, noise)


class Early(AnnealedLangevin):
    def step(self, k, x, noise):
        return super().step(np.minimum(k + 1, self.steps - 1), x, noise)


class NextLevel(AnnealedLangevin):
    def step(self, k, x, noise):
        return super().step(np.minimum(k + self.steps_per_level, self.steps - 1), x, noise)


class Linear(AnnealedLangevin):
    @property
    def _sizes(self):
        return self.step_size * self._sigmas / self._sigmas.min()


class WholeStep(AnnealedLangevin):
    def step(self, k, x, noise):
        drift = super().step(k, x, Impulse(x)) - x
        return super().step(k, x, noise) + drift


class Downhill(AnnealedLangevin):
    def score_at(self, x, sigma):
        return -super().score_at(x, sigma)


class Unstretched(AnnealedLangevin):
    def score_at(self, x, sigma):
        return self.score(x, 0.5 * np.log1p(sigma * sigma))


@pytest.mark.parametrize("kind", [Reversed, Early, NextLevel, Linear, WholeStep, Downhill, Unstretched])
def test_planted_faults_are_seen(kind):
    target = cases.target(True)
    assert gap(chain(target, kind, begin=BEGIN), target) > 1e6 * ROUNDING


def test_the_score_of_a_level_is_that_of_the_blurred_target():
    x = np.random.default_rng(0).normal(size=(40, 2)) * 2
    sampler = chain(PLANE)
    for sigma in (1e-3, 0.2, 5.0):
        np.testing.assert_allclose(sampler.score_at(x, sigma), convolved(PLANE, sigma).score(x), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("sigma", [0.05, 0.7, 4.0])
def test_convolved_is_the_convolution(sigma):
    """By the trapezoid rule over the noise, which converges geometrically for Gaussians."""
    x = np.array([-3.0, -0.4, 0.9, 2.2])
    z = np.arange(-10.0, 10.0, 1 / 64)
    points = (x[:, None] - sigma * z)[..., None]
    found = (np.exp(LINE.log_density(points)) * norm.pdf(z)).sum(axis=1) / 64
    np.testing.assert_allclose(np.exp(convolved(LINE, sigma).log_density(x[:, None])), found, rtol=1e-11)
    data = Empirical(np.array([-1.0, 0.5, 2.0]))
    want = norm.pdf(x[:, None], data.points[:, 0], sigma).mean(axis=1)
    np.testing.assert_allclose(np.exp(convolved(data, sigma).log_density(x[:, None])), want, rtol=1e-11)
    p = cases.target(True)
    np.testing.assert_allclose(convolved(p, sigma).cov, p.cov + sigma**2 * np.eye(3), atol=16 * EPS * (3 + sigma**2))
    assert convolved(LINE, 0.0) is LINE


def test_levels_in_an_order():
    with pytest.raises(InvalidInput, match=r"must decrease, .* 0.2 comes before 0.5 \(any_order=True"):
        chain(LINE, levels=LEVELS[::-1])
    with pytest.raises(InvalidInput, match="must decrease"):
        chain(LINE, levels=[1.0, 1.0])
    target = cases.target(False)
    up = chain(target, levels=LEVELS[::-1], any_order=True, begin=BEGIN)
    assert gap(up, target, LEVELS[::-1]) < ROUNDING
    np.testing.assert_allclose(up.goal().cov, target.cov + 4.0 * np.eye(3))
    assert np.abs(up.run().cov - chain(target, begin=BEGIN).run().cov).max() > 0.5


def test_grid_law_by_levels_is_the_law_step_by_step_and_that_of_particles():
    sampler = chain(LINE, step=0.04, count=6)
    law = sampler.run()
    plain = laws.GridDensity.of(sampler.start())
    plain = plain.through(sampler)
    assert total_variation(law, plain).value < 1e-10
    cloud = laws.Particles.sampled(sampler.start(), 40_000, seed=3).through(sampler).points[:, 0]
    for g in (lambda x: x, np.square, lambda x: (x > 0).astype(float)):
        values = g(cloud)
        assert abs(values.mean() - law.expectation(g).value) < 5 * values.std() / np.sqrt(values.size) + 1e-4


def test_grid_law_of_a_gaussian_is_the_gaussian():
    p = Gaussian(np.array([0.7]), np.array([[0.3]]))
    alone = GaussianMixture((1.0,), (0.7,), (0.3,))
    begin = laws.Gaussian([-0.5], [[1.3]])
    exact, grid = (chain(t, begin=begin).run() for t in (p, alone))
    assert kl(exact, grid).value < 1e-12
    assert abs(grid.variance - exact.cov[0, 0]) < 1e-11


def test_stages_hold_equal_steps():
    sampler = chain(LINE)
    found = sampler.stages()
    assert [(s.first, s.steps) for s in found] == [(0, 7), (7, 7), (14, 7), (21, 7)]
    x = np.array([[0.4], [-1.0]])
    np.testing.assert_array_equal(found[2].step(3, x, Impulse(x, x)), sampler.step(17, x, Impulse(x, x)))
    with pytest.raises(InvalidInput, match="calls itself homogeneous, but its steps differ"):
        chain(LINE, Early).stages()
    with pytest.raises(InvalidInput, match="add up to the 28 steps of the chain; they sum to 21"):
        stages(sampler, [7, 7, 7])
    target = cases.target(True)
    whole = chain(target, begin=BEGIN)
    law = BEGIN
    for stage in whole.stages():
        law = law.through(stage)
    np.testing.assert_allclose(law.cov, whole.run().cov, atol=ROUNDING)
    assert isinstance(found[0], Stage)


def test_annealing_by_plateaus_is_annealing():
    betas = np.repeat([1.0, 2.5, 6.0], [40, 60, 50])
    sampler = AnnealedULA(DoubleWell(1.0, 0.3), 0.02, 150, laws.Gaussian([0.9], [[0.01]]), inverse_temperature=betas)
    law = laws.GridDensity.of(sampler.start())
    for stage in stages(sampler, [40, 60, 50]):
        law = law.through(stage)
    cloud = laws.Particles.sampled(sampler.start(), 20_000, seed=2).through(sampler).points[:, 0]
    share = float(law.probabilities(np.array([0.0]))[0][0])
    assert abs((cloud < 0).mean() - share) < 5 * np.sqrt(share * (1 - share) / cloud.size)
    assert abs(cloud.var() - law.variance) < 5 * np.sqrt(((cloud - cloud.mean()) ** 2).var() / cloud.size)


class Replay:
    def __init__(self, *draws):
        self.draws = list(draws)

    def normal(self):
        return self.draws.pop(0)


@pytest.mark.parametrize("target", [cases.target(True), PLANE], ids=["gaussian", "mixture"])
def test_one_k_many_and_any_namespace(target):
    sampler, xp = chain(target, count=2), array_api_strict
    x, z = np.random.default_rng(1).normal(size=(2, 8, target.dim))
    kept = x.copy()
    one = np.stack([sampler.step(k, x[k], Replay(z[k])) for k in range(8)])
    many = sampler.step(np.arange(8), x, Replay(z))
    size = 64 * EPS * (1 + np.abs(one).max())
    np.testing.assert_allclose(many, one, rtol=0, atol=16 * size)
    np.testing.assert_array_equal(x, kept)
    for k in (3, np.arange(8)):
        got = sampler.step(k, xp.asarray(x), Replay(xp.asarray(z)))
        assert type(got) is type(xp.asarray(x))
        np.testing.assert_allclose(backend.to_host(got), sampler.step(k, x, Replay(z)), rtol=0, atol=16 * size)
        single = sampler.step(k, x.astype(np.float32), Replay(z.astype(np.float32)))
        assert single.dtype == np.float32
    noise = Impulse(x)
    sampler.step(0, x, noise)
    assert noise.draws == 1


def test_where_no_exact_law_is_and_where_no_score_is():
    with pytest.raises(NotAffine):
        chain(PLANE).run()
    assert chain(PLANE).run(laws.Particles.standard(100, 2, seed=0)).points.shape == (100, 2)
    point = Gaussian(np.array([0.5]), np.zeros((1, 1)))
    law = chain(point, begin=laws.Gaussian([1.0], [[2.0]])).run()  # a datum has a score at every level
    assert np.isfinite(law.cov).all()
    with pytest.raises(NoDensity):
        point.score(np.zeros(1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"levels": [1.0, 0.0]}, "`levels` must be finite numbers > 0"),
        ({"levels": []}, "`levels` must be finite numbers > 0, at least one"),
        ({"levels": "high"}, "`levels` must be numbers > 0; got str"),
        ({"step": 0.0}, "`step_size` must be a finite number > 0"),
        ({"count": 0}, "`steps_per_level` must be a whole number >= 1; got 0"),
        ({"begin": laws.Gaussian.standard(2)}, r"`begin` must be a law on R\^1"),
    ],
)
def test_bad_input(change, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        chain(LINE, **change)
    assert "\n" not in str(caught.value)


def test_more_bad_input():
    with pytest.raises(InvalidInput, match="`score` must be a score with a target"):
        AnnealedLangevin(LINE, LEVELS, STEP, COUNT)
    for k in (-1, 28, np.array([0, 28])):
        with pytest.raises(InvalidInput, match=r"`k` must lie in \[0, 28\)"):
            chain(LINE).step(k, np.zeros((2, 1)), Impulse(np.zeros((2, 1))))
    for make, message in (
        (lambda: convolved(LINE, -1.0), "`sigma` must be finite and >= 0"),
        (lambda: convolved(DoubleWell(), 1.0), r"`target` must have diffused\(t\)"),
        (lambda: geometric_levels(1.0, 0.0, 3), "`last` must be a finite number > 0"),
        (lambda: geometric_levels(1.0, 0.5, 1), "one level cannot be both"),
        (lambda: geometric_levels(1.0, 0.5, 2.5), "`count` must be a whole number"),
        (lambda: ncsn_levels(3072, 0.1, 1.0), "`first` must be above `last`"),
        (lambda: ncsn_levels(4, 1.0, 0.1), "overlap by more than a half"),
        (lambda: ncsn_levels(0, 1.0, 0.1), "`dim` must be a whole number >= 1"),
        (lambda: ncsn_step_size(np.ones(1), 5), "give at least two"),
    ):
        with pytest.raises(InvalidInput, match=message):
            make()


@pytest.mark.parametrize("dim", [5, 64, 3072])
def test_ratio_of_levels_by_the_normal_law_of_the_radius(dim):
    """With |x| of law N(√d, ½) at the smaller level, half lies within three deviations r√½ of the larger radius r√d."""
    r = ncsn_ratio(dim)
    radius = norm(np.sqrt(dim), np.sqrt(0.5))
    ends = r * np.sqrt(dim) + 3 * r * np.sqrt(0.5) * np.array([-1, 1])
    assert np.diff(radius.cdf(ends))[0] == pytest.approx(0.5, abs=1e-10)
    levels = ncsn_levels(dim, 30.0, 0.02)
    assert levels[0] == pytest.approx(30.0)
    assert levels[-1] == pytest.approx(0.02)
    assert levels[0] / levels[1] <= r * (1 + 1e-9)
    fewer = (30.0 / 0.02) ** (1 / (levels.size - 2)) if levels.size > 2 else np.inf
    assert fewer > r


@pytest.mark.parametrize("steps", [1, 5, 40])
def test_step_size_leaves_the_spread_at_one_datum_nearest_to_its_level(steps):
    """Found again with the running sampler, by a search over step sizes."""
    levels = np.array([1.3, 1.0])
    point = scores.Exact(Gaussian(np.zeros(1), np.zeros((1, 1))))
    begin = laws.Gaussian([0.0], [[1.3**2]])

    def off(log_size):
        law = AnnealedLangevin(point, levels[1:], float(np.exp(log_size)), steps, begin).run()
        return abs(law.cov[0, 0] - 1)

    best = minimize_scalar(off, bounds=(np.log(1e-4), np.log(1.9)), method="bounded", options={"xatol": 1e-9})
    size = ncsn_step_size(levels, steps)
    assert off(np.log(size)) <= best.fun + 1e-3
    assert size == pytest.approx(np.exp(best.x), rel=0.01)
