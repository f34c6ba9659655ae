"""Exact law of an affine chain whose coordinates decouple in the eigenbasis of its ideal laws.

With A_k, S_k the probed gain and noise scale of a coordinate and N(m_k, λ_k) the ideal law at step k,

.. math:: c_{k+1} = A_k c_k + r_k, \\qquad δ_{k+1} = A_k^2 δ_k + ℓ_k,

for the deviations c = mean − m and δ = variance − λ, where r_k = step(m_k) − m_{k+1} and
ℓ_k = A_k² λ_k + S_k² − λ_{k+1} are the one-step defects. `tail` sums them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from verify.backend import Array, keep_freed_memory
from verify.errors import NotAffine
from verify.laws.repeated import require_equal_steps
from verify.laws.tail import Tail
from verify.noise import Impulse

if TYPE_CHECKING:
    from verify.laws.gaussian import Deviation

EPS = float(np.finfo(float).eps)
BLOCK = 1 << 15  # floats per block array: the cost of a call is small against that of its arrays
TOLERANCE = 1e-10  # relative residual of the affinity check; rounding stays 1e4 times below it for d ≤ 1,000
TRIED = 32  # random states of a step that stands for all
Steps = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Coefficients:
    """The probed steps k, arrays (K, d): A − 1, noise scale S, mean defect r, and the ideal moments around them."""

    slope: Array
    scale: Array
    mean_defect: Array
    mean: Array  # m_k
    next_mean: Array  # m_{k+1}
    variance: Array  # λ_k
    next_variance: Array  # λ_{k+1}
    rounding: Array  # bound on the rounding of A, S and r/m; (K, d) or (K, 1)

    @property
    def gain(self) -> Array:
        """A."""
        return 1 + self.slope

    def only(self, rows: slice) -> Coefficients:
        """Return the coefficients of some of the steps."""
        return Coefficients(*(getattr(self, f.name)[rows] for f in fields(self)))

    @property
    def variance_defect(self) -> Array:
        """ℓ_k = A² λ_k + S² − λ_{k+1}, as (A² − 1) λ_k + S² + (λ_k − λ_{k+1}): every term is small with the step."""
        return self.slope * (2 + self.slope) * self.variance + (self.scale**2 + (self.variance - self.next_variance))


def coefficients(sampler: Any, k: Steps, first: Any = None) -> Coefficients:
    """Return the coefficients of the consecutive steps `k` (K,), probed from the running step in one call.

    Four inputs a step: the ideal mean; a displaced state; displaced noise; random state and noise, whose output the
    first three must predict, else NotAffine. Displacements are 2^20 times the size of the means, so that subtracting
    the undisturbed output costs no digits, and increments step(x) − x are projected, not outputs, so that the rounding
    of the basis does not enter the identity part of the gain. `first` is the ideal law of x_0, where it is at hand.
    """
    mean, variance = sampler.marginal_moments(np.append(k, k[-1] + 1))
    basis, here = (sampler.marginal(0) if first is None else first).eigenvectors, mean[:-1]
    unit = float(2.0 ** (20 + np.ceil(np.log2(1 + np.abs(mean).max()))))
    x, z = directions(*here.shape)
    x = x * (1 + np.sqrt(variance[:-1]))
    states, impulses = np.empty((4, *here.shape)), np.zeros((4, *here.shape))
    states[0], states[1], states[2], states[3] = here, here + unit, here, here + x
    impulses[2], impulses[3] = unit, z
    moved, draws = _increments(sampler, k, states, impulses, basis)
    slope, scale = moved[1] / unit, moved[2] / unit
    if draws > 1:
        scale, z, moved[3] = _several(sampler, k, states[2:], (impulses[2], z), (scale, draws), basis)
    rounding, defect = _rounding(sampler, k, slope, basis), moved[0] + (here - mean[1:])
    part = Coefficients(slope, scale, defect, here, mean[1:], variance[:-1], variance[1:], rounding)
    _check(k, sampler.growth(k), part, x, z, moved[3])
    return part


def twin_defect(twin: Any, k: Steps, part: Coefficients, first: Any) -> Array:
    """Return the mean defects of a chain that declares the gains and noise of `part` for its own.

    Every eighth step is held to that on random input: NotAffine where it has others.
    """
    rows, count = slice(None, None, 8), k.size
    some, (x, z) = part.only(rows), directions(*part.mean.shape)
    x, z = x[rows] * (1 + np.sqrt(some.variance)), z[rows]
    states, impulses = (
        np.concatenate([part.mean, some.mean + x])[None],
        np.concatenate([np.zeros_like(part.mean), z])[None],
    )
    moved = _increments(twin, np.concatenate([k, k[rows]]), states, impulses, first.eigenvectors)[0][0]
    _check(k[rows], twin.growth(k[rows]), some, x, z, moved[count:] - moved[:count:8])
    return np.asarray(moved[:count] + (part.mean - part.next_mean))


def _check(k: Steps, growth: Array, part: Coefficients, x: Array, z: Array, moved: Array) -> None:
    """Raise NotAffine unless the state displaced by x and noise z moved the output as `part` says, at every step."""
    scaled = part.scale * z
    miss = length(moved - (part.slope * x + scaled))
    size = growth * length(x) + length(scaled) + length(moved) + length(part.mean)
    if not (miss <= TOLERANCE * size).all():
        raise NotAffine(f"steps {k[0]} to {k[-1]} are not affine with decoupled coordinates; use laws.Particles.")


def length(rows: Array) -> Array:
    """Return the Euclidean norms of the rows, (K, d) -> (K,)."""
    return np.asarray(np.sqrt(np.einsum("kd,kd->k", rows, rows)))


def _increments(
    sampler: Any, k: Steps, states: Array, impulses: Array, basis: Array | None, draw: int | None = 0
) -> tuple[Array, int]:
    """Return step(x) − x in the eigenbasis for states (J, K, d), relative to the first, and the draws."""
    x, z = (states, impulses) if basis is None else (states @ basis.T, impulses @ basis.T)
    noise = Impulse(x, z, draw)
    with np.errstate(all="ignore"):
        moved: Array = sampler.step(k, x, noise) - x
    moved[1:] -= moved[0]
    return (moved if basis is None else moved @ basis), noise.draws


def _several(
    sampler: Any, k: Steps, states: Array, impulses: tuple[Array, Array], first: tuple[Array, int], basis: Array | None
) -> tuple[Array, Array, Array]:
    """Return S = (Σ S_j²)^½ over the draws j, Σ_j S_j z/S, and what random state and the noise z in all draws moved.

    `states` are the ideal mean and the random states, `impulses` the displaced noise and z, `first` S_0 and the draws.
    """
    unit, z = impulses
    here, scales = np.broadcast_to(states[0], states.shape), [first[0]]
    for draw in range(1, first[1]):
        moved, _ = _increments(sampler, k, here, np.stack([np.zeros_like(unit), unit]), basis, draw)
        scales.append(moved[1] / unit)
    scale = np.sqrt(sum(part**2 for part in scales))
    moved, _ = _increments(sampler, k, states, np.stack([np.zeros_like(z), z]), basis, None)
    return scale, np.divide(sum(scales) * z, scale, where=scale > 0, out=np.zeros_like(z)), moved[1]


def _rounding(sampler: Any, k: Steps, slope: Array, basis: Array | None) -> Array:
    """Return 8ε(growth + |A|): the terms of a gain are that large before they cancel; a basis mixes and adds them."""
    size = sampler.growth(k)[:, None] + np.abs(1 + slope)
    if basis is not None:
        size = size.max(axis=1, keepdims=True) * float(np.sqrt(basis.shape[0]))
    return np.asarray(8 * EPS * size)


@lru_cache(maxsize=8)
def directions(steps: int, dim: int) -> tuple[Array, Array]:
    """Return random states and noise, each (steps, dim), the same in every call."""
    x, z = np.random.default_rng(20230405).standard_normal((2, steps, dim))
    return x, z


def tails(sampler: Any, counts: Sequence[int], twin: Any = None) -> list[Tail]:
    """Return the sums over the last `counts` steps, ascending, in one backward pass over the chain.

    Their second row of means is that of the `twin`, a chain whose steps differ in their constant parts only. Raises
    NotAffine where a step is not affine or mixes coordinates, or where the twin is none; Diverged where the sums leave
    float64.
    """
    keep_freed_memory()
    first, rows = sampler.marginal(0), max(32, BLOCK // sampler.dim)
    tail = Tail.empty(sampler.dim, 1 if twin is None else 2)
    found = [tail] * (counts[0] == 0)
    for done in range(0, counts[-1], rows):
        size = min(rows, counts[-1] - done)
        k = np.arange(sampler.steps - done - size, sampler.steps - done)
        part = coefficients(sampler, k, first)
        others = [] if twin is None else [twin_defect(twin, k, part, first)]
        stops = [count - done for count in counts if done < count < done + size]
        *sums, tail = tail.behind(part, others, [*stops, size])
        found += sums + [tail] * (done + size in counts)
    return found


def fold(sampler: Any, start: Deviation) -> tuple[Array, Array, Array, Array]:
    """Return the deviation of the last iterate from its ideal law, given that of the first."""
    if getattr(sampler, "homogeneous", False):
        sums = one_step(sampler).repeated(sampler.steps)
    else:
        sums = tails(sampler, [sampler.steps])[0]
    mean, cov, mean_error, cov_error = sums.applied(start)
    return mean[0], cov, mean_error[0], cov_error


def one_step(sampler: Any) -> Tail:
    """Return the sums over one step of a homogeneous chain; InvalidInput where its steps differ after all."""
    require_equal_steps(sampler)
    return Tail.empty(sampler.dim).behind(first_step(sampler), [], [1])[0]


def first_step(sampler: Any) -> Coefficients:
    """Return the coefficients of step 0, (1, d), held to TRIED random states."""
    return coefficients(sampler, np.zeros(TRIED, dtype=np.intp)).only(slice(1))
