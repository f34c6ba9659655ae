"""The verdict on a sampler: its errors over the step counts against the order that it declares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from verify.audit.order import CLEAR, Order, fit
from verify.audit.outcome import Outcome
from verify.audit.run import Run, gaps, size

MARGIN = 0.25  # orders come in halves: half the gap between neighbours
ROUNDING = 1e-13  # of a law in float64, relative to the size of the data
SINGLE = 3e-7  # of a law whose schedule or arithmetic is in single precision
SETTLED = 0.1  # of the error: neighbouring laws closer than this have reached their limit


@dataclass(frozen=True)
class Judgement:
    """The outcome on one target, with its orders in W2, mean and covariance, and the sentence that says why."""

    outcome: Outcome
    reason: str
    order: Order
    mean_order: Order
    cov_order: Order


def single_precision(runs: Sequence[Run]) -> bool:
    """Return whether the sampler rounds to float32: random inputs missed by that much, or every noise level is one."""
    if max(r.map.residual for r in runs) > 1e-10:
        return True
    levels = np.array([call for r in runs for call in r.map.calls]).ravel()
    with np.errstate(over="ignore"):
        return bool(levels.size and (levels.astype(np.float32) == levels).all() and (levels != np.rint(levels)).any())


def judge(runs: Sequence[Run], block: int, declared: float | None, single: bool) -> Judgement:
    """Return the judgement on target number `block`; `declared` None asks for convergence at any order."""
    steps = [r.steps for r in runs]
    cases = [r.cases[block] for r in runs]
    unit = size(cases[0].target)
    errors = [float(case.discretisation) for case in cases]
    floor = unit * ROUNDING
    if single:
        least = min(errors)
        floor = max(unit * SINGLE, least if least < 1e-5 * unit else 0.0)
    order = fit(steps, errors, floor)
    mean_order = fit(steps, [case.mean_error for case in cases], floor)
    cov_order = fit(steps, [case.cov_error for case in cases], floor * unit)
    outcome, reason = _decide(order, errors, floor, steps, declared, gaps(runs, block))
    return Judgement(outcome, reason, order, mean_order, cov_order)


def _decide(
    order: Order, errors: Sequence[float], floor: float, steps: Sequence[int], declared: float | None, gap: np.ndarray
) -> tuple[Outcome, str]:
    if order.value is None:
        if errors[-1] <= CLEAR * floor:
            first = next(n for n, e in zip(steps, errors, strict=True) if e <= CLEAR * floor)
            return Outcome.CONVERGES, f"at its rounding level, {errors[-1]:.2g}, from {first} steps on"
        return Outcome.UNDECIDED, f"too few step counts stand above the rounding level {floor:.2g} for an order"
    p = order.value
    told = f"order {p.value:.2f} [{p.low:.2f}, {p.high:.2f}] at {order.used[0]}–{order.used[-1]} steps"
    wanted = 0.5 if declared is None else declared
    against = "no order declared" if declared is None else f"declared {declared:g}"
    if p.low >= wanted - MARGIN:
        return Outcome.CONVERGES, f"{told}, {against}"
    if p.high >= wanted - MARGIN:
        return Outcome.UNDECIDED, f"{told}, {against}: take more steps"
    if p.high > MARGIN:
        return Outcome.SLOWER, f"{told}, {against}"
    at = f"W2 error {errors[-1]:.3g} at {steps[-1]} steps, {errors[-2]:.3g} at {steps[-2]}"
    if gap[-1] <= SETTLED * errors[-1]:
        return Outcome.WRONG_LIMIT, f"{at}; the law has settled (moves by {gap[-1]:.2g}) away from its goal"
    return Outcome.DOES_NOT_CONVERGE, f"{at}; the law still moves by {gap[-1]:.2g}"
