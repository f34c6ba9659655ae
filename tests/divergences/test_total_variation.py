"""TV(p, q) = sup_A |p(A) − q(A)|: against error functions, incomplete gammas, crossing points, and its inequalities."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import erf

import verify as vf
from tests.divergences.cases import A, B, C, close, correlated, pairs
from verify import laws
from verify.divergences import overlap, total_variations

PROMISE = 1e-9  # relative accuracy of TV in any dimension


def diagonal(b: np.ndarray, e: np.ndarray) -> tuple[vf.targets.Gaussian, laws.Gaussian]:
    """N(0, I) and N(b, I + diag(e)) with e to all its digits."""
    target, zero = vf.targets.Gaussian(np.zeros(b.size), np.eye(b.size)), np.zeros(b.size)
    return target, laws.Gaussian.deviating(laws.Deviation(target, b, e, zero, zero))


@pytest.mark.parametrize("dim", [1, 7, 1000])
@pytest.mark.parametrize("size", [1e-10, 1e-6, 1e-3, 0.5, 4.0, 12.0])
def test_mean_shift_is_an_error_function(dim: int, size: float) -> None:
    found = vf.total_variation(*diagonal(np.full(dim, size / math.sqrt(dim)), np.zeros(dim)))
    assert found.value == close(math.erf(size / math.sqrt(8)), rel=PROMISE)
    assert found.high - found.low <= PROMISE * found.value


def isotropic(dim: int, e: float) -> tuple[mp.mpf, mp.mpf]:
    """(TV, 1 − TV) of N(0, I) and N(0, (1 + e)I): the densities cross on a sphere; incomplete gammas in 60 digits."""
    with mp.workdps(60):
        v = 1 + mp.mpf(e)
        square = dim * mp.log(v) / (1 - 1 / v)
        inner, outer = (mp.gammainc(mp.mpf(dim) / 2, 0, x / 2, regularized=True) for x in (square, square / v))
        away = [mp.gammainc(mp.mpf(dim) / 2, x / 2, mp.inf, regularized=True) for x in (square, square / v)]
        return abs(inner - outer), (away[0] + outer if v > 1 else inner + away[1])


@pytest.mark.parametrize("dim", [1, 2, 5, 60, 1000])
@pytest.mark.parametrize("e", [1e-10, -1e-5, 1e-2, 0.7, -0.6, 20.0, 1e6])
def test_isotropic_dilation_is_an_incomplete_gamma(dim: int, e: float) -> None:
    p, q = diagonal(np.zeros(dim), np.full(dim, e))
    want, rest = isotropic(dim, e)
    for one, two in ((p, q), (q, p)):
        found = vf.total_variation(one, two)
        assert found.value == close(float(want), rel=PROMISE)
        assert found.low <= float(want) <= found.high
    left = overlap(p, q)
    assert left.value == close(float(rest), rel=1e-9)  # 1 − TV, down to 1e-300 and beyond rounding of 1
    assert left.low <= float(rest) <= left.high


@pytest.mark.parametrize(
    ("b", "e"), [(0.3, 1e-4), (1e-3, -1e-6), (2.0, 5.0), (0.7, -0.9), (3.0, 1e6), (1e-4, -0.999999)]
)
def test_line_is_the_difference_between_the_crossings(b: float, e: float) -> None:
    with mp.workdps(60):
        v, shift = 1 + mp.mpf(e), mp.mpf(b)
        a, half, c = 1 - 1 / v, shift / v, -(shift**2) / v - mp.log(v)
        root = mp.sqrt(half**2 - a * c)
        at = [(-half - root) / a, (-half + root) / a]
        mass = [mp.ncdf(x) - mp.ncdf((x - shift) / mp.sqrt(v)) for x in at]
        want = float(abs(mass[1] - mass[0]))
    found = vf.total_variation(*diagonal(np.array([b]), np.array([e])))
    assert found.value == close(want, rel=PROMISE)


def test_mixed_signs_against_a_grid() -> None:
    # the trapezoid rule on a plane; |p − q| has kinks, so the error is that of the next finer grid
    p, q = laws.Gaussian([0.3, -0.2], [[1.4, 0.5], [0.5, 0.7]]), laws.Gaussian([0.0, 0.1], [[0.9, -0.2], [-0.2, 1.6]])
    values = []
    for count in (800, 1600, 3200):
        axis = np.linspace(-11, 11, count)
        x = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
        gap = np.abs(np.exp(p.log_density(x)) - np.exp(q.log_density(x)))
        values.append(0.5 * float(gap.sum()) * (axis[1] - axis[0]) ** 2)
    slack = abs(values[2] - values[1]) + abs(values[1] - values[0])
    assert slack < 1e-4
    assert vf.total_variation(p, q).value == pytest.approx(values[2], abs=slack)


@given(pairs(largest=12))
def test_symmetric_and_self_consistent(pair: tuple[laws.Gaussian, laws.Gaussian]) -> None:
    one, two = vf.total_variation(*pair), vf.total_variation(*reversed(pair))
    assert one.value == close(two.value, rel=1e-11)
    assert one.high - one.low <= PROMISE * one.value
    if one.value > 1e-3:
        assert overlap(*pair).value == close(1 - one.value, rel=1e-10)


@given(st.integers(1, 30), st.integers(0, 10**6), st.floats(-8, 1))
def test_wild_scales_are_resolved(dim: int, seed: int, size: float) -> None:
    rng = np.random.default_rng(seed)
    e = np.clip(np.expm1(10.0**size * rng.standard_normal(dim)), 1e-6 - 1, 1e6)
    b = rng.standard_normal(dim) * 10.0 ** rng.uniform(-8, 1)
    found = vf.total_variation(*diagonal(b, e))
    assert found.high - found.low <= PROMISE * found.value


@given(pairs())
def test_inequalities(pair: tuple[laws.Gaussian, laws.Gaussian]) -> None:
    tv, kl, h = vf.total_variation(*pair), vf.kl(*pair), vf.hellinger(*pair)
    assert tv.low <= math.sqrt(kl.high / 2)  # Pinsker
    assert tv.low <= math.sqrt(-math.expm1(-kl.high))  # Bretagnolle, Huber
    assert h.low**2 <= tv.high
    assert tv.low <= h.high * math.sqrt(2 - h.low**2)
    assert tv.low <= 0.5 * math.sqrt(vf.chi2(*pair).high)


def test_triangle() -> None:
    for p, q, r in ((A, B, C), (B, C, A), (C, A, B)):
        assert vf.total_variation(p, r).low <= vf.total_variation(p, q).high + vf.total_variation(q, r).high


def test_degenerate_laws() -> None:
    point, line = laws.Gaussian([0.0, 0.0], np.zeros((2, 2))), laws.Gaussian([0.0, 0.0], [[1.0, 0.0], [0.0, 0.0]])
    plane = laws.Gaussian.standard(2)
    for p, q in ((point, line), (line, plane), (plane, point)):
        assert vf.total_variation(p, q).value == 1.0
        assert overlap(p, q).value == 0.0
    moved = laws.Gaussian([0.5, 0.0], [[1.0, 0.0], [0.0, 0.0]])
    assert vf.total_variation(line, moved).value == close(float(erf(0.5 / math.sqrt(8))), rel=1e-13)
    assert vf.total_variation(point, point).value == 0.0
    assert overlap(plane, plane).value == 1.0


def test_batches_equal_single_pairs() -> None:
    rng = np.random.default_rng(2)
    b, e = rng.standard_normal((3, 4, 5)) * 0.1, rng.uniform(-0.4, 2, (3, 4, 5))
    found = total_variations(b, e)
    assert found.shape == (3, 4)
    assert found[1, 2] == close(vf.total_variation(*diagonal(b[1, 2], e[1, 2])).value, rel=1e-13)


def test_a_thousand_anisotropic_dimensions() -> None:
    rng = np.random.default_rng(4)
    p, q = diagonal(0.01 * rng.standard_normal(1000), 0.02 * rng.standard_normal(1000))
    found, back = vf.total_variation(p, q), vf.total_variation(q, p)
    assert found.high - found.low <= PROMISE * found.value
    assert back.value == close(found.value, rel=1e-12)
    assert found.value <= math.sqrt(vf.kl(p, q).value / 2)


def test_correlated_high_dimension() -> None:
    mean, cov = correlated(200, 1)
    p, q = laws.Gaussian(mean, cov), laws.Gaussian(mean, 1.1 * cov)
    assert vf.total_variation(p, q).value == close(float(isotropic(200, 0.1)[0]), rel=1e-9)
