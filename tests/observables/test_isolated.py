"""With two of three error sources switched off, what is left is the third, in closed form."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from verify import kl as kl_divergence
from verify import observables, samplers, scores, total_variation, wasserstein2
from verify.targets import Gaussian, gallery
from verify.timegrid import TimeGrid


def sampler(error: float, horizon: float = 1.5, steps: int = 6, stop: float = 0.0) -> samplers.ExponentialIntegrator:
    score = scores.Shifted(gallery.correlated(), error, direction=[2.0, -1.0])
    return samplers.ExponentialIntegrator(score, TimeGrid.uniform(horizon, steps, stop=stop))


@pytest.mark.parametrize("stop", [0.0, 0.2])
def test_initialisation_is_the_contraction_of_the_exact_reverse_process(stop: float) -> None:
    """The exact reverse map from T to δ has slope e^{−(T−δ)} λ(δ)/λ(T): start errors shrink by it and its square."""
    chain = sampler(0.3, stop=stop)
    target, T = chain.target, chain.grid.horizon
    slope = math.exp(stop - T) * target.variances_at(stop) / target.variances_at(T)
    shift = -slope * math.exp(-T) * target.spectral_mean
    change = slope**2 * math.exp(-2 * T) * (1 - target.eigenvalues)
    basis, law = target.eigenvectors, target.diffused(stop)
    want = Gaussian(law.mean + basis @ shift, law.cov + (basis * change) @ basis.T)
    for divergence in (kl_divergence, total_variation, wasserstein2):
        got = observables.InitialisationOnly(divergence)(chain, None)
        assert got.value == pytest.approx(divergence(law, want).value, rel=1e-9)
        assert got.value > 1e-3


def test_noise_gap_is_the_divergence_between_the_forward_law_and_noise() -> None:
    chain = sampler(0.0)
    got = observables.NoiseGap(kl_divergence)(chain, None)
    assert got.value == pytest.approx(float(chain.process.kl(1.5)), rel=1e-12)
    assert observables.NoiseKL()(chain, None).value == pytest.approx(got.value, rel=1e-12)


def test_score_only_shift_moves_the_mean_by_the_known_sum() -> None:
    """Exact transitions with s + β: c' = a c + 2 sinh(h) β, a = e^{−h}λ_{k+1}/λ_k; the covariance stays exact."""
    chain = sampler(0.3)
    target, tau = chain.target, chain.grid.tau
    beta, mean = chain.score.beta(0.0), np.zeros(2)
    for now, after in pairwise(tau):
        slope = math.exp(after - now) * target.variances_at(after) / target.variances_at(now)
        mean = slope * mean + 2 * math.sinh(now - after) * beta
    got = observables.ScoreOnly(wasserstein2)(chain, None)
    assert got.value == pytest.approx(float(np.linalg.norm(mean)), rel=1e-12)


def test_discretisation_only_ignores_start_and_score() -> None:
    """It equals the error of an exact-score chain from q_T, and not that of the chain itself."""
    chain = sampler(0.3)
    clean = samplers.ExponentialIntegrator(scores.Exact(chain.target), chain.grid, "marginal")
    got = observables.DiscretisationOnly(kl_divergence)(chain, None)
    assert got.value == kl_divergence(chain.target, clean.run()).value
    assert abs(got.value / observables.SamplingError(kl_divergence)(chain, None).value - 1) > 0.1


def test_sampling_error_compares_with_the_early_stopped_law() -> None:
    chain = sampler(0.0, stop=0.4)
    error = observables.SamplingError(wasserstein2)(chain, None)
    assert error.value == wasserstein2(chain.target.diffused(0.4), chain.run()).value
    assert wasserstein2(chain.target, chain.run()).value > 2 * error.value


def test_reverse_swaps_the_arguments() -> None:
    chain = sampler(0.5)
    forward, backward = (observables.SamplingError(kl_divergence, r)(chain, None).value for r in (False, True))
    assert forward == kl_divergence(chain.target, chain.run()).value
    assert backward == kl_divergence(chain.run(), chain.target).value
    assert abs(forward / backward - 1) > 0.01
