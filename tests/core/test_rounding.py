"""Law: deviations keep their digits down to KL = 1e-14, inside the enclosures that they state; cost is linear."""

from __future__ import annotations

import time
import tracemalloc
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest

import verify as vf
from tests.core import cases, oracle
from verify import TimeGrid, scores, targets

EPS = float(np.finfo(float).eps)


def kl(pairs, lams):
    """Return KL(p‖p̂) = ½ Σ [log(1 + ρ) − ρ/(1 + ρ) + c²/(λ + δ)], ρ = δ/λ, in 40 digits."""
    total = mp.mpf(0)
    for (shift, change), lam in zip(pairs, lams, strict=True):
        v = mp.mpf(float(lam))
        total += (mp.log(1 + change / v) - change / (v + change) + shift**2 / (v + change)) / 2
    return total


SMALL = {
    "FlowHeun, h = 3e-4": ("FlowHeun", [-0.3], [0.5], np.arange(6667, -1, -1) * 3e-4, "marginal"),
    "exponential, h = 1e-5": ("ExponentialIntegrator", [0.7], [0.6], np.arange(500, -1, -1) * 1e-5, "marginal"),
    "relative, h = 1e-5": ("RelativeIntegrator", [0.7], [0.6], np.arange(500, -1, -1) * 1e-5, "marginal"),
    "DDPM, T = 8": ("DDPM", [0.9, -0.4], [1.0, 1.0], np.arange(80, -1, -1) * 0.1, "standard"),
}


@pytest.mark.parametrize("case", SMALL)
@pytest.mark.parametrize("correlated", [False, True])
def test_kl_of_1e_14_keeps_six_digits(case, correlated):
    name, means, lams, tau, begin = SMALL[case]
    if correlated and len(means) == 1:  # the same line, at an angle in the plane, beside a coordinate of its own
        means, lams = [*means, 0.2], [*lams, 1.7]
    basis = cases.rotation(len(means), seed=4) if correlated else None
    at = np.array(means) if basis is None else basis @ np.array(means)
    p = targets.Gaussian.from_spectrum(at, np.array(lams), basis)
    sampler = cases.build(name, scores.Exact(p), TimeGrid(tau), begin)
    want = kl(oracle.output(name, p.spectral_mean, lams, tau, begin), lams)
    assert 1e-16 < want < 1e-12
    out = sampler.run()
    got = kl([(mp.mpf(c), mp.mpf(d)) for c, d in zip(out.deviation.mean, out.deviation.cov, strict=True)], lams)
    assert float(abs(got - want) / want) < 1e-6
    assert abs(vf.kl(p, out).value / float(want) - 1) < 1e-6


