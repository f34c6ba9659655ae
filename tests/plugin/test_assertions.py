"""An assertion passes just above what closed forms give and fails just below it, with a paragraph that says why."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.plugin.mine import clipped, euler, heun, jump
from verify import bounds, divergences, samplers, scores, targets
from verify.assertions import assert_bound, assert_law, assert_order, rate_of
from verify.audit import audit
from verify.errors import InvalidInput, UnknownName
from verify.estimate import Estimate
from verify.finding import Verdict
from verify.timegrid import TimeGrid

MEAN, VARIANCE = 1.5, 0.7
NARROW = targets.Gaussian(np.array([MEAN]), np.array([[VARIANCE]]))
COUNTS = (20, 40, 80, 160, 320)
# `jump` maps N(0, 4) to mean m(1 − g) and variance 4g², g = λ/(λ + 4)
GAIN = VARIANCE / (VARIANCE + 4)
OUT, SPREAD = MEAN * (1 - GAIN), 4 * GAIN**2
KL = 0.5 * (VARIANCE / SPREAD - 1 - math.log(VARIANCE / SPREAD) + (MEAN - OUT) ** 2 / SPREAD)
W2 = math.hypot(MEAN - OUT, math.sqrt(VARIANCE) - math.sqrt(SPREAD))
ROUNDING = 1e-12  # relative; some ten operations on numbers of order one


@pytest.fixture(scope="module")
def found():
    return audit(heun, steps=COUNTS)


def refusal(call, *args, **options) -> str:
    with pytest.raises(AssertionError) as caught:
        call(*args, **options)
    return str(caught.value)


def test_heun_has_order_two_and_not_three(found):
    assert_order(found)
    assert_order(heun, 2, steps=COUNTS)
    said = refusal(assert_order, found, 3)
    assert said.startswith("heun: its order in W2 is not shown to be at least 3.\nAudit: holds: converges")
    assert "in dimension 8." in said and " 320 " in said and "\nFloors in W2: prior mismatch " in said
    assert said.endswith("Causes: none shown.")


def test_the_margin_decides_what_passes_for_an_order(found):
    least = min(j.order.value.low for j in found.judgements)
    assert_order(found, least + 0.1, margin=0.1 + 1e-9)
    assert refusal(assert_order, found, least + 0.1, margin=0.1 - 1e-9)


def test_euler_is_no_sampler_of_order_two():
    said = refusal(assert_order, euler, 2, steps=COUNTS)
    assert "violated: converges slower than declared" in said


def test_inconclusive_and_unseen_samplers_do_not_pass():
    said = refusal(assert_order, clipped, 1, steps=COUNTS)
    assert "inconclusive: not affine" in said
    assert refusal(assert_order, heun, 2, steps=COUNTS[:2])
    assert refusal(assert_law, clipped, NARROW, steps=20, within=math.inf)
    assert refusal(assert_bound, clipped, math.inf, steps=COUNTS)


def test_what_an_order_needs(found):
    with pytest.raises(InvalidInput, match="declares no order"):
        assert_order(jump, steps=COUNTS)
    with pytest.raises(InvalidInput, match="done already: steps"):
        assert_order(found, steps=COUNTS)


@pytest.mark.parametrize(
    ("divergence", "value"), [("kl", KL), ("w2", W2), ("tv", divergences.total_variation(
        NARROW, targets.Gaussian(np.array([OUT]), np.array([[SPREAD]]))).value)]
)  # fmt: skip
def test_the_output_law_is_the_one_of_the_closed_form(divergence, value):
    assert_law(jump, NARROW, steps=1, within=value * (1 + ROUNDING), divergence=divergence)
    said = refusal(assert_law, jump, NARROW, steps=1, within=value * (1 - ROUNDING), divergence=divergence)
    assert f"{divergence.upper()}(expected ‖ output) at 1 steps is {value:.4g}" in said
    assert f"the mean is off by {MEAN - OUT:.4g}, the covariance by {VARIANCE - SPREAD:.4g}" in said


def test_an_expected_law_other_than_the_data():
    output = targets.Gaussian(np.array([OUT]), np.array([[SPREAD]]))
    assert_law(jump, output, target=NARROW, steps=1, within=ROUNDING)
    begun_exactly = targets.Gaussian(np.array([MEAN]), np.array([[GAIN * VARIANCE]]))
    assert_law(jump, begun_exactly, target=NARROW, steps=1, within=ROUNDING, exact_start=True)
    assert refusal(assert_law, jump, output, target=NARROW, steps=1, within=0.1, exact_start=True)


def test_the_law_in_an_audit(found):
    error = max(case.kl.high for case in found.runs[-1].cases)
    assert_law(found, steps=COUNTS[-1], within=error)
    assert refusal(assert_law, found, steps=COUNTS[-1], within=error / 2)
    with pytest.raises(InvalidInput, match="no run of 21 steps; it has 20, 40"):
        assert_law(found, steps=21, within=1)
    with pytest.raises(InvalidInput, match="the audit has 3 targets"):
        assert_law(found, NARROW, steps=20, within=1)
    with pytest.raises(UnknownName, match="no divergence named `lk`"):
        assert_law(found, steps=20, within=1, divergence="lk")


def test_an_error_below_a_number_at_every_step_count(found):
    assert_bound(jump, W2 * (1 + ROUNDING), target=NARROW, steps=(1, 2))
    said = refusal(assert_bound, jump, W2 * (1 - ROUNDING), target=NARROW, steps=(1, 2))
    assert f"its total error {W2:.4g}" in said and "at 1 steps is above the bound" in said
    assert_bound(found, lambda n: 200 / n**2, error="discretisation")
    assert "at 320 steps" in refusal(
        assert_bound, found, lambda n: 200 / n**2 if n < 320 else 0.0, error="discretisation"
    )
    with pytest.raises(UnknownName, match="no error named `totl`; did you mean total"):
        assert_bound(found, 1.0, error="totl")


def test_a_measured_error_counts_with_its_interval():
    measured = Estimate(1.0, 0.9, 1.1, 0.99, "monte carlo")
    assert_bound(measured, 1.1)
    assert "not shown to be below the bound 1.05" in refusal(assert_bound, measured, 1.05)
    assert "above the bound 0.8" in refusal(assert_bound, measured, 0.8)
    assert refusal(assert_bound, measured, math.nan)


class TenthOfPinsker(bounds.Pinsker):
    """No theorem: a tenth of what Pinsker's inequality needs."""

    constant = 0.1


