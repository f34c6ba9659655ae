"""Sorted W1, W2 and sliced W2 of particles against exact quantiles: quadrature, coverage by the triangle inequality."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy import integrate
from scipy.special import ndtri

import verify as vf
from tests.divergences.cases import A, close
from verify import laws
from verify.divergences.transport import standard_power
from verify.errors import InvalidInput, NotApplicable

SEEDS, FEWEST = 100, 87  # P(Binomial(100, 0.95) < 87) = 5e-4
P = laws.Gaussian([0.4], [[2.25]])


@pytest.mark.parametrize("power", [1, 2])
def test_cells_are_the_quantile_integral(power: int) -> None:
    x = np.sort(np.random.default_rng(1).standard_normal(7) * 1.5 + 0.3)

    def cost(i: int) -> float:
        kink = 0.5 * (1 + math.erf(x[i] / math.sqrt(2)))
        ends = sorted({i / 7, min(max(kink, i / 7), (i + 1) / 7), (i + 1) / 7})
        parts = itertools.pairwise(ends)
        return sum(integrate.quad(lambda u: abs(x[i] - ndtri(u)) ** power, a, b, limit=500)[0] for a, b in parts)

    assert float(standard_power(x, power)) == close(sum(cost(i) for i in range(7)), rel=1e-7)


@pytest.mark.parametrize(
    "law", [P, laws.Gaussian([0.45], [[2.4]]), laws.Gaussian([1.4], [[0.8]])], ids=["null", "near", "far"]
)
def test_intervals_cover(law: laws.Gaussian) -> None:
    hits = np.zeros(2)
    truth = vf.wasserstein1(P, law).value, vf.wasserstein2(P, law).value
    for seed in range(SEEDS):
        cloud = laws.Particles.sampled(law, 300, seed)
        found = vf.wasserstein1(P, cloud), vf.wasserstein2(cloud, P, estimator="sorted")
        hits += [e.low <= t <= e.high for e, t in zip(found, truth, strict=True)]
        assert all(e.null is not None and e.null.low > 0 for e in found), "sorted distances have a floor"
    assert (hits >= FEWEST).all()


def test_null_holds_the_estimator_on_the_exact_law() -> None:
    found = [vf.wasserstein1(P, laws.Particles.sampled(P, 500, seed)) for seed in range(SEEDS)]
    assert sum(e.null.low <= e.value <= e.null.high for e in found if e.null) >= FEWEST
    assert vf.wasserstein1(P, laws.Particles.sampled(laws.Gaussian([2.0], [[1.0]]), 500, 1)).resolved


def test_large_samples_scale_the_simulated_null() -> None:
    found = [vf.wasserstein1(P, laws.Particles.sampled(P, 40_000, seed)) for seed in range(40)]
    assert sum(e.null.low <= e.value <= e.null.high for e in found if e.null) >= 32


def test_sliced_distance_covers_and_repeats() -> None:
    far = laws.Gaussian(A.mean + np.array([0.6, -0.4, 0.2]), 1.5 * A.cov)
    truth = vf.sliced_wasserstein2(A, far, directions=20_000).value
    hits = 0
    for seed in range(20):
        found = vf.sliced_wasserstein2(A, laws.Particles.sampled(far, 300, seed), directions=32, seed=seed)
        hits += found.low <= truth <= found.high
    assert hits >= 16  # P(Binomial(20, 0.95) < 16) = 3e-4
    cloud = laws.Particles.sampled(far, 300, 1)
    assert vf.sliced_wasserstein2(A, cloud, seed=5) == vf.sliced_wasserstein2(cloud, A, seed=5)
    assert vf.sliced_wasserstein2(A, cloud, seed=5) != vf.sliced_wasserstein2(A, cloud, seed=6)


def test_empirical_distance_has_the_known_floor_and_so_says_its_null() -> None:
    cloud = laws.Particles.standard(500, 3, seed=4)
    found = vf.sliced_wasserstein2(laws.Gaussian.standard(3), cloud)
    assert found.null is not None
    assert found.null.low <= found.value <= found.null.high
    assert not found.resolved


def test_atoms_of_a_point_and_bad_input() -> None:
    point = laws.Gaussian([1.0], [[0.0]])
    assert vf.wasserstein1(point, laws.Particles(np.array([[0.0], [4.0]]), 0)).value == 2.0
    with pytest.raises(NotApplicable, match="d = 1"):
        vf.wasserstein2(A, laws.Particles.standard(50, 3, seed=1), estimator="sorted")
    with pytest.raises(InvalidInput, match="`directions`"):
        vf.sliced_wasserstein2(A, laws.Particles.standard(50, 3, seed=1), directions=1)
