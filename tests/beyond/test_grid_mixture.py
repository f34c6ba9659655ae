"""Law: a non-Gaussian density pushed through a step is ∫ p(x) N(y; m(x), s²) dx, whatever rule does the integral.

Truth: the same integral by a plain trapezoid in x on a fixed grid, written here, with the mean of the step and its
variance from the paper's formula; or by mpmath. The trapezoid converges geometrically for densities without a kink.
"""

from __future__ import annotations

import math
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest
from scipy import integrate, stats

from verify import divergences, laws, samplers, scores, targets
from verify.laws import GridDensity
from verify.timegrid import TimeGrid

CLOSE = 1e-9


def normal(y, mean, std):
    return np.exp(-0.5 * ((y - mean) / std) ** 2) / (math.sqrt(2 * math.pi) * std)


def trapezoid(density, means, stds, low, high, nodes=2001, breaks=()):
    """Push values of `density` on an equal grid through N(means[k](x), stds[k]²); the trapezoid, halved at kinks."""
    x = np.linspace(low, high, nodes)
    p = density(x)
    for mean, std in zip(means, stds, strict=True):
        weights = np.full(nodes, x[1] - x[0])
        p = normal(x[:, None], mean(x)[None], std) @ (p * weights)
    return x, p


def compare(law, x, p, spread=CLOSE):
    seen = p > 1e-14 * p.max()
    assert np.abs(np.exp(law.log_density(x[seen][:, None])) - p[seen]).max() <= spread * p.max()


def by_hand(weights, means, variances):
    """Return t -> (density, score) of a mixture under OU, from the textbook formula."""

    def at(t):
        m, v = np.exp(-t) * np.array(means), np.exp(-2 * t) * np.array(variances) - np.expm1(-2 * t)

        def density(x):
            return (np.array(weights) * normal(x[:, None], m, np.sqrt(v))).sum(axis=1)

        def score(x):
            logs = np.log(weights) - 0.5 * (x[:, None] - m) ** 2 / v - 0.5 * np.log(v)
            share = np.exp(logs - logs.max(axis=1, keepdims=True))
            share /= share.sum(axis=1, keepdims=True)
            return -(share * (x[:, None] - m) / v).sum(axis=1)

        return density, score

    return at


MIXTURES = {
    "two modes": ([0.3, 0.7], [-1.0, 1.5], [0.5, 1.2]),
    "far modes": ([0.4, 0.6], [-8.0, 8.0], [1.0, 0.6]),
    "three": ([0.2, 0.5, 0.3], [-3.0, 0.4, 2.0], [0.3, 0.15, 0.7]),
}


@pytest.mark.parametrize("name", MIXTURES)
def test_ula_on_mixtures(name):
    weights, means, variances = MIXTURES[name]
    _, score = by_hand(weights, means, variances)(0.0)
    target = targets.GaussianMixture(weights, means, variances)
    sampler = samplers.ULA(target, 0.1, 6, laws.Gaussian([0.5], [[2.0]]))
    x, p = trapezoid(lambda x: normal(x, 0.5, math.sqrt(2)), [lambda x: x + 0.1 * score(x)] * 6,
                     [math.sqrt(0.2)] * 6, -19, 19)  # fmt: skip
    compare(sampler.run(), x, p)


@pytest.mark.parametrize("name", MIXTURES)
def test_the_exponential_integrator_on_mixtures(name):
    weights, means, variances = MIXTURES[name]
    path = by_hand(weights, means, variances)
    grid = TimeGrid.uniform(1.0, 5, stop=0.1)
    steps = [(path(now)[1], now - after) for now, after in zip(grid.tau[:-1], grid.tau[1:], strict=True)]
    x, p = trapezoid(
        lambda x: normal(x, 0.0, 1.0),
        [lambda x, s=s, h=h: math.exp(h) * x + 2 * math.expm1(h) * s(x) for s, h in steps],
        [math.sqrt(math.expm1(2 * h)) for _, h in steps],
        -19, 19,
    )  # fmt: skip
    target = targets.GaussianMixture(weights, means, variances)
    law = samplers.ExponentialIntegrator(scores.Exact(target), grid).run()
    compare(law, x, p)
    late = [s for s, _ in steps[1:]] + [path(grid.stop)[1]]  # planted: the time index off by one
    _, wrong = trapezoid(
        lambda x: normal(x, 0.0, 1.0),
        [lambda x, s=s, h=h: math.exp(h) * x + 2 * math.expm1(h) * s(x) for s, (_, h) in zip(late, steps, strict=True)],
        [math.sqrt(math.expm1(2 * h)) for _, h in steps],
        -19, 19,
    )  # fmt: skip
    assert np.abs(np.exp(law.log_density(x[:, None])) - wrong).max() > 1e-3


