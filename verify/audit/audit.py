"""audit: the exact law, order of convergence and floors of any sampler that is driven by an exact Gaussian model."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from verify import targets
from verify.audit.judge import Judgement, judge, single_precision
from verify.audit.level import DATA, Level, Span
from verify.audit.outcome import Outcome
from verify.audit.probe import AffineMap, Sampler, probe
from verify.audit.run import Run, product, run
from verify.backend import converter
from verify.divergences import wasserstein2
from verify.errors import BoundcheckError, Diverged, HiddenInput, InvalidInput, NotAffine
from verify.finding import Verdict

STEPS = (10, 16, 25, 40, 63, 100, 160, 250, 400)
SpanLike = Span | Callable[[int], Span] | None
PARTS = ("kl", "tv", "total", "discretisation", "prior", "truncation", "mean_error", "cov_error")
FAULTS = (NotAffine, HiddenInput, Diverged)


def default_targets() -> tuple[targets.Gaussian, ...]:
    """Return Gaussians of dimension 1, 2 and 8, shifted, correlated, with spectra on both sides of 1."""
    rotation = np.linalg.qr(np.random.default_rng(8).standard_normal((8, 8)))[0]
    wide = targets.Gaussian.from_spectrum(np.linspace(-1, 1.2, 8), np.geomspace(0.08, 4.0, 8), rotation)
    return targets.gallery.narrow(), targets.gallery.correlated(), wide


@dataclass(frozen=True, eq=False)
class Audit:
    """What was found on one sampler.

    `outcome` and `reason` are those of the worst target, `judgements` one per target (none where a probe failed);
    `causes` name what the error comes from, where that could be shown.
    """

    name: str
    declared: float | None
    outcome: Outcome
    reason: str
    runs: tuple[Run, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    causes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Holds, violated or inconclusive."""
        return self.outcome.verdict

    def table(self) -> pd.DataFrame:
        """Return one row per step count and target: errors in practice and their parts, calls and draws."""
        rows = []
        for r in self.runs:
            for number, case in enumerate(r.cases):
                rows.append(
                    {
                        "steps": r.steps,
                        "target": number,
                        "dim": case.target.dim,
                        **{part: float(getattr(case, part)) for part in PARTS},
                        "evaluations": r.evaluations,
                        "draws": r.map.draws,
                    }
                )
        return pd.DataFrame(rows)

    def __str__(self) -> str:
        return f"{self.name}: {self.outcome.value}: {self.reason}"


def audit(
    sampler: Sampler,
    target: targets.Gaussian | Sequence[targets.Gaussian] | None = None,
    steps: Sequence[int] = STEPS,
    *,
    order: float | None = None,
    span: SpanLike = None,
    array: str | None = None,
    dtype: str = "float64",
    name: str | None = None,
) -> Audit:
    """Return the exact laws of ``sampler(model, start, noise, steps) -> samples`` and a verdict on their convergence.

    The sampler gets the exact `Model` of Gaussian data, first states of shape (rows, d), a `Source` of noise and the
    number of steps; rows are trajectories of their own. `target` (default: three, in dimension 1, 2 and 8) are the
    data; all are run at once, as independent blocks of one product. `order` is the order in W2 that is claimed, `span`
    the noise levels between which the sampler runs, constant or by number of steps; both default to attributes of the
    sampler. Without a span the first level is that of the first model call, the goal is the data or the posterior mean
    at the last call, whichever the output is nearer to. `array` (numpy, cupy, torch, jax; default: an attribute of the sampler, else numpy) and `dtype` choose
    what the sampler computes in.

    Raises InvalidInput for wrong arguments and SamplerFailed where the sampler raises or returns no samples; every
    other fault is an outcome.
    """
    blocks = (target,) if isinstance(target, targets.Gaussian) else tuple(target or default_targets())
    counts, data, to_state = (
        _counts(steps),
        product(blocks),
        converter(array or getattr(sampler, "array", "numpy"), dtype),
    )
    declared = getattr(sampler, "order", None) if order is None else order
    wanted = getattr(sampler, "span", None) if span is None else span
    label = str(name or getattr(sampler, "name", None) or getattr(sampler, "__name__", type(sampler).__name__))
    maps: list[AffineMap] = []
    for count in counts:
        scale = 1.0 if wanted is None else _span(wanted, count).prior or 1.0
        try:
            maps.append(probe(sampler, data, count, to_state, scale=scale, repeat=count == counts[0]))
        except FAULTS as error:
            return Audit(label, declared, _outcome(error), str(error))
    if wanted is None:
        wanted = _discovered(maps, data)
    runs = tuple(run(m, _span(wanted, m.steps), data, blocks) for m in maps)
    single = single_precision(runs)
    judgements = tuple(judge(runs, block, declared, single) for block in range(len(blocks)))
    worst = max(judgements, key=lambda judgement: judgement.outcome.severity)
    return Audit(label, declared, worst.outcome, worst.reason, runs, judgements)


def _counts(steps: Sequence[int]) -> list[int]:
    counts = [operator.index(n) for n in steps]
    if len(counts) < 2 or sorted(set(counts)) != counts or counts[0] < 1:
        raise InvalidInput(f"`steps` must be at least two increasing whole numbers >= 1; got {list(steps)}.")
    return counts


def _span(wanted: SpanLike, steps: int) -> Span:
    found = wanted(steps) if callable(wanted) else wanted
    if not isinstance(found, Span):
        raise InvalidInput(f"`span` must be a Span or a function of the step count; got {type(found).__name__}.")
    return found


def _outcome(error: BoundcheckError) -> Outcome:
    if isinstance(error, NotAffine):
        return Outcome.NOT_AFFINE
    return Outcome.HIDDEN_INPUT if isinstance(error, HiddenInput) else Outcome.NOT_FINITE


def _discovered(maps: Sequence[AffineMap], data: targets.Gaussian) -> Callable[[int], Span]:
    """Return the spans that the model calls suggest."""
    calls = {m.steps: m.calls for m in maps}
    if not all(calls.values()):
        raise InvalidInput("the sampler never calls the model; hand it over as `span` where it runs from and to.")

    def whole(steps: int) -> Span:
        first = Level(*calls[steps][0])
        return Span(first, DATA, first.prior)

    def jumping(steps: int) -> Span:
        return replace(whole(steps), jump=Level(*calls[steps][-1]))

    last = maps[-1]
    errors = [
        float(wasserstein2(last.law(span.first(data)), span.goal(data)))
        for span in (whole(last.steps), jumping(last.steps))
    ]
    return whole if errors[0] <= errors[1] else jumping
