"""Law: the verdict on a sampler whose error is known in closed form is the one that this error deserves."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from tests.audit.solvers import Multistep
from verify.audit import Level, Model, Outcome, Source, Span, audit
from verify.errors import InvalidInput
from verify.finding import Verdict
from verify.targets import Gaussian, gallery

STEPS = (10, 20, 40, 80, 160)
SPAN = Span(Level(1.0, 2.0))
DATA = Gaussian(np.array([1.0, -0.5]), np.array([[1.5, 0.62], [0.62, 0.8]]))


def exact(factor: Callable[[int], float], order: float | None = None) -> Any:
    """Return the exact solution of the flow, the deviation from the mean times `factor`: W2 is |factor − 1| √tr Σ."""

    def sampler(model: Model, x: Any, noise: Source, steps: int) -> Any:
        end = model.consistency(x, 2.0)
        return model.data.mean + factor(steps) * (end - model.data.mean)

    sampler.order = order  # type: ignore[attr-defined]
    sampler.span = SPAN  # type: ignore[attr-defined]
    return sampler


CASES = [
    (lambda n: 1 + n**-2.0, 2.0, Outcome.CONVERGES),
    (lambda n: 1 + n**-1.0, 2.0, Outcome.SLOWER),
    (lambda n: 1 + n**-0.5, None, Outcome.CONVERGES),
    (lambda n: 1.05 + n**-2.0, 2.0, Outcome.WRONG_LIMIT),
    (lambda n: 1.05, None, Outcome.WRONG_LIMIT),
    (lambda n: 1.05 + 5 * 0.5**n, 1.0, Outcome.WRONG_LIMIT),
    (lambda n: 1 + 0.1 * n**0.5, 1.0, Outcome.DOES_NOT_CONVERGE),
    (lambda n: 1.0, 2.0, Outcome.CONVERGES),
    (lambda n: float("nan"), 1.0, Outcome.NOT_FINITE),
    (lambda n: 1 + n**-1.0 * (1 + 30 / n), 1.5, Outcome.UNDECIDED),
]


@pytest.mark.parametrize("case", range(len(CASES)))
def test_the_outcome_is_that_of_the_error(case: int) -> None:
    factor, order, outcome = CASES[case]
    found = audit(exact(factor, order), DATA, STEPS)
    assert found.outcome is outcome, found
    assert "\n" not in found.reason


def test_a_law_that_stands_still_converges_where_its_goal_comes_to_it() -> None:
    """The exact law of the data, judged against E[x_0 | x] at a level 1/n: the error falls, though no law moves."""

    def sampler(model: Model, x: Any, noise: Source, steps: int) -> Any:
        return model.consistency(x, 2.0)

    def span(steps: int) -> Span:
        return Span(Level(1.0, 2.0), jump=Level(1.0, 1 / steps))

    found = audit(sampler, DATA, STEPS, order=2, span=span)
    assert found.outcome is Outcome.CONVERGES, found
    assert float(found.runs[-1].cases[0].discretisation) > 0


def euler(levels: Callable[[int], Any]) -> Any:
    """Return Euler's method on the probability flow along levels σ."""

    def sampler(model: Model, x: Any, noise: Source, steps: int) -> Any:
        for a, b in pairwise(levels(steps)):
            x = x + (b - a) * (x - model.denoised(x, a)) / a
        return x

    return sampler


def test_the_data_are_the_goal_where_the_last_level_comes_to_them() -> None:
    """Equal steps in σ end with a jump from 20/n; judged against that jump the errors rise before they fall."""
    found = audit(euler(lambda n: np.linspace(20, 0, n + 1)), order=1)
    assert found.outcome is Outcome.CONVERGES
    assert found.runs[0].span.jump is None


@pytest.mark.parametrize(("first", "last", "word"), [(20.0, 5.0, "truncation 2.2"), (0.5, 0.01, "prior 0.55")])
def test_an_order_that_holds_far_from_the_data_is_told_so(first: float, last: float, word: str) -> None:
    found = audit(euler(lambda n: np.append(np.geomspace(first, last, n), 0)), order=1)
    assert found.outcome is Outcome.CONVERGES
    assert "but W2 to the data is" in found.reason
    assert word in found.reason


@pytest.mark.parametrize("order", [float("nan"), float("inf"), 0.0, -1.0, "2", True])
def test_an_order_that_is_none_is_refused(order: Any) -> None:
    with pytest.raises(InvalidInput, match="`order` must be a finite number > 0"):
        audit(exact(lambda n: 1.0), DATA, STEPS, order=order)


