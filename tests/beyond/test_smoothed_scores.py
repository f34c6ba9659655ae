"""The kernel score is ∇log of the mixture of kernels, and the L²(q_t) error of a score is a resolved integral."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from verify import scores
from verify.errors import InvalidInput, NoDensity
from verify.scores import Smoothed, l2_error
from verify.scores.l2_error import edges_of, integral, squared_error
from verify.targets import Empirical, Gaussian, GaussianMixture

LINE = GaussianMixture((0.3, 0.7), (-1.5, 1.0), (0.3, 0.5))
PLANE = GaussianMixture((0.2, 0.8), ((-1.0, 0.5), (1.0, -0.3)), (((0.4, 0.1), (0.1, 0.3)), ((0.5, -0.2), (-0.2, 0.6))))
DATA = {1: np.array([[-1.9], [-0.4], [0.2], [2.7]]), 2: np.array([[-1.4, 0.9], [0.3, 0.4], [1.7, -0.9]])}
ROUNDING = 1e-11  # scores below 100, 15 digits


def kernels(dim: int, width: float) -> GaussianMixture:
    n = len(DATA[dim])
    return GaussianMixture(np.full(n, 1 / n), DATA[dim], np.stack([width**2 * np.eye(dim)] * n))


def places(dim: int) -> np.ndarray:
    return np.random.default_rng(3).normal(0.3, 1.5, (40, dim))


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("width", [0.05, 0.4])
@pytest.mark.parametrize("t", [0.0, 0.02, 1.3])
def test_it_is_the_score_of_the_mixture_of_kernels(dim, width, t):
    # planted fault: a width larger by 1 % moves the score by far more than rounding
    target, x = (LINE, PLANE)[dim - 1], places(dim)
    right, true = Smoothed(target, DATA[dim], width), kernels(dim, width).score_at(x, t)
    wrong = Smoothed(target, DATA[dim], 1.01 * width)
    assert np.abs(right(x, t) - true).max() < ROUNDING * max(1.0, np.abs(true).max())
    assert np.abs(wrong(x, t) - true).max() > 1e4 * ROUNDING


@pytest.mark.parametrize("dim", [1, 2])
def test_without_width_it_is_the_score_of_the_data(dim):
    # planted fault: √(1 − e^{−t}) in place of √(1 − e^{−2t}) would not match the other form
    x, t = places(dim), np.geomspace(1e-3, 2.0, 40)[:, None]
    found = Smoothed((LINE, PLANE)[dim - 1], DATA[dim])(x, t)
    true = Empirical(DATA[dim]).score_at(x, t)
    assert np.abs(found - true).max() < ROUNDING * np.abs(true).max()
    assert np.abs(found[7] - Smoothed(LINE if dim == 1 else PLANE, DATA[dim])(x[7:8], float(t[7, 0]))[0]).max() < 1e-9


def test_far_from_all_data_the_nearest_one_counts():
    # planted fault: weights without a shift of the exponent are 0/0 here
    found = Smoothed(LINE, DATA[1])(np.array([[300.0]]), 1e-3)
    nearest = (math.exp(-1e-3) * 2.7 - 300.0) / -math.expm1(-2e-3)
    assert found[0, 0] == pytest.approx(nearest, rel=1e-13)


def test_blocks_do_not_show():
    # planted fault: a block boundary that drops or repeats a row
    points = np.random.default_rng(0).normal(size=(1 << 14, 1))
    score, x = Smoothed(LINE, points, 0.1), np.linspace(-2, 2, 200)[:, None]
    parts = np.concatenate([score(x[i : i + 1], 0.1) for i in range(200)])
    assert np.abs(score(x, 0.1) - parts).max() < ROUNDING


def test_any_namespace(xp):
    # planted fault: a NumPy scalar in the array expression
    x = places(2)
    score = Smoothed(PLANE, DATA[2], 0.2)
    for t in (0.3, np.full((40, 1), 0.3)):
        time = t if isinstance(t, float) else xp.asarray(t)
        assert np.abs(np.asarray(score(xp.asarray(x), time)) - score(x, 0.3)).max() < ROUNDING


def test_error_of_one_datum_against_gaussian_data():
    # closed form; planted fault: variance v without the factor e^{−2t} on w²
    target, t, w, point = Gaussian(np.array([0.6]), np.array([[1.7]])), 0.4, 0.5, -0.8
    v, variance = math.exp(-2 * t) * w**2 - math.expm1(-2 * t), math.exp(-2 * t) * 1.7 - math.expm1(-2 * t)
    shift = math.exp(-t) * (point - 0.6) / v
    true = math.sqrt(variance * (1 / variance - 1 / v) ** 2 + shift**2)
    found = Smoothed(target, [point], w).error(t)
    assert found.value == pytest.approx(true, rel=1e-12)
    assert found.low <= true * (1 + 1e-15) and true * (1 - 1e-15) <= found.high


def test_error_at_sharp_turns_against_mpmath():
    # two data; the score turns over within 1e-3. Planted fault: a fixed rule on 40 panels, off by more than 1e-4
    t, points = 1e-3, np.array([[-0.5], [0.7]])
    score, law = Smoothed(LINE, points), LINE.diffused(t)
    found = score.error(t).value

    def integrand(x: float) -> float:
        at = np.array([[float(x)]])
        return float(np.exp(law.log_density(at))[0]) * float((score(at, t) - law.score(at))[0, 0]) ** 2

    middle = math.exp(-t) * 0.1  # where the nearest datum changes
    marks = [-9, -4, -2, -1, 0, *(middle + k * 2e-3 for k in range(-8, 9, 2)), 0.5, 1, 2, 4, 9]
    with mpmath.workdps(15):
        true = float(mpmath.sqrt(mpmath.quad(integrand, marks, maxdegree=7)))
    assert found == pytest.approx(true, rel=1e-9)
    x, w = np.polynomial.legendre.leggauss(4)
    edges = np.linspace(-9, 9, 41)
    nodes = 0.5 * (edges[1:] + edges[:-1])[:, None] + 0.225 * x
    fixed = sum(0.225 * w[j] * integrand(y) for row in nodes for j, y in enumerate(row))
    assert abs(math.sqrt(fixed) / true - 1) > 1e-4


@pytest.mark.parametrize("t", [0.05, 0.8])
def test_errors_known_by_construction(t):
    # planted fault: an error without its root, or under p in place of q_t
    wide = Gaussian(np.array([-1.5]), np.array([[4.0]]))
    for score in (scores.Shifted(LINE, 0.3), scores.Dilated(wide, 0.3), scores.Whitened(wide, 0.3, -1)):
        found = l2_error(score, t)
        assert found.value == pytest.approx(0.3, rel=1e-11) and found.confidence == 1.0


def test_error_in_the_plane():
    # the whitened error is not constant; planted fault: an interval of the square in place of the root
    plane = Gaussian(np.array([1.0, -0.5]), np.array([[1.5, 0.62], [0.62, 0.8]]))
    found = l2_error(scores.Whitened(plane, 0.3), 0.4, draws=20_000, seed=1)
    assert found.low <= 0.3 <= found.high and found.high - found.low < 0.02 and found.confidence == 0.999
    constant = l2_error(scores.Shifted(PLANE, 0.3), 0.4, draws=100)
    assert constant.value == pytest.approx(0.3, rel=1e-12)


def test_no_error_is_rounding_and_ends():
    # planted fault: halving panels of pure rounding for ever
    found = Smoothed(kernels(1, 0.3), DATA[1], 0.3).error(1e-4)
    assert found.value < 1e-12


def test_relative_digits_of_a_tiny_integral():
    # e^{−x²/2 − 400}; planted fault: an absolute tolerance
    found = integral(lambda x: np.exp(-0.5 * x**2 - 400.0), np.linspace(-12, 12, 7))
    assert found.value == pytest.approx(math.sqrt(2 * math.pi) * math.exp(-400.0), rel=1e-12)
    assert squared_error(LINE.score, LINE).value == 0.0
    assert edges_of(LINE)[0] < -1.5 - 10 * math.sqrt(0.3)


def test_a_jump_that_is_infinite_is_refused():
    with pytest.raises(InvalidInput, match="too rough"):
        integral(lambda x: 1 / np.abs(x - 0.123) ** 1.5, np.linspace(-1, 1, 4))


@pytest.mark.parametrize(
    ("points", "width", "words"),
    [
        ([[1.0, 2.0]], 0.1, r"`points` must have shape \(n, 1\)"),
        ([], 0.1, r"`points` must have shape \(n, 1\)"),
        ([math.nan], 0.1, "`points` must be finite"),
        ([1.0], -0.1, "`width` must be finite and >= 0"),
        ([1.0], math.inf, "`width` must be finite and >= 0"),
        ([1.0], True, "`width` must be finite and >= 0"),
    ],
)
def test_bad_input(points, width, words):
    with pytest.raises(InvalidInput, match=words):
        Smoothed(LINE, points, width)


def test_no_score_of_data_at_time_zero():
    with pytest.raises(NoDensity, match="time 0"):
        Smoothed(LINE, DATA[1])(places(1), 0.0)
    with pytest.raises(InvalidInput, match="diffused"):
        Smoothed(object(), DATA[1])
