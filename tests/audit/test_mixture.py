"""Law: on a Gaussian mixture the exact model, the error and its order are those of quadrature and closed forms."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad

from verify.audit import Level, Model, Outcome, Span, audit
from verify.audit.cross_check import CrossCheck, cross_check, default_mixture
from verify.audit.mixture import Mixture, MixtureModel
from verify.audit.resolved import judged
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.finding import Verdict
from verify.targets import gallery

FAR = Mixture(np.array([0.2, 0.8]), np.array([-20.0, 20.0]), np.array([1.0, 0.25]))
ONE = Mixture(np.array([2.0]), np.array([0.75]), np.array([0.25]))
MIXTURES = {"near": default_mixture(), "far": FAR, "one": ONE}
FIRST, LAST, STEPS = 10.0, 0.05, (10, 20, 40)


def span(steps: int) -> Span:
    return Span(Level(1.0, FIRST), Level(1.0, LAST))


def density(data: Mixture, x: float) -> float:
    z2 = (x - data.means) ** 2 / data.variances
    return float(data.weights @ (np.exp(-0.5 * z2) / np.sqrt(2 * np.pi * data.variances)))


@pytest.mark.parametrize(("alpha", "sigma"), [(1.0, 0.7), (0.6, 0.8), (0.9, 3.0)])
def test_the_model_is_the_posterior_mean_by_quadrature(alpha: float, sigma: float) -> None:
    data, model = default_mixture(), MixtureModel(default_mixture())
    for x in (-3.0, -0.2, 0.4, 2.5):

        def weight(u: float, power: int, x: float = x) -> float:
            return u**power * density(data, u) * np.exp(-0.5 * ((x - alpha * u) / sigma) ** 2)

        total, first = (quad(weight, -8, 8, args=(p,), points=(-1.2, 0.9), epsabs=0, limit=400)[0] for p in (0, 1))
        state, mean = np.array([[x]]), first / total
        z = (x - alpha * mean) / sigma
        assert model.denoised(state, sigma, alpha)[0, 0] == pytest.approx(mean, rel=1e-9)
        assert model.epsilon(state, sigma, alpha)[0, 0] == pytest.approx(z, rel=1e-9)
        assert model.score(state, sigma, alpha)[0, 0] == pytest.approx(-z / sigma, rel=1e-9)
        assert model.velocity(state, sigma, alpha)[0, 0] == pytest.approx(alpha * z - sigma * mean, rel=1e-9)
        assert model.flow(state, sigma, alpha)[0, 0] == pytest.approx(z - mean, rel=1e-9)
    assert model.evaluations == 20


def test_one_component_is_the_gaussian_model() -> None:
    x, t = np.linspace(-4, 4, 9)[:, None], np.linspace(0.1, 2.0, 9)
    ours, theirs = MixtureModel(ONE), Model(gallery.narrow())
    for name, args in {"denoised": (t, 0.7), "velocity": (t, 0.7), "ou_score": (t,), "consistency": (0.5, 0.8)}.items():
        np.testing.assert_allclose(getattr(ours, name)(x, *args), getattr(theirs, name)(x, *args), rtol=1e-11)


@pytest.mark.parametrize("name", MIXTURES)
def test_quantiles_invert_the_distribution_function_in_both_tails(name: str) -> None:
    data = MIXTURES[name]
    u = np.concatenate([np.geomspace(1e-12, 0.5, 40), 1 - np.geomspace(1e-12, 0.5, 40)])
    below, above = data.log_cdf(data.quantile(u))
    lower = u < 0.5
    np.testing.assert_allclose(below[lower], np.log(u[lower]), rtol=1e-12)
    np.testing.assert_allclose(above[~lower], np.log1p(-u[~lower]), rtol=1e-12, atol=1e-12)
    integral = quad(lambda x: density(data, x), -60, float(data.quantile(0.3)), points=list(data.means), limit=400)[0]
    assert integral == pytest.approx(0.3, rel=1e-7)


@pytest.mark.parametrize("name", MIXTURES)
def test_far_modes_leave_the_answer_finite(name: str) -> None:
    x = np.array([[-1e4], [-21.0], [0.0], [21.0], [1e4]])
    assert np.isfinite(MixtureModel(MIXTURES[name]).denoised(x, 0.01)).all()


def plain(model: Any, x: Any, sigma: float) -> Any:
    return model.denoised(x, sigma)


def jittered(model: Any, x: Any, sigma: float) -> Any:
    """Return the answer averaged over x ± σ/2: the same on Gaussian data, where answers are affine, and only there."""
    return 0.5 * (model.denoised(x + 0.5 * sigma, sigma) + model.denoised(x - 0.5 * sigma, sigma))


def made(answer: Callable[..., Any], scheme: str) -> Any:
    def sampler(model: Any, x: Any, noise: Any, steps: int) -> Any:
        for s, after in pairwise(np.geomspace(FIRST, LAST, steps + 1)):
            if scheme == "ancestral":
                up = after * np.sqrt(1 - (after / s) ** 2)
                slope = (x - answer(model, x, s)) / s
                x = x + (np.sqrt(after**2 - up**2) - s) * slope + up * noise.normal()
                continue
            slope = (x - answer(model, x, s)) / s
            y = x + (after - s) * slope
            x = y if scheme == "euler" else x + 0.5 * (after - s) * (slope + (y - answer(model, y, after)) / after)
        return x

    sampler.order = 2.0 if scheme == "heun" else 1.0  # type: ignore[attr-defined]
    sampler.span = span  # type: ignore[attr-defined]
    return sampler


@pytest.mark.parametrize("name", ["near", "far"])
@pytest.mark.parametrize("scheme", ["euler", "heun"])
def test_a_right_sampler_holds_and_a_fault_that_gaussians_hide_is_seen(scheme: str, name: str) -> None:
    steps = (20, 40, 80)
    right, wrong = (
        cross_check(made(answer, scheme), MIXTURES[name], steps, nodes=1024) for answer in (plain, jittered)
    )
    assert right.verdict is Verdict.HOLDS, right
    assert wrong.verdict is Verdict.VIOLATED, wrong
    assert "quadrature on 1024 quantiles" in str(wrong)


@pytest.mark.parametrize("scheme", ["euler", "heun", "ancestral"])
def test_the_audit_on_gaussians_accepts_that_fault(scheme: str) -> None:
    assert audit(made(jittered, scheme), steps=(40, 60, 90)).outcome is Outcome.CONVERGES


def test_the_exact_map_is_at_its_rounding_level() -> None:
    for data in MIXTURES.values():
        found = cross_check(
            lambda model, x, noise, steps: model.consistency(x, FIRST, end=(1.0, LAST)),
            data,
            STEPS,
            order=2.0,
            span=span,
            nodes=512,
        )
        assert found.verdict is Verdict.HOLDS
        assert "rounding level" in found.finding.evidence


def test_a_jump_has_the_law_of_the_posterior_mean() -> None:
    jump = Level(1.0, 0.4)

    def sampler(model: Any, x: Any, noise: Any, steps: int) -> Any:
        return model.denoised(model.consistency(x, FIRST, end=(1.0, 0.4)), 0.4)

    found = cross_check(sampler, None, STEPS, span=Span(Level(1.0, FIRST), jump=jump), nodes=512)
    assert found.verdict is Verdict.HOLDS
    assert cross_check(sampler, None, STEPS, span=span, nodes=512).verdict is Verdict.VIOLATED


def test_errors_are_those_of_a_shift_and_a_stretch() -> None:
    """W1 = W2 = c for a shift by c; for a stretch by 1 + c, W1 = c E|x| and W2 = c √E x²."""
    data = default_mixture()

    def moved(shift: float, stretch: float) -> CrossCheck:
        def sampler(model: Any, x: Any, noise: Any, steps: int) -> Any:
            return shift + (1 + stretch) * model.consistency(x, FIRST, end=(1.0, 0.0))

        return cross_check(sampler, data, (2, 4), span=Span(Level(1.0, FIRST)), nodes=2048)

    shifted, stretched = moved(0.1, 0.0), moved(0.0, 0.1)
    assert float(shifted.w1[0]) == pytest.approx(0.1, abs=1e-11)
    assert float(shifted.w2[0]) == pytest.approx(0.1, abs=1e-11)
    absolute = quad(lambda x: abs(x) * density(data, x), -8, 8, points=(-1.2, 0.0, 0.9), limit=400)[0]
    for got, wanted in (
        (stretched.w1[0], absolute),
        (stretched.w2[0], float(data.cov[0, 0] + data.mean[0] ** 2) ** 0.5),
    ):
        assert got.low - 1e-4 <= 0.1 * wanted <= got.high + 1e-4


def test_with_noise_particles_see_a_wrong_limit_and_accept_a_right_one() -> None:
    """Noise of half the size is a wrong limit; the exact posterior map plus the exact noise of a step is none."""
    steps = (5, 10, 20)
    right = cross_check(made(plain, "ancestral"), None, steps, particles=20_000)
    assert right.verdict is not Verdict.VIOLATED, right
    assert right.w1[0].resolved
    assert right.w1[0].null is not None
    assert "Monte Carlo, 20000 particles" in str(right)

    def quiet(model: Any, x: Any, noise: Any, steps: int) -> Any:
        return 0.5 * model.consistency(x, FIRST, end=(1.0, LAST)) + 0.1 * noise.normal()

    wrong = cross_check(quiet, None, steps, order=1.0, span=span, particles=10_000)
    assert wrong.verdict is Verdict.VIOLATED, wrong


def test_the_law_itself_is_not_resolved_from_its_null() -> None:
    def split(model: Any, x: Any, noise: Any, steps: int) -> Any:
        """Return a state at level 5 from one at level 3: the first two increments cancel, as they are one."""
        moved = model.consistency(x, FIRST, end=(1.0, 3.0))
        return moved + noise.brownian(9.0, 20.0) + noise.brownian(20.0, 9.0) + noise.brownian(9.0, 25.0)

    found = cross_check(split, None, STEPS, span=Span(Level(1.0, FIRST), Level(1.0, 5.0)), particles=10_000)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert not any(error.resolved for error in found.w1)


@pytest.mark.parametrize(("power", "verdict"), [(1.0, Verdict.HOLDS), (0.5, Verdict.VIOLATED), (0.0, Verdict.VIOLATED)])
@pytest.mark.parametrize("confidence", [1.0, 0.95])
def test_the_verdict_on_known_errors(power: float, verdict: Verdict, confidence: float) -> None:
    errors = [Estimate(n**-power, 0.99 * n**-power, 1.01 * n**-power, confidence, "known") for n in STEPS]
    assert judged(STEPS, errors, 1.0, 1e-9).verdict is verdict
    wide = [Estimate(e.value, 0.3 * e.value, 3 * e.value, confidence, "known") for e in errors]
    assert judged(STEPS, wide, 1.0, 1e-9).verdict is Verdict.INCONCLUSIVE


def test_errors_that_overlap_their_null_take_no_part() -> None:
    null = Estimate(0.5, 0.4, 0.6, 0.95, "known")
    errors = [Estimate(1 / n, 0.9 / n, 1.1 / n, 0.95, "known", null) for n in STEPS]
    found = judged(STEPS, errors, 1.0, 1e-9)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.in_scope == 0


def test_without_noise_the_last_three_errors_decide() -> None:
    errors = [Estimate.exact(e) for e in (1e-6, 1 / 20, 1 / 40, 1 / 80)]
    assert judged((10, 20, 40, 80), errors, 1.0, 1e-9).verdict is Verdict.HOLDS


def test_bad_arguments_are_named() -> None:
    with pytest.raises(InvalidInput, match="`variances` of a Mixture must be > 0"):
        Mixture(np.ones(2), np.zeros(2), np.array([1.0, 0.0]))
    with pytest.raises(InvalidInput, match="equally long"):
        Mixture(np.ones(2), np.zeros(3), np.ones(2))
    with pytest.raises(InvalidInput, match="at least two increasing"):
        cross_check(made(plain, "euler"), None, (10,))
    with pytest.raises(InvalidInput, match="never calls the model"):
        cross_check(lambda model, x, noise, steps: x, None, STEPS)
