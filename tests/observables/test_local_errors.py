"""One-step defects are the tabulated ℓ and r of each scheme, and leading biases their integrals."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from verify import observables, samplers, scores
from verify.targets import gallery
from verify.timegrid import TimeGrid

DEFECTS: dict[type[samplers.ReverseSampler], Callable[[float, np.ndarray], np.ndarray]] = {
    samplers.ExponentialIntegrator: lambda h, lam: math.expm1(h) ** 2 * (4 / lam - 2),
    samplers.DDPM: lambda h, lam: 4 * math.sinh(h) ** 2 * (1 / lam - 1),
    samplers.FlowExponential: lambda h, lam: math.expm1(h) ** 2 * (1 / lam - 1),
    samplers.FlowEuler: lambda h, lam: (
        -lam * (math.expm1(2 * h) - 2 * h - h**2) + (math.expm1(2 * h) - 2 * h) - 2 * h**2 + h**2 / lam
    ),
    samplers.EulerMaruyama: lambda h, lam: (
        -lam * (math.expm1(2 * h) - 2 * h - h**2) + (math.expm1(2 * h) - 2 * h) - 4 * h**2 + 4 * h**2 / lam
    ),
}


@pytest.mark.parametrize("scheme", DEFECTS, ids=lambda s: s.__name__)
@pytest.mark.parametrize("step", [0.125, 0.01])
def test_variance_defect_is_the_closed_form(scheme: type[samplers.ReverseSampler], step: float) -> None:
    target = gallery.correlated()
    chain = scheme(scores.Exact(target), TimeGrid.uniform(1.0, step=step))
    want = np.abs(DEFECTS[scheme](step, target.variances_at(chain.grid.tau[:-1, None]))).max()
    got = observables.OneStepDefect("variance")(chain, None)
    assert got.low <= want <= got.high
    assert got.value == pytest.approx(want, rel=1e-9)
    assert observables.OneStepDefect("variance", power=2)(chain, None).value == pytest.approx(want / step**2, rel=1e-9)


def test_mean_defect_vanishes_for_exponential_schemes_only() -> None:
    grid = TimeGrid.uniform(1.0, step=0.125)
    measure, exact = observables.OneStepDefect("mean"), scores.Exact(gallery.correlated())
    for scheme in (samplers.ExponentialIntegrator, samplers.DDPM, samplers.DDIM, samplers.FlowExponential):
        assert measure(scheme(exact, grid), None).value < 1e-14
    for scheme in (samplers.EulerMaruyama, samplers.RelativeIntegrator, samplers.FlowEuler):
        assert measure(scheme(exact, grid), None).low > 1e-4


@pytest.mark.parametrize("index", [0, 2])
def test_leading_bias_is_the_integral_of_the_defect(index: int) -> None:
    """½ ∫_0^1 (ℓ/h²)(W²/u) du, u = e^{−2τ}, by Gauss–Legendre on the limit of the tabulated defect.

    W² is what is left at time 0 of a variance error made at τ: λ²u/λ(τ)² under the SDE, λ/λ(τ) under the flow.
    """
    target = gallery.skewed()
    lam = float(target.eigenvalues[index])
    u, weight = (0.5 * (a + b) for a, b in zip(np.polynomial.legendre.leggauss(40), (1, 0), strict=True))
    at = 1 + (lam - 1) * u
    for scheme, defect in DEFECTS.items():
        limit = defect(1e-4, at) / 1e-8
        left = lam / (at * u) if scheme.__name__.startswith("Flow") else (lam / at) ** 2
        want = 0.5 * float(weight @ (limit * left))
        chain = scheme(scores.Exact(target), TimeGrid.uniform(8.0, step=2.0**-9), "marginal")
        assert observables.VarianceBias(index)(chain, None).value == pytest.approx(want, abs=2e-3)


def test_log_bias_is_two_and_a_half_for_every_eigenvalue() -> None:
    grid = TimeGrid.uniform(8.0, step=2.0**-9)
    for scheme, b in ((samplers.DDPMPosterior, 2.0), (samplers.DDIM, 0.5), (samplers.DDPM, 0.0)):
        chain = scheme(scores.Exact(gallery.skewed()), grid, "marginal")
        for index in range(3):
            got = observables.LogBias(index)(chain, None)
            assert got.low <= b <= got.high or abs(got.value - b) < 0.03


def test_perturbed_observable_sees_the_fault() -> None:
    chain = samplers.ExponentialIntegrator(scores.Exact(gallery.narrow()), TimeGrid.uniform(4.0, step=0.01))
    measure = observables.OneStepDefect("variance")
    assert observables.OnPerturbed(measure)(chain, None).value == pytest.approx(measure(chain, None).value, rel=1e-10)
    for fault in ({"drift": 1.0}, {"noise_scale": 1.01}, {"lag": 0.5}, {"relax": 0.5}):
        ratio = observables.OnPerturbed(measure, **fault)(chain, None).value / measure(chain, None).value
        assert ratio > 1.1 or ratio < 0.9  # a score half a step late even makes the defect smaller


def test_difference_carries_its_interval() -> None:
    chain = samplers.ExponentialIntegrator(scores.Exact(gallery.narrow()), TimeGrid.uniform(4.0, step=0.01))
    path = observables.PathKL()
    gap = observables.Difference(path, path)(chain, None)
    assert gap.value == 0.0
    assert gap.low < 0 < gap.high


def test_score_change_is_the_difference_of_two_scores() -> None:
    """The closed form equals the root mean square of v_{τ+h} − v_τ under q_τ by Gauss–Hermite quadrature."""
    target = gallery.correlated()
    chain = samplers.ExponentialIntegrator(scores.Exact(target), TimeGrid.uniform(1.0, step=0.1, stop=0.2))
    nodes, weights = np.polynomial.hermite_e.hermegauss(4)
    x, y = np.meshgrid(nodes, nodes, indexing="ij")
    law = target.diffused(0.2)
    points = law.mean + np.stack([x, y], axis=-1) @ np.linalg.cholesky(law.cov).T
    exact = scores.Exact(target)
    gap = ((exact(points, 0.2 + chain.grid.step_sizes[-1]) - exact(points, 0.2)) ** 2).sum(axis=-1)
    want = math.sqrt(float(weights @ gap @ weights) / (2 * math.pi))
    assert observables.ScoreChange()(chain, None).value == pytest.approx(want, rel=1e-10)
