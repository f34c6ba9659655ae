"""Path KL = Σ_k ∫ E‖(f/2)(Y_t − Y_k) + v_t(Y_t) − s_k(Y_k)‖² dt, factor one: closed form against independent routes."""

from __future__ import annotations

import math
from types import SimpleNamespace

import mpmath
import numpy as np
import pytest
from numpy.polynomial.hermite_e import hermegauss

from verify import observables, samplers, scores
from verify.bounds.path_kl import path_kl, path_kl_rate, path_kl_steps
from verify.errors import NotApplicable
from verify.targets import Gaussian, gallery
from verify.timegrid import TimeGrid

GIRSANOV = [samplers.ExponentialIntegrator, samplers.RelativeIntegrator, samplers.EulerMaruyama]
GRIDS = {
    "uniform": TimeGrid.uniform(1.5, 7),
    "coarse": TimeGrid.uniform(4.0, 2),
    "geometric": TimeGrid.geometric(2.0, 6, 0.05),
    "benton": TimeGrid.benton(2.0, 0.4, 0.02),
}


def errors(target: Gaussian) -> list[scores.AffineScore]:
    return [
        scores.Exact(target),
        scores.Shifted(target, 0.3, direction=np.arange(1, target.dim + 1)),
        scores.Dilated(target, scores.Decaying(0.4, 0.5), sign=-1),
        scores.Scaled(target, 0.3, sign=1),
        scores.Whitened(target, 0.2, sign=-1),
    ]


def quadrature(sampler: samplers.ReverseSampler, k: int) -> float:
    """Time by adaptive mpmath quadrature, space by Gauss–Hermite, through the running score: no shared formula."""
    target, tau, h = sampler.target, float(sampler.grid.tau[k]), float(sampler.grid.step_sizes[k])
    exact, freeze = scores.Exact(target), sampler.freeze
    nodes, weights = hermegauss(3)  # exact for the quadratic integrand
    mesh = np.stack(np.meshgrid(*[nodes] * (2 * target.dim), indexing="ij"), axis=-1).reshape(-1, 2 * target.dim)
    weight = (
        np.prod(
            np.stack(np.meshgrid(*[weights] * (2 * target.dim), indexing="ij"), axis=-1).reshape(-1, 2 * target.dim),
            axis=1,
        )
        / (2 * math.pi) ** target.dim
    )

    def integrand(s: float) -> float:
        law = target.diffused(tau - s)
        root = np.linalg.cholesky(law.cov)
        y = law.mean + mesh[:, : target.dim] @ root.T
        y_k = math.exp(-s) * y + math.sqrt(-math.expm1(-2 * s)) * mesh[:, target.dim :]
        gap = 0.5 * freeze * (y - y_k) + exact(y, tau - s) - sampler.score(y_k, tau)
        return float(weight @ (gap**2).sum(axis=1))

    return float(mpmath.quad(lambda s: integrand(float(s)), [0, h / 4, h], maxdegree=6))


@pytest.mark.parametrize("scheme", GIRSANOV)
@pytest.mark.parametrize("grid", GRIDS)
def test_closed_form_is_the_double_quadrature(scheme: type[samplers.ReverseSampler], grid: str) -> None:
    for score in errors(gallery.correlated()):
        sampler = scheme(score, GRIDS[grid])
        got = path_kl_steps(sampler)[0]
        for k in (0, sampler.steps - 1):
            assert got[k] == pytest.approx(quadrature(sampler, k), rel=1e-9, abs=1e-13)


def test_formula_of_the_exponential_integrator() -> None:
    """D = Σ [½ log(1 + (e^{2h} − 1)/λ_{k+1}) − b(h)/λ_k], b = 2(1 − e^{−h}) − h, in 40-digit arithmetic."""
    target, grid = gallery.skewed(), TimeGrid.uniform(3.0, 300)
    with mpmath.workdps(40):
        h = mpmath.mpf(3) / 300
        total = mpmath.mpf(0)
        for lam in target.eigenvalues:
            for k in range(300):
                at = [1 + (mpmath.mpf(float(lam)) - 1) * mpmath.exp(-2 * h * (300 - j)) for j in (k, k + 1)]
                b = 2 * (1 - mpmath.exp(-h)) - h
                total += mpmath.log(1 + mpmath.expm1(2 * h) / at[1]) / 2 - b / at[0]
    value, error = path_kl(samplers.ExponentialIntegrator(scores.Exact(target), grid))
    assert abs(value - float(total)) <= error + 1e-15 * value
    assert error < 1e-11 * value


def test_standard_normal_has_the_known_path_kl() -> None:
    """For p = γ, D = dT(2 − 2(1 − e^{−h})/h): Girsanov sees an error of order h, the output one of order h²."""
    d, T, N = 5, 2.0, 40
    h = T / N
    value, _ = path_kl(samplers.ExponentialIntegrator(scores.Exact(gallery.standard(d)), TimeGrid.uniform(T, N)))
    assert value == pytest.approx(d * T * (2 + 2 * math.expm1(-h) / h), rel=1e-12)


