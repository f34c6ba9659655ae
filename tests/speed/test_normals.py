"""Law: float32 Box–Muller normals are independent standard normals, to the tails and across blocks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import chi2, kstest, norm

from verify.laws.blocks import stream as _stream
from verify.noise import Stream
from verify.normals import box_muller

N = 1 << 24
ALARM = 1e-6  # probability of a false alarm in each test below


@pytest.fixture(scope="module")
def draws() -> np.ndarray:
    generator = np.random.Generator(np.random.SFC64(20240801))
    return np.concatenate([box_muller(generator, 1 << 17) for _ in range(N >> 17)])


def test_moments_to_the_eighth(draws: np.ndarray) -> None:
    """E ξ^k = (k − 1)!! for even k, 0 for odd ones; the error of a mean of n is √((2k − 1)!!/n) at most."""
    x = draws.astype(np.float64)
    z = float(norm.isf(ALARM / 16))
    for k in range(1, 9):
        mean = math.prod(range(k - 1, 0, -2)) if k % 2 == 0 else 0
        spread = math.sqrt((math.prod(range(2 * k - 1, 0, -2)) - mean**2) / N)
        assert abs(float((x**k).mean()) - mean) < z * spread, k


def test_distribution_function(draws: np.ndarray) -> None:
    assert kstest(draws[: 1 << 22].astype(np.float64), "norm").pvalue > ALARM


def test_tails_to_five_standard_deviations(draws: np.ndarray) -> None:
    """Counts beyond c = 3, 4, 4.5, 5 on either side are binomial with n·P(Z > c)."""
    for c in (3.0, 4.0, 4.5, 5.0):
        for side in (draws, -draws):
            mean = N * norm.sf(c)
            assert abs(int((side > c).sum()) - mean) < norm.isf(ALARM / 16) * math.sqrt(mean) + 1, c
    assert np.abs(draws).max() < math.sqrt(2 * math.log(2.0**33)) + 1e-3


def test_a_pair_is_independent(draws: np.ndarray) -> None:
    """Both halves of a block come from one radius and one angle: in the plane they are uniform on equal cells."""
    blocks = draws.reshape(-1, 1 << 17)
    first, second = blocks[:, : 1 << 16].ravel(), blocks[:, 1 << 16 :].ravel()
    edges = norm.ppf(np.linspace(0, 1, 33)[1:-1])
    cells = np.searchsorted(edges, first) * 32 + np.searchsorted(edges, second)
    counts = np.bincount(cells, minlength=1024)
    expected = first.size / 1024
    assert chi2.sf(((counts - expected) ** 2).sum() / expected, 1023) > ALARM
    correlation = float((first.astype(float) * second).mean())
    squares = float(((first.astype(float) ** 2 - 1) * (second.astype(float) ** 2 - 1)).mean())
    z = float(norm.isf(ALARM / 2))
    assert abs(correlation) < z / math.sqrt(first.size)
    assert abs(squares) < 2 * z / math.sqrt(first.size)


def test_neighbours_and_lags_are_uncorrelated(draws: np.ndarray) -> None:
    x = draws[: 1 << 22].astype(np.float64)
    for lag in (1, 2, 3, 16, 1 << 10, 1 << 16):
        assert abs(float((x[:-lag] * x[lag:]).mean())) < norm.isf(ALARM / 12) / math.sqrt(x.size - lag)


def test_gaps_between_rare_draws(draws: np.ndarray) -> None:
    """Waiting times between draws above 2 are geometric (Knuth's gap test)."""
    p = norm.sf(2.0)
    gaps = np.diff(np.flatnonzero(draws > 2.0))
    edges = np.arange(1, 101)
    counts = np.append(np.bincount(np.minimum(gaps, 101), minlength=102)[1:101], (gaps > 100).sum())
    expected = gaps.size * np.append(p * (1 - p) ** (edges - 1), (1 - p) ** 100)
    assert chi2.sf(((counts - expected) ** 2 / expected).sum(), 100) > ALARM


def test_streams_of_blocks_are_independent() -> None:
    """Correlations between all pairs of 64 blocks of one run, and their sum of squares."""
    empty = np.empty((1 << 14, 1), np.float32)
    blocks = np.stack([Stream(_stream("numpy", 3, 1, b), empty).normal()[:, 0] for b in range(64)]).astype(float)
    r = (blocks @ blocks.T / blocks.shape[1])[np.triu_indices(64, 1)] * math.sqrt(blocks.shape[1])
    assert np.abs(r).max() < norm.isf(ALARM / 2 / r.size)
    assert chi2.sf(float((r**2).sum()), r.size) > ALARM


def test_odd_counts_and_reproducibility() -> None:
    made = [box_muller(np.random.Generator(np.random.SFC64(5)), n) for n in (1, 7, 7)]
    assert [m.size for m in made] == [1, 7, 7] and made[0].dtype == np.float32
    np.testing.assert_array_equal(made[1], made[2])


@pytest.mark.parametrize("fault", ["radius", "angle", "shared"])
def test_these_checks_see_faults(fault: str) -> None:
    """A radius 1 % off, half the circle, or one uniform for both would each be caught by a test above."""
    rng = np.random.default_rng(1)
    u, v = rng.random(1 << 20), rng.random(1 << 20)
    v = u if fault == "shared" else 0.5 * v if fault == "angle" else v
    r = np.sqrt(-2 * np.log1p(-u)) * (1.01 if fault == "radius" else 1.0)
    x, y = r * np.cos(2 * math.pi * v), r * np.sin(2 * math.pi * v)
    everything = np.concatenate([x, y])
    second = abs((everything**2).mean() - 1) * math.sqrt(everything.size / 2)
    first = abs(everything.mean()) * math.sqrt(everything.size)
    product = abs((x * y).mean()) * math.sqrt(x.size)
    assert max(second, first, product) > norm.isf(ALARM / 16)
