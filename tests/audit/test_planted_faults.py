"""Law: each fault planted in a correct solver is named by its outcome and causes, and the correct solver has none."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from tests.audit.solvers import LAST, Midpoint, Multistep, levels
from verify.adapters import Reverse
from verify.audit import Outcome, audit

STEPS = (10, 16, 25, 40, 63, 100, 160)

MULTISTEP = {
    # (1 + 1/2r) D_k + (1/2r) D_{k-1} weighs 2 instead of 1 on a uniform grid
    "sign": (Outcome.WRONG_LIMIT, ["inconsistent coefficients", "total weight 2 instead of 1"]),
    # D_k − slope counts as of half a step before its beginning
    "slope sign": (Outcome.SLOWER, ["as of -0.50 of a step", "wrong sign"]),
    "no slope": (Outcome.SLOWER, ["as of +0.00 of a step", "no second-order correction"]),
    "previous timestep": (Outcome.SLOWER, ["timestep mismatch", "previous timestep is told", "model call 2 of"]),
    "next timestep": (Outcome.SLOWER, ["timestep mismatch", "next timestep is told", "model call 1 of"]),
    "variance": (Outcome.WRONG_LIMIT, ["a level of another meaning"]),
    "rounding": (Outcome.SLOWER, ["rounded before the model sees them"]),
    "dropped step": (Outcome.WRONG_LIMIT, ["last step is missing", "which the last step should jump from"]),
}


@pytest.mark.parametrize("solver", [Multistep(), Midpoint()])
def test_the_correct_solver_converges_at_its_order_and_no_cause_is_named(solver: Any) -> None:
    found = audit(solver, steps=STEPS)
    assert (found.outcome, found.causes) == (Outcome.CONVERGES, ())


@pytest.mark.parametrize("order", [1.0, 3.0])
def test_a_correct_solver_is_accused_of_nothing_but_its_order(order: float) -> None:
    """Declared at too high an order it is slower, yet all its coefficients add up and its levels are told right."""
    found = audit(Multistep(), steps=STEPS, order=order)
    assert found.outcome is (Outcome.CONVERGES if order < 2 else Outcome.SLOWER)
    assert found.causes == ()


@pytest.mark.parametrize("name", ["DDIM", "DDPM", "DDPMPosterior", "FlowEuler"])
@pytest.mark.parametrize("horizon", [5.0, 8.0])
def test_samplers_of_order_one_that_claim_three_are_told_so_whatever_their_grid(name: str, horizon: float) -> None:
    """Equal steps down to the data are large in log-SNR at the end: that is neither rounding nor a mistold level."""
    found = audit(Reverse(name, horizon=horizon), order=3)
    assert found.outcome is Outcome.SLOWER
    assert ["no second-order correction" in cause for cause in found.causes] == [True]


def test_a_wrong_amplitude_is_not_blamed_on_a_missing_correlation() -> None:
    """Half the sum of two normals has half the variance; to make them one would mend it, and is not the fault."""

    def halved(model: Any, x: Any, noise: Any, steps: int) -> Any:
        lam = np.linspace(-4, 4, steps + 1)
        alpha, sigma = levels(lam)
        for k in range(steps):
            shrink = np.exp(lam[k] - lam[k + 1])
            mean = model.denoised(x, sigma[k], alpha[k])
            z = 0.5 * (noise.normal() + noise.normal())
            x = sigma[k + 1] / sigma[k] * shrink * x + alpha[k + 1] * (1 - shrink**2) * mean
            x = x + sigma[k + 1] * np.sqrt(1 - shrink**2) * z
        return model.denoised(x, sigma[-1], alpha[-1])

    found = audit(halved, order=1)
    assert [cause.split(":")[0] for cause in found.causes] == ["inconsistent noise"]


@pytest.mark.parametrize("fault", MULTISTEP)
def test_a_fault_of_the_multistep_solver_is_named(fault: str) -> None:
    outcome, words = MULTISTEP[fault]
    found = audit(Multistep(fault), steps=(*STEPS, 250, 400))
    assert found.outcome is outcome
    assert len(found.causes) == 1
    for word in words:
        assert word in found.causes[0]


def test_the_step_before_the_jump_left_out_is_the_level_of_the_last_call() -> None:
    found = audit(Multistep("dropped step"), steps=(*STEPS, 250, 400))
    alpha, sigma = levels(LAST)
    assert f"(alpha {alpha:.6g}, sigma {sigma:.6g})" in found.causes[0]


def test_clipping_is_named_with_its_bound_and_with_or_without_a_span() -> None:
    for span in (Multistep("clipping").span, None):
        solver = dataclasses.replace(Multistep("clipping"))
        found = audit(lambda *a, s=solver: s(*a), steps=STEPS, order=2, span=span)
        assert found.outcome is Outcome.NOT_AFFINE
        assert "saturates for large input, at 1: clipping or thresholding" in found.reason


def test_noise_that_is_fresh_where_it_must_be_shared_is_named_and_sharing_restores_the_order() -> None:
    found = audit(Midpoint("fresh noise"), steps=STEPS)
    assert found.outcome is Outcome.SLOWER
    assert len(found.causes) == 1
    assert found.causes[0].startswith("independent noise where it must be shared: draws 2k and 2k + 1")
    assert "then the sampler converges (order 2." in found.causes[0]


def test_noise_of_the_wrong_size_is_named_with_the_factor_of_its_variance() -> None:
    found = audit(Midpoint("noise amount"), steps=STEPS)
    assert found.outcome is Outcome.WRONG_LIMIT
    assert found.causes == (
        f"inconsistent noise: a step adds {1.2**2:.3g} times the variance that its drift leaves room for",
    )


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((10, 100, 200, 400, 1000, 2000, 4000), "no floor of it is seen down to the error 7e-07 at 4000 steps"),
        ((100, 400, 1000, 2000, 4000, 8000, 16000, 32000), "from 1000 steps on errors are too near it"),
    ],
)
def test_a_single_precision_schedule_is_named_with_the_floor_that_it_makes(steps: tuple[int, ...], said: str) -> None:
    found = audit(Multistep("float32 schedule"), steps=steps)
    assert found.outcome is Outcome.CONVERGES
    assert len(found.causes) == 1
    assert "single-precision schedule" in found.causes[0]
    assert said in found.causes[0]
    assert {floor.name: floor.how for floor in found.floors}["rounding"] == "estimated: single-precision schedule"


def test_what_the_author_offers_as_a_cause_is_named_iff_its_removal_mends_the_outcome() -> None:
    class Offered:
        order = 2.0
        span = Multistep("slope sign").span
        without = {"the sign": Multistep(), "a scapegoat": Multistep("slope sign")}  # noqa: RUF012

        def __call__(self, *arguments: Any) -> Any:
            return Multistep("slope sign")(*arguments)

    named = [cause for cause in audit(Offered(), steps=STEPS).causes if "without it" in cause]
    assert len(named) == 1
    assert named[0].startswith("the sign: without it the sampler converges")


def test_the_floors_are_prior_truncation_rounding_and_no_monte_carlo() -> None:
    found = audit(Multistep(), steps=STEPS)
    sizes = {floor.name: floor.size for floor in found.floors}
    cases = found.runs[-1].cases
    assert sizes["prior mismatch"] == max(float(case.prior) for case in cases)
    assert sizes["truncation"] == max(float(case.truncation) for case in cases)
    assert sizes["Monte Carlo"] == 0
    assert 0 < sizes["rounding"] < 1e-10


def test_in_single_precision_the_rounding_is_the_distance_to_the_laws_of_float64() -> None:
    single, double = audit(Multistep(), steps=STEPS, dtype="float32"), audit(Multistep(), steps=STEPS)
    assert single.outcome is Outcome.CONVERGES
    rounding = next(floor for floor in single.floors if floor.name == "rounding")
    assert rounding.how.startswith("measured")
    # laws on both sides: by the triangle inequality errors differ by no more than the distance of the laws
    for a, b in zip(single.runs, double.runs, strict=True):
        for p, q in zip(a.cases, b.cases, strict=True):
            assert abs(float(p.discretisation) - float(q.discretisation)) <= rounding.size * (1 + 1e-6) + 1e-13
    assert 0 < rounding.size < np.finfo(np.float32).eps * STEPS[-1]
