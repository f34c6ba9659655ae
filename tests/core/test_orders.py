"""Law: δ/h tends to its known limit, and the error of each scheme falls with the order that it declares."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from tests.core import cases
from verify import TimeGrid, scores

P, LAM = cases.target(False), cases.LAMBDA
HORIZON = 16.0  # e^{−2T} = 1e-14: T → ∞ for these limits, started at q_T
LIMITS = {
    "ExponentialIntegrator": np.ones(3),
    "RelativeIntegrator": 1 - LAM**2 * np.log(LAM) / (LAM - 1),
    "EulerMaruyama": 1 - LAM**2 * np.log(LAM) / (2 * (LAM - 1)),
    "DDPM": 1 - LAM,
    "FlowEuler": -(LAM / 2) * (1 - 1 / LAM + np.log(LAM)),
    "FlowExponential": (1 - LAM) / 2,
}


def variance_errors(name, steps):
    run = cases.build(name, scores.Exact(P), TimeGrid.uniform(HORIZON, steps), "marginal").run()
    return run.deviation.cov


@pytest.mark.parametrize("name", LIMITS)
def test_leading_term(name):
    """Two Richardson steps on δ/h = limit + a h + b h² + …: the rest is O(h³), at h = 1/64 below 1e-4."""
    a, b, c = (variance_errors(name, n) * n / HORIZON for n in (1024, 2048, 4096))
    once = (2 * b - a, 2 * c - b)
    np.testing.assert_allclose((4 * once[1] - once[0]) / 3, LIMITS[name], atol=1e-4)
    assert np.abs(c - LIMITS[name]).max() > 5e-4  # so that the extrapolation is what passes the line above


@pytest.mark.parametrize("name", [*LIMITS, "FlowHeun"])
def test_declared_order(name):
    """Slopes of log|δ| between h, h/2, h/4 approach the order: their distance to it halves, and ends below 0.02."""
    sampler = cases.SAMPLERS[name]
    errors = [np.abs(variance_errors(name, n)).max() for n in (1024, 2048, 4096)]
    gaps = [abs(np.log2(errors[i] / errors[i + 1]) - sampler.order) for i in (0, 1)]
    assert gaps[1] <= 0.02
    assert gaps[1] <= 0.7 * gaps[0] + 1e-3


@pytest.mark.parametrize(("name", "log_factor"), [("DDPMPosterior", 2.0), ("DDIM", 0.5)])
def test_logarithm_of_the_posterior_schemes(name, log_factor):
    """δ = h(a + b log h) for uniform steps to 0: δ(h)/h − δ(h/2)/(h/2) → b log 2, for every λ."""
    rates = [variance_errors(name, n) * n / HORIZON for n in (8192, 16384, 32768)]
    steps = [(x - y) / np.log(2) for x, y in pairwise(rates)]
    extrapolated = 2 * steps[1] - steps[0]
    np.testing.assert_allclose(extrapolated, log_factor, atol=0.05)
    assert (np.abs(steps[1] - log_factor) < np.abs(steps[0] - log_factor)).all()


@pytest.mark.parametrize("name", ["DDPMPosterior", "DDIM"])
def test_posterior_schemes_have_order_one_on_geometric_steps(name):
    """With τ_{k+1}/τ_k fixed near a stop δ > 0, halving the log-step halves the error."""
    errors = []
    for n in (1000, 2000, 4000):
        run = cases.build(name, scores.Exact(P), TimeGrid.geometric(6.0, n, 1e-3), "marginal").run()
        errors.append(np.abs(run.deviation.cov).max())
    assert np.log2(errors[1] / errors[2]) == pytest.approx(cases.SAMPLERS[name].order, abs=0.02)


def test_optimal_ancestral_declares_no_error():
    assert cases.SAMPLERS["OptimalAncestral"].order == 0


@pytest.mark.parametrize("horizon", [4.0, 6.0])
def test_initialisation_error_falls_as_e_to_minus_2t_in_the_mean_and_4t_in_the_variance(horizon):
    """Reverse SDE: c = −e^{−2T} mλ/λ_T, δ = e^{−4T}λ²(1 − λ)/λ_T²; a flow keeps e^{−T} and e^{−2T}."""
    late = 1 + (LAM - 1) * np.exp(-2 * horizon)
    out = cases.build("OptimalAncestral", scores.Exact(P), TimeGrid.uniform(horizon, 10)).run().deviation
    np.testing.assert_allclose(out.mean, -np.exp(-2 * horizon) * cases.MEAN * LAM / late, rtol=1e-8)
    miss = out.cov - np.exp(-4 * horizon) * LAM**2 * (1 - LAM) / late**2
    assert (np.abs(miss) <= out.cov_error).all()
    assert (out.cov_error <= 1e-2 * np.abs(out.cov)).all()
    grid = TimeGrid.uniform(horizon, 4000)
    gamma, q = (cases.build("FlowHeun", scores.Exact(P), grid, b).run().deviation for b in ("standard", "marginal"))
    mean, cov = gamma.mean - q.mean, gamma.cov - q.cov
    np.testing.assert_allclose(mean, -np.exp(-horizon) * cases.MEAN * np.sqrt(LAM / late), rtol=1e-3)
    np.testing.assert_allclose(cov, np.exp(-2 * horizon) * (1 - LAM) * LAM / late, rtol=1e-3)
