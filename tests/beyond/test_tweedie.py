"""Tweedie's formula and posteriors: quadrature over the data against mixtures in closed form; the noising chain."""

from __future__ import annotations

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import verify as vf
from verify import matching, samplers
from verify.errors import InvalidInput
from verify.finding import Verdict
from verify.study.cell import row
from verify.targets import Empirical, Gaussian, GaussianMixture, Logistic

FOLDER = Path(__file__).parents[2] / "studies" / "score_matching"
MODULE = importlib.import_module("verify.matching.tweedie")
MIXTURE = GaussianMixture((0.2, 0.8), (-3.0, 1.0), (0.15, 0.6))
PLANE = GaussianMixture((0.4, 0.6), [(-1.0, 0.5), (1.2, 0.0)], [[(0.5, 0.2), (0.2, 0.7)], [(0.9, -0.3), (-0.3, 0.4)]])
PLACES = np.linspace(-5.0, 4.0, 19)[:, None]


@pytest.mark.parametrize("time", [0.01, 0.3, 2.0])
@pytest.mark.parametrize("law", [MIXTURE, Gaussian([0.7], [[0.4]]), Empirical(np.array([-1.0, 0.2, 0.2, 3.0]))])
def test_posterior_mean_by_quadrature(law: object, time: float) -> None:
    """Bayes' rule over the data, the mixture's own posterior, and Tweedie agree: three routes."""
    kernel = matching.Kernel.preserving(time)
    found = matching.posterior_mean(law, kernel, PLACES)
    by_score = matching.tweedie(kernel.noised(law).score, kernel, PLACES)
    # σ²·score is a difference of numbers of the size of x̃, divided by a: rounding of 1e-14 at most; far from all data
    # the quadrature's own relative error, 1e-13, counts
    np.testing.assert_allclose(found, by_score, atol=1e-11)
    if hasattr(law, "posterior_mean"):
        np.testing.assert_allclose(found, law.posterior_mean(PLACES, time), atol=1e-11)


def test_tweedie_in_the_plane() -> None:
    """(x̃ + σ²∇log p_σ)/a is the mixture's posterior mean; without 1/a or with another σ it is not."""
    x, t = PLANE.sample(50, np.random.default_rng(1)), 0.4
    kernel = matching.Kernel.preserving(t)
    truth, score = PLANE.posterior_mean(x, t), kernel.noised(PLANE).score
    np.testing.assert_allclose(matching.tweedie(score, kernel, x), truth, atol=1e-13)
    assert np.abs(matching.tweedie(score, kernel, x) * kernel.scale - truth).max() > 0.1
    other = matching.Kernel(kernel.scale, 1.01 * kernel.noise)
    assert np.abs(matching.tweedie(score, other, x) - truth).max() > 1e-3


def test_posterior_of_other_laws() -> None:
    """For logistic data, of which no noised score is written down: E[E[g|x̃]] over draws is E g."""
    law, kernel, rng = Logistic(), matching.Kernel.step(0.3), np.random.default_rng(4)
    n = 4000
    noised = kernel.apply(law.sample(n, rng), rng.standard_normal((n, 1)))
    square = matching.posterior(lambda x, _: x**2, law, kernel, noised)[:, 0]
    found = matching.average.sampled(square)
    assert found.low <= law.variance.value <= found.high
    assert found.high - found.low < 0.5 * law.variance.value


def test_kernels_compose() -> None:
    """Two kernels in turn make one, on laws, too; the order matters unless variance is preserved."""
    first, second = matching.Kernel(0.7, 0.4), matching.Kernel(1.3, 0.9)
    both = first.then(second)
    one, two = both.noised(PLANE), second.noised(first.noised(PLANE))
    np.testing.assert_allclose(one.means, two.means, rtol=1e-14)
    np.testing.assert_allclose(one.covs, two.covs, rtol=1e-14)
    assert second.then(first).noise != pytest.approx(both.noise)
    half = matching.Kernel.preserving(0.35)
    whole, twice = matching.Kernel.preserving(0.7), half.then(half)
    assert (twice.scale, twice.noise) == pytest.approx((whole.scale, whole.noise), rel=1e-15)
    x = np.array([[0.3, -1.0]])
    np.testing.assert_allclose(
        whole.conditional_score(whole.apply(x, 2.0 + x), x), -(2.0 + x) / whole.noise, rtol=1e-13
    )
    density = whole.log_density(whole.apply(x, x), x)
    np.testing.assert_allclose(density, -0.5 * (x**2).sum() - np.log(2 * np.pi) - 2 * np.log(whole.noise), rtol=1e-13)


