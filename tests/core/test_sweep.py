"""Law: folding many chains at once gives each the law that it has on its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from tests.core import cases
from verify import TimeGrid, samplers, scores
from verify.errors import Diverged, NotAffine
from verify.laws.alike import alike
from verify.laws.sweep import exact_laws, folded

P = cases.target(True)


def check(chains):
    for got, sampler in zip(exact_laws(chains), chains, strict=True):
        want = sampler.run().deviation
        slack = got.deviation.mean_error + want.mean_error, got.deviation.cov_error + want.cov_error
        assert (np.abs(got.deviation.mean - want.mean) <= slack[0]).all()
        assert (np.abs(got.deviation.cov - want.cov) <= slack[1]).all()
        assert max(part.max() for part in slack) < 1e-9
        assert (got.deviation.mean_error >= 0.5 * want.mean_error).all()  # the same roundings went into both
        assert (got.deviation.cov_error >= 0.5 * want.cov_error).all()
        np.testing.assert_allclose(got.mean, sampler.run().mean, atol=1e-12)


@pytest.mark.parametrize("name", cases.EXACT_LAW)
def test_steps_by_horizons_by_errors(name):
    chains = [
        cases.build(name, scores.Shifted(P, size), TimeGrid.uniform(horizon, step=step), begin)
        for step in (0.25, 0.125)
        for horizon in (1.0, 2.0, 3.5)
        for size in (0.0, 0.1, 0.4, 0.1)  # every score an object of its own, one size twice
        for begin in ("standard", "marginal")
    ]
    check(chains)


def test_three_scores_of_one_size():
    check([samplers.DDPM(scores.Shifted(P, 0.2), TimeGrid.uniform(t, step=0.125)) for t in (1.0, 2.0, 3.0)])


def test_chains_that_look_alike_are_kept_apart():
    """Same score object and grid, but settings, directions, profiles, signs and classes that differ."""
    score, grid = scores.Exact(P), TimeGrid.uniform(2.0, step=0.125)
    chains = [samplers.Perturbed(score, grid, **s) for s in ({}, {"drift": 1.9}, {"lag": 0.5}, {"noise_scale": 1.01})]
    chains += [samplers.ExponentialIntegrator(s, grid) for s in cases.errors(P).values()]
    chains += [samplers.DDIM(score, g) for g in cases.GRIDS.values()]
    check(chains)


class Squared(scores.Shifted):
    """Declares its error linear in its size, which it is not."""

    def profile(self, t):
        return super().profile(t) ** 2


class Dilating(scores.Shifted):
    """Declares a constant error, but the error moves the gains as well."""

    def unit(self, t):
        return 0.3, super().unit(t)[1]


class Lagged(scores.Shifted):
    """A family of its own for every lag, which `family` does not say."""

    lag = 0.0

    def profile(self, t):
        return super().profile(np.asarray(t) - self.lag) + 0.1 * self.lag


def lagged(size, lag):
    score = Lagged(P, size)
    object.__setattr__(score, "lag", lag)
    return score


class HastyStart(samplers.ExponentialIntegrator):
    """Makes less noise in its very first step, whatever the horizon."""

    def step(self, k, x, noise):
        right = super().step(k, x, noise)
        return right - 0.01 * x * (np.asarray(k)[..., None] == 0)


class KnowsItsHorizon(samplers.ExponentialIntegrator):
    """Moves by a share of the whole horizon."""

    def step(self, k, x, noise):
        return super().step(k, x, noise) + 1e-6 * self.grid.horizon


class Forward(samplers.ExponentialIntegrator):
    """Aims at other laws than the reversal does, counted from the start of its grid."""

    def marginal(self, k):
        return self.target.diffused(float(self.grid.horizon - self.grid.tau[k]))

    def marginal_moments(self, k):
        t = (self.grid.horizon - self.grid.tau[k])[:, None]
        return self.target.mean_at(t), self.target.variances_at(t)

    def step(self, k, x, noise):
        h = self.grid.interval(k, x)[2]
        return x - h * x + (2 * h) ** 0.5 * noise.normal()


@dataclass(frozen=True, eq=False)
class Damped(samplers.ExponentialIntegrator):
    """Has a setting."""

    damping: float = 0.0

    def step(self, k, x, noise):
        return super().step(k, x, noise) - self.damping * x


def chain(score, horizon=2.0, kind=samplers.ExponentialIntegrator, **settings):
    return kind(score, TimeGrid.uniform(horizon, step=0.125), **settings)


@pytest.mark.parametrize(
    ("chains", "why"),
    [
        ([chain(Squared(P, size)) for size in (0.1, 0.2, 0.4)], "not linear"),
        ([chain(Dilating(P, size)) for size in (0.1, 0.4)], "not affine"),
        ([chain(scores.Exact(P), horizon, HastyStart) for horizon in (1.0, 2.0)], "shorter chain"),
        ([chain(scores.Exact(P), horizon, KnowsItsHorizon) for horizon in (1.0, 2.0)], "shorter chain"),
        ([chain(scores.Exact(P), horizon, Forward, begin="marginal") for horizon in (1.0, 2.0)], "ideal laws"),
    ],
    ids=["a score error that is not linear", "one that is not constant", "a first step", "a horizon", "ideal laws"],
)
def test_steps_off_the_declared_family_are_seen_and_not_folded(chains, why, monkeypatch):
    assert len(alike(chains)) == len(chains)  # classes of other people are not even tried
    monkeypatch.setattr("verify.laws.alike._ours", lambda thing: True)
    assert len(alike(chains)) == 1
    with pytest.raises(NotAffine, match=why):
        folded(chains)
    check(chains)


def test_what_differs_in_anything_else_is_no_group():
    apart = [
        [chain(scores.Exact(P), kind=Damped, damping=d) for d in (0.0, 1e-9)],
        [chain(lagged(0.1, lag)) for lag in (0.0, 0.1)],
        [chain(scores.Shifted(P, 0.1)), chain(scores.Shifted(P, 0.2, direction=[1.0, 0.0, 0.0]))],
        [chain(scores.Shifted(P, 0.1)), chain(scores.Shifted(cases.target(False), 0.1))],
        [chain(scores.Shifted(P, 0.1)), samplers.DDPM(scores.Shifted(P, 0.1), TimeGrid.uniform(2.0, step=0.125))],
        [samplers.DDPM(scores.Exact(P), TimeGrid(tau)) for tau in ([1.0, 0.5, 0.0], [1.5, 0.5, 0.0])],
    ]
    assert [len(alike(chains)) for chains in apart] == [2] * len(apart)
    check([c for chains in apart for c in chains])


def test_equal_content_is_one_group_whichever_objects_hold_it():
    """As in a study, where every cell makes its own target."""
    made = [chain(kind(cases.target(True), *size), t) for kind, size in ((scores.Exact, ()), (scores.Shifted, (0.2,)))
            for t in (1.0, 2.0, 3.0)]  # fmt: skip
    assert alike(made) == [(0, 1, 2), (3, 4, 5)]
    check(made)


def test_a_chain_that_leaves_float64_takes_no_other_with_it():
    grids = [TimeGrid(np.arange(n, -1, -1.0) * 9) for n in (1, 300)]
    short, long = (samplers.EulerMaruyama(scores.Exact(P), grid) for grid in grids)
    with pytest.raises(Diverged):
        folded([short, long])
    with pytest.raises(Diverged):
        exact_laws([short, long])  # as `long` has no law, whoever asks
    assert np.isfinite(exact_laws([short])[0].mean).all()
