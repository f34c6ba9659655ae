"""Law: a Gaussian mixture is Σ w_k N(m_k, Σ_k): its score, Hessian, posterior and diffusion follow from that sum."""

from __future__ import annotations

import math

import array_api_strict
import mpmath as mp
import numpy as np
import pytest
from scipy import stats

from verify import targets
from verify.backend import to_host
from verify.errors import NoDensity
from verify.targets import GaussianMixture


def spread(dim, seed):
    """Return a covariance with condition about 30 that is not diagonal for d > 1."""
    rng = np.random.default_rng(seed)
    q = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    return (q * np.geomspace(0.2, 6.0, dim)) @ q.T if dim > 1 else np.array([[0.2 + seed % 3]])


def made(dim, seed=0, components=3):
    rng = np.random.default_rng(seed)
    weights = rng.dirichlet(np.full(components, 2.0))
    covs = np.stack([spread(dim, seed + 5 * k) for k in range(components)])
    return GaussianMixture(weights, 2 * rng.standard_normal((components, dim)), covs)


CASES = {f"d = {dim}, {k} components": made(dim, 3 * dim + k, k) for dim in (1, 2, 5) for k in (1, 3)}


def places(target, n=20, seed=5):
    return target.mean + 3 * np.random.default_rng(seed).standard_normal((n, target.dim))


def log_density(target, x, t=0.0):
    """The sum by SciPy."""
    covs = math.exp(-2 * t) * target.covs - math.expm1(-2 * t) * np.eye(target.dim)
    parts = [stats.multivariate_normal(math.exp(-t) * m, c).logpdf(x) for m, c in zip(target.means, covs, strict=True)]
    return np.logaddexp.reduce(np.log(target.weights)[:, None] + np.stack([np.atleast_1d(p) for p in parts]), axis=0)