@pytest.mark.parametrize("wrong", [None, "prior", "level"])
def test_wrong_posterior_is_caught_by_the_study(wrong: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A posterior that forgets the weights of the data, or has the noise of another level, breaks S1-05 and S1-06."""
    study, real = vf.Study.load(FOLDER / "tweedie.py"), MODULE._average
    faults = {
        "prior": lambda g, kernel, places, logs, seen: real(g, kernel, places, 0 * logs, seen),
        "level": lambda g, kernel, places, logs, seen: real(
            g, matching.Kernel(kernel.scale, 1.001 * kernel.noise), places, logs, seen
        ),
    }
    if wrong is not None:
        monkeypatch.setattr(MODULE, "_average", faults[wrong])
    points = [{"law": "mixture", "beta": beta} for beta in (0.003, 0.01, 0.03, 0.5)]
    points.append({"law": "atoms", "beta": 0.5})
    table = pd.DataFrame([row(study.subject(**p), p, study.observed("smoke"), "smoke", 0) for p in points])
    verdicts = {found.claim.statement: found.finding.verdict for found in study.judge(table)}
    assert (Verdict.VIOLATED in verdicts.values()) == (wrong is not None)


@pytest.mark.parametrize("law", [Gaussian([1.0, -0.5], [[1.5, 0.62], [0.62, 0.8]]), MIXTURE])
def test_the_chain_has_the_closed_law(law: object) -> None:
    """The running steps against Π(1 − β_i); a step with √β off by 1 % is seen."""
    betas = np.array([0.02, 0.3, 0.1, 0.6])
    chain = samplers.Noising(law, betas)
    level = 0.98 * 0.7 * 0.9 * 0.4
    closed = matching.Kernel(np.sqrt(level), np.sqrt(1 - level)).noised(law)
    assert vf.wasserstein2(chain.run(), closed).value < 1e-8
    assert vf.wasserstein2(chain.goal(), closed).value < 1e-8
    np.testing.assert_allclose(np.exp(-2 * chain.times), [1, 0.98, 0.98 * 0.7, 0.98 * 0.7 * 0.9, level], rtol=1e-14)

    class Loud(samplers.Noising):
        def step(self, k: object, x: object, noise: object) -> object:
            return super().step(k, x, noise) + 0.0 * x + 0.01 * self._noises[k] * noise.normal()

    if law.dim == 2:
        assert vf.wasserstein2(Loud(law, betas).run(), closed).value > 1e-5


def test_particles_follow_the_chain() -> None:
    chain = samplers.Noising(PLANE, np.full(20, 0.05))
    cloud = chain.run(vf.laws.Particles(PLANE.sample(20_000, np.random.default_rng(0)), seed=3))
    goal = chain.goal()
    # five errors of a mean and of a variance of 20000 draws whose deviation is about 1
    np.testing.assert_allclose(np.mean(cloud.points, axis=0), goal.mean, atol=5 / np.sqrt(20_000))
    np.testing.assert_allclose(np.cov(cloud.points.T), goal.cov, atol=10 / np.sqrt(20_000))


def test_bad_input() -> None:
    with pytest.raises(InvalidInput, match="`betas` must be a vector"):
        samplers.Noising(MIXTURE, [0.1, 1.0])
    with pytest.raises(InvalidInput, match="`betas` must be a vector"):
        samplers.Noising(MIXTURE, [np.nan])
    with pytest.raises(InvalidInput, match="must have diffused"):
        samplers.Noising(Logistic(), [0.1])
    with pytest.raises(InvalidInput, match="`k` must lie in"):
        samplers.Noising(MIXTURE, [0.1]).step(1, np.zeros((1, 1)), None)
