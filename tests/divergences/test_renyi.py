"""Rényi, χ² and Hellinger: one integral ∫ p^a q^{1−a}; orders, monotonicity, infinite values, quadrature."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

import verify as vf
from tests.divergences.cases import A, B, close, pairs
from verify import laws
from verify.divergences import chi2_total, hellinger_total
from verify.errors import InvalidInput

Pair = tuple[laws.Gaussian, laws.Gaussian]
P, Q = laws.Gaussian([0.4], [[0.7]]), laws.Gaussian([-0.3], [[1.1]])


def mixed(order: float) -> tuple[float, float]:
    def integrand(x: float) -> float:
        at = np.array([x])
        return float(np.exp(order * P.log_density(at) + (1 - order) * Q.log_density(at)))

    value, error = integrate.quad(integrand, -40, 40, points=[0.0], limit=400)
    return value, error


@pytest.mark.parametrize("order", [0.1, 0.5, 0.9, 1.5, 2.0, 2.5])
def test_renyi_is_the_log_of_the_mixed_integral(order: float) -> None:
    value, error = mixed(order)
    assert vf.renyi(P, Q, order).value == pytest.approx(math.log(value) / (order - 1), abs=20 * error / value)


def test_chi2_and_hellinger_are_the_same_integral() -> None:
    assert vf.chi2(P, Q).value == pytest.approx(mixed(2.0)[0] - 1, abs=20 * mixed(2.0)[1])
    assert vf.hellinger(P, Q).value ** 2 == pytest.approx(1 - mixed(0.5)[0], abs=20 * mixed(0.5)[1])


@given(pairs(), st.floats(0.05, 0.95))
def test_skew_symmetry(pair: Pair, order: float) -> None:
    # (1 − a) R_a(p‖q) = a R_{1−a}(q‖p), an identity between two independent evaluations
    p, q = pair
    left, right = (1 - order) * vf.renyi(p, q, order).value, order * vf.renyi(q, p, 1 - order).value
    assert left == close(right, rel=1e-9)


@given(pairs())
def test_monotone_in_the_order_and_continuous_at_one(pair: Pair) -> None:
    values = [vf.renyi(*pair, order) for order in (0.25, 0.5, 1.0, 1.5, 2.0)]
    for less, more in itertools.pairwise(values):
        assert less.low <= more.high
    kl, beside = vf.kl(*pair).value, vf.renyi(*pair, 1 + 1e-6).value
    assert beside == close(kl, rel=1e-4)  # dR/da ≤ a few R for these pairs: 1e-6 · 100 to spare


@given(pairs())
def test_hellinger_is_symmetric_and_below_kl(pair: Pair) -> None:
    h = vf.hellinger(*pair)
    assert h.value == close(vf.hellinger(*reversed(pair)).value, rel=1e-9)
    assert 2 * h.low**2 <= vf.kl(*pair).high  # −2 log(1 − H²) = R_{1/2} ≤ KL
    assert vf.kl(*pair).low <= math.log1p(vf.chi2(*pair).high)


@pytest.mark.parametrize(
    ("v", "order", "finite"), [(0.51, 2.0, True), (0.5, 2.0, False), (0.4, 2.0, False), (0.7, 3.0, True)]
)
def test_infinite_exactly_where_the_integral_diverges(v: float, order: float, finite: bool) -> None:
    # p = N(0, 1), q = N(0, v): p^a q^{1−a} is integrable iff a v + 1 − a > 0
    q = laws.Gaussian([0.0], [[v]])
    found = vf.renyi(laws.Gaussian.standard(1), q, order)
    assert math.isfinite(found.value) == finite
    assert math.isfinite(vf.renyi(laws.Gaussian.standard(1), q, 0.5).value)


def test_degenerate_and_bad_orders() -> None:
    plane, line = laws.Gaussian.standard(2), laws.Gaussian([0.0, 0.0], [[1.0, 0.0], [0.0, 0.0]])
    assert vf.chi2(line, plane).value == math.inf
    assert vf.renyi(line, plane, 0.5).value == math.inf
    assert vf.hellinger(line, plane).value == 1.0
    assert vf.renyi(A, B, 1.0).value == vf.kl(A, B).value
    for order in (0.0, -1.0, math.nan, math.inf):
        with pytest.raises(InvalidInput, match="`order`"):
            vf.renyi(A, B, order)


def test_chi2_beyond_float64_is_infinite_not_an_error() -> None:
    assert vf.chi2(laws.Gaussian([100.0], [[1.0]]), laws.Gaussian.standard(1)).value == math.inf


def test_atoms_against_a_density() -> None:
    cloud = laws.Particles.standard(50, 3, seed=1)
    infinite = ((vf.chi2(A, cloud), math.inf), (vf.renyi(cloud, A, 2.0), math.inf))
    for found, want in (*infinite, (vf.hellinger(A, cloud), 1.0)):
        assert found.value == want
        assert "atoms against a density" in found.method


def test_batches() -> None:
    b, e = np.array([[0.1, -0.2], [0.0, 0.5]]), np.array([[0.25, -0.125], [2.0**-30, -(2.0**-29)]])  # 1 + e is exact
    for row in range(2):
        p, q = laws.Gaussian.standard(2), laws.Gaussian(b[row], np.diag(1 + e[row]))
        assert chi2_total(b, e)[row] == close(vf.chi2(p, q).value, rel=1e-13)
        assert hellinger_total(b, e)[row] == close(vf.hellinger(p, q).value, rel=1e-13)
