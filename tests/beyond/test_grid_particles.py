"""Law: a cloud run through the same sampler object has the moments, the distribution function and W1 of the grid."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from verify import laws, samplers, scores, targets
from verify.laws import GridDensity, Particles
from verify.timegrid import TimeGrid

N = 10_000
Z = 4.5  # standard errors: some 60 comparisons, each beyond with probability 7e-6
MIXTURE = targets.GaussianMixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.9])
GRID = TimeGrid.uniform(2.0, 12, stop=0.05)

SAMPLERS = {
    "ULA, mixture": samplers.ULA(MIXTURE, 0.1, 20),
    "ULA, Laplace": samplers.ULA(targets.Laplace(), 0.2, 15),
    "ULA, Student": samplers.ULA(targets.StudentT(3.0), 0.2, 15),
    "DDPM": samplers.DDPM(scores.Exact(MIXTURE), GRID),
    "exponential integrator": samplers.ExponentialIntegrator(scores.Exact(MIXTURE), GRID),
    "DDIM": samplers.DDIM(scores.Exact(MIXTURE), GRID),
    "Heun": samplers.FlowHeun(scores.Exact(MIXTURE), GRID),
    "MALA": samplers.MALA(MIXTURE, 0.4, 6),
    "random walk": samplers.RandomWalkMetropolis(targets.DoubleWell(2.0, 0.3), 0.5, 6),
    "proximal": samplers.ProximalLangevin(targets.Gaussian([0.4], [[1.0]]), 0.2, 10, None, targets.Laplace()),
}


def cloud(sampler, seed=7):
    return sampler.run(Particles.standard(N, 1, seed)).points[:, 0]


def misfit(x, law):
    """Return the largest deviation of mean, second moment and distribution function, in standard errors."""
    checks = [(x, float(law.mean[0])), (x * x, law.expectation(lambda v: v * v).value)]
    for place in law.quantile(np.array([0.05, 0.3, 0.5, 0.8, 0.97])) + 1e-9:
        checks.append((1.0 * (x <= place), float(law.cdf(place))))
    return max(abs(v.mean() - want) / (v.std() / np.sqrt(v.size) + 1e-12) for v, want in checks)


def transport(x, law, size=400):
    """Return W1 of the cloud to the law by quantiles, ∫|F̂⁻¹ − F⁻¹|."""
    u = (np.arange(size) + 0.5) / size
    return float(np.abs(np.quantile(x, u) - law.quantile(u)).mean())


@pytest.mark.parametrize("name", SAMPLERS)
def test_moments_and_distribution(name):
    sampler = SAMPLERS[name]
    law = sampler.run(GridDensity.of(laws.Gaussian.standard(1)))
    x = cloud(sampler)
    assert misfit(x, law) < Z
    # beside it the null: as many independent draws from the grid itself
    null = [transport(law.sample(N, np.random.default_rng(seed))[:, 0], law) for seed in range(5)]
    assert transport(x, law) < 3 * max(null)


def test_the_atom_is_that_of_the_particles():
    sampler = SAMPLERS["proximal"]
    law, x = sampler.run(GridDensity.of(laws.Gaussian.standard(1))), cloud(sampler)
    share = float(law.atoms[0, 1])
    assert abs((x == 0).mean() - share) < Z * np.sqrt(share * (1 - share) / N)
    assert share > 0.05


@pytest.mark.parametrize("name", ["ULA, mixture", "DDPM", "MALA"])
def test_another_sampler_does_not_fit(name):
    # planted: one step less, weights dropped, every move accepted
    wrong = {
        "ULA, mixture": samplers.ULA(MIXTURE, 0.1, 12),
        "DDPM": samplers.DDPM(scores.Exact(targets.GaussianMixture([0.5, 0.5], [-2.0, 1.5], [0.4, 0.9])), GRID),
        "MALA": samplers.ULA(MIXTURE, 0.4, 6),
    }[name]
    law = wrong.run(GridDensity.of(laws.Gaussian.standard(1)))
    assert misfit(cloud(SAMPLERS[name]), law) > 2 * Z


def test_draws_from_a_grid_have_its_law():
    law = GridDensity.of(MIXTURE)
    x = law.sample(N, np.random.default_rng(3))[:, 0]
    assert stats.kstest(x, law.cdf).pvalue > 1e-5
    atoms = GridDensity.atomic([-1.0, 2.0], [0.25, 0.75]).sample(N, np.random.default_rng(4))[:, 0]
    assert set(np.unique(atoms)) == {-1.0, 2.0} and abs((atoms == 2).mean() - 0.75) < Z * np.sqrt(3 / 16 / N)
