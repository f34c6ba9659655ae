"""Law: repeated squaring gives the law of the loop over single steps, within its stated rounding, for any N."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.langevin import cases
from verify import laws, samplers, targets
from verify.errors import Diverged, InvalidInput, NotAffine
from verify.laws import dense, homogeneous
from verify.laws.gaussian import deviation_from
from verify.noise import Impulse

CHAINS = (*cases.KINETIC, "PreconditionedLangevin", "PrimalDualLangevin", "SGLD", "SGD", "ULA")
CROSSED = np.array([[1.3, -0.4, 0.2], [-0.4, 0.6, 0.1], [0.2, 0.1, 0.9]])


def crossed(dim):
    """Return a law whose axes are nobody else's."""
    root = np.random.default_rng(2).standard_normal((dim, dim))
    return laws.Gaussian(np.linspace(-3.0, 2.0, dim), root @ root.T / dim)


def by_hand(sampler, start):
    """Return mean and covariance by x' = Mx + b + Sz step by step in extended precision, M, b and S off the step."""
    dim, zero = sampler.dim, np.zeros(sampler.dim)
    quiet = Impulse(zero)
    offset = sampler.step(0, zero, quiet)
    matrix = (sampler.step(0, np.eye(dim), Impulse(np.eye(dim))) - offset).T.astype(np.longdouble)
    cov = start.cov.astype(np.longdouble)
    mean = start.mean.astype(np.longdouble)
    held = np.zeros((dim, dim))
    noise = [(sampler.step(0, held, Impulse(held, np.eye(dim), j)) - offset).T for j in range(quiet.draws)]
    spread = sum((part.astype(np.longdouble) @ part.T for part in noise), np.zeros((dim, dim)))
    for _ in range(sampler.steps):
        mean, cov = matrix @ mean + offset, matrix @ cov @ matrix.T + spread
    return mean.astype(float), cov.astype(float)


@pytest.mark.parametrize("name", CHAINS)
@pytest.mark.parametrize("correlated", [True, False])
@pytest.mark.parametrize("steps", [0, 1, 2, 37, 1000])
def test_squaring_is_the_loop(name, correlated, steps):
    """From a start whose axes are not those of the target; the loop itself is off by some ε per unit of size."""
    begin = crossed(cases.build(name, cases.target()).dim)
    sampler = cases.build(name, cases.target(correlated), 0.2, steps, begin=begin)
    mean, cov = by_hand(sampler, begin)
    law = sampler.run()
    size = 1 + np.abs(cov).max()
    assert np.abs(law.mean - mean).max() <= 1e-13 * size
    assert np.abs(law.cov - cov).max() <= 1e-13 * size
    assert law.deviation.cov_error.max() < 1e-10
    assert law.deviation.mean_error.max() < 1e-10


@pytest.mark.parametrize("name", [*cases.KINETIC, "PreconditionedLangevin"])
def test_stated_rounding_covers_the_difference(name):
    sampler = cases.build(name, cases.target(), 0.05, 2000)
    start = deviation_from(sampler.start(), sampler.marginal(0))
    slow = dense.fold(sampler, start)
    for slots in {sampler.slots, sampler.dim} - {1}:
        fast = homogeneous.fold(sampler, start, slots)
        assert np.abs(fast[0] - slow[0]).max() <= (fast[2] + slow[2]).max()
        assert np.abs(fast[1] - slow[1]).max() <= (fast[3] + slow[3]).max()
        assert fast[3].max() < 1e-9


@pytest.mark.parametrize("name", CHAINS)
def test_a_thousand_million_steps(name):
    """10⁹ steps take no time, settle, and are 10⁹ − 1000 and then 1000 of them."""
    sampler = cases.build(name, cases.target(), 1e-3, 10**9)
    begun = time.process_time()
    law = sampler.run()
    assert time.process_time() - begun < 2
    part = cases.build(name, cases.target(), 1e-3, 10**9 - 1000).run()
    again = cases.build(name, cases.target(), 1e-3, 1000).run(part)
    np.testing.assert_allclose(again.mean, law.mean, atol=1e-11)
    np.testing.assert_allclose(again.cov, law.cov, atol=1e-11)
    moved = cases.build(name, cases.target(), 1e-3, 10**6).run(law)
    np.testing.assert_allclose(moved.cov, law.cov, atol=1e-11)


def test_slow_contraction_is_followed_over_all_steps():
    """κ = 10⁸: after 10⁹ steps with γL = ½ the slowest mean has fallen by (1 − γm)^N, e^{−5} here, and no more."""
    p = targets.Gaussian.from_spectrum(np.zeros(2), np.array([1.0, 1e-8]))
    begin = laws.Gaussian(np.ones(2), np.zeros((2, 2)))
    law = samplers.ULA(p, 0.5e-8, 10**9, begin).run()
    assert law.mean[0] == pytest.approx(np.exp(10**9 * np.log1p(-0.5e-8)), rel=1e-6)
    kinetic = laws.Gaussian(np.array([1.0, 1.0, 0.0, 0.0]), np.zeros((4, 4)))
    slow = samplers.BAOAB(p, 1e-4, 10**5, kinetic, friction=2.0).run()
    # x″ + 2x′ + x = 0 from (1, 0): (1 + t)e^{−t}, up to O(h²)
    assert slow.mean[0] == pytest.approx(11 * np.exp(-10.0), rel=1e-6)


