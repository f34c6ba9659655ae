"""Law: n equally likely points; under OU they are a mixture whose score pulls to the points' posterior mean."""

from __future__ import annotations

import math

import array_api_strict
import numpy as np
import pytest

from verify import divergences, samplers, scores, targets
from verify.backend import to_host
from verify.errors import NoDensity
from verify.laws import GridDensity
from verify.timegrid import TimeGrid

POINTS = {
    "line": np.array([[-1.5], [0.2], [0.9], [4.0]]),
    "plane": np.random.default_rng(2).standard_normal((7, 2)),
    "one point": np.array([[0.7]]),
    "doubled": np.array([[1.0], [1.0], [-2.0]]),
}


@pytest.mark.parametrize("name", POINTS)
def test_score_and_posterior_by_the_plain_sum(name):
    target, t = targets.Empirical(POINTS[name]), 0.4
    x = 2 * np.random.default_rng(1).standard_normal((9, target.dim))
    variance = 1 - math.exp(-2 * t)
    share = np.exp(-((x[:, None] - math.exp(-t) * POINTS[name]) ** 2).sum(-1) / (2 * variance))
    share /= share.sum(1, keepdims=True)
    assert target.posterior_mean(x, t) == pytest.approx(share @ POINTS[name], rel=1e-12)
    want = -(share[..., None] * (x[:, None] - math.exp(-t) * POINTS[name])).sum(1) / variance
    assert target.score_at(x, t) == pytest.approx(want, rel=1e-11)
    assert target.diffused(t).score(x) == pytest.approx(want, rel=1e-11)
    wrong = (target.posterior_mean(x, t) - x) / variance  # planted: the factor e^{−t} of the posterior mean lost
    assert np.abs(wrong - want).max() > 1e-2


@pytest.mark.parametrize("name", POINTS)
def test_moments(name):
    target = targets.Empirical(POINTS[name])
    assert target.n == len(POINTS[name])
    assert target.mean == pytest.approx(POINTS[name].mean(0))
    assert target.cov == pytest.approx(np.atleast_2d(np.cov(POINTS[name].T, bias=True)) if target.n > 1 else 0.0)
    assert target.constants.second_moment == pytest.approx((POINTS[name] ** 2).sum(1).mean())
    assert target.constants.smoothness == math.inf
    law = target.diffused(0.3)
    assert target.mean_at(0.3) == pytest.approx(law.mean)
    assert target.trace_at(0.3) == pytest.approx(np.trace(law.cov))


def test_atoms_on_the_line():
    target = targets.Empirical(POINTS["doubled"])
    assert target.atoms == pytest.approx(np.array([[-2.0, 1 / 3], [1.0, 2 / 3]]))
    grid = GridDensity.of(target)
    assert not grid.has_density and float(grid.mean[0]) == pytest.approx(0.0)
    assert divergences.kl(target, targets.Laplace()).value == math.inf
    assert divergences.total_variation(target, targets.Laplace()).value == pytest.approx(1.0)
    other = targets.Empirical(np.array([[1.0], [-2.0]]))
    assert divergences.total_variation(target, other).value == pytest.approx(1 / 6)
    assert divergences.wasserstein1(target, other).value == pytest.approx(3 / 6, rel=1e-13)  # a sixth moves by 3


def test_no_density_at_time_zero():
    target = targets.Empirical(POINTS["plane"])
    for call in (target.log_density, target.score, lambda x: target.score_at(x, 0.0), lambda x: target.score_at(
            x, np.array([[0.1]] * 2 + [[0.0]]))):  # fmt: skip
        with pytest.raises(NoDensity):
            call(np.zeros((3, 2)))
    assert target.diffused(0.0) is target


def test_draws_are_points():
    target = targets.Empirical(POINTS["plane"])
    x = target.sample(500, np.random.default_rng(0))
    assert all((row == POINTS["plane"]).all(1).any() for row in x)
    assert len(np.unique(x[:, 0])) == 7


def test_times_namespaces_and_blocks(monkeypatch):
    target = targets.Empirical(POINTS["plane"])
    x = np.random.default_rng(3).standard_normal((6, 2))
    times = np.linspace(0.05, 2, 6)[:, None]
    rows = np.stack([target.score_at(x[i : i + 1], float(times[i, 0]))[0] for i in range(6)])
    assert target.score_at(x, times) == pytest.approx(rows, rel=1e-12)
    strict = target.score_at(array_api_strict.asarray(x), 0.3)
    assert to_host(strict) == pytest.approx(target.score_at(x, 0.3), rel=1e-12)
    single = target.score_at(x.astype(np.float32), 0.3)
    assert single.dtype == np.float32 and single == pytest.approx(target.score_at(x, 0.3), rel=1e-3, abs=1e-4)
    whole = target.score_at(x, 0.3)
    monkeypatch.setattr("verify.targets.empirical.BLOCK", 20)
    assert target.score_at(x, 0.3) == pytest.approx(whole, rel=1e-14)


def test_a_reverse_diffusion_gives_the_points_back():
    # memorisation: stopped at δ nearly all mass is within a few √(2δ) of the points, and their weights are kept
    target = targets.Empirical(POINTS["line"])
    stop = 1e-3
    law = samplers.DDPM(scores.Exact(target), TimeGrid.geometric(5.0, 60, stop)).run()
    near = math.exp(-stop) * POINTS["line"][:, 0]
    held = law.cdf(near + 6 * math.sqrt(2 * stop)) - law.cdf(near - 6 * math.sqrt(2 * stop))
    assert held.sum() > 0.999
    assert held == pytest.approx([0.25] * 4, abs=0.03)
    assert divergences.wasserstein1(law, target).high < 0.1
