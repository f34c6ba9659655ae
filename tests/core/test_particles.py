"""Law: a cloud pushed through the running sampler has the moments of the exact law, and depends on its seed only."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy.stats import norm

from tests.core import cases
from verify import TimeGrid, backend, laws, samplers, scores, targets
from verify.errors import BackendUnavailable, Diverged, InvalidInput
from verify.laws import particles

P = cases.target(True)
GRID = TimeGrid.uniform(2.0, 12)
BACKENDS = ["numpy", "numba", pytest.param("cupy", marks=pytest.mark.gpu)]
COMPARISONS = 2 * len(cases.EXACT_LAW) * 2 * (3 + 6) + 100
Z = float(norm.isf(1e-6 / (2 * COMPARISONS)))  # one false alarm of the whole file in a million runs; about 6


def z_scores(points, law):
    """Return the z-scores of the sample means and of the second moments about the true mean, all exact under `law`."""
    x = backend.to_host(points) - law.mean
    n, scale = len(x), np.diag(law.cov)
    first = x.mean(axis=0) / np.sqrt(scale / n)
    second = (x.T @ x / n - law.cov) / np.sqrt((np.outer(scale, scale) + law.cov**2) / n)
    return np.concatenate([first, second[np.triu_indices(law.dim)]])


@pytest.mark.parametrize("name", cases.EXACT_LAW)
@pytest.mark.parametrize("where", BACKENDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_moments_are_those_of_the_exact_law(name, where, dtype):
    sampler = cases.build(name, scores.Scaled(P, 0.3), GRID)
    cloud = sampler.run(laws.Particles.standard(30_000, 3, seed=5, backend=where, dtype=dtype))
    assert cloud.points.dtype == dtype
    assert np.abs(z_scores(cloud.points, sampler.run())).max() < Z


@pytest.mark.parametrize("where", BACKENDS)
def test_start_from_any_gaussian(where):
    q = P.diffused(0.3)
    cloud = laws.Particles.sampled(q, 60_000, seed=1, backend=where)
    assert np.abs(z_scores(cloud.points, q)).max() < Z
    sampler = cases.build("DDPM", scores.Exact(P), GRID)
    exact = sampler.run(laws.Gaussian(q.mean, q.cov))
    assert np.abs(z_scores(sampler.run(cloud).points, exact)).max() < Z


@pytest.mark.parametrize("where", BACKENDS)
def test_same_seed_same_points(where):
    sampler = cases.build("DDPM", scores.Exact(P), GRID)
    one, again, other = (
        backend.to_host(sampler.run(laws.Particles.standard(100, 3, seed=s, backend=where)).points) for s in (7, 7, 8)
    )
    np.testing.assert_array_equal(one, again)
    assert np.abs(one - other).min() > 0


@pytest.mark.parametrize("where", BACKENDS)
def test_a_block_does_not_depend_on_those_beside_it(where):
    """The first rows of a cloud of many blocks are the rows of a cloud of one block, bit for bit."""
    sampler = cases.build("ExponentialIntegrator", scores.Exact(targets.gallery.standard(1)), TimeGrid.uniform(1.0, 2))
    rows = particles.BLOCKS[where]
    many, one = (laws.Particles.standard(n, 1, seed=7, backend=where) for n in (2 * rows + 10, rows))
    np.testing.assert_array_equal(backend.to_host(many.points[:rows]), backend.to_host(one.points))
    np.testing.assert_array_equal(
        backend.to_host(sampler.run(many).points[:rows]), backend.to_host(sampler.run(one).points)
    )
    second = backend.to_host(many.points[rows : 2 * rows])
    assert not np.intersect1d(second, backend.to_host(one.points)).size


def test_stages_use_streams_of_their_own():
    """The noise of a first run, of a second run and the points of the start are three independent streams."""
    frozen = samplers.Perturbed(
        scores.Exact(targets.gallery.standard(1)), TimeGrid.uniform(1e-3, 1), drift=0.0, relax=0.0
    )  # x' = x + s ξ: the draws can be read off
    start = laws.Particles.standard(20_000, 1, seed=7)
    once = frozen.run(start)
    twice = frozen.run(once)
    draws = [start.points[:, 0], (once.points - start.points)[:, 0], (twice.points - once.points)[:, 0]]
    mine = frozen.run(laws.Particles(start.points, seed=7))
    np.testing.assert_array_equal(mine.points, once.points)
    correlation = np.corrcoef(draws)[np.triu_indices(3, 1)]
    assert np.abs(correlation).max() * np.sqrt(20_000) < Z


def test_single_and_double_precision_are_the_same_chain():
    sampler = cases.build("DDIM", scores.Exact(P), GRID)
    double = laws.Particles.standard(1000, 3, seed=2)
    single = laws.Particles(double.points.astype(np.float32), seed=2)
    gap = np.abs(sampler.run(single).points - sampler.run(double).points).max()
    assert 0 < gap < 12 * 60 * float(np.finfo(np.float32).eps)


def test_resampling():
    cloud = laws.Particles.standard(50, 2, seed=2, dtype="float32")
    drawn = cloud.sample(4000, np.random.default_rng(0))
    assert drawn.shape == (4000, 2)
    assert drawn.dtype == np.float32
    rows, counts = np.unique(drawn[:, 0], return_counts=True)
    assert set(rows) <= set(cloud.points[:, 0])
    assert np.abs(counts - 80).max() / np.sqrt(80) < Z


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_overflow_is_an_error(dtype):
    score, grid = scores.Exact(targets.gallery.standard(1)), TimeGrid.uniform(1200.0, 600)
    sampler = cases.build("ExponentialIntegrator", score, grid)  # grows by |2 − e²| = 5.4 a step
    with pytest.raises(Diverged, match=dtype):
        sampler.run(laws.Particles.standard(10, 1, seed=0, dtype=dtype))


def test_cupy_that_is_not_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy", None)
    with pytest.raises(BackendUnavailable, match=r"install the extra boundcheck\[cuda"):
        laws.Particles.standard(10, 2, seed=0, backend="cupy")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: laws.Particles.standard(0, 2, seed=0), "`n` and `dim` must be whole numbers"),
        (lambda: laws.Particles.standard(5, 2, seed=-1), "`seed` must be a whole number >= 0"),
        (lambda: laws.Particles.standard(5, 2, seed=0.5), "`seed` must be a whole number >= 0"),
        (lambda: laws.Particles.standard(5, 2, seed=0, dtype="float16"), "`dtype` must be float32 or float64"),
        (lambda: laws.Particles.standard(5, 2, seed=0, backend="torch"), "no backend named `torch`"),
        (lambda: laws.Particles(np.zeros(4), 0), r"`points` must have shape \(n, d\)"),
        (lambda: laws.Particles(np.zeros((4, 2), dtype=int), 0), "`dtype` must be float32 or float64; got int64"),
        (lambda: laws.Particles(np.full((4, 2), np.nan), 0), "`points` must be finite"),
        (lambda: laws.Particles(np.zeros((4, 2)), 0, backend="cupy"), "`points` are numpy arrays but"),
        (lambda: cases.build("DDPM", scores.Exact(P), GRID).run(laws.Particles.standard(5, 2, 0)), "dimension 3"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
