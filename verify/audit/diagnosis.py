"""diagnosis: what a sampler's error comes from, shown by experiments on the sampler as a black box.

Each experiment removes one suspected cause, or measures what only it can change; a cause is named only where the
experiment shows it, so that no cause named does not mean no cause.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from verify.audit.bench import Bench, Found, SpanLike, at
from verify.audit.consistency import first_order, inconsistent, steps
from verify.audit.level import Level
from verify.audit.order import CLEAR
from verify.audit.outcome import Outcome
from verify.audit.probe import AffineMap, Sampler
from verify.audit.rounding import SINGLE, single_arithmetic, single_schedule
from verify.audit.run import Run, size
from verify.audit.trace import mistold, read, rounded, trace
from verify.backend import Array
from verify.divergences import wasserstein2
from verify.errors import BoundcheckError

KEPT = 5  # step counts with which an order can be told
ENOUGH = 20  # steps from which local errors are small enough to be told apart
NOISE = "inconsistent noise"
MENDED = 10.0  # the finest error falls by this factor


def causes(sampler: Sampler, bench: Bench, found: Found) -> tuple[str, ...]:
    """Return what the error comes from, one sentence a cause, where that could be shown; of what is wrong, not open."""
    named = _single(bench, found)
    if found.outcome in (Outcome.CONVERGES, Outcome.UNDECIDED):
        return tuple(named)
    mended, shown = _counterfactual(sampler, bench, found)
    named += shown
    if found.runs and not mended:
        for experiment in (_dropped, _along, _shared):
            if any(NOISE in cause for cause in named):
                break  # a wrong amplitude can be mended by a correlation that is not the fault
            try:
                named += experiment(sampler, bench, found)
            except BoundcheckError:
                continue  # a sampler that cannot be driven like this: nothing is shown
    return tuple(named)


def finest(runs: tuple[Run, ...]) -> float:
    """Return the W2 error at the largest step count, all targets together."""
    return float(np.sqrt(sum(float(case.discretisation) ** 2 for case in runs[-1].cases)))


def _single(bench: Bench, found: Found) -> list[str]:
    """Name single precision in a sampler that was asked to run in float64."""
    if not found.runs or bench.to_double is not None:
        return []
    if single_arithmetic(found.runs):
        worst = max(r.map.residual for r in found.runs)
        return [f"single-precision arithmetic in a float64 run: random inputs are missed by {worst:.1g}"]
    if not single_schedule(found.runs):
        return []
    what = "single-precision schedule: every noise level is a float32 number"
    floor = max(judgement.order.floor for judgement in found.judgements)
    if floor < SINGLE * min(size(block) for block in bench.blocks):
        last = found.runs[-1]
        error = max(float(case.discretisation) for case in last.cases)
        return [f"{what}; no floor of it is seen down to the error {error:.1g} at {last.steps} steps"]
    errors = [max(float(case.discretisation) for case in r.cases) for r in found.runs]
    below = [r.steps for r, error in zip(found.runs, errors, strict=True) if error <= CLEAR * floor]
    until = f"; from {below[0]} steps on errors are too near it to be told apart" if below else ""
    return [f"{what}, a floor of {floor:.1g} or less{until}"]


def _counterfactual(sampler: Sampler, bench: Bench, found: Found) -> tuple[bool, list[str]]:
    """Name the causes whose removal, as the sampler's author offers it in `without`, mends the outcome.

    The first that makes the sampler converge ends the search: nothing else is left to explain, which is also returned.
    """
    named = []
    fewer = bench.counts[:-1] if len(bench.counts) > KEPT else bench.counts  # the largest costs most and adds least
    offered: Mapping[str, Sampler] = getattr(sampler, "without", None) or {}
    for cause, other in offered.items():
        span: SpanLike = getattr(other, "span", None) or bench.span
        try:
            mended = replace(bench, span=span, counts=fewer).measure(other)
        except BoundcheckError:
            continue
        if how := _mends(found, mended):
            named.append(f"{cause}: without it {how}")
        if mended.outcome is Outcome.CONVERGES:
            return True, named
    return False, named


def _mends(found: Found, mended: Found) -> str | None:
    if mended.outcome is Outcome.CONVERGES:
        return f"the sampler converges ({mended.reason})"
    if not (found.runs and mended.runs):
        return None
    last = mended.runs[-1].steps
    before = finest(tuple(r for r in found.runs if r.steps <= last))
    after = finest(mended.runs)
    if before < MENDED * after:
        return None
    return f"the error at {last} steps falls {before / after:.3g} times, to {after:.2g}"


def _dropped(_: Sampler, bench: Bench, found: Found) -> list[str]:
    """Name an output that still has the noise level of the last model call, or another that is not the goal's."""
    last = found.runs[-1]
    law, error = last.map.law(last.span.first(bench.data)), finest(found.runs)
    level = read(law, bench.data)
    if level is None or not (level.sigma and last.evaluations):
        return []
    if float(wasserstein2(law, level.law(bench.data))) > 0.2 * error:
        return []
    told = [(Level(*call), f"model call {last.evaluations - back}") for back, call in enumerate(last.map.calls[:-4:-1])]
    if last.span.jump is not None:
        told.insert(0, (last.span.jump, "which the last step should jump from"))
    gaps = [float(wasserstein2(law, candidate.law(bench.data))) for candidate, _ in told]
    nearest, whose = told[int(np.argmin(gaps))]
    if min(gaps) > 0.2 * error:
        return []
    goal = "the posterior mean" if last.span.jump else f"that of {last.span.stop}"
    return [f"the last step is missing: the output has the law of level {nearest} ({whose}), not {goal}"]


