"""Law: folding many chains at once gives each the law that it has on its own."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core import cases
from verify import TimeGrid, samplers, scores
from verify.laws.sweep import exact_laws

P = cases.target(True)


def check(chains):
    for got, sampler in zip(exact_laws(chains), chains, strict=True):
        want = sampler.run().deviation
        slack = got.deviation.mean_error + want.mean_error, got.deviation.cov_error + want.cov_error
        assert (np.abs(got.deviation.mean - want.mean) <= slack[0]).all()
        assert (np.abs(got.deviation.cov - want.cov) <= slack[1]).all()
        assert max(part.max() for part in slack) < 1e-9
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
