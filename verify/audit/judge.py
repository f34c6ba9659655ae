"""The verdict on a sampler: its errors over the step counts against the order that it declares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from verify.audit.order import CLEAR, TREND, Order, fit
from verify.audit.outcome import Outcome
from verify.audit.run import Case, Run, gaps, size
from verify.backend import Array

MARGIN = 0.25  # orders come in halves: half the gap between neighbours
KINKED = 0.7  # of the declared order: a trend of erratic errors refutes it only from further below
LEFT = 0.1  # of the size of the data: an error in practice above this is told, beside an order that holds or not
FAR = 10.0  # if it is this many times the discretisation error
BLURRED = 0.01  # of the size of the data: rounding above this hides whether there is convergence at all


@dataclass(frozen=True)
class Judgement:
    """The outcome on one target, with its orders in W2, mean and covariance, and the sentence that says why."""

    outcome: Outcome
    reason: str
    order: Order
    mean_order: Order
    cov_order: Order


def judge(runs: Sequence[Run], block: int, declared: float | None, floor: float) -> Judgement:
    """Return the judgement on target number `block`; errors below `floor` are rounding.

    `declared` None asks for convergence at any order.
    """
    steps = [r.steps for r in runs]
    cases = [r.cases[block] for r in runs]
    unit = size(cases[0].target)
    errors = [float(case.discretisation) for case in cases]
    order = fit(steps, errors, floor)
    mean_order = fit(steps, [case.mean_error for case in cases], floor)
    cov_order = fit(steps, [case.cov_error for case in cases], floor * unit)
    outcome, reason = _decide(order, errors, floor, unit, steps, declared, gaps(runs, block))
    if outcome in (Outcome.WRONG_LIMIT, Outcome.DOES_NOT_CONVERGE):
        reason = f"{reason}; {_parts(cases[-1])}"
    elif (left := float(cases[-1].total)) > max(LEFT * unit, FAR * errors[-1]):
        prior, cut = float(cases[-1].prior), float(cases[-1].truncation)
        reason = f"{reason}; but W2 to the data is {left:.2g} in practice (prior {prior:.2g}, truncation {cut:.2g})"
    return Judgement(outcome, reason, order, mean_order, cov_order)


def _parts(case: Case) -> str:
    """Return which part of the law is off: the range of its variances over the goal's, and the mean."""
    values, basis = np.linalg.eigh(case.goal.cov)
    kept = values > 1e-12 * values.max()
    got = np.einsum("ij,ik,kj->j", basis, case.output.cov, basis)[kept] / values[kept]
    variances = f"variances are {got.min():.3g}–{got.max():.3g} times the goal's, " if kept.any() else ""
    return f"{variances}the mean is off by {case.mean_error:.2g}"


def _decide(
    order: Order,
    errors: Sequence[float],
    floor: float,
    unit: float,
    steps: Sequence[int],
    declared: float | None,
    gap: Array,
) -> tuple[Outcome, str]:
    if order.value is None:
        if errors[-1] <= CLEAR * floor <= BLURRED * unit:
            first = next(n for n, e in zip(steps, errors, strict=True) if e <= CLEAR * floor)
            return Outcome.CONVERGES, f"at its rounding level, {errors[-1]:.2g}, from {first} steps on"
        return Outcome.UNDECIDED, f"too few step counts stand above the rounding level {floor:.2g} for an order"
    p = order.value
    at = f"W2 error {errors[-1]:.3g} at {steps[-1]} steps, {errors[-2]:.3g} at {steps[-2]}"
    if _settled(steps, errors, gap):
        return Outcome.WRONG_LIMIT, f"{at}; the law has settled (moves by {gap[-1]:.2g}) away from its goal"
    told = f"order {p.value:.2f} [{p.low:.2f}, {p.high:.2f}] at {order.used[0]}–{order.used[-1]} steps"
    wanted = 0.5 if declared is None else declared
    against = "no order declared" if declared is None else f"declared {declared:g}"
    if p.low >= wanted - MARGIN:
        return Outcome.CONVERGES, f"{told}, {against}"
    erratic = p.method == TREND and p.high >= KINKED * wanted  # one line may go through a kink
    if p.high >= wanted - MARGIN or erratic:
        return Outcome.UNDECIDED, f"{told}, {against}: take more steps"
    if p.high > MARGIN:
        return Outcome.SLOWER, f"{told}, {against}"
    if errors[-1] < errors[-2] * (steps[-1] / steps[-2]) ** -MARGIN:
        return Outcome.UNDECIDED, f"{told}, {against}; errors rose before they fell: take more steps"
    return Outcome.DOES_NOT_CONVERGE, f"{at}; no convergence up to there, and the law still moves by {gap[-1]:.2g}"


def _settled(steps: Sequence[int], errors: Sequence[float], gap: Array) -> bool:
    """Return whether laws and goals move too little for any order, gap/(error·log of the ratio) being its upper bound.

    By the triangle inequality an error changes by no more than the law and its goal move. Unlike a fit of the errors
    this cannot be fooled by their scatter.
    """
    ratios = np.log(np.array(steps[1:]) / np.array(steps[:-1]))
    most = gap / (np.array(errors[1:]) * ratios)
    return bool((most[-2:] <= MARGIN).all())