def _along(sampler: Sampler, bench: Bench, found: Found) -> list[str]:
    """Name what goes wrong along the way: levels mistold or rounded, and steps that do not add up."""
    if (pair := _pair(bench.counts)) is None:
        return []
    traces = []
    for count in pair:
        path = bench.probe(sampler, count, found.span, trace=True, repeat=False)
        traces.append(trace(path, at(found.span, count).first(bench.data), bench.data))
    coarse_path, fine_path = traces
    # the start is exact: nothing but what the model is told can be wrong at the first call
    cause = rounded(coarse_path, fine_path) or mistold(coarse_path, fine_path, range(1))
    if cause is not None:
        return [cause]
    coarse, fine = (steps(partial(bench.probe, sampler, count, found.span)) for count in pair)
    if named := inconsistent(coarse, fine):
        return named
    cause = mistold(coarse_path, fine_path)
    if cause is None and (bench.declared or 0) > 1.5:
        cause = first_order(coarse, fine)
    return [] if cause is None else [cause]


def _pair(counts: tuple[int, ...]) -> tuple[int, int] | None:
    """Return two step counts, one about twice the other, at which steps are small."""
    coarse = next((n for n in counts if n >= ENOUGH), counts[0])
    fine = next((n for n in counts if n >= 1.9 * coarse), counts[-1])
    return (coarse, fine) if fine >= 1.5 * coarse else None


def _shared(_: Sampler, bench: Bench, found: Found) -> list[str]:
    """Name pairs of draws that are independent where identifying them mends the outcome."""
    if any(r.map.draws < 2 or r.map.draws % 2 for r in found.runs):
        return []
    ways: tuple[tuple[str, Callable[[AffineMap], Array]], ...] = (
        ("be increments of one Brownian path over the part of the step and over all of it", _nested),
        ("be the same normal", lambda affine: np.ones(affine.draws // 2)),
    )
    for should, correlation in ways:
        maps = [_correlated(r.map, correlation(r.map)) for r in found.runs]
        mended = bench.judged(bench.runs(maps, found.span), found.span)
        if how := _mends(found, mended):
            return [f"independent noise where it must be shared: draws 2k and 2k + 1 should {should}; then {how}"]
    return []


def _correlated(affine: AffineMap, correlation: Array) -> AffineMap:
    """Return the map with draw 2k+1 replaced by ρ·(draw 2k) + √(1 − ρ²)·(a draw of its own)."""
    dim = len(affine.shift)
    noise = affine.noise.reshape(dim, affine.draws // 2, 2, dim)
    rho = correlation[:, None]
    first, second = noise[:, :, 0], noise[:, :, 1]
    mixed = np.stack([first + rho * second, np.sqrt(1 - rho**2) * second], axis=2)
    return replace(affine, noise=mixed.reshape(dim, -1))


def _nested(affine: AffineMap) -> Array:
    """Return √(|mid − here|/|next − here|) for each pair of draws, in σ/α of model calls 2k, 2k + 1 and 2k + 2."""
    half = np.full(affine.draws // 2, 0.5)
    with np.errstate(all="ignore"):
        level = np.array([np.divide(sigma, alpha) for alpha, sigma in affine.calls])
        whole = (len(level) - 1) // 2
        here, mid, after = level[0 : 2 * whole : 2], level[1 : 2 * whole : 2], level[2 : 2 * whole + 1 : 2]
        share = np.abs(mid - here) / np.abs(after - here)
    count = min(len(share), len(half))
    half[:count] = np.where((share[:count] >= 0) & (share[:count] <= 1), share[:count], 0.5)
    return np.asarray(np.sqrt(half))