def test_many_coordinates():
    """d = 1,000, κ = 10⁸: 1 − γm = 1 − 10⁻⁸ rounds by ε, so ULA's variances are known to ε/γm; the error says so."""
    precisions = np.geomspace(1e-4, 1e4, 1000)
    p = targets.Gaussian.from_spectrum(np.zeros(1000), 1 / precisions)
    law = samplers.ULA(p, 1e-4, 10**9).run()
    gap = np.abs(law.eigenvalues - 1 / (precisions * (1 - 0.5e-4 * precisions)))
    assert (gap <= 3e-8 / precisions).all()
    assert (gap <= law.deviation.cov_error).all()
    kinetic = samplers.BAOAB(p, 0.01, 10**9).run()
    np.testing.assert_allclose(np.diagonal(kinetic.cov)[:1000] * precisions, 1.0, rtol=1e-9)
    np.testing.assert_allclose(np.diagonal(kinetic.cov)[1000:], 1 - 0.01**2 * precisions / 4, rtol=1e-9)


@dataclass(frozen=True, eq=False)
class Mixed(samplers.KineticSampler):
    """Couples coordinates beyond pairs: the blocks of two must notice."""

    order = 1

    def step(self, k: Any, x: Any, noise: Any) -> Any:
        return 0.5 * x + 0.1 * np.roll(x, 1, axis=-1) + noise.normal()


@dataclass(frozen=True, eq=False)
class Drifting(samplers.ULA):
    """Calls itself homogeneous, and is not."""

    def step(self, k: Any, x: Any, noise: Any) -> Any:
        return super().step(k, x, noise) * (1 + 0.01 * np.asarray(k)[..., None])


@dataclass(frozen=True, eq=False)
class Bent(samplers.UBU):
    def step(self, k: Any, x: Any, noise: Any) -> Any:
        return super().step(k, x + 1e-3 * np.sin(x), noise)


def test_what_blocks_must_not_swallow():
    p = cases.target(False)
    mixed = Mixed(p, 0.1, 30)
    mean, cov = by_hand(mixed, mixed.start())
    np.testing.assert_allclose(mixed.run().cov, cov, atol=1e-12)
    np.testing.assert_allclose(mixed.run().mean, mean, atol=1e-12)
    with pytest.raises(InvalidInput, match="Drifting calls itself homogeneous, but its steps differ"):
        Drifting(p, 0.1, 30).run()
    with pytest.raises(NotAffine):
        Bent(p, 0.1, 30).run()
    with pytest.raises(NotAffine):
        samplers.RandomisedMidpoint(p, 0.1, 10**9).run()


@pytest.mark.parametrize("name", ["ULA", "SGLD", "BAOAB", "OBABO", "UBU", "KineticExponentialEuler", "GradientDescent"])
def test_beyond_stability_is_said(name):
    sampler = cases.build(name, cases.target(), 20.0, 10**9)
    with pytest.raises(Diverged, match="leaves the range of float64"):
        sampler.run()


def test_at_the_limit_the_law_grows_and_stays_a_law():
    """γλ = 2: the gain is −1, the mean keeps its distance and the variance grows by 2γ a step."""
    p = targets.Gaussian(np.zeros(1), np.eye(1))
    law = samplers.ULA(p, 2.0, 1000, laws.Gaussian(np.ones(1), np.zeros((1, 1)))).run()
    assert law.mean[0] == pytest.approx(1.0, abs=1e-9)
    assert law.cov[0, 0] == pytest.approx(4000.0, rel=1e-9)


@pytest.mark.parametrize("beta", [1e-100, 1e-8, 1e8, 1e100])
def test_temperatures_without_end(beta):
    """β → ∞ is gradient descent; β → 0 spreads as 1/β. Never NaN."""
    p = cases.target(False)
    law = samplers.ULA(p, 0.1, 10**6, inverse_temperature=beta).run()
    want = 1 / (beta * cases.PRECISIONS * (1 - 0.05 * cases.PRECISIONS))
    np.testing.assert_allclose(law.eigenvalues, want, rtol=1e-9, atol=1e-14)
    annealed = samplers.AnnealedULA(p, 0.1, 2000, inverse_temperature=beta).run()
    np.testing.assert_allclose(annealed.eigenvalues, want, rtol=1e-9, atol=1e-14)
    cold = samplers.GradientDescent(p, 0.1, 10**6).run()
    if beta > 1:
        np.testing.assert_allclose(law.mean, cold.mean, atol=1e-15)
