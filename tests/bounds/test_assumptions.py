"""Assumptions look at the sampler that ran: a step that is not the declared scheme's fails, whatever its class says."""

from __future__ import annotations

import pytest

from verify import bounds, samplers, scores
from verify.backend import maths
from verify.bounds.assumptions import infidelity
from verify.targets import gallery
from verify.timegrid import TimeGrid

GRID = TimeGrid.uniform(2.0, 16)


class Weak(samplers.ExponentialIntegrator):
    """Drift coefficient 1 for 2."""

    def step(self, k, x, noise):
        tau, _, h = self.grid.interval(k, x)
        m = maths(h)
        return m.exp(h) * x + m.expm1(h) * self.score(x, tau) + m.sqrt(m.expm1(2 * h)) * noise.normal()


@pytest.mark.parametrize(
    "scheme", [samplers.ExponentialIntegrator, samplers.RelativeIntegrator, samplers.EulerMaruyama]
)
def test_schemes_are_what_they_declare(scheme):
    for grid in (GRID, TimeGrid.benton(2.0, 0.3, 0.01), TimeGrid.uniform(4.0, 2)):
        for score in (scores.Exact(gallery.correlated()), scores.Whitened(gallery.correlated(), 0.3, -1)):
            assert infidelity(scheme(score, grid)) < 1e-14


@pytest.mark.parametrize("fault", [{"drift": 1.9}, {"noise_scale": 1.001}, {"lag": 0.5}, {"relax": 0.99}])
def test_faulty_steps_are_noticed(fault):
    class Faulty(samplers.Perturbed):
        freeze = 0.0

    assert infidelity(Faulty(scores.Exact(gallery.correlated()), GRID, **fault)) > 1e-6


def test_subclass_with_another_step_is_outside_the_theorem():
    sampler = Weak(scores.Exact(gallery.correlated()), GRID)
    for bound in (bounds.Chen2023Explicit(), bounds.Chen2023Theorem2(), bounds.PathKL()):
        assert any("departs" in f.evidence for f in bound.failed_assumptions(sampler)), bound.name


def test_numbers_outside_the_domain_are_named():
    numbers = {
        "dim": 3072,
        "smoothness": 0.5,
        "second_moment": 3.0,
        "kl": 1.0,
        "horizon": 1.0,
        "steps": 1,
        "score_error": 0.0,
    }
    assert bounds.Chen2023ExplicitTV.outside(numbers) == ("L ≥ 1", "m_2² ≥ d/L (Cramér–Rao)")
    assert bounds.Chen2023Theorem2.outside(numbers | {"smoothness": 2.0, "second_moment": 1e4}) == ("h ≤ 1/L",)
    assert bounds.OUContraction.outside({"kl": 1.0, "horizon": 1.0}) == ()
