"""p_N = E N(·; c(X_{N−1}), S(X_{N−1})): kernel-averaged densities, and two-sided KL and TV from them, against exact laws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

import verify as vf
from verify import laws, samplers, scores, targets
from verify.divergences import rao_blackwell
from verify.errors import InvalidInput, NoDensity, NotAffine, NotApplicable
from verify.laws import KernelMixture, Particles
from verify.noise import Noise

LOPSIDED = targets.GaussianMixture([0.2, 0.8], [-1.5, 1.0], [0.2, 0.5])


def correlated(dim: int) -> targets.Gaussian:
    return targets.Gaussian(np.linspace(1, -0.5, dim), 0.8 * np.eye(dim) + 0.3 / dim)


def chain(target: object, steps: int = 10, horizon: float = 3.0) -> samplers.ReverseSampler:
    return samplers.ExponentialIntegrator(scores.Exact(target), vf.TimeGrid.uniform(horizon, steps))


def averaged(sampler: samplers.ReverseSampler, n: int, seed: int) -> KernelMixture:
    return KernelMixture.of(sampler, Particles.standard(n, sampler.dim, seed=seed))


@dataclass(frozen=True)
class Twisted:
    """Noise that depends on the state, on two draws, with a correlation: no reverse sampler does all that."""

    steps: int = 3
    dim: int = 2

    def step(self, k: int, x: np.ndarray, noise: Noise) -> np.ndarray:
        first, second = noise.normal(), noise.normal()
        mixed = np.stack([first[..., 0], 0.6 * first[..., 0] + 0.8 * first[..., 1]], axis=-1)
        return 0.7 * x + (0.5 + 0.3 * np.tanh(x)) * mixed + 0.4 * second


@dataclass(frozen=True)
class Bent:
    """A step that is not affine in its noise."""

    steps: int = 2
    dim: int = 1

    def step(self, k: int, x: np.ndarray, noise: Noise) -> np.ndarray:
        z = noise.normal()
        return x + z + 0.01 * z**2


@pytest.mark.parametrize("scheme", [samplers.ExponentialIntegrator, samplers.DDPM, samplers.EulerMaruyama])
def test_probed_kernel_is_that_of_the_scheme(scheme: type[samplers.ReverseSampler]) -> None:
    """Centre = step without noise, root = the formula's √V to rounding; 1 % more variance is seen at once."""
    sampler = scheme(scores.Exact(LOPSIDED), vf.TimeGrid.geometric(2.0, 8, 0.1))
    h = float(sampler.grid.step_sizes[-1])
    variance = {"ExponentialIntegrator": np.expm1(2 * h), "DDPM": -np.expm1(-2 * h), "EulerMaruyama": 2 * h}
    mixture = averaged(sampler, 500, 3)
    assert mixture.roots.shape == (1, 1)
    assert mixture.roots[0, 0] == pytest.approx(variance[scheme.__name__] ** 0.5, rel=1e-12)
    faulty = samplers.Perturbed(sampler.score, sampler.grid, noise_scale=1.01**0.5)
    root = averaged(faulty, 500, 3).roots[0, 0]
    assert root**2 == pytest.approx(1.01 * np.expm1(2 * h), rel=1e-12)


def deviations(sampler: samplers.ReverseSampler, mixture: KernelMixture) -> np.ndarray:
    """Standardised differences of the averaged kernels from the exact density at fifteen places."""
    x = np.linspace(-4, 4, 15)
    exact = np.exp(sampler.run().log_density(x[:, None]))
    kernels = norm.pdf((x[:, None] - mixture.centres[:, 0]) / mixture.roots[0, 0]) / mixture.roots[0, 0]
    np.testing.assert_allclose(np.exp(mixture.log_density(x[:, None])), kernels.mean(axis=1), rtol=1e-9)
    return np.asarray((kernels.mean(axis=1) - exact) / (kernels.std(axis=1) / mixture.n**0.5))