@pytest.mark.parametrize("name", CASES)
def test_density_score_and_hessian(name):
    target = CASES[name]
    x, step = places(target), 1e-4
    assert target.log_density(x) == pytest.approx(log_density(target, x), rel=1e-12, abs=1e-12)
    assert target.potential(x) == pytest.approx(-target.log_density(x))
    shifts = step * np.eye(target.dim)

    # fourth-order differences: error h⁴/30 times a fifth derivative, ε/h of rounding
    def slope(f):
        return np.stack([(8 * (f(x + s) - f(x - s)) - (f(x + 2 * s) - f(x - 2 * s))) / (12 * step) for s in shifts], -1)

    assert target.score(x) == pytest.approx(slope(lambda y: log_density(target, y)), rel=1e-8, abs=1e-8)
    assert target.gradient(x) == pytest.approx(-target.score(x))
    assert target.hessian(x) == pytest.approx(-slope(target.score), rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("name", CASES)
def test_the_diffusion_is_a_mixture_again(name):
    target, t = CASES[name], 0.37
    x = places(target)
    law = target.diffused(t)
    assert law.log_density(x) == pytest.approx(log_density(target, x, t), rel=1e-12, abs=1e-12)
    assert target.log_density_at(x, t) == pytest.approx(law.log_density(x), rel=1e-12, abs=1e-12)
    assert target.score_at(x, t) == pytest.approx(law.score(x), rel=1e-11, abs=1e-12)
    twice = target.diffused(0.1).diffused(t - 0.1)  # a semigroup
    assert twice.covs == pytest.approx(law.covs, rel=1e-13) and twice.means == pytest.approx(law.means, rel=1e-13)
    assert target.mean_at(t) == pytest.approx(law.mean) and target.trace_at(t) == pytest.approx(np.trace(law.cov))
    wrong = GaussianMixture(target.weights, target.means, law.covs)  # planted: means that do not shrink
    assert np.abs(wrong.score(x) - law.score(x)).max() > 1e-2
    assert target.diffused(40.0).cov == pytest.approx(np.eye(target.dim), abs=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_tweedie(name):
    # E[X_0 | X_t] = e^t (x + (1 − e^{−2t})∇log q_t) (Robbins, 1956), the score by differences of SciPy's density
    target, t, step = CASES[name], 0.6, 1e-4
    x = places(target)
    shifts = step * np.eye(target.dim)
    score = np.stack([(8 * (log_density(target, x + s, t) - log_density(target, x - s, t))
                       - (log_density(target, x + 2 * s, t) - log_density(target, x - 2 * s, t))) / (12 * step)
                      for s in shifts], -1)  # fmt: skip
    want = math.exp(t) * (x - math.expm1(-2 * t) * score)
    assert target.posterior_mean(x, t) == pytest.approx(want, rel=1e-7, abs=1e-7)
    assert target.posterior_mean(x, 1e-12) == pytest.approx(x, rel=1e-9, abs=1e-9)
    # planted: e^{−t} in place of e^t
    assert np.abs(target.posterior_mean(x, t) - math.exp(-2 * t) * want).max() > 0.05


def test_mpmath_on_the_line():
    target = GaussianMixture([0.2, 0.5, 0.3], [-3.0, 0.4, 9.0], [0.3, 1e-3, 4.0])

    def density(x):
        return sum(w * mp.exp(-((x - m) ** 2) / (2 * v)) / mp.sqrt(2 * mp.pi * v) for w, m, v in zip(
            map(mp.mpf, target.weights), map(mp.mpf, target.means[:, 0]), map(mp.mpf, target.covs[:, 0, 0]),
            strict=True))  # fmt: skip

    for x in (-40.0, -3.1, 0.0, 0.4, 0.55, 5.0, 60.0):
        with mp.workdps(40):
            log, score = mp.log(density(mp.mpf(x))), mp.diff(lambda y: mp.log(density(y)), mp.mpf(x))
            curved = -mp.diff(lambda y: mp.log(density(y)), mp.mpf(x), 2)
        at = np.array([[x]])
        assert target.log_density(at)[0] == pytest.approx(float(log), rel=1e-13)
        assert target.score(at)[0, 0] == pytest.approx(float(score), rel=1e-12)
        assert target.hessian(at)[0, 0, 0] == pytest.approx(float(curved), rel=1e-10, abs=1e-9)


def test_responsibilities():
    target = CASES["d = 2, 3 components"]
    x = places(target)
    parts = np.stack([w * stats.multivariate_normal(m, c).pdf(x)
                      for w, m, c in zip(target.weights, target.means, target.covs, strict=True)], -1)  # fmt: skip
    assert target.responsibilities(x) == pytest.approx(parts / parts.sum(-1, keepdims=True), rel=1e-11, abs=1e-300)
    far = target.responsibilities(1e6 * np.ones((1, 2)))
    assert far.sum() == pytest.approx(1.0) and np.isfinite(far).all()


@pytest.mark.parametrize("name", CASES)
def test_moments_and_draws(name):
    target = CASES[name]
    x = target.sample(40_000, np.random.default_rng(11))
    assert x.shape == (40_000, target.dim)
    error = np.sqrt(np.diag(target.cov) / 40_000)
    assert (np.abs(x.mean(axis=0) - target.mean) < 5 * error).all()
    scale = np.sqrt(np.outer(np.diag(target.cov), np.diag(target.cov)))
    assert np.abs((np.cov(x.T).reshape(target.cov.shape) - target.cov) / scale).max() < 0.06


def test_constants_are_bounds():
    # Popoviciu for equal covariances, a search on the line; every Hessian met must lie within them
    cov = spread(2, 4)
    equal = GaussianMixture([0.4, 0.6], [[-1.0, 0.5], [1.5, -0.4]], np.stack([cov, cov]))
    line = GaussianMixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.9])
    towards = np.random.default_rng(0).random((4000, 1)) * 20 - 10
    for target in (equal, line, GaussianMixture([0.5, 0.5], [-8.0, 8.0], [1.0, 1.0])):
        constants = target.constants
        way = target.means[1] - target.means[0]
        x = np.concatenate([places(target, 4000, 1), target.means[0] + way * towards / 9])
        values = np.linalg.eigvalsh(target.hessian(x))
        assert values.min() >= constants.strong_convexity - 1e-9
        assert np.abs(values).max() <= constants.target_smoothness * (1 + 1e-9)
        for t in (0.01, 0.3, 1.0):
            late = np.abs(np.linalg.eigvalsh(target.diffused(t).hessian(x))).max()
            assert late <= constants.smoothness * (1 + 1e-9) and late <= target.diffused(t).lipschitz * (1 + 1e-9)
        assert constants.second_moment == pytest.approx(float(np.trace(target.cov) + target.mean @ target.mean))
        assert constants.log_sobolev is None and constants.poincare is None
    # ½N(−a, 1) + ½N(a, 1): the curvature at 0 is 1 − a², and Popoviciu's bound is exactly that
    assert GaussianMixture([0.5, 0.5], [-3.0, 3.0], [1.0, 1.0]).constants.strong_convexity == pytest.approx(-8.0)
    assert CASES["d = 2, 3 components"].constants.target_smoothness is None  # not known, hence not guessed


