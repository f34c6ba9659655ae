"""Law: the kernels that Numba compiles give every particle its own normals and its own path, whoever runs it."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2, norm, poisson

from verify import TimeGrid, kernels, kl, laws, samplers, scores, targets
from verify.backend import load
from verify.errors import BackendUnavailable, Diverged, InvalidInput, UnknownName

numba = pytest.importorskip("numba")
compiled = pytest.importorskip("verify.kernels.compiled")

EPS = float(np.finfo(np.float32).eps)
P = targets.gallery.correlated()
MIXTURE = targets.GaussianMixture(
    np.array([0.3, 0.7]), np.array([[-2.0, 0.5], [1.5, -1.0]]), np.stack([np.diag([0.3, 0.5]), np.diag([0.2, 0.8])])
)
CHAINS: dict[str, Any] = {
    "affine": samplers.ExponentialIntegrator(scores.Shifted(P, 0.1), TimeGrid.uniform(2.0, 9)),
    "polynomial": samplers.ULA(targets.DoubleWell(0.3, 0.2), 0.02, 10),
    "mixture": samplers.ExponentialIntegrator(scores.Exact(MIXTURE), TimeGrid.uniform(2.0, 7)),
    "no kernel": samplers.MALA(P, 0.1, 5),
}


def each(function: Any, *values: np.ndarray) -> np.ndarray:
    """Return a scalar function of the kernels at every value."""
    return np.array([function.py_func(*row) for row in zip(*values, strict=True)])


def test_elementary_functions_against_double_precision() -> None:
    """Logarithm, exponential, radius and angle at the ends of their ranges and between: a few units of rounding."""
    rng = np.random.default_rng(0)
    x = np.concatenate([2.0 ** rng.uniform(-33, 0, 4000), 1 - 2.0 ** -rng.uniform(1, 24, 500)]).astype(np.float32)
    true = np.log(x.astype(float))
    with np.errstate(over="ignore"):  # the interpreter warns of the wrapping that the kernels rely on
        assert (np.abs(each(compiled.logarithm, x) - true) <= 2 * EPS * np.maximum(np.abs(true), np.abs(1 - x))).all()
    x = np.concatenate([-rng.exponential(5, 4000), [0.0, -87.0, -1e-30]]).clip(-87, 0).astype(np.float32)
    np.testing.assert_allclose(each(compiled.exponential, x), np.exp(x.astype(float)), rtol=2 * EPS)
    words = np.concatenate([rng.integers(0, 2**32, 4000), [0, 1, 2**31 - 1, 2**31, 2**32 - 1]]).astype(np.uint32)
    with np.errstate(over="ignore"):
        found = each(compiled.turned, words)
        sizes = each(compiled.radius, words)
    angle = 2 * np.pi * words / 2.0**32
    # 1 − 2s² multiplies the error of s, at most one unit where s is near 1, by four
    assert np.abs(found - np.column_stack([np.cos(angle), np.sin(angle)])).max() < 6 * EPS
    # close to u = 1 the rounding of u itself, 2^-25, decides: |δ(r²)| = 2 δu
    true = -2 * np.log((words + 0.5) / 2.0**32)
    assert (np.abs(sizes.astype(float) ** 2 - true) < 4 * EPS * np.maximum(true, 1)).all()


def test_draws_are_those_of_the_reference() -> None:
    """Normals beyond the 2³²-th particle included, where the counter's second word is in use."""
    for first in (0, 2**32 - 300):
        z = kernels.standard(np.empty((3, 600), np.float32), 77 << 33, 2, first=first)
        want = kernels.normals(77 << 33, 2, np.arange(first, first + 600), np.arange(3), 0)[0].T
        np.testing.assert_allclose(z, want, rtol=0, atol=20 * EPS)
        assert np.unique(z).size > 1790


