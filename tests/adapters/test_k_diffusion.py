"""Law: callables in the manner of k-diffusion have the orders of their schemes, and what breaks those is named."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from verify.adapters import KDiffusion, karras, polyexponential
from verify.audit import Level, Outcome, Span, audit, probe
from verify.backend import converter, namespace
from verify.errors import InvalidInput
from verify.targets import gallery

STEPS = (16, 24, 36, 54)
LEVELS = karras(10.0, 0.05)


def euler(model: Any, x: Any, sigmas: Any, extra_args: Any = None, disable: Any = None) -> Any:
    ones = namespace(x).ones(x.shape[0], dtype=x.dtype)
    for s, after in pairwise(sigmas):
        x = x + (after - s) * (x - model(x, s * ones, **extra_args)) / s
    return x


def heun(model: Any, x: Any, sigmas: Any) -> Any:
    for s, after in pairwise(sigmas):
        first = (x - model(x, s)) / s
        y = x + (after - s) * first
        x = y if after == 0 else x + 0.5 * (after - s) * (first + (y - model(y, after)) / after)
    return x


def down(s: Any, after: Any) -> tuple[Any, Any]:
    """Return the level that an ancestral step goes down to, and the noise that leads back to `after`."""
    up = after * math.sqrt(s * s - after * after) / s
    return math.sqrt(after * after - up * up), up


def ancestral(model: Any, x: Any, sigmas: Any, *, noise_sampler: Any = None) -> Any:
    for s, after in pairwise(float(sigma) for sigma in sigmas):
        low, up = down(s, after)
        x = x + (low - s) * (x - model(x, s)) / s
        if after:
            x = x + up * noise_sampler(s, after)
    return x


def midpoint_sde(model: Any, x: Any, sigmas: Any, *, noise_sampler: Any = None, shared: bool = True) -> Any:
    """Return DPM-Solver++ (stochastic): half a step and the whole one on one Brownian path, or on two."""
    for count, (s, after) in enumerate(pairwise(float(sigma) for sigma in sigmas)):
        seen = model(x, s)
        if after == 0:
            return seen
        middle = math.sqrt(s * after)
        half = ancestral_exponential(x, seen, s, middle) + down(s, middle)[1] * noise_sampler(s, middle)
        own = noise_sampler(s, after) if shared else noise_sampler(1e3 + 2 * count, 1e3 + 2 * count + 1)
        x = ancestral_exponential(x, model(half, middle), s, after) + down(s, after)[1] * own
    return x


def ancestral_exponential(x: Any, seen: Any, s: float, after: float) -> Any:
    ratio = down(s, after)[0] / s
    return ratio * x + (1 - ratio) * seen


def fast(model: Any, x: Any, sigma_min: float, sigma_max: float, n: int, disable: Any = None) -> Any:
    return heun(model, x, np.geomspace(sigma_max, sigma_min, n + 1))


def adaptive(model: Any, x: Any, sigma_min: float, sigma_max: float) -> Any:
    s = sigma_max
    while s > sigma_min:
        change = float(np.linalg.norm(x - model(x, s))) / s
        after = max(s - 1.0 / (1 + change), 0.5 * s, sigma_min)
        x, s = x + (after - s) * (x - model(x, s)) / s, after
    return x


def adapted(sample: Any, order: float, **options: Any) -> KDiffusion:
    return KDiffusion(sample, LEVELS, options, order, "numpy")


CASES = [(euler, 1.0), (heun, 2.0), (ancestral, 1.0), (midpoint_sde, 2.0), (fast, 2.0)]


@pytest.mark.parametrize(("sample", "order"), CASES)
def test_the_order_is_that_of_the_scheme(sample: Any, order: float) -> None:
    found = audit(adapted(sample, order), steps=STEPS)
    assert found.outcome is Outcome.CONVERGES, found
    assert audit(adapted(sample, order + 1), steps=STEPS).outcome is Outcome.SLOWER


def test_stage_and_step_share_one_path() -> None:
    """On a path of its own the stage's noise is uncorrelated with the step's, and order two is lost."""
    found = audit(adapted(midpoint_sde, 2.0, shared=False), steps=STEPS)
    assert found.outcome is Outcome.SLOWER


def test_noise_has_unit_variance_and_overlaps_as_the_path_does() -> None:
    def sample(model: Any, x: Any, sigmas: Any, *, noise_sampler: Any) -> Any:
        model(x, sigmas[0])
        return noise_sampler(9.0, 5.0) + 2 * noise_sampler(9.0, 8.0)

    found = probe(adapted(sample, 1.0), gallery.narrow(), 4, converter("numpy", "float64"))
    assert found.noise_cov[0, 0] == pytest.approx(1 + 4 + 2 * 2 * 0.5, abs=1e-12)  # correlation 1/√(4·1)


def test_steps_that_adapt_are_named() -> None:
    found = audit(adapted(adaptive, 1.0), steps=STEPS)
    assert found.outcome is Outcome.NOT_AFFINE
    assert "its steps adapt to the state" in found.reason


def test_levels() -> None:
    """Ends as asked for; equal spacing in σ^{1/ρ} and in log σ; squares of equal spacing for ρ = 2."""
    sigma = karras(80.0, 0.002)(18)
    assert sigma.shape == (19,)
    np.testing.assert_allclose(sigma[[0, -2, -1]], [80.0, 0.002, 0.0], rtol=1e-12)
    roots = sigma[:-1] ** (1 / 7)
    np.testing.assert_allclose(np.diff(roots), (0.002 ** (1 / 7) - 80 ** (1 / 7)) / 17, rtol=1e-9)
    logs = np.log(polyexponential(80.0, 0.002, zero=False)(18))
    np.testing.assert_allclose(np.diff(logs), np.log(0.002 / 80) / 18, rtol=1e-9)
    bent = np.log(polyexponential(80.0, 0.002, rho=2.0, zero=False)(4) / 0.002) / np.log(80 / 0.002)
    np.testing.assert_allclose(bent, [1, 9 / 16, 1 / 4, 1 / 16, 0], atol=1e-12)


def test_the_span_follows_the_levels() -> None:
    first, last = LEVELS(20)[[0, -2]]
    assert first == pytest.approx(10.0)
    assert adapted(euler, 1.0).span(20) == Span(Level(1, first), prior=first, jump=Level(1, last))
    short = KDiffusion(euler, karras(10.0, 0.05, zero=False))
    assert short.span(20).jump is None
    assert short.span(20).stop.sigma == pytest.approx(0.05)
    given = KDiffusion(euler, LEVELS, ends=lambda sigma: Span(Level(1.0, sigma[0])))
    assert given.span(20) == Span(Level(1.0, first))
    assert adapted(fast, 1.0).span(20).jump is None


def test_bad_arguments_are_named() -> None:
    with pytest.raises(InvalidInput, match=r"`sigmas\(4\)` must be 5 falling levels"):
        KDiffusion(euler, lambda n: np.linspace(0, 1, n + 1)).levels(4)
    with pytest.raises(InvalidInput, match="must be functions"):
        KDiffusion(3)  # type: ignore[arg-type]

    def twice(model: Any, x: Any, sigmas: Any, *, noise_sampler: Any) -> Any:
        return noise_sampler(2.0, 2.0)

    with pytest.raises(InvalidInput, match="between sigma = 2 and itself"):
        audit(adapted(twice, 1.0), steps=STEPS)


def test_draws_of_torch_are_captured() -> None:
    torch = pytest.importorskip("torch", reason="needs PyTorch")

    def sample(model: Any, x: Any, sigmas: Any, *, disable: bool) -> Any:
        assert disable
        for s, after in pairwise(sigmas):
            low, up = down(float(s), float(after))
            x = x + (low - s) * (x - model(x, s * x.new_ones([x.shape[0]]))) / s + up * torch.randn_like(x)
        return x

    data, to_state = gallery.correlated(), converter("torch", "float64")
    got = probe(KDiffusion(sample, LEVELS), data, 16, to_state).law(data)
    wanted = probe(adapted(ancestral, 1.0), data, 16, converter("numpy", "float64")).law(data)
    np.testing.assert_allclose(got.cov, wanted.cov, atol=1e-12)
    np.testing.assert_allclose(got.mean, wanted.mean, atol=1e-12)