def test_dropped_weights_show():
    target = targets.GaussianMixture([0.2, 0.8], [-2.0, 2.0], [1.0, 1.0])
    unweighted = targets.GaussianMixture([0.5, 0.5], [-2.0, 2.0], [1.0, 1.0])
    grid = TimeGrid.uniform(3.0, 60, stop=0.01)
    right, wrong = (samplers.DDPM(scores.Exact(t), grid).run() for t in (target, unweighted))
    assert divergences.total_variation(right, target).high < 0.05
    assert divergences.total_variation(wrong, target).low > 0.25  # of the wrong mixture itself: 0.29


KINKED = {
    "laplace": (targets.Laplace(), np.sign, [0.0]),
    "huber": (targets.Huber(0.7), lambda x: np.clip(x, -0.7, 0.7), [-0.7, 0.7]),
    "two sides": (targets.PiecewiseQuadratic(1.0, 4.0), lambda x: np.where(x < 0, x, 4 * x), [0.0]),
}


@pytest.mark.parametrize("name", KINKED)
def test_ula_with_a_subgradient(name):
    # one step in closed form by pieces of scipy's adaptive rule, kinks as its break points
    target, slope, kinks = KINKED[name]
    sampler = samplers.ULA(target, 0.08, 2, laws.Gaussian([0.3], [[0.8]]))
    law = sampler.run()
    if name == "laplace":  # a jump of the drift at 0, from both sides
        slope = lambda x: np.where(x < 0, -1.0, 1.0)  # noqa: E731
    nodes = np.unique(np.concatenate([np.linspace(-9, 9, 181), kinks]))
    z, w = np.polynomial.legendre.leggauss(12)  # panels of a tenth: another rule than the one under test
    half = 0.5 * np.diff(nodes)[:, None]
    x = (0.5 * (nodes[1:] + nodes[:-1])[:, None] + half * z).ravel()
    weights = (half * w).ravel()
    p = normal(x, 0.3, math.sqrt(0.8))
    for _ in range(2):
        p = normal(x[:, None], (x - 0.08 * slope(x))[None], 0.4) @ (p * weights)
    compare(law, x, p, 1e-12)


def test_a_double_well_from_a_narrow_start():
    target = targets.DoubleWell(2.0, 0.3)
    sampler = samplers.ULA(target, 0.01, 5, laws.Gaussian([0.2], [[0.02]]))
    slope = lambda x: 8 * x * (x * x - 1) + 0.3  # noqa: E731
    x, p = trapezoid(lambda x: normal(x, 0.2, math.sqrt(0.02)), [lambda x: x - 0.01 * slope(x)] * 5,
                     [math.sqrt(0.02)] * 5, -3.2, 3.4)  # fmt: skip
    compare(sampler.run(), x, p)


def test_one_step_in_mpmath():
    weights, means, variances = MIXTURES["far modes"]
    target = targets.GaussianMixture(weights, means, variances)
    law = samplers.ULA(target, 0.2, 1, laws.Gaussian([1.0], [[4.0]])).run()
    with mp.workdps(25):
        for y in (-6.0, 0.3, 2.0, 9.5):
            got = mp.quad(lambda x, y=y: _normal(x, 1, 2) * _normal(y, x + 0.2 * _score(x), mp.sqrt(0.4)),
                          [-25, -12, -6, -3, -1, 0, 1, 2, 4, 6, 9, 12, 25])  # fmt: skip
            assert float(np.exp(law.log_density(np.array([y])))) == pytest.approx(float(got), rel=1e-11)


def _normal(x, mean, std):
    return mp.exp(-(((x - mean) / std) ** 2) / 2) / (mp.sqrt(2 * mp.pi) * std)


