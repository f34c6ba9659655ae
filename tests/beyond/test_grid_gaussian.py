"""Law: pushed through an affine step, a density on a grid is the Gaussian of the closed form; so are all divergences.

The Gaussian path (`laws.Gaussian.through`) and the closed forms share no code with the panels.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from verify import divergences, laws, samplers, scores, targets
from verify.laws import GridDensity
from verify.timegrid import TimeGrid

# Gauss rules with panels of 2.5 standard deviations leave about 1e-14 a step; the rest is rounding, which a map that
# contracts a law far from 0 multiplies by |mean|/std, and a derivative of nodes by about 20²
TIGHT = 1e-12

ULA_CASES = [
    (variance, mean, rate)
    for variance, mean in ((1.0, 0.0), (0.25, 0.75), (1e-4, 0.3), (1e4, -50.0))
    for rate in (0.02, 1.3, 1.9)  # γ/σ²: beyond 1 the sign of the deviation alternates
]
REVERSE = ("ExponentialIntegrator", "DDPM", "DDIM", "FlowHeun", "FlowEuler")
GRIDS = {
    "uniform": TimeGrid.uniform(2.0, 16),
    "early stop": TimeGrid.uniform(3.0, 5, stop=0.05),
    "T → 0": TimeGrid.uniform(1e-3, 2),
    "geometric": TimeGrid.geometric(4.0, 12, 1e-2),
}


def line(mean, variance):
    return targets.Gaussian(np.array([float(mean)]), np.array([[float(variance)]]))


def pushed(sampler, law=None):
    return GridDensity.of(sampler.start() if law is None else law).through(sampler)


def agrees(grid, exact, tight=TIGHT):
    mean, std = float(exact.mean[0]), math.sqrt(float(exact.cov[0, 0]))
    assert abs(float(grid.mean[0]) - mean) <= tight * std + 4e-16 * abs(mean)
    assert grid.variance == pytest.approx(std**2, rel=2 * tight)
    x = (mean + std * np.linspace(-6, 6, 61))[:, None]
    off = np.exp(grid.log_density(x)) - np.exp(exact.log_density(x))
    assert np.abs(off).max() * std <= 4 * tight
    tv = divergences.total_variation(grid, exact)
    assert tv.value <= 4 * tight and tv.low <= 1e-13
    return True


@pytest.mark.parametrize(("variance", "mean", "rate"), ULA_CASES)
def test_ula(variance, mean, rate):
    begin = laws.Gaussian([mean + 2 * math.sqrt(variance)], [[0.3 * variance]])
    sampler = samplers.ULA(line(mean, variance), rate * variance, 12, begin)
    assert agrees(pushed(sampler), sampler.run())


@pytest.mark.parametrize("steps", [0, 1, 2, 500])
def test_any_number_of_steps(steps):
    sampler = samplers.ULA(line(0.7, 0.5), 0.05, steps)
    assert agrees(pushed(sampler), sampler.run())


@pytest.mark.parametrize("rate", [1e-4, 2.6])  # kernels far thinner than the panels of the start; h > 2/L: unstable
def test_extreme_steps(rate):
    sampler = samplers.ULA(line(0.7, 0.5), 0.5 * rate, 4)
    assert agrees(pushed(sampler), sampler.run())


def test_a_temperature_and_annealing():
    hot = samplers.ULA(line(0.7, 0.5), 0.1, 15, None, 3.0)
    assert agrees(pushed(hot), hot.run())
    annealed = samplers.AnnealedULA(line(0.7, 0.5), 0.1, 12, None, np.geomspace(0.3, 8, 12), np.geomspace(2, 0.3, 12))
    assert agrees(pushed(annealed), annealed.run())
    late = replace(annealed, inverse_temperature=np.roll(np.geomspace(0.3, 8, 12), 1))  # planted: index off by one
    assert divergences.total_variation(pushed(late), annealed.run()).low > 1e-2


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("name", REVERSE)
def test_reverse_samplers(name, grid):
    for variance, mean in ((0.5, 0.7), (4.0, -1.5), (1e-4, 0.3)):
        begin = "marginal" if variance == 0.5 else "standard"
        sampler = getattr(samplers, name)(scores.Exact(line(mean, variance)), GRIDS[grid], begin)
        if (name, grid) != ("DDIM", "uniform") or variance > 1e-3:  # that one below: the Gaussian path cancels there
            assert agrees(pushed(sampler), sampler.run(), 1e-11 if variance < 1e-3 else TIGHT)


def test_a_map_that_contracts_two_thousandfold():
    # DDIM's last step on variance 1e-4 has the gain 5e-4; the recursion in 40 digits gives the variance of the result
    grid = GRIDS["uniform"]
    exact = variance_of_ddim([float(t) for t in grid.tau], 1e-4)
    law = pushed(samplers.DDIM(scores.Exact(line(0.3, 1e-4)), grid))
    assert law.variance == pytest.approx(exact, rel=1e-11)


def variance_of_ddim(tau, variance):
    import mpmath as mp

    with mp.workdps(40):
        found = mp.mpf(1)
        for now, after in zip(map(mp.mpf, tau[:-1]), map(mp.mpf, tau[1:]), strict=True):
            noise, rest = mp.sqrt(1 - mp.exp(-2 * now)), mp.sqrt(1 - mp.exp(-2 * after))
            grown = mp.exp(now - after)
            total = mp.exp(-2 * now) * mp.mpf(variance) + noise**2
            found *= (grown - noise * (grown * noise - rest) / total) ** 2
        return float(found)


@pytest.mark.parametrize("name", ["DDPM", "DDIM", "FlowHeun"])
def test_a_wide_start_in_narrow_kernels(name):
    # the first kernel (σ ≈ 0.3) is far thinner than the panels of N(-50, 1e4), which have to be cut for it
    sampler = getattr(samplers, name)(scores.Exact(line(-50.0, 1e4)), TimeGrid.uniform(3.0, 4), "marginal")
    assert agrees(pushed(sampler), sampler.run())


class Wrong(samplers.ULA):
    """ULA with a kernel variance that is 1 % off."""

    def step(self, k, x, noise):
        quiet = x + self.step_size * self.target.score(x)
        return quiet + math.sqrt(2 * 1.01 * self.step_size) * noise.normal()


def test_a_kernel_variance_off_by_one_percent_shows():
    right = samplers.ULA(line(0.7, 0.5), 0.05, 100)
    wrong = pushed(Wrong(right.target, 0.05, 100))
    assert wrong.variance / float(right.run().cov[0, 0]) == pytest.approx(1.01, rel=1e-10)
    assert divergences.total_variation(wrong, right.run()).low > 2e-3


def test_a_time_index_off_by_one_shows():
    sampler = samplers.DDPM(scores.Exact(line(0.7, 0.5)), TimeGrid.uniform(2.0, 16))

    class Late(samplers.DDPM):
        def step(self, k, x, noise):
            return super().step(np.minimum(k + 1, self.steps - 1), x, noise)

    late = pushed(Late(sampler.score, TimeGrid.geometric(2.0, 16, 0.05)))
    right = pushed(samplers.DDPM(sampler.score, TimeGrid.geometric(2.0, 16, 0.05)))
    assert divergences.total_variation(late, right).low > 1e-3


PAIRS = {
    "asymmetric": ((-0.2, 0.4), (0.7, 1.9)),
    "narrow in wide": ((0.3, 1e-4), (-2.0, 1.0)),
    "far apart": ((0.0, 1.0), (9.0, 1.5)),
    "large": ((1e3, 1e4), (900.0, 2e4)),
    "small": ((1e-3, 1e-8), (1.2e-3, 2e-8)),
    "near": ((0.5, 1.0), (0.5 + 1e-8, 1.0 + 3e-8)),
    "same mean": ((0.5, 1.0), (0.5, 1.0 + 1e-8)),
}
DISTANCES = {
    "kl": divergences.kl,
    "total_variation": divergences.total_variation,
    "wasserstein1": divergences.wasserstein1,
    "wasserstein2": divergences.wasserstein2,
    "chi2": divergences.chi2,
    "renyi 3": lambda p, q: divergences.renyi(p, q, 3.0),
    "renyi ½": lambda p, q: divergences.renyi(p, q, 0.5),
    "hellinger": divergences.hellinger,
    "fisher": divergences.fisher,
}


def loss(name, first, second):
    """Return the relative accuracy that two log-densities rounded to ε(1 + x²/σ² + …) leave to their difference."""
    (m, v), (n, w) = first, second
    size = max(abs(m - n) / math.sqrt(min(v, w)), abs(v - w) / min(v, w))
    # a density that is a difference of logs, each rounded to a few ε of its value ~ 10; squares for KL and the like
    rounding = 2e-15 * (1 + max(abs(m), abs(n)) / math.sqrt(min(v, w))) / size
    return 1e-11 + 50 * rounding * (400 if name == "fisher" else 1)  # a derivative on 20 nodes: 20² times as much


@pytest.mark.parametrize("name", DISTANCES)
@pytest.mark.parametrize("pair", PAIRS)
def test_divergences_of_gaussian_pairs(name, pair):
    first, second = PAIRS[pair]
    p, q = (laws.Gaussian([m], [[v]]) for m, v in (first, second))
    exact, found = DISTANCES[name](p, q), DISTANCES[name](GridDensity.of(p), GridDensity.of(q))
    if math.isinf(exact.value):
        assert math.isinf(found.value) or math.isinf(found.high)
        return
    open_ended = math.isinf(found.high)  # the integrand lives where neither law does, and its grid says so
    assert found.low <= exact.high and exact.low <= found.high
    assert found.value == pytest.approx(exact.value, rel=1e-3 if open_ended else loss(name, first, second), abs=1e-300)
    mixed = DISTANCES[name](p, GridDensity.of(q))  # a Gaussian beside a grid
    assert mixed.value == pytest.approx(found.value, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("name", ["chi2", "renyi 3"])
def test_an_integral_that_has_not_ended_says_so(name):
    p, q = GridDensity.of(laws.Gaussian([-0.2], [[1.3]])), GridDensity.of(laws.Gaussian([0.7], [[0.5]]))
    assert math.isinf(DISTANCES[name](p, q).high)  # ∫ p²/q diverges, for 2·0.5 < 1.3
    assert DISTANCES[name](q, p).high < math.inf  # and the other way round it does not


def test_what_generic_code_asks_of_a_law():
    law = GridDensity.of(line(0.7, 0.5))
    assert law.dim == 1 and law.mean.shape == (1,) and law.cov.shape == (1, 1)
    assert law.mean[0] == pytest.approx(0.7, rel=1e-14) and law.cov[0, 0] == pytest.approx(0.5, rel=1e-14)
    u = np.array([1e-12, 0.3, 0.5, 1 - 1e-9])
    exact = stats.norm(0.7, math.sqrt(0.5))
    assert law.cdf(exact.ppf(u)) == pytest.approx(u, rel=1e-11)
    assert law.quantile(u) == pytest.approx(exact.ppf(u), rel=1e-8)
    assert law.expectation(lambda x: x**4).value == pytest.approx(0.7**4 + 6 * 0.7**2 * 0.5 + 3 * 0.25, rel=1e-13)
    draws = law.sample(4000, np.random.default_rng(1))
    assert draws.shape == (4000, 1) and stats.kstest(draws[:, 0], exact.cdf).pvalue > 1e-4
