"""Sliced W2² is the mean of W2² on lines, sorted or counted in bins: the range left by bins holds the sorted value."""

from __future__ import annotations

import numpy as np
import pytest

import verify as vf
from tests.divergences.cases import A, close
from verify import laws
from verify.divergences import sliced
from verify.divergences.transport import standard_power

LINES = np.array([[1.0, 0.0, 0.0], [0.6, 0.0, -0.8], [-2.0, 2.0, 1.0]])
LINES[2] /= 3
MANY = 3 * sliced.LEAST_COUNTED + 5
FAR = laws.Gaussian(A.mean + np.array([0.6, -0.4, 0.2]), 1.5 * A.cov)


def points(n: int, seed: int = 3) -> np.ndarray:
    """Return n draws from A, moved by little, so that W2² is near its floor, where counting is coarsest."""
    return A.sample(n, np.random.default_rng(seed)) + 0.002


def one_by_one(x: np.ndarray) -> np.ndarray:
    """Return W2² along each line by sorting, with the cells that `test_transport` checks by quadrature."""
    found = []
    for line in LINES:
        scale = np.sqrt(line @ A.cov @ line)
        found.append(scale**2 * standard_power(np.sort((x - A.mean) @ line / scale), 2))
    return np.array(found)


def test_a_small_cloud_is_sorted_exactly() -> None:
    x = points(500)
    found, gaps = sliced.squares(x, A.mean, A.cov, LINES)
    assert found == close(one_by_one(x), rel=1e-9)
    assert not gaps.any()


@pytest.mark.parametrize("far", [1.0, 30.0, 1e5])
def test_the_counted_range_holds_the_sorted_value_and_is_narrow(far: float) -> None:
    x = points(MANY)
    x[7] *= far
    found, gaps = sliced.squares(x, A.mean, A.cov, LINES)
    want = one_by_one(x)
    assert (gaps > 0).all()  # counted, not sorted
    assert (np.abs(found - want) <= gaps + 1e-14 * (want + np.trace(A.cov))).all()
    assert (gaps <= sliced.NEGLIGIBLE * found).all()


def test_the_range_covers_the_worst_that_a_bin_can_hold() -> None:
    """Half the points of each bin at either edge, where Grüss's inequality is sharp for a w that jumps in between."""
    x = np.repeat(np.linspace(-3.0, 3.0, MANY // 8), 8) + np.tile([0.0, 1e-4], 4 * (MANY // 8))
    middle, half = sliced._counted(x)
    n = x.size
    density = sliced.cells(n)[1]
    assert abs(float(np.sort(x) @ (density[:-1] - density[1:])) - middle) <= half + 1e-14


def test_what_bins_leave_open_is_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    still = np.zeros((MANY, 3)) + A.mean + [0.3, 0.0, 0.0]  # all in one place: no bin has a width
    found, gaps = sliced.squares(still, A.mean, A.cov, LINES)
    assert found == close((0.3 * LINES[:, 0]) ** 2 + ((LINES @ A.cov) * LINES).sum(axis=1), rel=1e-9)
    assert not gaps.any()
    monkeypatch.setattr(sliced, "NEGLIGIBLE", 1e-9)
    found, gaps = sliced.squares(points(MANY), A.mean, A.cov, LINES)
    assert found == close(one_by_one(points(MANY)), rel=1e-9)
    assert not gaps.any()


def test_large_clouds_keep_to_their_null_and_cover() -> None:
    truth = vf.sliced_wasserstein2(A, FAR, directions=20_000).value
    same = [vf.sliced_wasserstein2(A, laws.Particles.sampled(A, MANY, seed), directions=16) for seed in range(12)]
    assert sum(e.null.low <= e.value <= e.null.high for e in same if e.null) >= 9  # P(Binomial(12, 0.95) < 9) = 2e-3
    moved = vf.sliced_wasserstein2(A, laws.Particles.sampled(FAR, MANY, 1), directions=16)
    assert moved.resolved
    assert moved.low <= truth <= moved.high
