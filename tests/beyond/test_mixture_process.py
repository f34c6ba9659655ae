"""Law: KL(q_t‖γ), Fisher information and smoothness of the OU process from a mixture are those of its own densities."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

import verify as vf
from verify.bounds import assumptions
from verify.processes import MixtureDiffusion

GAMMA = vf.targets.Gaussian(np.zeros(1), np.eye(1))
NARROW = vf.targets.GaussianMixture(np.array([0.3, 0.7]), np.array([0.5, 1.2]), np.array([0.0625, 0.01]))
SKEWED = vf.targets.GaussianMixture(np.array([0.3, 0.7]), np.array([-0.4, 1.6]), np.array([0.5, 0.8]))


def adaptive_kl(law):
    """KL(law‖γ) by an adaptive rule on p(log p − log γ)."""

    def integrand(x):
        log = float(law.log_density(np.array([[x]]))[0])
        return math.exp(log) * (log - float(norm.logpdf(x)))

    edges = np.linspace(-8.0, 8.0, 65)
    return math.fsum(quad(integrand, a, b, epsabs=1e-14)[0] for a, b in itertools.pairwise(edges))


@pytest.mark.parametrize("target", [NARROW, SKEWED])
@pytest.mark.parametrize("time", [0.0, 0.1, 1.5])
def test_kl_to_the_noise_counts_all_of_it(target, time):
    # the panels of a narrow law leave out a part of γ that p φ(log p/γ) needs: without it 0.02 were missing at t = 0
    found, law = float(MixtureDiffusion(target).kl(time)), target.diffused(time)
    assert found == pytest.approx(adaptive_kl(law), abs=1e-11)  # 64 pieces, each to 1e-14 and a rounding of O(1)
    assert found == pytest.approx(vf.kl(law, GAMMA).value, rel=1e-11)


def test_kl_and_fisher_obey_de_bruijn():
    # −dKL/dt = I = J − 2 + M: a factor ½ or a wrong J shows at the first digit; differences over 2·1e-3 err by 1e-6
    process, t, h = MixtureDiffusion(NARROW), 0.3, 1e-3
    slope = (float(process.kl(t + h)) - float(process.kl(t - h))) / (2 * h)
    relative = float(process.fisher(t)) - 2 + float(process.second_moment(t))
    assert -slope == pytest.approx(relative, rel=1e-4)
    assert float(process.relative_fisher(t)) == pytest.approx(relative, rel=1e-10)


def test_smoothness_along_the_path_may_peak_inside():
    # wide modes far apart: the bound v(t)^{-2}a²e^{-2t} − 1/v(t) of −∇²log q_t peaks at e^{−2t} ≈ 0.34, not at an end
    a, variance = 8.0, 4.0
    target = vf.targets.GaussianMixture(np.array([0.5, 0.5]), np.array([-a, a]), np.full(2, variance))
    u = np.linspace(1e-4, 1.0, 200_001)
    v = 1 + (variance - 1) * u
    truth = float(np.maximum(1 / v, a * a * u / v**2 - 1 / v).max())
    sampler = vf.samplers.ExponentialIntegrator(vf.scores.Exact(target), vf.TimeGrid.uniform(4.0, 8))
    found = assumptions.smoothness(sampler)
    assert found == pytest.approx(truth, rel=1e-4)  # 41 places about the peak, which is a parabola there
    assert found > 1.2 * float(sampler.process.smoothness(0.0))  # the value at the end of the path would be too small