def integrator(score_error: float = 0.0, horizon: float = 5.0, steps: int = 100) -> samplers.ExponentialIntegrator:
    target = targets.Gaussian(np.array([1.0, -0.5]), np.array([[1.5, 0.3], [0.3, 0.8]]))
    return samplers.ExponentialIntegrator(
        scores.Shifted(target, error=score_error), TimeGrid.uniform(horizon=horizon, steps=steps)
    )


@pytest.mark.parametrize("theorem", [bounds.PathKL(), bounds.Chen2023Explicit, bounds.Pinsker, bounds.OUContraction])
def test_theorems_hold_of_the_sampler_that_runs(theorem):
    assert_bound(integrator(), theorem)


def test_what_a_theorem_does_not_give():
    assert ", above the bound" in refusal(assert_bound, integrator(), TenthOfPinsker())
    euler_maruyama = samplers.FlowEuler(integrator().score, integrator().grid)
    assert "chen2023-explicit does not apply to this FlowEuler" in refusal(
        assert_bound, euler_maruyama, bounds.Chen2023Explicit()
    )
    far = integrator(score_error=3.0)
    assert "a bound that says nothing" in refusal(assert_bound, far, bounds.Chen2023ExplicitTV())
    with pytest.raises(InvalidInput, match="leaves its constant open"):
        assert_bound(integrator(), bounds.Chen2023Theorem2())
    with pytest.raises(InvalidInput, match="bounds no distance between laws"):
        assert_bound(integrator(), bounds.Movement())


def test_a_rate_of_exact_errors():
    errors = [n**-2.0 for n in COUNTS]
    found = rate_of(COUNTS, errors, at_least=2)
    assert found.verdict is Verdict.HOLDS and found.statistic.value == pytest.approx(2, abs=1e-12)
    assert rate_of(COUNTS, errors, at_least=3).verdict is Verdict.VIOLATED
    assert rate_of(COUNTS, errors, floor=1.0).verdict is Verdict.INCONCLUSIVE
    assert_order(rate_of(COUNTS, errors), 2)
    assert "is not shown to be at least 3: order 2 [" in refusal(assert_order, rate_of(COUNTS, errors), 3)


@pytest.mark.parametrize(("width", "verdict"), [(0.01, Verdict.HOLDS), (0.5, Verdict.INCONCLUSIVE)])
def test_a_rate_of_measured_errors_has_their_interval(width, verdict):
    errors = [Estimate(1 / n, (1 - width) / n, (1 + width) / n, 0.99, "monte carlo") for n in COUNTS]
    found = rate_of(COUNTS, errors, at_least=1)
    assert found.verdict is verdict
    assert found.statistic.low < 1 < found.statistic.high and found.statistic.confidence == 0.99


@pytest.mark.parametrize(
    ("steps", "errors"),
    [
        ((1, 2), (1, 2)),
        ((1, 2, 4), (1, 2)),
        ((4, 2, 1), (1, 2, 3)),
        ((1, 2, 4), (1, 2, math.nan)),
        ((1, 2, 4), (1, 1, -1)),
        ((1, 2, 4), (1, 1, Estimate.exact(1.0))),
    ],
)
def test_what_a_rate_needs(steps, errors):
    with pytest.raises(InvalidInput):
        rate_of(steps, errors)
