"""probe: the affine map that a sampler is, found by feeding it unit impulses.

On Gaussian data with the exact model, x_N = M x_0 + Σ_j S_j z_j + b whatever the scheme, so that a batch of unit
impulses returns M, all S_j and b, and with them the exact output law for any Gaussian start.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from verify import laws
from verify.audit.model import Model
from verify.audit.source import Source, plan
from verify.backend import AnyArray, Array, to_host
from verify.errors import BoundcheckError, Diverged, HiddenInput, NotAffine, SamplerFailed
from verify.laws.gaussian import GaussianLike

Sampler = Callable[[Model, AnyArray, Source, int], AnyArray]
ToState = Callable[[Array], AnyArray]  # from host float64 to the array library and dtype in which a sampler runs

CHECKS = (1.0, 1.0, 30.0, 1e-3)  # sizes of the random inputs that the impulses must predict
SIZES = np.array(CHECKS)[:, None]
TOLERANCE = 1e-4  # relative; single precision over a thousand steps stays below, clipping and thresholding do not


@dataclass(frozen=True, eq=False)
class AffineMap:
    """x_N = gain·x_0 + noise·z + shift with z standard normal: `gain` (d, d), `noise` (d, draws·d), `shift` (d,).

    `draws` counts independent normals of R^d, `calls` are the noise levels (alpha, sigma) at which the model was
    asked. `residual` is by how much random inputs missed the prediction, relative to the size of the output.
    """

    steps: int
    gain: Array
    noise: Array
    shift: Array
    draws: int
    calls: tuple[tuple[float, float], ...]
    residual: float

    @cached_property
    def noise_cov(self) -> Array:
        """The covariance that the noise leaves in the output."""
        return self.noise @ self.noise.T

    def law(self, start: GaussianLike) -> laws.Gaussian:
        """Return the exact law of the output when the input has law `start`."""
        cov = self.gain @ start.cov @ self.gain.T + self.noise_cov
        return laws.Gaussian(self.gain @ start.mean + self.shift, 0.5 * (cov + cov.T))


def probe(
    sampler: Sampler, data: GaussianLike, steps: int, to_state: ToState, *, scale: float = 1.0, repeat: bool = True
) -> AffineMap:
    """Return the map that `sampler` is at this number of steps, with the exact model of `data`.

    `to_state` turns a host array into what the sampler runs on; `scale` is the size of a typical first state; `repeat`
    runs once more, to see state that is kept between runs and rows that see each other. Raises SamplerFailed (an
    exception, a wrong shape), Diverged, NotAffine (clipping, adaptive steps, coupled rows) or HiddenInput (randomness
    or state that is not in its arguments), each with one line that says what was seen.
    """
    dim = data.dim
    checks = np.random.default_rng(20220906).standard_normal((len(CHECKS), dim)) * SIZES * scale
    start = np.concatenate([np.zeros((1, dim)), scale * np.eye(dim), checks])
    out, first = _run(sampler, data, start, steps, to_state)
    if repeat:
        again, second = _run(sampler, data, start, steps, to_state)
        _same(out, again, first, second)
        fewer, _ = _run(sampler, data, start[: 1 + dim], steps, to_state)
        _same_rows(out[: 1 + dim], fewer)
    events, draws = plan(first.source.log)
    moved, noise = np.zeros_like(checks), np.zeros((dim, 0))
    if draws:
        drawn = np.random.default_rng(20220907).standard_normal((draws, len(CHECKS), dim)) * SIZES
        padded = np.concatenate([start[: 1 + dim], np.zeros((draws * dim, dim)), checks])
        alone = out[: 1 + dim]
        out, last = _run(sampler, data, padded, steps, to_state, (events, 1 + dim, drawn))
        _same_calls(first, last)
        _same_rows(out[: 1 + dim], alone)
        noise = (out[1 + dim : -len(CHECKS)] - out[0]).T
        moved = np.einsum("jcd,jde->ce", drawn, noise.T.reshape(draws, dim, dim))
    gain = (out[1 : 1 + dim] - out[0]).T / scale
    residual = _check_affine(out, checks @ gain.T + moved)
    return AffineMap(steps, gain, noise, out[0], draws, tuple(first.model.calls), residual)


@dataclass(frozen=True)
class _Run:
    model: Model
    source: Source


def _run(
    sampler: Sampler, data: GaussianLike, start: Array, steps: int, to_state: ToState, replay: Any = ()
) -> tuple[Array, _Run]:
    """Return the output as (rows, d) on the host, and what the sampler asked for."""
    state = to_state(start)
    run = _Run(Model(data), Source(state, *replay))
    before = _generators()
    try:
        with np.errstate(all="ignore"):
            out = sampler(run.model, state, run.source, steps)
    except BoundcheckError:
        raise
    except Exception as error:
        raise SamplerFailed(f"it raised {type(error).__name__} at {steps} steps: {_line(error)}") from error
    if used := [name for name, value in _generators().items() if before.get(name) != value]:
        raise HiddenInput(
            f"it draws from the global generator of {' and '.join(used)}, not from the noise source that it is given"
        )
    return _checked(out, start.shape, steps), run


def _checked(out: Any, shape: tuple[int, ...], steps: int) -> Array:
    if not hasattr(out, "shape"):
        raise SamplerFailed(f"it returned a {type(out).__name__} at {steps} steps, not an array of samples")
    if tuple(out.shape)[:1] != shape[:1] or int(np.prod(tuple(out.shape))) != int(np.prod(shape)):
        raise SamplerFailed(f"it returned shape {tuple(out.shape)} at {steps} steps for a start of shape {shape}")
    host = to_host(out).reshape(shape)
    if not np.isfinite(host[0]).all() or not np.isfinite(host[1 : 1 + shape[1]]).all():
        raise Diverged(f"it returned {'NaN' if np.isnan(host).any() else 'infinity'} at {steps} steps")
    return host


def _generators() -> dict[str, Any]:
    """Return the states of the global random generators, comparable."""
    states: dict[str, Any] = {"random": random.getstate()}
    legacy = np.random.get_state(legacy=False)  # noqa: NPY002: whether a sampler uses it is the question
    states["NumPy"] = repr([(key, np.asarray(value).tobytes()) for key, value in sorted(legacy["state"].items())])
    if (torch := sys.modules.get("torch")) is not None:
        states["torch"] = torch.get_rng_state().numpy().tobytes()
    return states


def _same(out: Array, again: Array, first: _Run, second: _Run) -> None:
    if first.source.log != second.source.log or first.model.calls != second.model.calls:
        raise HiddenInput("a second run on the same input makes other calls: it keeps state between runs")
    if not np.array_equal(out, again):
        gap = float(np.abs(out - again).max())
        raise HiddenInput(
            f"a second run on the same input differs by {gap:.3g}: hidden randomness, or state kept between runs"
        )


def _same_calls(first: _Run, last: _Run) -> None:
    if first.source.log != last.source.log or first.model.calls != last.model.calls:
        raise NotAffine(
            f"it made {last.model.evaluations} model calls and {len(last.source.log)} draws on other input, "
            f"{first.model.evaluations} and {len(first.source.log)} before: its steps adapt to the state"
        )


def _same_rows(out: Array, alone: Array) -> None:
    """Raise unless the first rows came out alike whatever stood in the rest of the batch."""
    gap, size = np.abs(out - alone).max(), np.abs(alone).max()
    if gap > 0.1 * TOLERANCE * size:
        raise NotAffine(f"a row changes by {gap:.3g} with the other rows of the batch: batch statistics, or coupling")


def _check_affine(out: Array, predicted: Array) -> float:
    """Return the relative residual of the random inputs; NotAffine where it is more than rounding."""
    got = out[-len(CHECKS) :] - out[0]
    with np.errstate(all="ignore"):
        size = np.abs(predicted).max(axis=1) + np.abs(got).max(axis=1) + np.abs(out[0]).max()
        residual = np.abs(got - predicted).max(axis=1) / np.where(size > 0, size, 1.0)
    worst = float(np.max(residual, initial=0.0))
    if not worst <= TOLERANCE:
        raise NotAffine(f"{_nonlinearity(got, predicted)} (residual {worst:.2g} of the output)")
    return worst


def _nonlinearity(got: Array, predicted: Array) -> str:
    large = CHECKS.index(30.0)
    if not np.isfinite(got[large]).all() or np.abs(got[large]).max() < 0.5 * np.abs(predicted[large]).max():
        return f"its answer saturates for large input, at {np.abs(got[large]).max():.3g}: clipping or thresholding"
    return "it is not affine in start and noise: a nonlinear step, or an accept-reject decision"


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300] or "(no message)"
