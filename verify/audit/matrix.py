"""audit_all: audits of many samplers, none of which can stop the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from verify import targets
from verify.audit.audit import STEPS, Audit, audit
from verify.audit.outcome import Outcome
from verify.audit.probe import Sampler
from verify.errors import InvalidInput, SamplerFailed

FEWEST = 3  # step counts that are needed for an order


def audit_all(
    samplers: Iterable[Sampler],
    target: targets.Gaussian | Sequence[targets.Gaussian] | None = None,
    steps: Sequence[int] = STEPS,
    **options: Any,
) -> Iterator[Audit]:
    """Return one audit after the other; a sampler that raises or returns no samples has the outcome FAILED.

    A sampler may have a method `counts(steps)` that keeps the step counts it accepts. Arguments are those of `audit`.
    """
    for sampler in samplers:
        yield _audited(sampler, target, steps, options)


def _audited(sampler: Any, target: Any, steps: Sequence[int], options: dict[str, Any]) -> Audit:
    label = str(getattr(sampler, "name", None) or getattr(sampler, "__name__", type(sampler).__name__))
    try:
        counts = sampler.counts(steps) if hasattr(sampler, "counts") else steps
        if len(counts) < min(FEWEST, len(steps)):
            reason = f"it accepts too few of the step counts {', '.join(map(str, steps))}"
            return Audit(label, None, Outcome.NOT_AUDITED, reason)
        return audit(sampler, target, counts, **options)
    except (SamplerFailed, InvalidInput) as error:
        return Audit(label, options.get("order") or getattr(sampler, "order", None), Outcome.FAILED, str(error))