@pytest.mark.parametrize("scheme", GIRSANOV)
def test_monte_carlo_over_forward_paths_agrees(scheme: type[samplers.ReverseSampler]) -> None:
    """Fifteen 99.99 % intervals in all: a false alarm once in 600 runs if the seed were drawn anew."""
    measure = observables.PathKLMonteCarlo({"ci": 4000}, confidence=0.9999)
    for i, score in enumerate(errors(gallery.correlated())):
        sampler = scheme(score, GRIDS["uniform"])
        cell = SimpleNamespace(rng=np.random.default_rng(i), budget="ci", point={})
        estimate = measure(sampler, cell)
        assert estimate.low <= path_kl(sampler)[0] <= estimate.high
        assert estimate.high - estimate.low < 0.3 * estimate.value


def test_skeleton_is_below_the_path_and_above_the_end_point() -> None:
    """Data processing: KL(p‖p_T) ≤ KL(q_T‖γ) + skeleton ≤ KL(q_T‖γ) + path."""
    from verify import divergences

    for target in (gallery.correlated(), gallery.skewed(), gallery.narrow(), gallery.wide()):
        for scheme in GIRSANOV:
            for score in errors(target):
                sampler = scheme(score, TimeGrid.uniform(1.0, 10))
                start = float(sampler.process.kl(1.0))
                true = divergences.kl(target, sampler.run()).value
                skeleton = observables.SkeletonKL()(sampler, None)
                path, error = path_kl(sampler)
                assert true <= start + skeleton.high
                assert skeleton.low <= path + error
                assert true > 0 and skeleton.value > 0.2 * path  # neither rung is idle


def test_skeleton_is_infinite_without_noise_and_zero_for_the_true_transition() -> None:
    grid = TimeGrid.uniform(1.0, 10)
    exact = scores.Exact(gallery.correlated())
    assert observables.SkeletonKL()(samplers.DDIM(exact, grid), None).value == math.inf
    true = observables.SkeletonKL()(samplers.OptimalAncestral(exact, grid), None)
    assert true.value < 1e-25 and true.low == 0.0


def test_other_noises_have_no_path_kl() -> None:
    with pytest.raises(NotApplicable, match="mutually singular"):
        path_kl(samplers.DDPM(scores.Exact(gallery.narrow()), GRIDS["uniform"]))


def test_singular_target_down_to_zero_is_infinite_not_nan() -> None:
    exact = scores.Exact(gallery.flat(3))
    assert path_kl(samplers.ExponentialIntegrator(exact, TimeGrid.uniform(1.0, 10)))[0] == math.inf
    assert math.isfinite(path_kl(samplers.ExponentialIntegrator(exact, TimeGrid.benton(1.0, 0.2, 0.01)))[0])


@pytest.mark.parametrize("scheme", GIRSANOV)
def test_integrated_rate_is_the_path_kl(scheme: type[samplers.ReverseSampler]) -> None:
    """Two forms of one integrand: Gauss–Legendre in time over the pointwise one gives the closed form of each step."""
    shares, weights = (0.5 * (a + b) for a, b in zip(np.polynomial.legendre.leggauss(24), (1, 0), strict=True))
    for score in errors(gallery.correlated()):
        sampler = scheme(score, GRIDS["geometric"])
        mean = sum(w * path_kl_rate(sampler, float(s)) for s, w in zip(shares, weights, strict=True))
        np.testing.assert_allclose(mean * sampler.grid.step_sizes, path_kl_steps(sampler)[0], rtol=1e-9)


def test_skeleton_encloses_the_truth_for_a_huge_step() -> None:
    """One step of size 10: V*/V is tiny, and V*/V − 1 has lost its digits. Truth in 40-digit arithmetic."""
    target = Gaussian(np.array([0.06910699]), np.array([[1.26465938]]))
    sampler = samplers.ExponentialIntegrator(scores.Dilated(target, 1.0, 1), TimeGrid.uniform(10.0, 1))
    got = observables.SkeletonKL()(sampler, None)
    with mpmath.workdps(40):
        h, lam = mpmath.mpf(10), mpmath.mpf(float(target.eigenvalues[0]))
        mean, at = mpmath.mpf(float(target.mean[0])), 1 + (lam - 1) * mpmath.exp(-20)
        alpha = 1 / mpmath.sqrt(at)
        gain = mpmath.exp(h) + 2 * mpmath.expm1(h) * (alpha - 1 / at)
        true, noise = lam * (1 - mpmath.exp(-2 * h)) / at, mpmath.expm1(2 * h)
        bias = (mpmath.exp(h) * mean * mpmath.exp(-h) - mean) ** 2
        ratio = true / noise
        want = (ratio - 1 - mpmath.log(ratio) + ((gain - mpmath.exp(-h) * lam / at) ** 2 * at + bias) / noise) / 2
    assert got.low <= float(want) <= got.high
    assert got.value == pytest.approx(float(want), rel=1e-13)
    assert got.high - got.low < 1e-9 * got.value
