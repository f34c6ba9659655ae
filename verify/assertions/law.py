"""assert_law: the exact output law of a sampler is near an expected law."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from verify import targets
from verify.assertions.told import DIVERGENCES, audited, interval, told
from verify.audit import Audit
from verify.audit.probe import Sampler
from verify.audit.run import Case
from verify.errors import InvalidInput, UnknownName
from verify.laws import GaussianLike


def assert_law(
    subject: Sampler | Audit,
    law: GaussianLike | None = None,
    *,
    steps: int,
    within: float,
    divergence: Literal["kl", "tv", "w2"] = "kl",
    target: targets.Gaussian | None = None,
    exact_start: bool = False,
    **options: Any,
) -> None:
    """Raise AssertionError unless divergence(law, exact output law) ≤ `within` after `steps` steps.

    `law` defaults to the data `target` that the model is exact for, and the other way round; an Audit brings its own
    targets. The sampler starts from its prior, with `exact_start` from the exact law of its first noise level.
    """
    __tracebackhide__ = True
    if divergence not in DIVERGENCES:
        raise UnknownName("divergence", divergence, DIVERGENCES)
    if not isinstance(subject, Audit):
        data = target if target is not None or law is None else targets.Gaussian(law.mean, law.cov)
        options |= {"target": data, "steps": (steps,)}
    elif target is not None:
        raise InvalidInput("an audit has its targets; hand the sampler over where `target` is to be another.")
    seen = audited(subject, options)
    cases = _cases(seen, steps)
    if isinstance(subject, Audit) and law is not None and len(cases) != 1:
        raise InvalidInput(f"`law` is one, the audit has {len(cases)} targets; audit the one that it belongs to.")
    for number, case in enumerate(cases):
        output = case.output if exact_start else case.practice
        wanted = case.target.law if law is None else law
        measured = DIVERGENCES[divergence](wanted, output)
        if not measured.high <= within:
            moved, spread = np.linalg.norm(output.mean - wanted.mean), np.linalg.norm(output.cov - wanted.cov, 2)
            headline = (
                f"{divergence.upper()}(expected ‖ output) at {steps} steps is {interval(measured)}, wanted at most "
                f"{within:g}; the mean is off by {moved:.4g}, the covariance by {spread:.4g} (spectral norm)"
            )
            raise AssertionError(told(seen, headline, number))


def _cases(seen: Audit, steps: int) -> Sequence[Case]:
    __tracebackhide__ = True
    if not seen.runs:
        raise AssertionError(told(seen, "it has no output law", None))
    found = {run.steps: run.cases for run in seen.runs}
    if steps not in found:
        raise InvalidInput(f"the audit has no run of {steps} steps; it has {', '.join(map(str, found))}.")
    return found[steps]
