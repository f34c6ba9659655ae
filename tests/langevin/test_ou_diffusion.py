"""Law: the Langevin diffusion of N(m, Σ) at any time and β, against matrix exponentials and generating functions."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from scipy.linalg import expm

import verify as vf
from verify import laws, targets
from verify.errors import InvalidInput, NoDensity
from verify.processes import LangevinDiffusion
from verify.processes.generator import adjoint, generator, log_derivatives
from verify.targets import gallery

EPS = float(np.finfo(float).eps)
CASES = {
    "narrow": gallery.narrow,
    "correlated": gallery.correlated,
    "skewed": gallery.skewed,
    "stiff": lambda: gallery.two_scales(4, condition=1e8),
}
BETAS = (1e-6, 0.4, 1.0, 3.0, 1e6)


def start_of(dim: int) -> laws.Gaussian:
    root = np.tril(np.full((dim, dim), 0.3)) + np.diag(np.linspace(0.4, 1.3, dim))
    return laws.Gaussian(np.linspace(2.0, -1.0, dim), root @ root.T)


def by_exponential(target, beta, t, start):
    """Mean and covariance by Van Loan's block exponential of dX = −Λ(X − m)dt + √(2/β)dB, substeps of λ_max t ≤ 1."""
    d, precision = target.dim, np.linalg.inv(target.cov)
    pieces = max(1, math.ceil(np.log2(max(1.0, t * np.linalg.eigvalsh(precision)[-1]))))
    h = t / 2**pieces
    block = np.block([[precision, 2 / beta * np.eye(d)], [np.zeros((d, d)), -precision.T]]) * h
    flow = expm(block)
    gain = flow[d:, d:].T
    noise = gain @ flow[:d, d:]
    for _ in range(pieces):
        gain, noise = gain @ gain, gain @ noise @ gain.T + noise
    mean = target.mean + gain @ (start.mean - target.mean)
    return mean, gain @ start.cov @ gain.T + noise


@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("name", ["narrow", "correlated", "skewed"])
def test_law(name, beta):
    """Catches β left out, a rate that depends on β, a kernel variance 1 − e^{−t}, and a basis applied once."""
    target = CASES[name]()
    diffusion, start = LangevinDiffusion(target, beta), start_of(target.dim)
    for t in (0.0, 1e-3, 0.2, 1.7, 30.0):
        law = diffusion.law(t, start)
        mean, cov = by_exponential(target, beta, t, start)
        size = float(np.abs(cov).max()) + 1 / beta
        np.testing.assert_allclose(law.mean, mean, rtol=0, atol=1e3 * EPS * (1 + np.abs(mean).max()))
        np.testing.assert_allclose(law.cov, cov, rtol=0, atol=1e3 * EPS * size)


@pytest.mark.parametrize("name", CASES)
def test_kernel_is_the_law_from_a_point_and_steps_compose(name):
    target = CASES[name]()
    diffusion = LangevinDiffusion(target, 2.5)
    x = np.linspace(-1.0, 2.0, target.dim)
    point = laws.Gaussian(x, np.zeros((target.dim, target.dim)))
    for t in (1e-9, 0.3, 40.0):
        kernel, law = diffusion.kernel(t, x), diffusion.law(t, point)
        np.testing.assert_allclose(kernel.mean, law.mean, rtol=0, atol=100 * EPS * 4)
        # the law knows its distance to the stationary one and so loses the smallest variances at the shortest times
        np.testing.assert_allclose(kernel.cov, law.cov, rtol=0, atol=100 * EPS * float(target.cov.max()))
        twice = diffusion.law(0.7 * t, diffusion.law(0.3 * t, point))
        np.testing.assert_allclose(twice.cov, law.cov, rtol=0, atol=100 * EPS * float(target.cov.max()))


def test_late_divergences_keep_their_digits():
    """KL at e^{−4t} = 1e-120 against mpmath; a difference of covariances would say 0 or noise."""
    target = gallery.narrow()
    diffusion, start = LangevinDiffusion(target, 2.0), laws.Gaussian(np.array([0.75]), np.array([[0.5]]))
    for t in (1.0, 10.0, 35.0):
        with mp.workdps(300):
            goal = mp.mpf(0.25) / 2
            v = 1 + (mp.mpf(0.5) - goal) * mp.e ** (-8 * mp.mpf(t)) / goal
            want = float((v - 1 - mp.log(v)) / 2)
        assert vf.kl(diffusion.law(t, start), diffusion.stationary).value == pytest.approx(want, rel=1e-11)


