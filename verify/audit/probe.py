"""probe: the affine map that a sampler is, found by feeding it unit impulses.

On Gaussian data with the exact model, x_N = M x_0 + Σ_j S_j z_j + b whatever the scheme, so that a batch of unit
impulses returns M, all S_j and b, and with them the exact output law for any Gaussian start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from verify import laws
from verify.audit import purity
from verify.audit.model import Model
from verify.audit.source import Source, plan
from verify.backend import AnyArray, Array, to_host
from verify.errors import BoundcheckError, Diverged, NotAffine, SamplerFailed
from verify.laws.gaussian import GaussianLike

Sampler = Callable[[Model, AnyArray, Source, int], AnyArray]
ToState = Callable[[Array], AnyArray]  # from host float64 to the array library and dtype in which a sampler runs

CHECKS = (1.0, 1.0, 30.0, 1e-3)  # sizes of the random inputs that the impulses must predict
SIZES = np.array(CHECKS)[:, None]
HIDDEN = 0.01  # single precision from inputs of size 1/HIDDEN on: their rounding is seen beside outputs of size 1
TOLERANCE = 1e-4  # relative; single precision over a thousand steps stays below, clipping and thresholding do not


@dataclass(frozen=True, eq=False)
class AffineMap:
    """x_N = gain·x_0 + noise·z + shift with z standard normal: `gain` (d, d), `noise` (d, draws·d), `shift` (d,).

    `draws` counts independent normals of R^d, `calls` are the noise levels (alpha, sigma) at which the model was
    asked. `residual` is by how much random inputs missed the prediction, relative to the size of the output. `path`,
    where it was traced, holds the maps from the start to the state at each model call.
    """

    steps: int
    gain: Array
    noise: Array
    shift: Array
    draws: int
    calls: tuple[tuple[float, float], ...]
    residual: float
    path: tuple[AffineMap, ...] = ()

    @cached_property
    def noise_cov(self) -> Array:
        """The covariance that the noise leaves in the output."""
        return self.noise @ self.noise.T

    def law(self, start: GaussianLike) -> laws.Gaussian:
        """Return the exact law of the output when the input has law `start`."""
        cov = self.gain @ start.cov @ self.gain.T + self.noise_cov
        return laws.Gaussian(self.gain @ start.mean + self.shift, 0.5 * (cov + cov.T))


def probe(
    sampler: Sampler,
    data: GaussianLike,
    steps: int,
    to_state: ToState,
    *,
    scale: float = 1.0,
    repeat: bool = True,
    trace: bool = False,
    expected: int = 0,
    model: Callable[..., Model] = Model,
) -> AffineMap:
    """Return the map that `sampler` is at this number of steps, with the exact model of `data`.

    `to_state` turns a host array into what the sampler runs on; `scale` is the size of a typical first state; `repeat`
    runs once more, to see state that is kept between runs and rows that see each other; `trace` fills `path`;
    `expected` draws, none of them of a path, spare a run that listens, where the sampler then makes just these;
    `model` makes another model than the exact one. Raises SamplerFailed (an exception, a wrong shape), Diverged,
    NotAffine (clipping, adaptive steps, coupled rows) or HiddenInput (randomness or state that is not in its
    arguments), each with one line that says what was seen.
    """

    def go(start: Array, replay: Any = ()) -> _Run:
        return _run(sampler, model(data, record=trace), start, steps, to_state, replay)

    dim = data.dim
    checks = np.random.default_rng(20220906).standard_normal((len(CHECKS), dim)) * SIZES * scale
    start = np.concatenate([np.zeros((1, dim)), scale * np.eye(dim), checks])
    guess = None if repeat else _expected(go, start, expected)
    done = go(start) if guess is None else guess
    if repeat:
        again, fewer = go(start), go(np.concatenate([start[: 1 + dim], start[:1]]))
        purity.same_again(done.out, again.out, done.asked == again.asked)
        purity.same_calls(done.numbers, fewer.numbers, done.asked == fewer.asked)
        purity.same_twins(fewer.out)
        purity.same_rows(done.out[: 1 + dim], fewer.out[: 1 + dim])
    draws = plan(done.source.log)[1]
    drawn = _drawn(draws, dim)
    if draws and guess is None:
        done = _replayed(go, done, start, drawn, repeat)
    gain, noise, shift = _read(done.out, dim, draws, scale)
    moved = np.einsum("jcd,jde->ce", drawn, noise.T.reshape(draws, dim, dim))
    missed, residual = _residual(done.out, checks @ gain.T + moved)
    if not (missed <= TOLERANCE * np.maximum(1.0, HIDDEN * np.abs(checks).max(axis=1))).all():
        seen = _nonlinearity(sampler, data, steps, to_state, scale)
        raise NotAffine(f"{seen} (random inputs miss what impulses predict by {residual:.2g} of the output)")
    path = (AffineMap(steps, *_read(x, dim, draws, scale), draws, (), 0.0) for x in done.model.states)
    return AffineMap(steps, gain, noise, shift, draws, tuple(done.model.calls), residual, tuple(path))


def _drawn(draws: int, dim: int) -> Array:
    """Return the normals of the random inputs."""
    return np.asarray(np.random.default_rng(20220907).standard_normal((draws, len(CHECKS), dim)) * SIZES)


def _expected(go: Callable[..., _Run], start: Array, draws: int) -> _Run | None:
    """Return the run with unit impulses in so many independent draws; None where the sampler makes others."""
    if not draws:
        return None
    dim, log = start.shape[1], [None] * draws
    rows = (start[: 1 + dim], np.zeros((draws * dim, dim)), start[1 + dim :])
    try:
        run = go(np.concatenate(rows), (plan(log)[0], 1 + dim, _drawn(draws, dim)))
    except NotAffine:
        return None
    return run if run.source.log == log else None


def _replayed(go: Callable[..., _Run], alone: _Run, start: Array, drawn: Array, repeat: bool) -> _Run:
    """Return the run with unit impulses in every draw; `repeat` runs it once more beside small checks."""
    dim, (events, draws) = start.shape[1], plan(alone.source.log)
    kept = 1 + dim

    def replay(size: float) -> _Run:
        rows = (start[:kept], np.zeros((draws * dim, dim)), size * start[kept:])
        run = go(np.concatenate(rows), (events, kept, size * drawn))
        purity.same_calls(alone.numbers, run.numbers, alone.asked == run.asked)
        purity.same_rows(run.out[:kept], alone.out[:kept])
        return run

    done = replay(1.0)
    if repeat:
        same = slice(kept + draws * dim)
        purity.same_rows(replay(1e-3).out[same], done.out[same])
    return done


@dataclass(frozen=True, eq=False)
class _Run:
    out: Array
    model: Model
    source: Source

    @property
    def asked(self) -> tuple[list[Any], list[Any]]:
        """Model calls and draws."""
        return self.model.calls, self.source.log

    @property
    def numbers(self) -> tuple[int, int]:
        """How many of each."""
        return len(self.model.calls), len(self.source.log)


def _run(sampler: Sampler, model: Model, start: Array, steps: int, to_state: ToState, replay: Any = ()) -> _Run:
    """Return the output as (rows, d) on the host, and what the sampler asked for."""
    state = to_state(start.copy())  # a sampler may well work in place
    source = Source(state, *replay)
    before = purity.generators()
    try:
        with np.errstate(all="ignore"):
            out = sampler(model, state, source, steps)
    except BoundcheckError:
        raise
    except Exception as error:
        raise SamplerFailed(f"it raised {type(error).__name__} at {steps} steps: {_line(error)}") from error
    purity.untouched(before)
    return _Run(_checked(out, start.shape, steps), model, source)


def _checked(out: Any, shape: tuple[int, ...], steps: int) -> Array:
    if not hasattr(out, "shape"):
        raise SamplerFailed(f"it returned {type(out).__name__} at {steps} steps, not an array of samples")
    if tuple(out.shape)[:1] != shape[:1] or int(np.prod(tuple(out.shape))) != int(np.prod(shape)):
        raise SamplerFailed(f"it returned shape {tuple(out.shape)} at {steps} steps for a start of shape {shape}")
    host = to_host(out).reshape(shape)
    if not np.isfinite(host[: max(1 + shape[1], shape[0] - len(CHECKS))]).all():
        raise Diverged(f"it returned {'NaN' if np.isnan(host).any() else 'infinity'} at {steps} steps")
    return host


def _read(batch: Array, dim: int, draws: int, scale: float) -> tuple[Array, Array, Array]:
    """Return gain, noise and shift from the rows of a batch: zero, unit starts, unit noises, checks."""
    moved = batch - batch[0]
    return moved[1 : 1 + dim].T / scale, moved[1 + dim : 1 + dim + draws * dim].T, batch[0]


def _residual(out: Array, predicted: Array) -> tuple[Array, float]:
    """Return by how much each random input misses what the impulses predict, for its size, and the worst of them."""
    got = out[-len(CHECKS) :] - out[0]
    with np.errstate(all="ignore"):
        size = np.abs(predicted).max(axis=1) + np.abs(got).max(axis=1) + np.abs(out[0]).max()
        missed = np.abs(got - predicted).max(axis=1) / np.where(size > 0, size, 1.0)
    return missed, float(np.max(missed, initial=0.0))


def _nonlinearity(sampler: Sampler, data: GaussianLike, steps: int, to_state: ToState, scale: float) -> str:
    """Return what kind of nonlinearity it is, from first states on one line, near and far on both sides."""
    places = np.concatenate([-np.geomspace(1e7, 1e-3, 11), np.geomspace(1e-3, 1e7, 11)])
    along = np.random.default_rng(20220908).standard_normal(data.dim) * scale
    try:
        out = _run(sampler, Model(data), places[:, None] * along, steps, to_state).out
        slopes = np.linalg.norm(np.diff(out, axis=0), axis=1) / np.diff(places)
        if max(slopes[0], slopes[-1]) < 1e-2 * slopes.max():
            return (
                f"its answer saturates for large input, at {np.abs(out[[0, -1]]).max():.3g}: clipping or thresholding"
            )
    except BoundcheckError:
        pass
    return "it is not affine in start and noise: a nonlinear step, or an accept-reject decision"


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or "(no message)"
