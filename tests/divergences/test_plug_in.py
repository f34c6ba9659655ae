"""Gaussian plug-in KL and W2 of a cloud: unbiased, intervals that cover, nulls that hold the null.

Coverage: hits of 200 independent 95 % intervals are Binomial(200, 0.95) if honest; fewer than 178 has probability
4e-4. The interval may overcover. Seeds are fixed, and were not chosen: 0 … 199.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom

import verify as vf
from tests.divergences.cases import A, correlated
from verify import laws
from verify.divergences.plug_in_transport import quadratic_variance, root_bias
from verify.errors import InvalidInput, NoDensity

SEEDS = 200
FEWEST = int(binom.ppf(4e-4, SEEDS, 0.95))
NEAR = laws.Gaussian(A.mean + np.array([0.02, -0.03, 0.05]), 1.02 * A.cov + 0.02 * np.diag([1.0, 0.0, 0.5]))
FAR = laws.Gaussian(A.mean + np.array([0.3, -0.3, 0.5]), 1.2 * A.cov + 0.3 * np.diag([1.0, 0.0, 0.5]))
MEASURES = {
    "known to fit": lambda cloud: vf.kl(A, cloud),
    "fit to known": lambda cloud: vf.kl(cloud, A),
    "W2": lambda cloud: vf.wasserstein2(A, cloud),
}
TRUTH = {
    "known to fit": lambda law: vf.kl(A, law),
    "fit to known": lambda law: vf.kl(law, A),
    "W2": lambda law: vf.wasserstein2(A, law),
}


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize(
    ("law", "n"), [(A, 300), (NEAR, 1000), (FAR, 500), (FAR, 40)], ids=["null", "near", "far", "few"]
)
def test_intervals_cover_and_the_mean_is_right(law: laws.Gaussian, n: int, name: str) -> None:
    truth = TRUTH[name](law).value
    found = [MEASURES[name](laws.Particles.sampled(law, n, seed)) for seed in range(SEEDS)]
    assert sum(e.low <= truth <= e.high for e in found) >= FEWEST
    assert all(e.low <= e.value <= e.high and e.confidence == 0.95 for e in found)
    values = np.array([e.value for e in found])
    if name != "W2":  # exactly unbiased; 4.5 standard errors: probability 7e-6
        assert abs(values.mean() - truth) <= 4.5 * values.std(ddof=1) / math.sqrt(SEEDS)


@pytest.mark.parametrize("name", MEASURES)
def test_null_is_where_the_estimator_falls_on_the_exact_law(name: str) -> None:
    found = [MEASURES[name](laws.Particles.sampled(A, 200, seed)) for seed in range(SEEDS)]
    inside = sum(e.null.low <= e.value <= e.null.high for e in found if e.null is not None)
    assert inside >= FEWEST
    assert sum(e.resolved for e in found) <= SEEDS - FEWEST


def test_a_clear_difference_is_resolved() -> None:
    for measure in MEASURES.values():
        assert measure(laws.Particles.sampled(FAR, 5000, 1)).resolved


@pytest.mark.parametrize("n", [14, 30, 100])
def test_kl_is_unbiased_for_few_points_in_eight_dimensions(n: int) -> None:
    mean, cov = correlated(8, 2)
    p, law = laws.Gaussian(mean, cov), laws.Gaussian(mean + 0.2, 1.3 * cov)
    for back in (False, True):
        clouds = [laws.Particles.sampled(law, n, seed) for seed in range(400)]
        values = np.array([(vf.kl(c, p) if back else vf.kl(p, c)).value for c in clouds])
        truth = (vf.kl(law, p) if back else vf.kl(p, law)).value
        assert abs(values.mean() - truth) <= 4.5 * values.std(ddof=1) / 20


def test_w2_bias_and_variance_formulas_against_simulation() -> None:
    lam, n = np.array([0.3, 1.0, 2.5]), 400
    p = laws.Gaussian(np.zeros(3), np.diag(lam))
    plain = []
    for seed in range(600):
        x = laws.Particles.sampled(p, n, seed).points
        fitted = laws.Gaussian(x.mean(axis=0), np.cov(x.T))
        plain.append(vf.wasserstein2(p, fitted).value ** 2)
    values = np.array(plain)
    slack = 4.5 * values.std() / math.sqrt(600) + values.mean() * 3 / n  # sampling, and the next order d/n
    assert abs(values.mean() - (lam.sum() / n + root_bias(lam, n))) <= slack
    # a sample variance of 600 draws of a skewed law: relative standard error √((κ−1)/600), κ ≤ 12
    assert values.var() == pytest.approx(quadratic_variance(lam, n), rel=4.5 * math.sqrt(11 / 600))


def test_w2_bias_is_removed_where_dimension_is_not_small_against_n() -> None:
    mean, cov = correlated(24, 5)
    p, law = laws.Gaussian(mean, cov), laws.Gaussian(mean + 0.1, 1.4 * cov)
    truth = vf.wasserstein2(p, law).value
    found = [vf.wasserstein2(p, laws.Particles.sampled(law, 120, seed)) for seed in range(SEEDS)]
    assert sum(e.low <= truth <= e.high for e in found) >= FEWEST


def test_points_are_shared_between_precisions() -> None:
    double, single = (laws.Particles.sampled(FAR, 2000, 3, dtype=kind) for kind in ("float64", "float32"))
    assert vf.kl(A, single).value > 0
    assert vf.kl(A, double).value > 0


def test_atoms_on_request_and_bad_clouds() -> None:
    cloud = laws.Particles.sampled(A, 100, 1)
    for found in (vf.kl(A, cloud, estimator="atoms"), vf.kl(cloud, A, estimator="atoms")):
        assert found.value == math.inf
        assert "atoms against a density" in found.method
    with pytest.raises(InvalidInput, match=r"4 particles in d = 3 needs n >= 8"):
        vf.kl(A, laws.Particles.sampled(A, 4, 1))
    with pytest.raises(InvalidInput, match=r"needs n >= 5"):
        vf.kl(laws.Particles.sampled(A, 4, 1), A)
    with pytest.raises(InvalidInput, match="finite"):
        vf.kl(A, laws.Particles(np.full((20, 3), np.nan), 0))
    flat = laws.Particles(np.ones((20, 3)), 0)
    with pytest.raises(NoDensity, match="singular"):
        vf.kl(A, flat)
    line = laws.Gaussian([0.0, 0.0], [[1.0, 0.0], [0.0, 0.0]])
    with pytest.raises(NoDensity, match="non-singular"):
        vf.kl(line, laws.Particles.sampled(line, 50, 1))


def test_w2_of_degenerate_laws_and_clouds() -> None:
    line, point = laws.Gaussian([0.0, 0.0], [[1.0, 0.0], [0.0, 0.0]]), laws.Gaussian([1.0, 2.0], np.zeros((2, 2)))
    assert vf.wasserstein2(line, laws.Particles.sampled(line, 500, 1)).low == 0.0
    assert vf.wasserstein2(point, laws.Particles.sampled(point, 50, 1)).value == 0.0
    # from a point: √E|X − x|² = √(1 + 4 + 2) for X standard normal
    hits = 0
    for seed in range(SEEDS):
        found = vf.wasserstein2(point, laws.Particles.standard(200, 2, seed))
        hits += found.low <= math.sqrt(7) <= found.high
    assert hits >= FEWEST