def test_a_thousand_dimensions_and_a_condition_number_of_1e8():
    target = gallery.power_law(1000, condition=1e8)
    diffusion = LangevinDiffusion(target, 3.0)
    law = diffusion.law(1e-4, laws.Gaussian.standard(1000))
    goal = target.eigenvalues / 3
    want = goal + np.exp(-2e-4 / target.eigenvalues) * (1 - goal)
    np.testing.assert_allclose(np.sort(law.eigenvalues), np.sort(want), rtol=1e-11)


@pytest.mark.parametrize("beta", [0.4, 3.0])
@pytest.mark.parametrize("name", ["narrow", "correlated", "skewed"])
def test_semigroup_of_exponentials(name, beta):
    """P_t e^{⟨w, ·⟩} = exp(⟨w, mean⟩ + ½wᵀCw) from the kernel's own moments; 40 points resolve the series."""
    target = CASES[name]()
    diffusion, d = LangevinDiffusion(target, beta), target.dim
    w, x = np.linspace(0.6, -0.4, d), np.linspace(-1, 1.5, 4 * d).reshape(4, d)
    for t in (0.0, 0.25, 2.0):
        found = diffusion.semigroup(lambda y: np.exp(y @ w), t, order=40)(x)
        kernels = [by_exponential(target, beta, t, laws.Gaussian(p, np.zeros((d, d)))) for p in x]
        want = [math.exp(w @ mean + 0.5 * w @ cov @ w) for mean, cov in kernels]
        np.testing.assert_allclose(found, want, rtol=1e-12)


@pytest.mark.parametrize("name", ["narrow", "correlated", "skewed"])
def test_eigenfunctions(name):
    """⟨H_j, H_k⟩ = δ under the stationary law, and P_t H_k = e^{−t⟨k, rates⟩}H_k: β moves one, not the other."""
    target = CASES[name]()
    diffusion, d = LangevinDiffusion(target, 2.0), target.dim
    indices = [tuple(int(i == j) * k for j in range(d)) for i in range(d) for k in (1, 2, 4)] + [(1,) * d]
    mean = diffusion.semigroup(lambda x: x @ np.ones(d), 1e6)(target.mean[None])
    assert mean == pytest.approx(target.mean.sum(), abs=1e-12)
    indices = list(dict.fromkeys(indices))
    for a in indices:
        for b in indices:
            h, g = diffusion.eigenfunction(a), diffusion.eigenfunction(b)
            inner = diffusion.semigroup(lambda x, h=h, g=g: h(x) * g(x), 1e6)(target.mean[None])[0]
            assert inner == pytest.approx(float(a == b), abs=1e-11)
        x = target.mean + np.linspace(-1, 1, 3 * d).reshape(3, d)
        h, rate = diffusion.eigenfunction(a), float(np.dot(a, 1 / target.eigenvalues))
        np.testing.assert_allclose(diffusion.semigroup(h, 0.3)(x), math.exp(-0.3 * rate) * h(x), rtol=0, atol=1e-10)


@pytest.mark.parametrize("beta", [0.4, 1.0, 3.0])
@pytest.mark.parametrize("name", ["narrow", "correlated", "skewed"])
def test_generator_and_backward_equation(name, beta):
    """∂_t P_t g at 0 for g = e^{⟨w, x⟩} is g·(⟨w, −Λ(x − m)⟩ + |w|²/β): catches ½Δ, β² and the sign of the drift."""
    target = CASES[name]()
    d, precision = target.dim, np.linalg.inv(target.cov)
    w, x = np.linspace(0.6, -0.4, d), np.linspace(-1, 1.5, 4 * d).reshape(4, d)
    g = np.exp(x @ w)
    want = g * (-((x - target.mean) @ precision) @ w + w @ w / beta)
    found = generator(target.score(x), g[:, None] * w, g * (w @ w), beta)
    np.testing.assert_allclose(found, want, rtol=0, atol=1e-12 * np.abs(want).max())
    diffusion, t = LangevinDiffusion(target, beta), 0.4
    moved = diffusion.semigroup(lambda y: np.exp(y @ w), t, order=40)

    def generated(y):
        e = np.exp(y @ w)
        return generator(target.score(y), e[..., None] * w, e * (w @ w), beta)

    ahead, behind = (diffusion.semigroup(lambda y: np.exp(y @ w), t + s, order=40)(x) for s in (1e-4, -1e-4))
    slope = (ahead - behind) / 2e-4  # off by 1e-8·(rate)³/6, rates below 4·2, and by rounding 1e-12
    np.testing.assert_allclose(diffusion.semigroup(generated, t, order=40)(x), slope, rtol=2e-5, atol=1e-6)
    assert np.isfinite(moved(x)).all()


