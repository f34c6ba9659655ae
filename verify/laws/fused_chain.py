"""Which of the kernels' chains a sampler is, found by probing its running step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from verify import kernels
from verify.backend import AnyArray, Array, like, namespace
from verify.errors import BoundcheckError
from verify.kernels import Affine, Mixture, Polynomial
from verify.kernels.chains import DEGREE, WIDEST
from verify.laws.affine_table import AffineTable
from verify.noise import Impulse

EXACT = 1e-10  # relative: more than rounding, less than any term of a formula
REACH = 4.0


@dataclass(frozen=True, eq=False)
class FusedChain:
    """A chain of the kernels, in the coordinates y = basis^T x (None: y = x)."""

    chain: Affine | Mixture | Polynomial
    basis: Array | None = None

    def run(self, points: AnyArray, seed: int, stage: int, workers: int = 1, first: int = 0) -> AnyArray:
        """Return the float32 points (n, d), numbered from `first` on, after all steps, noise and all."""
        xp = namespace(points)
        x = points if self.basis is None else points @ like(self.basis, points)
        states = xp.array(x.T, order="C")  # a copy even where x.T is in order: it is overwritten
        done = kernels.run(self.chain, states, seed, stage, workers, first).T
        with np.errstate(invalid="ignore"):  # whoever asked looks whether the points are finite
            return done if self.basis is None else done @ like(self.basis.T, done)


def fused_chain(sampler: Any) -> FusedChain | None:
    """Return the chain that a kernel can run in place of the sampler's steps; None where there is none.

    Every step draws one normal. What was probed is compared with the running step on random states at every k.
    """
    table = AffineTable.of(sampler)
    if table is not None and _draws(sampler) == 1:
        gain, shift, scale = (a.astype(np.float32) for a in (table.gain, table.shift, table.scale))
        return FusedChain(Affine(gain, shift, scale, table.steps), table.basis)
    try:
        chain = polynomial(sampler) if sampler.dim == 1 and getattr(sampler, "homogeneous", False) else mixture(sampler)
    except (BoundcheckError, AttributeError, TypeError, ValueError):
        return None
    return None if chain is None else FusedChain(chain)


def polynomial(sampler: Any) -> Polynomial | None:
    """Return the drift of a chain of equal steps on the line as a polynomial, where it is one of degree ≤ DEGREE."""
    x = REACH * np.cos(np.pi * (np.arange(2 * DEGREE + 2) + 0.5) / (2 * DEGREE + 2))[:, None]
    drift, scale = _affine_in_noise(sampler, 0, x)
    if drift is None or np.ptp(scale) > EXACT * float(scale.max()):
        return None
    series = np.polynomial.Chebyshev.fit(x[:, 0], drift[:, 0], 2 * DEGREE + 1, domain=[-REACH, REACH])
    c = series.convert(kind=np.polynomial.Polynomial).coef
    size = np.abs(c) @ REACH ** np.arange(c.size)
    if (np.abs(c[DEGREE + 1 :]) * REACH ** np.arange(DEGREE + 1, c.size) > EXACT * size).any():
        return None
    kept = c[: DEGREE + 1].copy()
    kept[np.abs(kept) * REACH ** np.arange(kept.size) < 1e-14 * size] = 0.0
    return Polynomial(np.trim_zeros(kept, "b").astype(np.float32), float(scale[0, 0]), sampler.steps)


def mixture(sampler: Any) -> Mixture | None:
    """Return x' = a x + b s(x) + scale ξ, s the score of a mixture of diagonal Gaussians, for a reverse sampler."""
    target, tau = sampler.score.target, sampler.grid.tau
    if not hasattr(target, "spectra") or target.spectra[1] is not None or sampler.dim > WIDEST:
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
    return Mixture(*(np.ascontiguousarray(table, dtype=np.float32) for table in tables))


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
