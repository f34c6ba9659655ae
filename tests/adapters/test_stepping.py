"""Law: a step function has the law of the recursion that it writes, in every array library, and the order of that."""

from __future__ import annotations

import math
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from verify.adapters import Stepping
from verify.audit import DATA, Level, Outcome, Span, audit, probe
from verify.backend import converter
from verify.errors import BackendUnavailable, InvalidInput
from verify.targets import gallery

PLANE = gallery.correlated()
STEPS = (20, 30, 45, 68)


def ancestral(model: Any, x: Any, t: float, after: float, noise: Any) -> Any:
    """Return the exponential integrator of the reverse OU process (Chen et al., 2023): array operations only."""
    h = t - after
    pulled = x + math.expm1(h) * (x + 2 * model.ou_score(x, t))
    return pulled + math.sqrt(math.expm1(2 * h)) * noise.normal()


def uniform(steps: int) -> list[float]:
    return [4.0 * (1 - k / steps) for k in range(steps + 1)]


def test_the_law_is_that_of_the_recursion_in_every_namespace(xp: ModuleType) -> None:
    """In the eigenbasis v' = (e^h − 2(e^h − 1)/λ_t)² v + e^{2h} − 1 and m' likewise, begun at γ."""
    sampler = Stepping(ancestral, uniform, order=1.0)
    found = probe(sampler, PLANE, 12, lambda x: xp.asarray(x), repeat=False)
    got = found.law(sampler.span(12).begun(PLANE))
    basis, times = PLANE.eigenvectors, uniform(12)
    centre, mean, variance = basis.T @ PLANE.mean, np.zeros(2), np.ones(2)
    for t, after in pairwise(times):
        level = PLANE.eigenvalues * math.exp(-2 * t) - math.expm1(-2 * t)
        pull = 2 * math.expm1(t - after) / level
        gain = math.exp(t - after) - pull
        mean = gain * mean + pull * math.exp(-t) * centre
        variance = gain**2 * variance + math.expm1(2 * (t - after))
    np.testing.assert_allclose(basis.T @ got.mean, mean, atol=1e-12)
    np.testing.assert_allclose(basis.T @ got.cov @ basis, np.diag(variance), atol=1e-12)


def test_the_order_is_that_of_the_step() -> None:
    sampler = Stepping(ancestral, uniform, order=1.0)
    assert audit(sampler, PLANE, STEPS).outcome is Outcome.CONVERGES
    assert audit(sampler, PLANE, STEPS, order=2.0).outcome is Outcome.SLOWER


def test_other_levels_and_ends() -> None:
    """Euler on dx/dσ = (x − D)/σ down to 0 ends in the posterior mean at the last positive level."""

    def euler(model: Any, x: Any, t: float, after: float, noise: Any) -> Any:
        return x + (after - t) * (x - model.denoised(x, t)) / t

    def times(steps: int) -> np.ndarray:
        return np.append(np.geomspace(10.0, 0.05, steps), 0.0)

    def ends(grid: Any) -> Span:
        return Span(Level(1.0, grid[0]), DATA, grid[0], Level(1.0, grid[-2]))

    whole = Stepping(euler, times, lambda sigma: Level(1.0, sigma), order=1.0)
    assert whole.span(20) == Span(Level(1.0, 10.0), DATA, 10.0)
    jumping = Stepping(euler, times, lambda sigma: Level(1.0, sigma), order=1.0, ends=ends)
    assert audit(jumping, PLANE, STEPS).outcome is Outcome.CONVERGES
    assert audit(whole, PLANE, (320, 640, 1280)).runs[-1].cases[0].discretisation.value > float(
        audit(jumping, PLANE, (320, 640, 1280)).runs[-1].cases[0].discretisation
    )


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_the_law_is_the_same_in_other_libraries(library: str) -> None:
    pytest.importorskip(library, reason=f"needs {library}")
    sampler, tolerance = Stepping(ancestral, uniform, array=library), 1e-12
    try:
        to_state = converter(library, "float64")
    except BackendUnavailable:  # JAX computes in float32 unless told otherwise: 12 steps, gains up to e^4
        to_state, tolerance = converter(library, "float32"), 1e-4
    got = probe(sampler, PLANE, 12, to_state).law(PLANE)
    wanted = probe(sampler, PLANE, 12, converter("numpy", "float64")).law(PLANE)
    np.testing.assert_allclose(got.cov, wanted.cov, atol=tolerance)
    np.testing.assert_allclose(got.mean, wanted.mean, atol=tolerance)


@pytest.mark.gpu
def test_the_law_is_the_same_on_a_gpu() -> None:
    sampler = Stepping(ancestral, uniform, array="cupy")
    got = probe(sampler, PLANE, 12, converter("cupy", "float64")).law(PLANE)
    wanted = probe(sampler, PLANE, 12, converter("numpy", "float64")).law(PLANE)
    np.testing.assert_allclose(got.cov, wanted.cov, atol=1e-12)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(InvalidInput, match="`step` of Stepping must be a function"):
        Stepping(1, uniform)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match=r"`times\(5\)` must return 6 times; got 5"):
        audit(Stepping(ancestral, lambda n: [1.0] * n), PLANE, (5, 10))