def test_forty_million_draws_are_standard_normal() -> None:
    """Bins of equal probability, tails to 5.5σ and neighbours: each alarm has probability 1e-6."""
    z = kernels.standard(np.empty((4, 10_000_000), np.float32), 3, 1)
    n, cells = z.size, 2000
    edges = norm.ppf(np.arange(1, cells) / cells).astype(np.float32)
    counts = np.zeros(cells)
    for row in z:
        counts += np.bincount(np.searchsorted(edges, row), minlength=cells)
    expected = np.diff(norm.cdf(np.concatenate([[-np.inf], edges.astype(float), [np.inf]]))) * n
    assert chi2.sf(float(((counts - expected) ** 2 / expected).sum()), cells - 1) > 1e-6
    for level in (3.0, 4.0, 4.5, 5.0, 5.5):
        beyond = int((np.abs(z) > level).sum())
        assert min(poisson.cdf(beyond, 2 * n * norm.sf(level)), poisson.sf(beyond - 1, 2 * n * norm.sf(level))) > 1e-6
    pairs = [float((z[0] * z[1]).mean(dtype=float)), float((z[0, 1:] * z[0, :-1]).mean(dtype=float))]
    squares = float(((z[2] ** 2 - 1) * (z[3] ** 2 - 1)).mean(dtype=float)) / 2
    assert np.abs([*pairs, squares]).max() < norm.isf(1e-6) / np.sqrt(z.shape[1])


@pytest.mark.parametrize("name", CHAINS)
def test_workers_and_neighbours_change_nothing(name: str) -> None:
    """Three workers, or the first particles alone: the same points; and the cloud that was given stays as it was."""
    chain = CHAINS[name]
    cloud = laws.Particles.standard(20_011, chain.dim, 4, "numba", "float32")
    before = cloud.points.copy()
    one, three = (replace(cloud, workers=w).through(chain).points for w in (1, 3))
    np.testing.assert_array_equal(one, three)
    np.testing.assert_array_equal(cloud.points, before)
    if name != "no kernel":
        part = replace(cloud, points=cloud.points[:5000]).through(chain).points
        np.testing.assert_allclose(part, one[:5000], rtol=0, atol=8 * EPS * np.abs(one).max())


@pytest.mark.parametrize("name", CHAINS)
def test_streamed_moments_are_those_of_the_held_cloud(name: str) -> None:
    chain, n = CHAINS[name], 150_001
    start = None if name == "affine" else chain.start() if hasattr(chain, "start") else None
    streamed = laws.StreamedParticles(n, chain.dim, 9, backend="numba", workers=2, start=start).through(chain)
    points = chain.run(laws.Particles.sampled(start, n, 9, "numba", "float32", chain.dim)).points.astype(float)
    np.testing.assert_allclose(streamed.mean, points.mean(axis=0), rtol=0, atol=1e-6)
    np.testing.assert_allclose(streamed.cov, np.cov(points.T).reshape(chain.dim, -1), rtol=0, atol=1e-5)


def test_the_law_is_the_exact_one() -> None:
    """KL of two million particles against the exact output law stays within its interval about its null."""
    chain = CHAINS["affine"]
    found = kl(chain.run(), chain.run(laws.Particles.standard(2_000_000, 2, 5, "numba", "float32")))
    assert found.value < 1.5 * found.null.high


def test_what_blows_up_is_told() -> None:
    with pytest.raises(Diverged, match="float32"):
        samplers.ULA(P, 50.0, 40).run(laws.Particles.standard(300, 2, 1, "numba", "float32"))


def test_a_faulty_gain_moves_every_path() -> None:
    """A kernel that read its table one row late would be seen."""
    table = np.linspace(-0.5, 0.5, 6, dtype=np.float32)[:, None]
    zero, one = np.zeros((6, 1), np.float32), np.ones((1, 10), np.float32)
    end = kernels.run(kernels.Affine(table, zero, zero, 6), one.copy(), 1, 1)
    late = kernels.run(kernels.Affine(np.roll(table, 1), zero, zero, 5), one.copy(), 1, 1)
    np.testing.assert_allclose(end, np.prod(1 + table.astype(float)), rtol=1e-6)
    assert np.abs(end - late).min() > 0.01


def test_bad_backends_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownName, match="numba"):
        laws.Particles(np.zeros((2, 1)), 1, "nunba")
    with pytest.raises(InvalidInput, match="host"):
        laws.StreamedParticles(10, 1, 1, backend="cupy")
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(BackendUnavailable, match=r"boundcheck\[fast\]"):
        load("numba")