def test_average_of_kernels_is_the_exact_density_and_one_per_cent_of_variance_is_not() -> None:
    """Fifteen normal deviates: below 4.5 but once in 10⁴ seeds. A kernel 1 % wider is off by 10 and more."""
    sampler = chain(LOPSIDED, steps=2, horizon=1.0)
    mixture = averaged(sampler, 1_000_000, 5)
    assert np.abs(deviations(sampler, mixture)).max() < 4.5
    wide = replace(mixture, roots=1.01**0.5 * mixture.roots)
    assert np.abs(deviations(sampler, wide)).max() > 7


def test_state_dependent_kernels_are_averaged_each_with_its_own_covariance() -> None:
    mixture = KernelMixture.of(Twisted(), Particles.standard(400, 2, seed=2))
    assert mixture.roots.shape == (400, 2, 2)
    last = Particles.standard(400, 2, seed=2).through(Twisted(steps=2)).points
    size = 0.5 + 0.3 * np.tanh(last)
    x = np.array([[0.3, -1.0], [2.0, 1.0], [-1.5, 0.2]])
    want = np.zeros(3)
    for state, s in zip(last, size, strict=True):
        factor = np.array([[s[0], 0.0], [0.6 * s[1], 0.8 * s[1]]])
        want += multivariate_normal(0.7 * state, factor @ factor.T + 0.16 * np.eye(2)).pdf(x) / 400
    np.testing.assert_allclose(np.exp(mixture.log_density(x)), want, rtol=1e-9)
    drawn = mixture.sample(200_000, np.random.default_rng(1))
    np.testing.assert_allclose(drawn.mean(axis=0), mixture.mean, atol=5 * drawn.std() / 200_000**0.5)


def test_blocks_average_to_the_whole_and_far_places_stay_finite() -> None:
    mixture = averaged(chain(correlated(2)), 1003, 1)
    x = np.array([[0.0, 0.0], [40.0, -40.0], [1.0, 2.0]])
    sizes = mixture.sizes(7)
    assert sizes.sum() == 1003 and np.ptp(sizes) <= 1
    pooled = np.log((np.exp(mixture.log_blocks(x, 7)[[0, 2]]) * sizes).sum(axis=1) / 1003)
    np.testing.assert_allclose(pooled, mixture.log_density(x)[[0, 2]], rtol=1e-12)
    assert np.isfinite(mixture.log_density(x)).all()


@pytest.mark.parametrize("dim", [2, 5])
def test_intervals_hold_the_exact_gaussian_divergences(dim: int) -> None:
    """Eight clouds, three divergences: 24 intervals of 99.9 %. The midpoints scatter about the truth without a bias."""
    target = correlated(dim)
    sampler = chain(target)
    exact = sampler.run()
    measures = [
        (vf.kl(target, exact).value, lambda m: vf.kl(target, m, confidence=0.999)),
        (vf.kl(exact, target).value, lambda m: vf.kl(m, target, confidence=0.999)),
        (vf.total_variation(target, exact).value, lambda m: vf.total_variation(target, m, confidence=0.999)),
    ]
    clouds = [averaged(sampler, 600, seed) for seed in range(8)]
    for truth, measure in measures:
        found = [measure(cloud) for cloud in clouds]
        assert all(e.low <= truth <= e.high for e in found)
        values = np.array([e.value for e in found])
        assert abs(values.mean() - truth) < 5 * values.std(ddof=1) / 8**0.5
        assert all(e.null is not None and e.null.low == 0 or e.null.value < 0.5 * truth for e in found)


def test_interval_holds_the_exact_divergences_of_a_mixture_on_the_line() -> None:
    sampler = chain(LOPSIDED, steps=12, horizon=2.0)
    exact, mixture = sampler.run(), averaged(sampler, 4000, 11)
    for got, want in (
        (vf.kl(LOPSIDED, mixture, confidence=0.999), vf.kl(LOPSIDED, exact)),
        (vf.kl(mixture, LOPSIDED, confidence=0.999), vf.kl(exact, LOPSIDED)),
        (vf.total_variation(mixture, LOPSIDED, confidence=0.999), vf.total_variation(LOPSIDED, exact)),
    ):
        assert got.low <= want.value <= got.high and got.resolved
        assert got.high - got.low < want.value


