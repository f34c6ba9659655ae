"""KL(p‖q) = E_p log(p/q): direction, closed form, chain rule over independent coordinates, invariance, tiny values."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

import verify as vf
from tests.divergences.cases import A, B, close, correlated, pairs
from verify import laws
from verify.divergences import canonical, kl_terms
from verify.errors import InvalidInput, NotApplicable

EPS = float(np.finfo(float).eps)


@pytest.mark.parametrize(("p", "q"), [((0.7, 1.3), (-0.4, 0.6)), ((0.0, 0.2), (0.5, 3.0))])
def test_kl_is_the_integral_of_p_log_ratio(p: tuple[float, float], q: tuple[float, float]) -> None:
    first, second = (laws.Gaussian([m], [[v]]) for m, v in (p, q))

    def integrand(x: float) -> float:
        at = np.array([x])
        return float(np.exp(first.log_density(at)) * (first.log_density(at) - second.log_density(at)))

    want, error = integrate.quad(integrand, p[0] - 40 * p[1] ** 0.5, p[0] + 40 * p[1] ** 0.5, points=[p[0]], limit=400)
    assert vf.kl(first, second).value == pytest.approx(want, abs=10 * error)


def test_kl_is_the_matrix_formula_in_both_directions() -> None:
    for p, q in ((A, B), (B, A)):
        inverse, c = np.linalg.inv(q.cov), q.mean - p.mean
        logs = np.linalg.slogdet(q.cov)[1] - np.linalg.slogdet(p.cov)[1]
        want = 0.5 * (np.trace(inverse @ p.cov) - 3 + logs + c @ inverse @ c)
        assert vf.kl(p, q).value == close(want, rel=1e-12)
    assert vf.kl(A, B).value != close(vf.kl(B, A).value, rel=1e-2)


@pytest.mark.parametrize("size", [1e-3, 1e-7, 1e-13, 1e-60, 1e-150])
def test_tracked_deviations_keep_all_digits(size: float) -> None:
    target = vf.targets.Gaussian(A.mean, A.cov)
    shift, change, zero = size * np.array([1.0, -2, 0.5]), size * np.array([0.3, -0.7, 1.1]), np.zeros(3)
    near = laws.Gaussian.deviating(laws.Deviation(target, shift, change, zero, zero))
    with mp.workdps(340):
        lam, c, delta = ([mp.mpf(float(x)) for x in xs] for xs in (target.eigenvalues, shift, change))
        terms = zip(lam, c, delta, strict=True)
        want = mp.fsum(y / (x + y) * -1 + mp.log1p(y / x) + m**2 / (x + y) for x, m, y in terms) / 2
    found = vf.kl(target, near)
    assert found.value == close(float(want), rel=64 * EPS)
    assert found.low <= float(want) <= found.high


@given(pairs())
def test_kl_is_nonnegative_and_enclosed(pair: tuple[laws.Gaussian, laws.Gaussian]) -> None:
    found = vf.kl(*pair)
    assert 0 <= found.low <= found.value <= found.high
    assert found.confidence == 1.0
    assert found.high - found.low <= 1e-9 * found.value


@given(pairs(), st.integers(0, 1000))
def test_kl_is_affinely_invariant(pair: tuple[laws.Gaussian, laws.Gaussian], seed: int) -> None:
    rng = np.random.default_rng(seed)
    dim = pair[0].dim
    m = np.linalg.qr(rng.standard_normal((dim, dim)))[0] * np.exp(rng.uniform(-1, 1, dim))
    p, q = (laws.Gaussian(m @ law.mean + 1, (m @ law.cov @ m.T + (m @ law.cov @ m.T).T) / 2) for law in pair)
    before = vf.kl(*pair).value
    # mapping rounds means and covariances to ε: a relative change of e by ε/|e|, |e| ~ √KL, and condition numbers 10·e²
    assert vf.kl(p, q).value == close(before, rel=2e3 * dim**2 * EPS / min(1.0, math.sqrt(before)))


def test_kl_adds_over_independent_coordinates() -> None:
    block = np.zeros((6, 6))
    p, q = block.copy(), block.copy()
    p[:3, :3], p[3:, 3:], q[:3, :3], q[3:, 3:] = A.cov, B.cov, B.cov, A.cov
    joint = vf.kl(laws.Gaussian([*A.mean, *B.mean], p), laws.Gaussian([*B.mean, *A.mean], q))
    assert joint.value == close(vf.kl(A, B).value + vf.kl(B, A).value, rel=1e-13)


@pytest.mark.parametrize("ratio", [1e-6, 1e6])
def test_extreme_scales(ratio: float) -> None:
    p, q = laws.Gaussian([0.1, 0.2], np.diag([1.0, 2.0])), laws.Gaussian([0.1, 0.2], ratio * np.diag([1.0, 2.0]))
    with mp.workdps(40):
        want = float(1 / mp.mpf(ratio) - 1 + mp.log(mp.mpf(ratio)))
    assert vf.kl(p, q).value == close(want, rel=8 * EPS)


def test_singular_covariances() -> None:
    line = laws.Gaussian([1.0, 1.0], [[1.0, 1.0], [1.0, 1.0]])
    same_line = laws.Gaussian([2.0, 2.0], [[4.0, 4.0], [4.0, 4.0]])
    beside = laws.Gaussian([2.0, 2.5], [[4.0, 4.0], [4.0, 4.0]])
    # along the unit vector (1, 1)/√2: N(√2, 2) against N(2√2, 8)
    want = 0.5 * (2 / 8 - 1 + math.log(4) + 2 / 8)
    assert vf.kl(line, same_line).value == close(want, rel=1e-12)
    full = laws.Gaussian.standard(2)
    for p, q in ((line, beside), (line, full), (full, line)):
        assert vf.kl(p, q).value == math.inf
    point = laws.Gaussian([0.0], [[0.0]])
    assert vf.kl(point, point).value == 0.0
    assert vf.kl(point, laws.Gaussian([1e-300], [[0.0]])).value == math.inf


def test_batches_of_cells_equal_single_laws() -> None:
    rng = np.random.default_rng(5)
    lam, shift = np.exp(rng.uniform(-1, 1, 4)), rng.standard_normal((50, 4))
    change = lam * rng.uniform(-0.9, 3, (50, 4)) * 10.0 ** rng.uniform(-8, 0, (50, 1))
    found = kl_terms(*canonical(lam, shift, change)).sum(axis=-1)
    target, zero = vf.targets.Gaussian(np.zeros(4), np.diag(lam)), np.zeros(4)
    for value, c, delta in zip(found, shift, change, strict=True):
        single = laws.Gaussian.deviating(laws.Deviation(target, c, delta, zero, zero))
        assert vf.kl(target, single).value == close(value, rel=8 * EPS)


def test_bad_input_is_refused_in_one_line() -> None:
    with pytest.raises(InvalidInput, match=r"one dimension; got 3 and 2"):
        vf.kl(A, laws.Gaussian.standard(2))
    with pytest.raises(NotApplicable, match="takes Gaussian laws"):
        vf.kl(A, 3.0)
    cloud = laws.Particles.standard(10, 3, seed=1)
    with pytest.raises(NotApplicable, match="two clouds"):
        vf.kl(cloud, cloud)


def test_large_dimension() -> None:
    mean, cov = correlated(1000, 3)
    p = laws.Gaussian(mean, cov)
    q = laws.Gaussian(mean + 0.01, cov + 0.1 * np.eye(1000))
    lam = np.linalg.eigvalsh(cov)
    ones = np.linalg.eigh(cov)[1].T @ np.full(1000, 0.01)
    want = 0.5 * (np.log1p(0.1 / lam) - 0.1 / (lam + 0.1) + ones**2 / (lam + 0.1)).sum()
    assert vf.kl(p, q).value == close(want, rel=1e-10)
