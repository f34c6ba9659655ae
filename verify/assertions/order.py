"""assert_order: a sampler, or a rate, reaches an order of convergence."""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.assertions.told import audited, told
from verify.audit import Audit, Outcome
from verify.audit.judge import MARGIN, Judgement
from verify.audit.probe import Sampler
from verify.errors import InvalidInput
from verify.finding import Finding


def assert_order(
    subject: Sampler | Audit | Finding, at_least: float | None = None, *, margin: float = MARGIN, **options: Any
) -> None:
    """Raise AssertionError unless the order in W2 is shown to be at least `at_least` − `margin`, on every target.

    `at_least` defaults to the declared order; an error that has fallen to its rounding level passes. `options` go to
    `verify.audit.audit` where `subject` is a sampler. A Finding is what the `rate` fixture returns.
    """
    __tracebackhide__ = True
    if isinstance(subject, Finding):
        if at_least is None:
            raise InvalidInput("`assert_order` needs `at_least` for a rate.")
        found = subject.statistic
        if found is None or found.low < at_least - margin:
            raise AssertionError(f"the order is not shown to be at least {at_least:g}: {subject.evidence}")
        return
    if not isinstance(subject, Audit) and at_least is not None:
        options = {"order": at_least, **options}
    seen = audited(subject, options)
    wanted = seen.declared if at_least is None else at_least
    if wanted is None:
        raise InvalidInput(f"`assert_order` needs `at_least`: {seen.name} declares no order.")
    short = [k for k, j in enumerate(seen.judgements) if not _reaches(j, wanted, margin)]
    if short or not seen.judgements:
        worst = min(short, key=lambda k: _low(seen.judgements[k]), default=None)
        raise AssertionError(told(seen, f"its order in W2 is not shown to be at least {wanted:g}", worst))


def _reaches(judgement: Judgement, wanted: float, margin: float) -> bool:
    p = judgement.order.value
    return judgement.outcome is Outcome.CONVERGES if p is None else p.low >= wanted - margin


def _low(judgement: Judgement) -> float:
    return -np.inf if judgement.order.value is None else judgement.order.value.low
