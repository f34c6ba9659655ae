"""assert_bound: an error is below a theorem's bound, or below a number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from verify import observables
from verify.assertions.told import DIVERGENCES, audited, interval, told
from verify.audit.audit import PARTS
from verify.bounds import Bound, OUContraction, OURegularisation
from verify.errors import InvalidInput, UnknownName
from verify.estimate import Estimate


def assert_bound(
    subject: Any, bound: Bound | type[Bound] | float | Callable[[int], float], *, error: str = "total", **options: Any
) -> None:
    """Raise AssertionError unless an error is below a bound.

    Three forms: a sampler of `verify.samplers` and a theorem of `verify.bounds`, whose assumptions must hold on that
    sampler; a sampler or an Audit of it and a number, or a function of the number of steps, for the column `error` of
    the audit's table; an Estimate and a number. The upper end of the error's interval counts.
    """
    __tracebackhide__ = True
    theorem: Any = bound() if isinstance(bound, type) else bound
    if isinstance(theorem, Bound):
        _assert_theorem(subject, theorem)
        return
    if isinstance(subject, Estimate):
        if callable(theorem):
            raise InvalidInput("an Estimate has no number of steps; give the bound as a number.")
        if not subject.high <= theorem:
            raise AssertionError(f"the error {interval(subject)} is {_versus(subject, float(theorem))}")
        return
    if error not in PARTS:
        raise UnknownName("error", error, PARTS)
    seen = audited(subject, options)
    if not seen.runs:
        raise AssertionError(told(seen, f"it has no {error} error that a bound could hold for", None))
    for run in seen.runs:
        limit = float(theorem(run.steps)) if callable(theorem) else float(theorem)
        for number, case in enumerate(run.cases):
            measured = getattr(case, error)
            e = measured if isinstance(measured, Estimate) else Estimate.exact(measured)
            if not e.high <= limit:
                headline = f"its {error} error {interval(e)} at {run.steps} steps is {_versus(e, limit)}"
                raise AssertionError(told(seen, headline, number))


def _assert_theorem(sampler: Any, bound: Bound) -> None:
    __tracebackhide__ = True
    instead = "; compare numbers with `assert_bound(estimate, number)`."
    if bound.constant is None:
        raise InvalidInput(f"{bound.name} leaves its constant open{instead}")
    if bound.divergence not in DIVERGENCES:
        raise InvalidInput(f"{bound.name} bounds no distance between laws{instead}")
    if failed := bound.failed_assumptions(sampler):
        listed = "; ".join(finding.evidence for finding in failed)
        raise AssertionError(f"{bound.name} does not apply to this {type(sampler).__name__}: {listed}")
    terms = bound.terms(sampler)
    limit = bound.constant * bound.total(terms)
    of_noise = isinstance(bound, (OUContraction, OURegularisation))
    measure = observables.NoiseKL() if of_noise else observables.SamplingError(DIVERGENCES[bound.divergence])
    e = measure(sampler, None)
    if bound.vacuous(limit) or not e.high <= limit:
        parts = ", ".join(f"{name} {value:.4g}" for name, value in terms.items())
        why = "a bound that says nothing" if bound.vacuous(limit) else _versus(e, limit)
        raise AssertionError(f"{bound.name}: {bound.statement}: the left side is {interval(e)}, {why} (terms: {parts})")


def _versus(e: Estimate, limit: float) -> str:
    return f"{'above' if e.low > limit else 'not shown to be below'} the bound {limit:.6g}"
