"""Law: the probed output law of every sampler is that of its affine recursion, N(m + c, λ + δ) in the eigenbasis."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from tests.core import cases, oracle
from verify import TimeGrid, laws, scores, targets

EPS = float(np.finfo(float).eps)


def oracle_error(kind, basis):
    """Return (α_i, β_i) from the definition of each error, in mpmath."""
    eps = mp.mpf(0.3)
    if kind == "Exact":
        return None
    name, sign, size = kind.split("/")[0], int(kind.split("/")[1]), lambda t: eps
    if name == "Decaying":
        name, size = "Scaled", lambda t: eps * mp.exp(-mp.mpf(0.7) * t)

    def error(t, now):
        d = len(now)
        if name == "Shifted":
            u = [mp.mpf(1), mp.mpf(-2), mp.mpf(3)]
            turned = u if basis is None else [sum(mp.mpf(basis[j, i]) * u[j] for j in range(d)) for i in range(d)]
            return [(mp.mpf(0), size(t) * v / mp.sqrt(14)) for v in turned]
        fisher = sum(1 / v for v in now)
        alpha = {
            "Dilated": lambda v: 1 / mp.sqrt(sum(now)),
            "Scaled": lambda v: -1 / (v * mp.sqrt(fisher)),
            "Whitened": lambda v: 1 / mp.sqrt(d * v),
        }[name]
        return [(sign * size(t) * alpha(v), mp.mpf(0)) for v in now]

    return error


def score(kind, p):
    name, _, sign = kind.partition("/")
    if name == "Exact":
        return scores.Exact(p)
    if name == "Shifted":
        return scores.Shifted(p, 0.3, direction=[1.0, -2.0, 3.0])
    if name == "Decaying":
        return scores.Scaled(p, scores.Decaying(0.3, 0.7), sign=int(sign))
    return getattr(scores, name)(p, 0.3, sign=int(sign))


KINDS = ("Exact", "Shifted/1", "Dilated/1", "Dilated/-1", "Scaled/1", "Scaled/-1", "Whitened/-1", "Decaying/1")


def check(sampler, want):
    """Compare with the oracle: inside the enclosure that the law itself states, and within 1e-12 (λ, |m| are O(1))."""
    got = sampler.run().deviation
    for i, (shift, change) in enumerate(want):
        mean_miss, cov_miss = abs(mp.mpf(got.mean[i]) - shift), abs(mp.mpf(got.cov[i]) - change)
        assert mean_miss <= got.mean_error[i] + 1e-300, (i, mean_miss, got.mean_error[i])
        assert cov_miss <= got.cov_error[i] + 1e-300, (i, cov_miss, got.cov_error[i])
        assert max(float(mean_miss), float(cov_miss)) <= 1e-12


@pytest.mark.parametrize("name", cases.EXACT_LAW)
@pytest.mark.parametrize("kind", KINDS)
def test_every_scheme_and_every_error(name, kind):
    for index, correlated in enumerate((True, False)):
        p = cases.target(correlated)
        grid, begin = cases.GRIDS[("uniform", "benton")[index]], ("standard", "marginal")[index]
        want = oracle.output(name, p.spectral_mean, cases.LAMBDA, grid.tau, begin, oracle_error(kind, p.eigenvectors))
        check(cases.build(name, score(kind, p), grid, begin), want)


@pytest.mark.parametrize("name", cases.EXACT_LAW)
@pytest.mark.parametrize("grid", cases.GRIDS)
@pytest.mark.parametrize("begin", ["standard", "marginal"])
def test_every_scheme_on_every_grid(name, grid, begin):
    p, grid = cases.target(True), cases.GRIDS[grid]
    error = oracle_error("Scaled/-1", p.eigenvectors)
    want = oracle.output(name, p.spectral_mean, cases.LAMBDA, grid.tau, begin, error)
    check(cases.build(name, score("Scaled/-1", p), grid, begin), want)


@pytest.mark.parametrize("name", cases.EXACT_LAW)
@pytest.mark.parametrize(
    "tau", [[2.0, 0.0], [4.0, 2.0, 0.0], [1e-6, 5e-7, 0.0], [9.0, 2.5, 0.4]], ids=["one", "h=2", "T=1e-6", "coarse"]
)
def test_huge_and_tiny_steps(name, tau):
    p = cases.target(False)
    for begin in ("standard", "marginal"):
        want = oracle.output(name, p.spectral_mean, cases.LAMBDA, tau, begin)
        got = cases.build(name, scores.Exact(p), TimeGrid(np.array(tau)), begin).run().deviation
        for i, (shift, change) in enumerate(want):  # steps far beyond 1/L multiply errors: hence the enclosure
            assert abs(got.mean[i] - shift) <= got.mean_error[i] + 1e-300
            assert abs(got.cov[i] - change) <= got.cov_error[i] + 1e-300
            worst = 120 * EPS * len(tau) * np.exp(tau[0])  # terms of a step reach e^h, and λ = 3
            assert got.cov_error[i] <= worst * (1 + abs(change)) ** 2


@pytest.mark.parametrize("dim", [1, 2, 17, 200])
def test_dimensions(dim):
    rng = np.random.default_rng(dim)
    basis, lam = cases.rotation(dim, seed=dim), rng.uniform(0.2, 4.0, dim)
    p = targets.Gaussian.from_spectrum(rng.standard_normal(dim), lam, basis)
    sampler = cases.build("DDPM", scores.Exact(p), TimeGrid.uniform(1.5, 12))
    got, pick = sampler.run().deviation, [0, dim // 2, dim - 1]
    want = oracle.output("DDPM", p.spectral_mean[pick], p.eigenvalues[pick], sampler.grid.tau, "standard")
    for i, (shift, change) in zip(pick, want, strict=True):
        assert abs(got.mean[i] - shift) <= min(got.mean_error[i], 1e-12)
        assert abs(got.cov[i] - change) <= min(got.cov_error[i], 1e-12)


def test_mean_and_covariance_in_the_original_coordinates():
    p = cases.target(True)
    sampler = cases.build("EulerMaruyama", scores.Exact(p), cases.GRIDS["uniform"])
    want = oracle.output("EulerMaruyama", p.spectral_mean, cases.LAMBDA, sampler.grid.tau, "standard")
    c, delta = (np.array([float(w[i]) for w in want]) for i in (0, 1))
    basis, out = p.eigenvectors, sampler.run()
    np.testing.assert_allclose(out.mean, p.mean + basis @ c, atol=20 * EPS)
    np.testing.assert_allclose(out.cov, basis @ np.diag(cases.LAMBDA + delta) @ basis.T, atol=50 * EPS)
    np.testing.assert_allclose(out.eigenvalues, cases.LAMBDA + delta, atol=50 * EPS)


def test_any_gaussian_may_be_the_start():
    p, grid = cases.target(False), cases.GRIDS["stopped"]
    sampler = cases.build("ExponentialIntegrator", scores.Exact(p), grid)
    starts = [(np.zeros(3), np.eye(3)), (np.ones(3), 2 * np.eye(3))]
    at = [laws.Gaussian(mean, cov).through(sampler) for mean, cov in starts]
    now = 1 + (cases.LAMBDA - 1) * np.exp(-2 * grid.tau[:-1, None])
    h = grid.step_sizes[:, None]
    gains = np.prod(np.exp(h) - 2 * np.expm1(h) / now, axis=0)
    np.testing.assert_allclose(at[1].mean - at[0].mean, gains, rtol=1e-12)
    np.testing.assert_allclose(np.diag(at[1].cov - at[0].cov), np.square(gains), rtol=1e-11)