def test_ddpm_on_a_shifted_standard_gaussian_has_its_closed_form():
    """KL = ½e^{−4T}‖m‖²: a difference of means would lose all digits at T = 8."""
    m = np.array([0.9, -0.4, 0.1])
    p = targets.Gaussian(m, np.eye(3))
    out = cases.build("DDPM", scores.Exact(p), TimeGrid.uniform(8.0, 64)).run()
    assert vf.kl(p, out).value == pytest.approx(0.5 * np.exp(-32) * (m @ m), rel=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_enclosures_hold_and_are_not_absurd(seed):
    """Random spectra, grids and errors: the true deviation lies in the enclosure, which is at most 1e-9 wide."""
    rng = np.random.default_rng(seed)
    name = cases.EXACT_LAW[seed % len(cases.EXACT_LAW)]
    lams, means = 10 ** rng.uniform(-1, 1, 2), rng.standard_normal(2)
    basis = cases.rotation(2, seed=seed) if seed % 2 else None
    p = targets.Gaussian.from_spectrum(means if basis is None else basis @ means, lams, basis)
    steps = int(rng.integers(50, 600))
    grid = TimeGrid.uniform(4.0, steps) if seed % 3 else TimeGrid.geometric(4.0, steps, 1e-3)
    begin = ("standard", "marginal")[seed % 2]
    out = cases.build(name, scores.Exact(p), grid, begin).run().deviation
    for i, (shift, change) in enumerate(oracle.output(name, p.spectral_mean, lams, grid.tau, begin)):
        assert abs(out.mean[i] - shift) <= out.mean_error[i]
        assert abs(out.cov[i] - change) <= out.cov_error[i]
        assert out.mean_error[i] <= 1e-9
        assert out.cov_error[i] <= 1e-9 * (1 + lams[i]) ** 2


def test_thousand_correlated_coordinates():
    """d = 1,000 with a dense covariance stays below 500 MB, and one coordinate of it is checked in 40 digits."""
    d, rng = 1000, np.random.default_rng(0)
    v = rng.standard_normal(d)
    reflection = np.eye(d) - 2 * np.outer(v, v) / (v @ v)
    p = targets.Gaussian.from_spectrum(rng.standard_normal(d), rng.uniform(0.2, 4.0, d), reflection)
    sampler = cases.build("ExponentialIntegrator", scores.Exact(p), TimeGrid.uniform(2.0, 50))
    tracemalloc.start()
    out = sampler.run().deviation
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 500e6
    pick = [0, 500, 999]
    want = oracle.output(
        "ExponentialIntegrator", p.spectral_mean[pick], p.eigenvalues[pick], sampler.grid.tau, "standard"
    )
    for i, (shift, change) in zip(pick, want, strict=True):
        assert abs(out.mean[i] - shift) <= min(out.mean_error[i], 1e-10)
        assert abs(out.cov[i] - change) <= min(out.cov_error[i], 1e-10)


def test_cost_is_linear_and_memory_bounded_in_the_number_of_steps():
    """256 times the steps take no more than 256 × 3 times as long, in memory that does not grow but for the grid."""
    p = targets.gallery.power_law(64)
    seconds, peaks = [], []
    for steps in (250, 64_000):
        sampler = cases.build("DDPM", scores.Exact(p), TimeGrid.uniform(8.0, steps))
        sampler.run()
        tick = time.process_time()
        sampler.run()
        seconds.append(time.process_time() - tick)
        tracemalloc.start()
        sampler.run()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert seconds[1] <= 3 * 256 * seconds[0]
    assert peaks[1] <= 2 * peaks[0] + 4e6


def test_enclosure_of_what_a_far_start_leaves():
    """All of the deviation comes from the start here, through 4,000 gains that each round."""
    grid, lam = TimeGrid.uniform(1.0, 4000), 0.5
    p = targets.Gaussian([0.0], [[lam]])
    out = cases.build("DDPM", scores.Exact(p), grid).run(vf.laws.Gaussian([100.0], [[9e4]])).deviation
    mean, var, times = mp.mpf(100), mp.mpf(90000), [mp.mpf(float(t)) for t in grid.tau]
    for t, u in pairwise(times):
        pull, push, noise = oracle.scheme("DDPM", t, u)
        gain = pull - push / oracle.variance(mp.mpf(lam), t)
        mean, var = gain * mean, gain**2 * var + noise
    assert abs(out.mean[0] - mean) <= out.mean_error[0] <= 1e-9
    assert abs(out.cov[0] - (var - lam)) <= out.cov_error[0] <= 1e-9 * 9e4


def test_enclosure_of_what_a_constant_error_adds():
    """All of the mean comes from the score error here: the target is centred."""
    grid = TimeGrid.uniform(3.0, 2000)
    p = targets.Gaussian(np.zeros(2), np.diag([0.5, 3.0]))
    score = scores.Shifted(p, 0.5, direction=[3.0, -4.0])
    out = cases.build("ExponentialIntegrator", score, grid).run().deviation
    beta = [(mp.mpf(0), mp.mpf(v)) for v in score.beta(1.0)]
    want = oracle.output("ExponentialIntegrator", [0, 0], [0.5, 3.0], grid.tau, "standard", lambda t, now: beta)
    for i, (shift, _) in enumerate(want):
        assert abs(shift) > 0.1
        assert abs(out.mean[i] - shift) <= out.mean_error[i] <= 1e-10