def _score(x):
    weights, means, variances = MIXTURES["far modes"]
    parts = [w * _normal(x, m, mp.sqrt(v)) for w, m, v in zip(weights, means, variances, strict=True)]
    return -sum(p * (x - m) / v for p, m, v in zip(parts, means, variances, strict=True)) / sum(parts)


SUBJECTS = {
    "a mixture and a Gaussian": (
        targets.GaussianMixture([0.3, 0.7], [-1.0, 1.5], [0.5, 1.2]),
        targets.Gaussian([0.4], [[2.5]]),
    ),
    "far modes, other weights": (
        targets.GaussianMixture([0.4, 0.6], [-8.0, 8.0], [1.0, 0.6]),
        targets.GaussianMixture([0.7, 0.3], [-8.0, 8.0], [1.0, 0.6]),
    ),
    "Laplace and logistic": (targets.Laplace(), targets.Logistic()),
    "double well and mixture": (targets.DoubleWell(1.5, 0.2), targets.GaussianMixture([0.5, 0.5], [-1, 1], [0.2, 0.2])),
    "Gamma and Gamma": (targets.Gamma(3.5, 2.0), targets.Gamma(2.5, 2.0)),
}


@pytest.mark.parametrize("name", SUBJECTS)
def test_divergences_by_another_quadrature(name):
    p, q = SUBJECTS[name]
    low, high, kinks = (0.0, 60.0, [0.05, 0.3, 1, 3, 9]) if "Gamma" in name else (-45.0, 45.0, [-8, -3, -1, 0, 1, 3, 8])

    def integral(f):
        def g(x):
            a, b = (float(law.log_density(np.array([x]))) for law in (p, q))
            return f(a, b)

        ends = [low, *kinks, high]
        return sum(integrate.quad(g, a, b, epsabs=1e-13, epsrel=1e-12, limit=400)[0]
                   for a, b in pairwise(ends))  # fmt: skip

    assert divergences.kl(p, q).value == pytest.approx(integral(lambda a, b: math.exp(a) * (a - b)), rel=CLOSE)
    affinity = integral(lambda a, b: math.exp(0.5 * (a + b)))
    assert divergences.hellinger(p, q).value == pytest.approx(math.sqrt(1 - affinity), rel=CLOSE)
    assert divergences.renyi(p, q, 0.5).value == pytest.approx(-2 * math.log(affinity), rel=CLOSE)
    apart = 0.5 * integral(lambda a, b: abs(math.exp(a) - math.exp(b)))
    assert divergences.total_variation(p, q).value == pytest.approx(apart, abs=1e-9)


def test_transport_in_closed_form():
    # Exp-like laws: W1 of two Laplace laws shifted by s is s; so is W2
    p = GridDensity.of(targets.Laplace())
    shifted = GridDensity(p.panels, p.mass, p.nodes + 0.37)
    assert divergences.wasserstein1(p, shifted).value == pytest.approx(0.37, rel=1e-12)
    assert divergences.wasserstein2(p, shifted).value == pytest.approx(0.37, rel=1e-12)
    # scaling by c: W2 = |c − 1| std, W1 = |c − 1| E|X|
    wide = GridDensity(p.panels, p.mass, 1.5 * p.nodes)
    assert divergences.wasserstein2(p, wide).value == pytest.approx(0.5 * math.sqrt(2), rel=1e-9)
    assert divergences.wasserstein1(p, wide).value == pytest.approx(0.5, rel=1e-11)


def test_atoms():
    law = GridDensity.atomic([0.0, 1.0], [0.25, 0.75])
    other = GridDensity.atomic([0.0, 2.0], [0.5, 0.5])
    assert divergences.total_variation(law, other).value == pytest.approx(0.75)
    assert divergences.wasserstein1(law, other).value == pytest.approx(0.5 * 1 + 0.25 * 1, rel=1e-14)  # ∫|F − G|
    assert divergences.wasserstein2(law, other).value == pytest.approx(math.sqrt(0.25 * 1 + 0.5 * 1), rel=1e-13)
    smooth = targets.Laplace()
    assert divergences.kl(law, smooth).value == math.inf
    assert divergences.total_variation(law, smooth).value == pytest.approx(1.0)
    assert divergences.hellinger(law, smooth).value == pytest.approx(1.0)
    assert 0 < divergences.wasserstein2(law, smooth).value < 3


