"""Which of the kernels' chains a sampler is, found by probing its running step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from verify import kernels
from verify.backend import AnyArray, Array, like, namespace, to_host
from verify.errors import BoundcheckError
from verify.kernels import Affine, Mixture, Polynomial
from verify.kernels.chains import DEGREE, WIDEST
from verify.laws.affine_table import AffineTable
from verify.laws.repeated import require_equal_steps
from verify.laws.witnesses import faithful, spread
from verify.noise import Impulse

EXACT = 1e-10  # relative: more than rounding, less than any term of a formula
REACH = 4.0


@dataclass(frozen=True, eq=False)
class FusedChain:
    """A chain of the kernels, in the coordinates y = basis^T (x − centre), basis None for that of x."""

    chain: Affine | Mixture | Polynomial
    basis: Array | None = None
    centre: float = 0.0

    def run(self, points: AnyArray, seed: int, stage: int, workers: int = 1, first: int = 0) -> AnyArray:
        """Return the float32 points (n, d), numbered from `first` on, after all steps, noise and all."""
        xp = namespace(points)
        x = points - self.centre if self.centre else points
        x = x if self.basis is None else x @ like(self.basis, points)
        states = xp.array(x.T, order="C")  # a copy even where x.T is in order: it is overwritten
        done = kernels.run(self.chain, states, seed, stage, workers, first).T
        with np.errstate(invalid="ignore"):  # whoever asked looks whether the points are finite
            done = done if self.basis is None else done @ like(self.basis.T, done)
            return done + self.centre if self.centre else done


def fused_chain(sampler: Any, points: AnyArray) -> FusedChain | None:
    """Return the chain that a kernel can run in place of the sampler's steps from `points` on; None where none can.

    Every step draws one normal. What was probed is tried on the way of some of the points, at every k, in single
    precision (`witnesses`).
    """
    some = to_host(spread(points)).astype(np.float32)
    try:
        if _draws(sampler) != 1:
            return None
        table = AffineTable.of(sampler, some)
        if table is not None:
            return FusedChain(table.chain(np.float32), table.basis)
        found = polynomial(sampler, float(np.rint(np.mean(some)))) if sampler.dim == 1 else None
        found = found or mixture(sampler)
    except (BoundcheckError, AttributeError, IndexError, TypeError, ValueError):
        return None
    return found if found and faithful(found.chain, sampler, some, found.basis, found.centre) else None


def polynomial(sampler: Any, centre: float) -> FusedChain | None:
    """Return the drift of a chain of equal steps on the line about `centre`, where it is a polynomial of low degree."""
    declared = vars(type(sampler.target)).get("polynomial", False)  # elsewhere than probed it could be anything
    if not (declared and getattr(sampler, "homogeneous", False)):
        return None
    require_equal_steps(sampler)
    y = REACH * np.cos(np.pi * (np.arange(2 * DEGREE + 2) + 0.5) / (2 * DEGREE + 2))[:, None]
    drift, scale = _affine_in_noise(sampler, 0, y + centre)
    if drift is None or np.ptp(scale) > EXACT * float(scale.max()):
        return None
    move = drift[:, 0] - y[:, 0] - centre
    series = np.polynomial.Chebyshev.fit(y[:, 0], move, 2 * DEGREE + 1, domain=[-REACH, REACH])
    c = series.convert(kind=np.polynomial.Polynomial).coef
    size = np.abs(c) @ REACH ** np.arange(c.size) + REACH
    if (np.abs(c[DEGREE + 1 :]) * REACH ** np.arange(DEGREE + 1, c.size) > EXACT * size).any():
        return None
    kept = c[: DEGREE + 1].copy()
    kept[np.abs(kept) * REACH ** np.arange(kept.size) < 1e-14 * size] = 0.0
    kept = np.trim_zeros(kept, "b") if kept.any() else kept[:1]
    return FusedChain(Polynomial(kept.astype(np.float32), float(scale[0, 0]), sampler.steps), None, centre)


def mixture(sampler: Any) -> FusedChain | None:
    """Return x' = a x + b s(x) + scale ξ, s the score of a mixture of diagonal Gaussians, for a reverse sampler.

    Scores with errors are left alone: one may live on a set that no probe hits.
    """
    target, tau = sampler.score.target, sampler.grid.tau
    own = vars(type(sampler.score))  # a subclass may do anything
    if not own.get("exact", False) or not hasattr(target, "spectra"):
        return None
    if target.spectra[1] is not None or sampler.dim > WIDEST:
        return None
    rng = np.random.default_rng(20240917)
    x = 2 * rng.standard_normal((8, sampler.dim))
    zero, one = np.zeros_like(x), np.ones_like(x)
    silent, loud = replace(sampler, score=_Given(target, zero)), replace(sampler, score=_Given(target, one))
    coefficients = np.empty((3, sampler.steps))
    for k in range(sampler.steps):
        base = silent.step(k, zero, Impulse(zero))
        if base.any():
            return None
        probes = (
            silent.step(k, one, Impulse(one)),
            loud.step(k, zero, Impulse(zero)),
            silent.step(k, zero, Impulse(zero, one)),
        )
        coefficients[:, k] = [probe[0, 0] for probe in probes]
        z, exact = rng.standard_normal(x.shape), target.score_at(x, float(tau[k]))
        want = coefficients[0, k] * x + coefficients[1, k] * exact + coefficients[2, k] * z
        got = sampler.step(k, x, Impulse(x, z, None))
        if not np.abs(got - want).max() <= EXACT * (np.abs(got).max() + np.abs(want).max()):
            return None
    decay = np.exp(-tau[:-1])[:, None, None]
    variances = decay**2 * target.spectra[0] + 1 - decay**2
    means = decay * target.means
    constant = np.log(target.weights) - 0.5 * (np.log(variances) + means**2 / variances).sum(axis=-1)
    tables = (constant, means / variances, 1 / variances, *coefficients)
    return FusedChain(Mixture(*(np.ascontiguousarray(table, dtype=np.float32) for table in tables)))


@dataclass(frozen=True, eq=False)
class _Given:
    """A score that is the same everywhere: what a step makes of it is its coefficient."""

    target: Any
    value: Array

    def __call__(self, x: Array, t: Any) -> Array:
        return self.value


def _draws(sampler: Any) -> int:
    x = np.zeros((1, sampler.dim))
    noise = Impulse(x)
    sampler.step(0, x, noise)
    return noise.draws


def _affine_in_noise(sampler: Any, k: int, x: Array) -> tuple[Array | None, Array]:
    silent = Impulse(x)
    drift = np.asarray(sampler.step(k, x, silent))
    scale = np.asarray(sampler.step(k, x, Impulse(x, np.ones_like(x)))) - drift
    twice = np.asarray(sampler.step(k, x, Impulse(x, np.full_like(x, -2.0)))) - drift
    straight = np.abs(twice + 2 * scale).max() <= EXACT * (np.abs(drift).max() + np.abs(scale).max())
    return (drift if silent.draws == 1 and straight else None), scale
