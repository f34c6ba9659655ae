"""What a step does to a point of the line, found by running it: its mean and spread, its map, its acceptance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from verify.backend import Array
from verify.errors import NoDensity
from verify.noise import Impulse

ASKEW = 1e-8  # relative departure from "affine in the noise" that is more than rounding
PROBES = (-1.7, 0.6)


@dataclass(frozen=True, eq=False)
class Move:
    """A step from the points `x`: x' ~ N(`mean`, `spread`²), all arrays (n,); spread 0: a deterministic map."""

    x: Array
    mean: Array
    spread: Array

    @property
    def is_map(self) -> bool:
        """True where no noise enters."""
        return not self.spread.any()


def move(sampler: Any, k: int, x: Array) -> Move:
    """Return what step k, or the proposal of a Metropolis step, does to the points x (n,).

    The step is run with its noise set to zero, to one and to two more values: NoDensity unless it is affine in its
    noise at every fixed x. Several draws, each with its own factor, add up to one.
    """
    run = proposal(sampler) if is_metropolis(sampler) else sampler.step
    state = x[:, None]
    silent = Impulse(state)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.asarray(run(k, state, silent))[:, 0]
        factors = [
            np.asarray(run(k, state, Impulse(state, np.ones_like(state), j)))[:, 0] - mean for j in range(silent.draws)
        ]
        spread = np.sqrt(sum((f * f for f in factors), start=np.zeros_like(mean)))
        for z in PROBES if factors else ():
            got = np.asarray(run(k, state, Impulse(state, np.full_like(state, z), None)))[:, 0]
            want = mean + z * sum(factors, start=np.zeros_like(mean))
            fine = np.abs(got - want) <= ASKEW * (np.abs(got) + np.abs(mean) + spread)
            if not (fine | ~np.isfinite(got)).all():
                raise NoDensity(
                    f"step {k} of {type(sampler).__name__} is not affine in its noise, so its kernel has no Gaussian "
                    "density; use laws.Particles."
                )
    finite = np.isfinite(mean) & np.isfinite(spread)
    return Move(x[finite], mean[finite], spread[finite])


def is_metropolis(sampler: Any) -> bool:
    """True for a sampler that proposes and accepts or rejects."""
    return hasattr(sampler, "log_ratio") and hasattr(sampler, "propose")


def proposal(sampler: Any) -> Callable[..., Any]:
    """Return the proposal of a Metropolis step."""
    return sampler.propose  # type: ignore[no-any-return]


def acceptance(sampler: Any, k: int, x: Array, y: Array) -> Array:
    """Return the probability that step k accepts the move from x[i] to y[j], shape (n, m)."""
    with np.errstate(over="ignore", invalid="ignore"):
        shape = (x.size, y.size, 1)
        ratio = sampler.log_ratio(k, np.broadcast_to(x[:, None, None], shape), np.broadcast_to(y[:, None], shape))
    return np.exp(np.minimum(np.where(np.isnan(ratio), -np.inf, ratio), 0.0))


@dataclass(frozen=True)
class _Same:
    """The penalty whose proximal map does nothing."""

    dim: int = 1

    def prox(self, x: Array, size: float) -> Array:
        return x


def halves(sampler: Any) -> tuple[Any, Callable[[Array], Array] | None, tuple[float, ...]]:
    """Return the sampler without the proximal map that its step ends with, that map, and the values it makes atoms of.

    The step is run with its penalty taken away; that this, followed by the map, is the whole step is checked on random
    states. (sampler, None, ()) where the step ends otherwise.
    """
    penalty = getattr(sampler, "penalty", None)
    if penalty is None or not hasattr(penalty, "prox"):
        return sampler, None, ()
    bare, size = replace(sampler, penalty=_Same()), sampler.step_size

    def after(x: Array) -> Array:
        return np.asarray(penalty.prox(x[:, None], size))[:, 0]

    rng = np.random.default_rng(20240229)
    x, z = 3 * rng.standard_normal((64, 1)), rng.standard_normal((64, 1))
    before = np.asarray(bare.step(0, x, Impulse(x, z, None)))[:, 0]
    whole = np.asarray(sampler.step(0, x, Impulse(x, z, None)))[:, 0]
    if not np.allclose(after(before), whole, rtol=1e-12, atol=1e-12):
        return sampler, None, ()
    ends = [end for end in getattr(penalty, "support", ()) if np.isfinite(end)]
    return bare, after, (*getattr(penalty, "kinks", ()), *ends)
