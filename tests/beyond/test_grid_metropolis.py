"""Law: an accept–reject step leaves π invariant, keeps every bit of mass, and rejects with the known probability."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from verify import divergences, laws, samplers, targets
from verify.laws import GridDensity, grid_chain

TARGETS = {
    "gaussian": targets.Gaussian([0.7], [[0.5]]),
    "mixture": targets.GaussianMixture([0.3, 0.7], [-2.0, 3.0], [0.5, 1.0]),
    "double well": targets.DoubleWell(2.0, 0.3),
    "laplace": targets.Laplace(),
}


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in ("RandomWalkMetropolis", "MALA") for name in TARGETS][:-1]
)
def test_the_target_stays_to_rounding(kind, name):
    target = TARGETS[name]
    law = getattr(samplers, kind)(target, 0.4, 3).run(target)
    assert divergences.total_variation(law, target).value <= 1e-14
    assert abs(law.defect) <= 4e-15


@pytest.mark.parametrize("name", ["gaussian", "mixture"])
def test_a_chain_without_the_correction_does_not(name):
    class Uncorrected(samplers.MALA):  # planted: q(y, x)/q(x, y) left out of the ratio
        def log_return(self, k, x, y):
            return 0.0 * x[..., 0]

    law = Uncorrected(TARGETS[name], 0.4, 3).run(TARGETS[name])
    assert divergences.total_variation(law, TARGETS[name]).low > 1e-2


def stays(sampler, law, width=2.5):
    """Return the probability that the first step keeps the state, by the chain's own rejection masses."""
    chain = grid_chain._Chain(sampler, 1e-20, width)
    after = chain.run(law)
    start = np.exp(law.log_values_at(after.nodes)).ravel()
    return float((after.panels.weights.ravel() * start) @ chain.stays)


@pytest.mark.parametrize("size", [1.0, 2.4, 6.0])
def test_the_stationary_acceptance_of_a_random_walk(size):
    # N(0, 1), moves N(0, s²): E min(1, π(Y)/π(X)) = (2/π) arctan(2/s). The acceptance has kinks, so that the rule is of
    # second order in the width of its panels
    target = targets.Gaussian([0.0], [[1.0]])
    sampler, law = samplers.RandomWalkMetropolis(target, 0.5 * size**2, 1), GridDensity.of(target)
    exact = 1 - 2 / math.pi * math.atan(2 / size)
    coarse, fine = (abs(stays(sampler, law, width) - exact) for width in (2.5, 0.8))
    assert coarse <= 3e-4 and fine <= coarse / 4 + 1e-7


def test_one_step_against_an_adaptive_rule():
    target, begin = targets.Gaussian([0.0], [[1.0]]), laws.Gaussian([0.8], [[0.6]])
    sampler = samplers.RandomWalkMetropolis(target, 0.5, 1, begin)
    law = GridDensity.of(begin).through(sampler, width=0.6)
    start, move = stats.norm(0.8, math.sqrt(0.6)), stats.norm(0.0, 1.0)

    def accepted(x, y):
        return move.pdf(y - x) * min(1.0, math.exp(0.5 * (x * x - y * y)))

    for y in (-1.3, 0.2, 1.1, 2.4):
        marks = sorted({-abs(y), abs(y)})
        arrives = integrate.quad(lambda x, y=y: start.pdf(x) * accepted(x, y), -7, 9, points=marks, epsabs=1e-12)[0]
        leaves = integrate.quad(lambda z, y=y: accepted(y, z), -9, 9, points=marks, epsabs=1e-12)[0]
        want = arrives + start.pdf(y) * (1 - leaves)
        found = float(np.exp(law.log_density(np.array([y]))))
        assert found == pytest.approx(want, rel=2e-4)
        assert found - arrives > 0.05 * want  # planted: without what is rejected


def test_rejected_mass_is_not_lost(monkeypatch):
    target, begin = targets.Gaussian([0.0], [[1.0]]), laws.Gaussian([3.0], [[0.2]])
    sampler = samplers.RandomWalkMetropolis(target, 8.0, 4, begin)
    law = sampler.run(GridDensity.of(begin))
    assert abs(law.defect) <= 1e-13
    # every proposal accepted: the law spreads by 4·16, far from what the chain does
    monkeypatch.setattr(grid_chain, "acceptance", lambda sampler, k, x, y: np.ones((x.size, y.size)))
    free = sampler.run(GridDensity.of(begin))
    assert divergences.total_variation(law, free).low > 0.3


def test_convergence_in_the_interval():
    # two resolutions agree within the interval that the coarser one declares
    target = TARGETS["gaussian"]
    sampler = samplers.MALA(target, 0.3, 2, laws.Gaussian([0.5], [[1.5]]))
    start = GridDensity.of(sampler.start())
    rough = divergences.total_variation(start.through(sampler), target)
    fine = divergences.total_variation(start.through(sampler, width=1.5), target)
    assert rough.low <= fine.high and fine.low <= rough.high
    assert rough.high - rough.low < 1e-3


def test_heavy_tails_with_a_tail_to_match():
    target = targets.StudentT(3.0)
    begin = GridDensity.of(target, tail=1e-6)
    law = begin.through(samplers.RandomWalkMetropolis(target, 200.0, 2), tail=1e-6)
    x = np.linspace(-8, 8, 33)[:, None]
    assert np.exp(law.log_density(x)) == pytest.approx(np.exp(target.log_density(x)), rel=1e-4)