@pytest.mark.parametrize("options", [{"steps": "10,20"}, {"steps": [10.5, 20]}, {"target": 3}, {"target": []}])
def test_arguments_of_another_kind_are_refused_in_one_line(options: Any) -> None:
    with pytest.raises(InvalidInput, match="must be"):
        audit(exact(lambda n: 1.0), **options)


def test_errors_are_those_of_the_closed_form() -> None:
    found = audit(exact(lambda n: 1 + n**-2.0), DATA, STEPS)
    for r in found.runs:
        assert float(r.cases[0].discretisation) == pytest.approx(r.steps**-2.0 * np.sqrt(np.trace(DATA.cov)), rel=1e-8)


def test_an_error_at_rounding_level_says_so_and_shows_no_order() -> None:
    found = audit(exact(lambda n: 1.0, 2.0), DATA, STEPS)
    assert "at its rounding level" in found.reason
    assert found.judgements[0].order.value is None


def test_a_wrong_limit_says_which_part_of_the_law_is_off() -> None:
    found = audit(exact(lambda n: 1.1), DATA, STEPS)
    assert "variances are 1.21–1.21 times the goal's" in found.reason


@pytest.mark.parametrize("steps", [(10,), (10, 20)])
def test_too_few_step_counts_decide_nothing(steps: tuple[int, ...]) -> None:
    assert audit(exact(lambda n: 1 + n**-2.0, 2.0), DATA, steps).outcome is Outcome.UNDECIDED


@pytest.mark.parametrize("seed", range(8))
def test_errors_that_jump_about_never_converge(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = {n: 0.1 * float(np.exp(rng.standard_normal())) for n in STEPS}
    found = audit(exact(lambda n: 1 + sizes[n], 1.0), DATA, STEPS)
    assert found.outcome is not Outcome.CONVERGES, found


@pytest.mark.parametrize("dim", [1, 2, 3, 5, 8])
def test_dimension_and_a_singular_covariance_do_not_matter(dim: int) -> None:
    found = audit(Multistep(), gallery.flat(dim), STEPS)
    assert found.outcome is Outcome.CONVERGES, found
    assert found.causes == ()


def test_the_worst_target_decides_and_is_named_by_its_number() -> None:
    """A sampler that is wrong along the second coordinate only: the first target cannot see it."""

    def sampler(model: Model, x: Any, noise: Source, steps: int) -> Any:
        return model.consistency(x, 2.0) + 0.1 * np.eye(3)[2]

    found = audit(sampler, (gallery.narrow(), DATA), STEPS, span=SPAN)
    assert [j.outcome for j in found.judgements] == [Outcome.CONVERGES, Outcome.WRONG_LIMIT]
    assert found.block == 1
    assert found.reason == found.judgements[1].reason


def test_without_a_span_it_is_read_off_the_calls() -> None:
    """The first call tells where it begins, the nearer of data and posterior mean where it ends."""
    found = audit(lambda *a: Multistep()(*a), steps=STEPS, order=2)
    assert found.outcome is Outcome.CONVERGES
    assert found.runs[0].span.jump == Multistep().span(10).jump

    def euler(model: Model, x: Any, noise: Source, steps: int) -> Any:
        sigmas = np.linspace(2.0, 0.0, steps + 1)
        for a, b in pairwise(sigmas):
            x = x + (b - a) * model.epsilon(x, a)
        return x

    found = audit(euler, DATA, STEPS, order=1)
    assert found.outcome is Outcome.CONVERGES
    assert (found.runs[0].span.start, found.runs[0].span.prior) == (Level(1, 2), 2.0)


def test_every_outcome_has_its_verdict_and_rank() -> None:
    assert {o: o.verdict for o in Outcome if o.verdict is not Verdict.VIOLATED} == {
        Outcome.CONVERGES: Verdict.HOLDS,
        Outcome.UNDECIDED: Verdict.INCONCLUSIVE,
        Outcome.NOT_AUDITED: Verdict.INCONCLUSIVE,
        Outcome.NOT_AFFINE: Verdict.INCONCLUSIVE,
    }
    assert min(Outcome, key=lambda o: o.severity) is Outcome.CONVERGES


def test_the_table_has_one_row_per_step_count_and_target() -> None:
    table = audit(Multistep(), steps=(10, 20, 40)).table()
    assert len(table) == 9
    assert (table["evaluations"] == table["steps"] + 1).all()
    # the triangle inequality of W2: from the prior and to the data, errors add up at most
    parts = table["discretisation"] + table["prior"] + table["truncation"]
    assert (table["total"] <= parts * (1 + 1e-12)).all()