def test_plug_in_alone_is_biased_upwards_and_the_tangent_downwards() -> None:
    """Few narrow kernels: E upper > KL > E lower by far more than the scatter; leaving out the tangent would be seen."""
    target = targets.Gaussian(np.array([0.5]), np.array([[1.0]]))
    sampler = chain(target, steps=60)
    truth, sides = vf.kl(target, sampler.run()).value, []
    for seed in range(12):
        mixture = averaged(sampler, 200, seed)
        x = rao_blackwell._places(target, mixture)
        known, blocks = target.log_density(x), mixture.log_blocks(x, 20)
        base = np.logaddexp(known, mixture.log_density(x)) - np.log(2)
        both = rao_blackwell._sides(known - base, blocks - base[:, None], mixture.sizes(20), rao_blackwell._to_mixture)
        sides.append(both.mean(axis=1))
    upper, lower = np.mean(sides, axis=0)
    errors = np.std(sides, axis=0, ddof=1) / 12**0.5
    assert upper - 4 * errors[0] > truth > lower + 4 * errors[1]
    assert abs(0.5 * (upper + lower) - truth) < 0.35 * (upper - lower)


def test_equal_laws_are_not_resolved_from_the_null() -> None:
    """Kernels of variance 0.3 about N(0, 0.7) are N(0, 1) exactly: KL and TV are zero and look like it."""
    centres = np.random.default_rng(4).normal(scale=0.7**0.5, size=(2000, 2))
    mixture = KernelMixture(centres, 0.3**0.5 * np.eye(2), seed=9)
    law = targets.Gaussian(np.zeros(2), np.eye(2))
    for found in (vf.kl(law, mixture), vf.kl(mixture, law), vf.total_variation(law, mixture)):
        assert found.low == 0.0 and not found.resolved and found.value < 0.05


def test_one_cloud_gives_one_number() -> None:
    first, second = (vf.kl(correlated(2), averaged(chain(correlated(2)), 400, 3)) for _ in range(2))
    assert first == second


def test_what_has_no_kernel_density_says_so() -> None:
    exact = scores.Exact(correlated(2))
    grid, cloud = vf.TimeGrid.uniform(1.0, 4), Particles.standard(50, 2, seed=0)
    with pytest.raises(NoDensity, match="draws no noise"):
        KernelMixture.of(samplers.DDIM(exact, grid), cloud)
    with pytest.raises(NotAffine, match="uniforms"):
        KernelMixture.of(samplers.MALA(correlated(2), 0.1, 4), cloud)
    with pytest.raises(NotAffine, match="not affine in its noise"):
        KernelMixture.of(Bent(), Particles.standard(50, 1, seed=0))
    with pytest.raises(NoDensity, match="without noise"):
        KernelMixture(np.zeros((3, 2)), np.diag([1.0, 0.0]))


def test_bad_input_gives_one_line() -> None:
    mixture = averaged(chain(correlated(2)), 400, 3)
    loose = SimpleNamespace(
        dim=2, log_density=lambda x: 0.7 - 0.5 * (x**2).sum(axis=-1), sample=lambda n, rng: rng.standard_normal((n, 2))
    )
    for call, error, words in (
        (lambda: vf.kl(correlated(3), mixture), InvalidInput, "one dimension"),
        (lambda: vf.kl(mixture, mixture), NotApplicable, "known density"),
        (lambda: vf.kl(Particles.standard(9, 2, seed=1), mixture), NotApplicable, "known density"),
        (lambda: vf.kl(correlated(2), averaged(chain(correlated(2)), 50, 1)), InvalidInput, "n >= 200"),
        (lambda: vf.kl(correlated(2), mixture, confidence=1.0), InvalidInput, "confidence"),
        (lambda: vf.kl(loose, mixture), InvalidInput, "integrates to about"),
        (lambda: mixture.log_density(np.zeros((3, 3))), InvalidInput, "shape"),
        (lambda: KernelMixture(np.zeros(3), np.eye(1)), InvalidInput, "centres"),
    ):
        with pytest.raises(error, match=words):
            call()
    assert laws.KernelMixture is KernelMixture
