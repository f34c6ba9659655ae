"""Bench: what samplers are put on to be measured, and the outcome that their errors amount to."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from verify import targets
from verify.audit.judge import Judgement, judge
from verify.audit.level import DATA, Level, Span
from verify.audit.outcome import Outcome
from verify.audit.probe import AffineMap, Sampler, ToState, probe
from verify.audit.rounding import floor
from verify.audit.run import Run, product, run, size
from verify.divergences import wasserstein2
from verify.errors import BoundcheckError, Diverged, HiddenInput, InvalidInput, NotAffine, SamplerFailed

SpanLike = Span | Callable[[int], Span] | None
SHRINKING = 0.5  # power of the number of steps
FAULTS = (NotAffine, HiddenInput, Diverged)


@dataclass(frozen=True, eq=False)
class Found:
    """What a measurement came to; `double` are the runs in float64 of a sampler that was asked to run in less."""

    outcome: Outcome
    reason: str
    span: SpanLike = None
    runs: tuple[Run, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    double: tuple[Run, ...] = ()


@dataclass(frozen=True, eq=False)
class Bench:
    """Targets, step counts, the declared order, the span, and what a sampler computes in (`to_double`: float64 too)."""

    blocks: tuple[targets.Gaussian, ...]
    counts: tuple[int, ...]
    declared: float | None
    span: SpanLike
    to_state: ToState
    to_double: ToState | None = None

    @cached_property
    def data(self) -> targets.Gaussian:
        """The product of the targets."""
        return product(self.blocks)

    def probe(self, sampler: Sampler, steps: int, span: SpanLike = None, **options: Any) -> AffineMap:
        """Return the map of a sampler, probed at the size of its first states."""
        wanted = self.span if span is None else span
        scale = 1.0 if wanted is None else at(wanted, steps).prior or 1.0
        return probe(sampler, options.pop("data", self.data), steps, self.to_state, scale=scale, **options)

    def measure(self, sampler: Sampler) -> Found:
        """Return the outcome on the worst target, with all that led to it."""
        try:
            maps = self._maps(sampler)
        except FAULTS as error:
            return Found(_outcome(error), str(error), self.span)
        span = discovered(maps, self.data) if self.span is None else self.span
        runs = self.runs(maps, span)
        return self.judged(runs, span, self._double(sampler, span))

    def _maps(self, sampler: Sampler) -> list[AffineMap]:
        maps: list[AffineMap] = []
        for count in self.counts:
            maps.append(self.probe(sampler, count, repeat=not maps, expected=_extrapolated(maps, count)))
        return maps

    def runs(self, maps: Sequence[AffineMap], span: SpanLike) -> tuple[Run, ...]:
        """Return the exact laws that maps have between the levels of `span`."""
        return tuple(run(m, at(span, m.steps), self.data, self.blocks) for m in maps)

    def judged(self, runs: tuple[Run, ...], span: SpanLike, double: tuple[Run, ...] = ()) -> Found:
        """Return the judgements on runs, and the worst."""
        judgements = tuple(
            judge(runs, block, self.declared, floor(runs, block, double)) for block in range(len(self.blocks))
        )
        decided = judgements[worst(judgements, runs) or 0]
        return Found(decided.outcome, decided.reason, span, runs, judgements, double)

    def _double(self, sampler: Sampler, span: SpanLike) -> tuple[Run, ...]:
        if self.to_double is None:
            return ()
        try:
            bench = replace(self, to_state=self.to_double)
            return self.runs([bench.probe(sampler, count, repeat=False) for count in self.counts], span)
        except BoundcheckError:
            return ()  # it runs in single precision only


def _extrapolated(maps: Sequence[AffineMap], steps: int) -> int:
    """Return the number of draws if it goes on as between the last two step counts; 0: no guess."""
    if len(maps) < 2 or not maps[-1].draws:
        return 0
    before, last = maps[-2:]
    more, rest = divmod((last.draws - before.draws) * (steps - last.steps), last.steps - before.steps)
    return 0 if rest else max(last.draws + more, 0)


def worst(judgements: Sequence[Judgement], runs: Sequence[Run]) -> int | None:
    """Return the number of the target that decides: the worst outcome, then the largest error for its size."""

    def rank(block: int) -> tuple[int, float]:
        case = runs[-1].cases[block]
        return judgements[block].outcome.severity, float(case.discretisation) / (size(case.target) or 1.0)

    return max(range(len(judgements)), key=rank, default=None)


def at(span: SpanLike, steps: int) -> Span:
    """Return the span at a number of steps."""
    try:
        found = span(steps) if callable(span) else span
    except BoundcheckError:
        raise
    except Exception as error:
        raise SamplerFailed(f"its span raised {type(error).__name__} at {steps} steps: {error}") from error
    if not isinstance(found, Span):
        raise InvalidInput(f"`span` must be a Span or a function of the step count; got {type(found).__name__}.")
    return found


def discovered(maps: Sequence[AffineMap], data: targets.Gaussian) -> Callable[[int], Span]:
    """Return the spans that the model calls suggest."""
    calls = {m.steps: m.calls for m in maps}
    if not all(calls.values()):
        raise InvalidInput("the sampler never calls the model; hand it over as `span` where it runs from and to.")

    def whole(steps: int) -> Span:
        first = Level(*calls[steps][0])
        return Span(first, DATA, first.prior)

    def jumping(steps: int) -> Span:
        return replace(whole(steps), jump=Level(*calls[steps][-1]))

    first, last = maps[0], maps[-1]
    near, far = (m.calls[-1][1] / m.calls[-1][0] if m.calls[-1][0] else math.inf for m in (last, first))
    if last.steps > first.steps and near < far * (last.steps / first.steps) ** -SHRINKING:
        return whole  # the last level comes to the data as the steps become many: a jump from there is a step
    errors = [
        float(wasserstein2(last.law(span.first(data)), span.goal(data)))
        for span in (whole(last.steps), jumping(last.steps))
    ]
    return whole if errors[0] <= errors[1] else jumping


def _outcome(error: BoundcheckError) -> Outcome:
    if isinstance(error, NotAffine):
        return Outcome.NOT_AFFINE
    return Outcome.HIDDEN_INPUT if isinstance(error, HiddenInput) else Outcome.NOT_FINITE
