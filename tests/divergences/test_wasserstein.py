"""W2 and W1 of Gaussian laws: metric, optimal maps, quantiles on the line, tiny differences, singular covariances."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate
from scipy.stats import norm

import verify as vf
from tests.divergences.cases import A, B, C, close, correlated, pairs
from verify import laws
from verify.divergences import wasserstein2_terms
from verify.errors import NotApplicable

Pair = tuple[laws.Gaussian, laws.Gaussian]


def exact(p: laws.Gaussian, q: laws.Gaussian) -> float:
    """W2 in 60 digits, covariances taken as the doubles they are."""
    with mp.workdps(60):
        lower, c = mp.cholesky(mp.matrix(p.cov.tolist())), mp.matrix(q.mean.tolist()) - mp.matrix(p.mean.tolist())
        other = mp.matrix(q.cov.tolist())
        inner = lower.T * other * lower
        roots = mp.fsum(mp.sqrt(x) for x in mp.eigsy(inner, eigvals_only=True)) if p.dim > 1 else mp.sqrt(inner[0])
        total = (c.T * c)[0] + mp.fsum(mp.mpf(float(p.cov[i, i])) + other[i, i] for i in range(p.dim)) - 2 * roots
        return float(mp.sqrt(total))


@pytest.mark.parametrize("size", [1.0, 1e-2, 1e-5, 1e-8, 1e-11])
@pytest.mark.parametrize("dim", [2, 3, 6])
def test_tiny_differences_keep_their_digits(dim: int, size: float) -> None:
    (mean, cov), (shift, other) = correlated(dim, 7), correlated(dim, 8)
    p, q = laws.Gaussian(mean, cov), laws.Gaussian(mean + 0.1 * size * shift, cov + size * (other - cov))
    found, want = vf.wasserstein2(p, q), exact(p, q)
    assert found.value == close(want, rel=1e-12)
    assert found.low <= want <= found.high


def test_optimal_map_pushes_forward_at_this_cost() -> None:
    # T = S_p^{-1/2}(S_p^{1/2} S_q S_p^{1/2})^{1/2} S_p^{-1/2}; the cost of x -> T x is an upper bound reached only by T
    values, axes = np.linalg.eigh(A.cov)
    half, back = (axes * values**0.5) @ axes.T, (axes * values**-0.5) @ axes.T
    inner, turn = np.linalg.eigh(half @ B.cov @ half)
    map_ = back @ (turn * inner**0.5) @ turn.T @ back
    np.testing.assert_allclose(map_ @ A.cov @ map_.T, B.cov, rtol=1e-12)
    gap = map_ - np.eye(3)
    cost = np.trace(gap @ A.cov @ gap.T) + (A.mean - B.mean) @ (A.mean - B.mean)
    assert vf.wasserstein2(A, B).value == close(math.sqrt(cost), rel=1e-12)


@given(pairs())
def test_symmetric_homogeneous_and_enclosed(pair: Pair) -> None:
    one, two = vf.wasserstein2(*pair), vf.wasserstein2(*reversed(pair))
    assert one.value == close(two.value, rel=1e-10)
    assert 0 <= one.low <= one.value <= one.high
    double = [laws.Gaussian(2 * law.mean, 4 * law.cov) for law in pair]  # exact in floats
    assert vf.wasserstein2(*double).value == close(2 * one.value, rel=1e-10)


def test_triangle_inequality() -> None:
    for p, q, r in ((A, B, C), (B, C, A), (C, A, B)):
        assert vf.wasserstein2(p, r).low <= vf.wasserstein2(p, q).high + vf.wasserstein2(q, r).high


@given(pairs())
def test_talagrand(pair: Pair) -> None:
    p, q = pair  # q is 1/λ_max strongly log-concave
    assert vf.wasserstein2(p, q).low ** 2 <= 2 * q.eigenvalues.max() * vf.kl(p, q).high * (1 + 1e-12)


def test_singular_covariances_are_finite() -> None:
    line = laws.Gaussian([1.0, 0.0], [[1.0, 1.0], [1.0, 1.0]])
    point = laws.Gaussian([0.0, 2.0], np.zeros((2, 2)))
    other = laws.Gaussian([1.0, 0.0], [[1.0, -1.0], [-1.0, 1.0]])
    assert vf.wasserstein2(line, point).value == close(math.sqrt(1 + 4 + 2), rel=1e-14)
    assert vf.wasserstein2(line, other).value == close(2.0, rel=1e-14)  # orthogonal: tr 2 + tr 2 − 0
    assert vf.wasserstein2(point, point).value == 0.0
    assert vf.wasserstein2(line, line).value == 0.0
    full = laws.Gaussian([1.0, 0.0], [[2.0, 0.5], [0.5, 1.0]])
    # against a rank-one covariance u u': tr S + |u|² − 2 √(u'Su)
    want = math.sqrt(3 + 2 - 2 * math.sqrt(4.0))
    for p, q in ((line, full), (full, line)):
        found = vf.wasserstein2(p, q)
        assert found.value == close(want, rel=1e-13)
        assert found.low <= want <= found.high


@pytest.mark.parametrize("ratio", [1e-6, 1e6])
def test_extreme_scales(ratio: float) -> None:
    p, q = laws.Gaussian([0.0, 1.0], np.diag([1.0, 2.0])), laws.Gaussian([0.0, 1.0], ratio * np.diag([1.0, 2.0]))
    assert vf.wasserstein2(p, q).value == close(abs(math.sqrt(ratio) - 1) * math.sqrt(3), rel=1e-14)


def test_batches_equal_single_laws() -> None:
    rng = np.random.default_rng(3)
    lam, shift, change = np.exp(rng.uniform(-1, 1, 4)), *(1e-7 * rng.standard_normal((2, 20, 4)))
    found = np.sqrt(wasserstein2_terms(lam, shift, change).sum(axis=-1))
    target, zero = vf.targets.Gaussian(np.zeros(4), np.diag(lam)), np.zeros(4)
    for value, c, delta in zip(found, shift, change, strict=True):
        near = laws.Gaussian.deviating(laws.Deviation(target, c, delta, zero, zero))
        assert vf.wasserstein2(target, near).value == close(value, rel=1e-14)
        assert vf.wasserstein2(near, target).value == close(value, rel=1e-14)


@pytest.mark.parametrize(("b", "s"), [(0.7, 1.9), (0.0, 0.5), (1e-4, 1.0001), (3.0, 1.0), (2.0, 1e-3)])
def test_w1_on_the_line_is_the_distance_of_quantiles(b: float, s: float) -> None:
    p, q = laws.Gaussian([0.0], [[1.0]]), laws.Gaussian([b], [[s * s]])
    # ∫|b + (s − 1)z| φ(z) dz, split at the kink
    kink = [-b / (s - 1)] if s != 1 and abs(b / (s - 1)) < 30 else [0.0]
    want, error = integrate.quad(lambda z: abs(b + (s - 1) * z) * norm.pdf(z), -38, 38, points=kink, limit=300)
    assert vf.wasserstein1(p, q).value == pytest.approx(want, abs=max(20 * error, 1e-15))
    assert vf.wasserstein1(p, q).value <= vf.wasserstein2(p, q).high


@given(st.floats(-12, 0), st.floats(0.3, 3))
def test_w1_of_tiny_differences(power: float, ratio: float) -> None:
    size = 10.0**power
    target, zero = vf.targets.Gaussian([0.5], [[2.0]]), np.zeros(1)
    near = laws.Gaussian.deviating(laws.Deviation(target, np.array([size]), np.array([ratio * size]), zero, zero))
    with mp.workdps(50):
        gap, shift = mp.sqrt(2 + mp.mpf(ratio * size)) - mp.sqrt(2), mp.mpf(size)
        z = shift / gap
        want = gap * mp.sqrt(2 / mp.pi) * mp.exp(-(z**2) / 2) + shift * mp.erf(z / mp.sqrt(2))
    assert vf.wasserstein1(target, near).value == close(float(want), rel=1e-14)


def test_w1_of_points_and_in_the_plane() -> None:
    point, line = laws.Gaussian([1.0], [[0.0]]), laws.Gaussian([0.0], [[4.0]])
    want = 2 * math.sqrt(2 / math.pi) * math.exp(-1 / 8) + math.erf(1 / math.sqrt(8))
    assert vf.wasserstein1(point, line).value == close(want, rel=1e-14)
    assert vf.wasserstein1(point, point).value == 0.0
    with pytest.raises(NotApplicable, match="d = 1"):
        vf.wasserstein1(A, B)


def test_sliced_gaussians_contain_the_isotropic_closed_form() -> None:
    # SW2² of N(0, I), N(c, s²I) is |c|²/d + (s − 1)²; each interval holds it with probability 0.95
    p, q = laws.Gaussian.standard(4), laws.Gaussian([1.0, -2.0, 0.0, 0.5], 2.25 * np.eye(4))
    want = math.sqrt(5.25 / 4 + 0.25)
    found = [vf.sliced_wasserstein2(p, q, directions=200, seed=seed) for seed in range(40)]
    assert sum(e.low <= want <= e.high for e in found) >= 32  # P(Binomial(40, 0.95) < 32) < 1e-4
    assert np.ptp([e.value for e in found]) > 0