def test_heavy_tails_need_their_tail_said():
    law = GridDensity.of(targets.StudentT(4.0), tail=1e-14)
    exact = stats.t(4.0)
    x = np.array([-300.0, -4.0, 0.1, 7.0, 1e3])
    assert np.exp(law.log_density(x[:, None])) == pytest.approx(exact.pdf(x), rel=1e-12)
    assert law.cdf(x[1:]) == pytest.approx(exact.cdf(x[1:]), abs=1e-13)
    assert divergences.total_variation(law, targets.Gaussian([0.0], [[1.0]])).value == pytest.approx(
        0.5 * integrate.quad(lambda x: abs(exact.pdf(x) - stats.norm.pdf(x)), -60, 60, points=[-3, -1, 0, 1, 3],
                             limit=400)[0] + exact.sf(60), abs=1e-10)  # fmt: skip
    assert divergences.kl(law, targets.Gaussian([0.0], [[1.0]])).high >= 0.5  # finite: E x² is
    assert math.isinf(divergences.chi2(law, targets.Gaussian([0.0], [[1.0]])).high)  # ∫ t²/φ diverges
    chain = samplers.ULA(targets.StudentT(4.0), 0.2, 10).run()
    assert chain.mean[0] == pytest.approx(0.0, abs=1e-12) and abs(chain.defect) < 1e-12


LINES = {
    "laplace": targets.Laplace(),
    "logistic": targets.Logistic(),
    "secant": targets.HyperbolicSecant(),
    "huber": targets.Huber(0.3),
    "log cosh": targets.LogCosh(3.0),
    "two sides": targets.PiecewiseQuadratic(1.0, 4.0),
    "quartic": targets.Quartic(1.0),
    "double well": targets.DoubleWell(8.0, 0.4),
    "gamma": targets.Gamma(3.5, 2.0),
    "steep gamma": targets.Gamma(1.2, 0.5),
    "beta": targets.Beta(2.0, 3.0),
    "lopsided beta": targets.Beta(1.5, 6.0),
    "student": targets.StudentT(9.0),
}


@pytest.mark.parametrize("name", LINES)
def test_every_law_on_the_line_as_a_grid(name):
    # the targets integrate by rules of their own
    target = LINES[name]
    law = GridDensity.of(target, tail=1e-15 if name == "student" else 1e-20)
    assert abs(law.defect) < 1e-13
    assert float(law.mean[0]) == pytest.approx(target.mean.value, rel=1e-12, abs=1e-12)
    assert law.variance == pytest.approx(target.variance.value, rel=1e-11)
    low, high = target.support
    assert law.ends[0] >= low and law.ends[-1] <= high
    if low == 0:
        assert law.cdf(np.array(0.0)) <= 1e-15


def test_gamma_laws_have_a_closed_divergence():
    # KL(Γ(a, b)‖Γ(c, d)) = (a − c)ψ(a) − log Γ(a) + log Γ(c) + c log(b/d) + a(d − b)/b
    (a, b), (c, d) = (3.5, 2.0), (2.5, 1.5)
    psi = float(mp.digamma(a))
    want = (a - c) * psi - math.lgamma(a) + math.lgamma(c) + c * math.log(b / d) + a * (d - b) / b
    assert divergences.kl(targets.Gamma(a, b), targets.Gamma(c, d)).value == pytest.approx(want, rel=1e-12)
    # E[((a − c)/X + d − b)²] = (a − c)² b²/((a − 1)(a − 2)) + 2(a − c)(d − b)b/(a − 1) + (d − b)²
    fisher = (a - c) ** 2 * b * b / ((a - 1) * (a - 2)) + 2 * (a - c) * (d - b) * b / (a - 1) + (d - b) ** 2
    assert divergences.fisher(targets.Gamma(a, b), targets.Gamma(c, d)).value == pytest.approx(fisher, rel=1e-9)
    # infinite where the mass sticks to the wall, and the grid does not pretend to know better
    assert math.isinf(divergences.fisher(targets.Gamma(1.2, 0.5), targets.Gamma(2.5, 2.0)).high)
