"""Law: independent coordinates: KL and Rényi add, 1 + χ² and 1 − H² multiply, W2 is Euclidean, TV is enclosed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate

from verify import divergences, laws, samplers, scores, targets
from verify.errors import InvalidInput, NotAffine
from verify.laws import Particles, ProductDensity
from verify.timegrid import TimeGrid

MIXED = targets.Product((targets.Laplace(), targets.GaussianMixture([0.3, 0.7], [-1.0, 1.5], [0.5, 1.2])))
OTHER = targets.Product((targets.Logistic(), targets.Gaussian([0.4], [[2.5]])))
GAUSSIANS = targets.Product((targets.Gaussian([0.3], [[0.5]]), targets.Gaussian([-1.0], [[2.0]])))
PLAIN = targets.Gaussian([0.3, -1.0], [[0.5, 0.0], [0.0, 2.0]])
SECOND = targets.Gaussian([0.0, -0.4], [[0.7, 0.0], [0.0, 1.8]])

DISTANCES = {
    "kl": divergences.kl,
    "chi2": divergences.chi2,
    "renyi 3": lambda p, q: divergences.renyi(p, q, 3.0),
    "renyi ½": lambda p, q: divergences.renyi(p, q, 0.5),
    "hellinger": divergences.hellinger,
    "fisher": divergences.fisher,
    "wasserstein2": divergences.wasserstein2,
}


@pytest.mark.parametrize("name", DISTANCES)
def test_gaussian_products_have_closed_forms(name):
    found, want = DISTANCES[name](GAUSSIANS, SECOND), DISTANCES[name](PLAIN, SECOND)
    assert found.value == pytest.approx(want.value, rel=1e-12)
    grid = ProductDensity.of(GAUSSIANS)
    assert DISTANCES[name](grid, SECOND).value == pytest.approx(want.value, rel=1e-10)
    one = DISTANCES[name](GAUSSIANS.coordinates[0], targets.Gaussian([0.0], [[0.7]]))
    assert abs(one.value - want.value) > 1e-3 * want.value  # planted: a coordinate forgotten


def test_total_variation_is_enclosed():
    found, want = divergences.total_variation(GAUSSIANS, SECOND), divergences.total_variation(PLAIN, SECOND)
    assert found.low <= want.value <= found.high
    others = (targets.Gaussian([0.0], [[0.7]]), targets.Gaussian([-0.4], [[1.8]]))
    pairs = zip(GAUSSIANS.coordinates, others, strict=True)
    each = [divergences.total_variation(p, q).value for p, q in pairs]
    assert max(each) - 1e-12 <= found.low and found.high <= 1 - math.prod(1 - v for v in each) + 1e-12
    assert "bounds" in found.method


def test_unlike_coordinates_by_a_plain_double_integral():
    def density(law, x, y):
        return np.exp(law.log_density(np.stack([x, y], axis=-1)))

    z, w = np.polynomial.legendre.leggauss(40)
    cuts = np.array([-60.0, -30, -12, -6, -3, -1.5, 0, 1.5, 3, 6, 12, 30, 60])
    x = (0.5 * (cuts[1:] + cuts[:-1])[:, None] + 0.5 * np.diff(cuts)[:, None] * z).ravel()
    weight = (0.5 * np.diff(cuts)[:, None] * w).ravel()
    a, b = (density(law, *np.meshgrid(x, x, indexing="ij")) for law in (MIXED, OTHER))
    table = weight[:, None] * weight
    logs = [law.log_density(np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1)) for law in (MIXED, OTHER)]
    assert divergences.kl(MIXED, OTHER).value == pytest.approx(float((table * a * (logs[0] - logs[1])).sum()), rel=1e-8)
    affinity = float((table * np.sqrt(a * b)).sum())
    assert divergences.hellinger(MIXED, OTHER).value == pytest.approx(math.sqrt(1 - affinity), rel=1e-8)
    tv = divergences.total_variation(MIXED, OTHER)
    assert tv.low <= 0.5 * float((table * np.abs(a - b)).sum()) <= tv.high


def test_a_product_target():
    x = np.array([[0.3, -1.2], [-2.0, 0.7]])
    step = 1e-5
    slope = np.stack([(MIXED.log_density(x + s) - MIXED.log_density(x - s)) / (2 * step)
                      for s in step * np.eye(2)], -1)  # fmt: skip
    assert MIXED.score(x) == pytest.approx(slope, rel=1e-7)
    assert MIXED.gradient(x) == pytest.approx(-slope, rel=1e-7)
    assert MIXED.mean == pytest.approx([0.0, 0.3 * -1 + 0.7 * 1.5], abs=1e-12)
    assert np.diag(MIXED.cov) == pytest.approx([2.0, float(MIXED.coordinates[1].cov[0, 0])], rel=1e-10)
    draws = MIXED.sample(40_000, np.random.default_rng(0))
    assert np.abs(draws.mean(axis=0) - MIXED.mean).max() < 0.05 and abs(np.corrcoef(draws.T)[0, 1]) < 0.03
    assert MIXED.constants.log_sobolev is None and MIXED.constants.target_smoothness == math.inf
    assert GAUSSIANS.constants.strong_convexity == pytest.approx(0.5)
    assert GAUSSIANS.constants.second_moment == pytest.approx(0.5 + 0.09 + 2 + 1)
    with pytest.raises(InvalidInput, match="line"):
        targets.Product((PLAIN,))
    with pytest.raises(InvalidInput, match="at least one"):
        targets.Product(())


def test_a_chain_goes_coordinate_by_coordinate():
    sampler = samplers.ULA(MIXED, 0.1, 30)
    law = sampler.run()
    assert isinstance(law, ProductDensity)
    alone = [samplers.ULA(part, 0.1, 30).run(laws.GridDensity.of(laws.Gaussian.standard(1))) for part in
             MIXED.coordinates]  # fmt: skip
    total = sum(divergences.kl(a, b).value for a, b in zip(alone, MIXED.coordinates, strict=True))
    assert divergences.kl(law, MIXED).value == pytest.approx(total, rel=1e-12)
    x = sampler.run(Particles.standard(20_000, 2, 5)).points
    assert (np.abs(x.mean(axis=0) - law.mean) < 4.5 * np.sqrt(np.diag(law.cov) / len(x))).all()


def test_a_reverse_diffusion_goes_coordinate_by_coordinate():
    parts = (MIXED.coordinates[1], targets.GaussianMixture([0.5, 0.5], [-3.0, 3.0], [0.3, 0.3]))
    target = targets.Product(parts)
    sampler = samplers.DDPM(scores.Exact(target), TimeGrid.uniform(2.0, 10, stop=0.1))
    law = sampler.run()
    goal = sampler.goal()
    want = sum(divergences.kl(samplers.DDPM(scores.Exact(p), sampler.grid).run(), p.diffused(0.1)).value for p in parts)
    assert divergences.kl(law, goal).value == pytest.approx(want, rel=1e-10)


def test_what_mixes_coordinates_is_refused():
    class Turned(samplers.ULA):
        def step(self, k, x, noise):
            return super().step(k, x[..., ::-1] if x.shape[-1] > 1 else x, noise)

    with pytest.raises(NotAffine, match="independently"):
        ProductDensity.of(laws.Gaussian.standard(2)).through(Turned(MIXED, 0.1, 2))
    with pytest.raises(NotAffine):  # one acceptance for all coordinates: not a product
        ProductDensity.of(laws.Gaussian.standard(2)).through(samplers.MALA(MIXED, 0.1, 2))
    with pytest.raises(InvalidInput, match="no product"):
        ProductDensity.of(targets.Gaussian([0.0, 0.0], [[1.0, 0.5], [0.5, 1.0]]))


@pytest.mark.parametrize("dof", [1.5, 3.0, 8.0])
def test_student(dof):
    target = targets.StudentT(dof)
    x, step = np.linspace(-6, 6, 25)[:, None], 1e-4
    total = integrate.quad(lambda v: math.exp(float(target.log_density(np.array([v])))), 0, math.inf)[0]
    assert 2 * total == pytest.approx(1.0, rel=1e-9)
    slope = (target.potential(x + step) - target.potential(x - step)) / (2 * step)
    assert target.gradient(x)[:, 0] == pytest.approx(slope, abs=1e-7)
    curved = (target.slope(x + step) - target.slope(x - step)) / (2 * step)
    assert target.curvature(x) == pytest.approx(curved, abs=1e-7)
    assert target.third(x) == pytest.approx(
        (target.curvature(x + step) - target.curvature(x - step)) / (2 * step), abs=1e-6
    )
    grid = target.curvature(np.linspace(-20, 20, 40_001))
    assert grid.min() == pytest.approx(target.constants.strong_convexity, rel=1e-4)
    assert grid.max() == pytest.approx(target.constants.target_smoothness, rel=1e-9)
    assert target.constants.log_sobolev == 0 and target.constants.poincare == math.inf
    assert target.constants.second_moment == (dof / (dof - 2) if dof > 2 else math.inf)
    draws = target.sample(20_000, np.random.default_rng(1))[:, 0]
    law = laws.GridDensity.of(target, tail=1e-14)
    assert abs((draws < 1).mean() - law.cdf(np.array(1.0))) < 0.02
