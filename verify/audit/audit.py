"""audit: the exact law, order of convergence and floors of any sampler that is driven by an exact Gaussian model."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from verify import targets
from verify.audit.bench import Bench, SpanLike, worst
from verify.audit.diagnosis import causes
from verify.audit.floors import Floor, floors
from verify.audit.judge import Judgement
from verify.audit.outcome import Outcome
from verify.audit.probe import Sampler
from verify.audit.run import Run
from verify.backend import AnyArray, Array, converter
from verify.errors import BoundcheckError, InvalidInput
from verify.finding import Verdict

STEPS = (10, 16, 25, 40, 63, 100, 160, 250)
PARTS = ("kl", "tv", "total", "discretisation", "prior", "truncation", "mean_error", "cov_error")


def default_targets() -> tuple[targets.Gaussian, ...]:
    """Return Gaussians of dimension 1, 2 and 8, shifted, correlated, with spectra on both sides of 1."""
    rotation = np.linalg.qr(np.random.default_rng(8).standard_normal((8, 8)))[0]
    wide = targets.Gaussian.from_spectrum(np.linspace(-1, 1.2, 8), np.geomspace(0.08, 4.0, 8), rotation)
    return targets.gallery.narrow(), targets.gallery.correlated(), wide


@dataclass(frozen=True, eq=False)
class Audit:
    """What was found on one sampler.

    `outcome` and `reason` are those of the worst target, `judgements` one per target (none where a probe failed);
    `causes` name what the error comes from, where that could be shown; `floors` say what stays of it however many
    steps are taken.
    """

    name: str
    declared: float | None
    outcome: Outcome
    reason: str
    runs: tuple[Run, ...] = ()
    judgements: tuple[Judgement, ...] = ()
    causes: tuple[str, ...] = ()
    floors: tuple[Floor, ...] = ()

    @property
    def block(self) -> int | None:
        """The number of the target that decided: the worst outcome, and of these the largest error for its size."""
        return worst(self.judgements, self.runs)

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
    at the last call, whichever the output is nearer to. `array` (numpy, cupy, torch, jax; default: an attribute of the
    sampler, else numpy) and `dtype` choose what the sampler computes in. An attribute `without` of the sampler maps
    suspected causes to samplers without them: a cause is named where that mends the outcome.

    Raises InvalidInput for wrong arguments and SamplerFailed where the sampler raises or returns no samples; every
    other fault is an outcome.
    """
    blocks = _blocks(target)
    library = str(array or getattr(sampler, "array", "numpy"))
    bench = Bench(
        blocks,
        tuple(_counts(steps)),
        _declared(getattr(sampler, "order", None) if order is None else order),
        getattr(sampler, "span", None) if span is None else span,
        converter(library, dtype),
        None if dtype == "float64" else _double(library),
    )
    found = bench.measure(sampler)
    label = str(name or getattr(sampler, "name", None) or getattr(sampler, "__name__", type(sampler).__name__))
    known = floors(found.runs, found.double) if found.runs else ()
    return Audit(
        label,
        bench.declared,
        found.outcome,
        found.reason,
        found.runs,
        found.judgements,
        causes(sampler, bench, found),
        known,
    )


def _double(library: str) -> Callable[[Array], AnyArray] | None:
    """Return the converter to float64 of an array library, None where it has none here."""
    try:
        return converter(library, "float64")
    except BoundcheckError:
        return None


def _blocks(target: Any) -> tuple[targets.Gaussian, ...]:
    if target is None:
        return default_targets()
    blocks = (
        (target,) if isinstance(target, targets.Gaussian) else tuple(target) if isinstance(target, Sequence) else ()
    )
    if not blocks or not all(isinstance(block, targets.Gaussian) for block in blocks):
        raise InvalidInput(f"`target` must be a Gaussian target or a few of them; got {type(target).__name__}.")
    return blocks


def _declared(order: Any) -> float | None:
    if order is None:
        return None
    if isinstance(order, bool) or not isinstance(order, (int, float)) or not 0 < order < math.inf:
        raise InvalidInput(f"`order` must be a finite number > 0, or None for no claim; got {order!r}.")
    return float(order)


def _counts(steps: Sequence[int]) -> list[int]:
    try:
        counts = [operator.index(n) for n in steps]
    except TypeError:
        raise InvalidInput(f"`steps` must be increasing whole numbers >= 1; got {steps!r}.") from None
    if not counts or sorted(set(counts)) != counts or counts[0] < 1:
        raise InvalidInput(f"`steps` must be increasing whole numbers >= 1; got {list(steps)}.")
    return counts
