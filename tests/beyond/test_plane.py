"""Law: on the plane a step with independent noise is a product of two thin matrices; its Gaussians are closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from verify import divergences, laws, samplers, scores, targets
from verify.errors import InvalidInput, NoDensity, NotAffine
from verify.laws import Particles, PlaneDensity
from verify.timegrid import TimeGrid

TARGET = targets.Gaussian([0.7, -0.3], [[1.0, 0.5], [0.5, 0.8]])
BEGIN = laws.Gaussian([0.0, 0.4], [[0.6, 0.1], [0.1, 1.2]])
MIXTURE = targets.GaussianMixture(
    [0.3, 0.7], [[-1.5, 0.0], [1.0, 0.8]], [[[0.5, 0.2], [0.2, 0.6]], [[0.8, -0.1], [-0.1, 0.4]]]
)


@pytest.mark.parametrize("step", [0.1, 0.3, 0.05])
def test_ula_on_a_correlated_gaussian(step):
    sampler = samplers.ULA(TARGET, step, 6, BEGIN)
    law, exact = PlaneDensity.of(BEGIN).through(sampler), sampler.run()
    assert law.mean == pytest.approx(exact.mean, abs=1e-12)
    assert law.cov == pytest.approx(exact.cov, abs=1e-12)
    assert divergences.kl(law, exact).value <= 1e-13
    for goal in (TARGET, BEGIN):
        found, want = divergences.kl(law, goal), divergences.kl(exact, goal)
        assert found.value == pytest.approx(want.value, abs=1e-10)
        assert found.low - 1e-12 <= want.value <= found.high + 1e-12
    tv, want = divergences.total_variation(law, TARGET), divergences.total_variation(exact, TARGET)
    assert tv.value == pytest.approx(want.value, abs=2e-3 * want.value)  # |p − q| has a kink: second order


def test_a_reverse_diffusion_of_a_gaussian():
    sampler = samplers.DDPM(scores.Exact(TARGET), TimeGrid.uniform(2.0, 12, stop=0.05))
    law, exact = PlaneDensity.of(sampler.start()).through(sampler), sampler.run()
    assert law.cov == pytest.approx(exact.cov, abs=1e-11)
    assert divergences.kl(law, sampler.goal()).value == pytest.approx(
        divergences.kl(exact, sampler.goal()).value, abs=1e-10)  # fmt: skip


def test_a_kernel_variance_off_by_one_percent_shows():
    right = samplers.ULA(TARGET, 0.1, 1, BEGIN)

    class Twice(samplers.ULA):
        def step(self, k, x, noise):
            z = noise.normal()
            return x + self.step_size * self.target.score(x) + np.sqrt(2.02 * self.step_size) * z

    wrong = PlaneDensity.of(BEGIN).through(Twice(TARGET, 0.1, 1, BEGIN))
    assert abs(wrong.cov - right.run().cov).max() > 1e-3


def test_a_mixture_against_particles():
    sampler = samplers.DDPM(scores.Exact(MIXTURE), TimeGrid.uniform(2.0, 10, stop=0.05))
    law = PlaneDensity.of(laws.Gaussian.standard(2)).through(sampler)
    x = sampler.run(Particles.standard(20_000, 2, 3)).points
    error = np.sqrt(np.diag(law.cov) / len(x))
    assert (np.abs(x.mean(axis=0) - law.mean) < 4.5 * error).all()
    share = law.cell * law.values[law.axes[0] < -0.3].sum()  # a cell's edge near −0.3: up to half a cell of mass
    assert abs((x[:, 0] < -0.3).mean() - share) < 0.03
    assert np.abs(np.cov(x.T) - law.cov).max() < 0.05
    kl, tv = divergences.kl(law, sampler.goal()), divergences.total_variation(law, sampler.goal())
    assert 0 < kl.value < 0.2 and tv.high**2 <= 0.5 * kl.high  # Pinsker
    dropped = targets.GaussianMixture([0.5, 0.5], MIXTURE.means, MIXTURE.covs)  # planted: weights lost
    other = PlaneDensity.of(laws.Gaussian.standard(2)).through(samplers.DDPM(scores.Exact(dropped), sampler.grid))
    assert divergences.total_variation(other, sampler.goal()).low > 2 * tv.high


def test_draws_and_densities():
    law = PlaneDensity.of(MIXTURE)
    assert abs(law.defect) < 1e-12
    assert law.mean == pytest.approx(MIXTURE.mean, abs=1e-12) and law.cov == pytest.approx(MIXTURE.cov, abs=1e-11)
    bare = PlaneDensity(law.axes, law.values)
    x = MIXTURE.sample(200, np.random.default_rng(0))
    assert bare.log_density(x) == pytest.approx(MIXTURE.log_density(x), abs=1e-5)
    assert np.isneginf(bare.log_density(np.array([[1e3, 0.0]]))).all()
    draws = law.sample(20_000, np.random.default_rng(1))
    assert np.abs(draws.mean(axis=0) - MIXTURE.mean).max() < 0.05


def test_refusals():
    with pytest.raises(InvalidInput, match="plane"):
        PlaneDensity.of(targets.Laplace())
    with pytest.raises(InvalidInput, match="nodes along an axis"):
        PlaneDensity.of(BEGIN).through(samplers.ULA(TARGET, 1e-4, 2, BEGIN))
    with pytest.raises(InvalidInput, match="d = 1"):
        PlaneDensity.of(BEGIN).through(samplers.ULA(targets.Laplace(), 0.1, 2))
    with pytest.raises(InvalidInput, match="integrates"):
        PlaneDensity.of(targets.Gaussian([0.0, 0.0], [[1.0, 0.99999], [0.99999, 1.0]]))
    flow = samplers.DDIM(scores.Exact(MIXTURE), TimeGrid.uniform(1.0, 3, stop=0.1))
    with pytest.raises(NoDensity, match="independent Gaussian noise"):
        PlaneDensity.of(laws.Gaussian.standard(2)).through(flow)
    with pytest.raises(NotAffine, match="Particles"):
        samplers.ULA(MIXTURE, 0.1, 2).run()