def test_a_singular_component_needs_noise():
    flat = GaussianMixture([0.5, 0.5], [[0.0, 0.0], [1.0, 2.0]], [np.diag([1.0, 0.0]), np.zeros((2, 2))])
    assert flat.constants.target_smoothness == math.inf
    with pytest.raises(NoDensity, match="diffuse"):
        flat.score(np.zeros((1, 2)))
    x = np.array([[0.3, -0.2]])
    assert flat.diffused(0.2).log_density(x) == pytest.approx(log_density(flat, x, 0.2))
    assert flat.score_at(x, 0.2) == pytest.approx(flat.diffused(0.2).score(x))
    assert set(flat.sample(50, np.random.default_rng(0))[:, 1].tolist()) <= {0.0, 2.0}


@pytest.mark.parametrize("name", ["d = 1, 3 components", "d = 5, 3 components"])
def test_any_namespace_dtype_and_times(name):
    target = CASES[name]
    x = places(target, 6)
    for method, extra in (("score_at", (0.3,)), ("log_density_at", (0.3,)), ("posterior_mean", (0.3,)),
                          ("responsibilities", ()), ("hessian", ()), ("score", ())):  # fmt: skip
        call = getattr(target, method)
        strict = call(array_api_strict.asarray(x), *extra)
        assert to_host(strict) == pytest.approx(call(x, *extra), rel=1e-12)
        single = call(x.astype(np.float32), *extra)
        assert single.dtype == np.float32 and single == pytest.approx(call(x, *extra), rel=2e-4, abs=2e-4)
    times = np.linspace(0.1, 2.0, 6)[:, None]
    for method in ("score_at", "log_density_at", "posterior_mean"):
        rows = np.stack([getattr(target, method)(x[i : i + 1], float(times[i, 0]))[0] for i in range(6)])
        assert getattr(target, method)(x, times) == pytest.approx(rows, rel=1e-12)
    many = np.broadcast_to(x[None], (4, 6, target.dim))  # further leading axes
    assert target.score(many)[2] == pytest.approx(target.score(x), rel=1e-13)


def test_blocks_do_not_change_the_score(monkeypatch):
    target = CASES["d = 5, 3 components"]
    x = places(target, 50)
    whole = target.score_at(x, 0.2)
    monkeypatch.setattr("verify.targets.gaussian_mixture.BLOCK", 64)
    assert np.array_equal(target.score_at(x, 0.2), whole)


def test_one_component_is_a_gaussian():
    gauss = targets.Gaussian([0.5, -1.0], [[1.5, 0.6], [0.6, 0.8]])
    one = GaussianMixture([1.0], [gauss.mean], [gauss.cov])
    x = places(one)
    assert one.score(x) == pytest.approx(gauss.score(x), rel=1e-11)
    assert one.log_density(x) == pytest.approx(gauss.log_density(x), rel=1e-12)
    assert one.constants.strong_convexity == pytest.approx(gauss.constants.strong_convexity)