@pytest.mark.parametrize("beta", [0.4, 3.0])
@pytest.mark.parametrize("name", ["narrow", "correlated", "skewed"])
def test_adjoint(name, beta):
    """𝓛*π_β = 0, and 𝓛*p/p is ∂_t log p_t; catches a missing div ∇f and the sign of the drift."""
    target = CASES[name]()
    diffusion, d = LangevinDiffusion(target, beta), target.dim
    x, divergence = np.linspace(-1, 1.5, 4 * d).reshape(4, d), -np.trace(np.linalg.inv(target.cov))
    still = adjoint(target.score(x), divergence, *log_derivatives(diffusion.stationary, x), beta)
    terms = float(np.abs(target.score(x)).max() ** 2 * max(1, beta)) + abs(divergence)
    np.testing.assert_allclose(still, 0, atol=1e-13 * terms)
    t, start = 0.35, start_of(d)
    law = diffusion.law(t, start)
    found = adjoint(target.score(x), divergence, *log_derivatives(law, x), beta)
    ahead, behind = (diffusion.law(t + s, start).log_density(x) for s in (1e-4, -1e-4))
    np.testing.assert_allclose(found, (ahead - behind) / 2e-4, rtol=1e-5, atol=1e-5 * np.abs(found).max())


def test_decay_of_divergences():
    """Mean shift along the slowest direction: KL e^{−2mt}, W2 e^{−mt} exactly; equal means: KL at twice the rate."""
    target, t = gallery.skewed(), 1.3
    for beta in (0.3, 1.0, 5.0):
        diffusion = LangevinDiffusion(target, beta)
        goal = diffusion.stationary
        shifted = laws.Gaussian(goal.mean + np.array([0.0, 0.0, 1.1]), goal.cov)
        for divergence, rate in ((vf.kl, 2 / 3.0), (vf.wasserstein2, 1 / 3.0)):
            before, after = divergence(shifted, goal).value, divergence(diffusion.law(t, shifted), goal).value
            assert after == pytest.approx(math.exp(-rate * t) * before, rel=1e-11)
        wide = laws.Gaussian(goal.mean, goal.cov * np.array([1.0, 1.0, 1 + 1e-6]))
        ratio = vf.kl(diffusion.law(t, wide), goal).value / vf.kl(wide, goal).value
        assert ratio == pytest.approx(math.exp(-4 / 3 * t), rel=1e-5)  # 1e-6 from the next order


def test_bad_input():
    diffusion = LangevinDiffusion(gallery.correlated())
    for call, kind in (
        (lambda: LangevinDiffusion(gallery.correlated(), 0.0), InvalidInput),
        (lambda: LangevinDiffusion(gallery.correlated(), math.inf), InvalidInput),
        (lambda: LangevinDiffusion(gallery.flat(2)), NoDensity),
        (lambda: diffusion.law(-1.0, laws.Gaussian.standard(2)), InvalidInput),
        (lambda: diffusion.law(math.nan, laws.Gaussian.standard(2)), InvalidInput),
        (lambda: diffusion.semigroup(lambda x: x[..., 0], math.inf), InvalidInput),
        (lambda: diffusion.semigroup(lambda x: x[..., 0], 1.0, order=2000), InvalidInput),
        (lambda: diffusion.eigenfunction((1,)), InvalidInput),
        (lambda: diffusion.eigenfunction((1, -1)), InvalidInput),
    ):
        with pytest.raises(kind) as caught:
            call()
        assert "\n" not in str(caught.value)
    assert isinstance(diffusion.stationary, targets.Gaussian)
