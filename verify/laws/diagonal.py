"""Exact law of an affine chain whose coordinates decouple in the eigenbasis of its ideal laws.

With A_k, S_k the probed gain and noise scale of a coordinate and N(m_k, λ_k) the ideal law at step k,

.. math:: c_{k+1} = A_k c_k + r_k, \\qquad δ_{k+1} = A_k^2 δ_k + ℓ_k,

for the deviations c = mean − m and δ = variance − λ, where r_k = step(m_k) − m_{k+1} and
ℓ_k = A_k² λ_k + S_k² − λ_{k+1} are the one-step defects. The sums run backwards over blocks of steps that fit the
cache, by cumulative products; nothing loops over single steps.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from verify.backend import Array, keep_freed_memory
from verify.errors import Diverged, NotAffine
from verify.laws.repeated import require_equal_steps
from verify.noise import Impulse

if TYPE_CHECKING:
    from verify.laws.gaussian import Deviation

EPS = float(np.finfo(float).eps)
BLOCK = 1 << 15  # floats per block array: the cost of a call is small against that of its arrays
TOLERANCE = 1e-10  # relative residual of the affinity check; rounding stays 1e4 times below it for d ≤ 1,000
Steps = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Coefficients:
    """The probed steps k, arrays (K, d): A − 1, noise scale S, mean defect r, and the ideal moments around them."""

    slope: Array
    scale: Array
    mean_defect: Array
    mean: Array  # m_k
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


def coefficients(sampler: Any, k: Steps) -> Coefficients:
    """Return the coefficients of the consecutive steps `k` (K,), probed from the running step in one call.

    Four inputs a step: the ideal mean; a displaced state; displaced noise; random state and noise, whose output the
    first three must predict, else NotAffine. Displacements are 2^20 times the size of the means, so that subtracting
    the undisturbed output costs no digits, and increments step(x) − x are projected, not outputs, so that the rounding
    of the basis does not enter the identity part of the gain.
    """
    mean, variance = sampler.marginal_moments(np.append(k, k[-1] + 1))
    basis, here = sampler.marginal(0).eigenvectors, mean[:-1]
    unit = float(2.0 ** (20 + np.ceil(np.log2(1 + np.abs(mean).max()))))
    x, z = _directions(*here.shape)
    x = x * (1 + np.sqrt(variance[:-1]))
    states, impulses = np.stack([here, here + unit, here, here + x]), np.zeros((4, *here.shape))
    impulses[2], impulses[3] = unit, z
    moved, draws = _increments(sampler, k, states, impulses, basis)
    slope, scale = moved[1] / unit, moved[2] / unit
    if draws > 1:
        scale, z, moved[3] = _several(sampler, k, states[2:], (impulses[2], z), (scale, draws), basis)
    rounding, defect = _rounding(sampler, k, slope, basis), moved[0] + (here - mean[1:])
    part = Coefficients(slope, scale, defect, here, variance[:-1], variance[1:], rounding)
    _check(k, part, x, z, moved[3])
    return part


def twin_defect(twin: Any, k: Steps, part: Coefficients) -> Array:
    """Return the mean defects of a chain that declares the gains and noise of `part` for its own.

    Every eighth step is held to that on random input: NotAffine where it has others.
    """
    basis, rows = twin.marginal(0).eigenvectors, slice(None, None, 8)
    moved = _increments(twin, k, part.mean[None], np.zeros((1, *part.mean.shape)), basis)[0][0]
    some, (x, z) = part.only(rows), _directions(*part.mean.shape)
    x, z = x[rows] * (1 + np.sqrt(some.variance)), z[rows]
    states, impulses = np.stack([some.mean, some.mean + x]), np.stack([np.zeros_like(z), z])
    _check(k[rows], some, x, z, _increments(twin, k[rows], states, impulses, basis)[0][1])
    return np.asarray(moved + (part.mean - twin.marginal_moments(k + 1)[0]))


def _check(k: Steps, part: Coefficients, x: Array, z: Array, moved: Array) -> None:
    """Raise NotAffine unless the state displaced by x and noise z moved the output as `part` says, at every step."""
    scaled = part.scale * z
    miss = np.abs(moved - (part.slope * x + scaled)).max(axis=1)
    size = (part.rounding / (8 * EPS) * np.abs(x) + np.abs(scaled)).max(axis=1) + np.abs(part.mean).max(axis=1)
    if not (miss <= TOLERANCE * size).all():
        raise NotAffine(f"steps {k[0]} to {k[-1]} are not affine with decoupled coordinates; use laws.Particles.")


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
def _directions(steps: int, dim: int) -> tuple[Array, Array]:
    x, z = np.random.default_rng(20230405).standard_normal((2, steps, dim))
    return x, z


@dataclass
class Tail:
    """Sums over the last steps of a chain: c_N = mean + gain·c_start and δ_N = cov + gain²·δ_start.

    `reach` ≥ |gain| bounds what the gain can be without rounding.
    """

    gain: Array
    reach: Array
    mean: Array
    cov: Array
    mean_error: Array
    cov_error: Array

    @classmethod
    def empty(cls, dim: int) -> Tail:
        """Return the sums over no steps."""
        return cls(np.ones(dim), np.ones(dim), *(np.zeros(dim) for _ in range(4)))

    def prepend(self, part: Coefficients) -> Array:
        """Put the steps `part` before those already summed; return the gain after each, shape (K, d)."""
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            gain, defect = part.gain, part.variance_defect
            after, self.gain = _cumulate(gain, self.gain)
            reach, self.reach = _cumulate(np.abs(gain) + 2 * part.rounding, self.reach)
            square = after * after
            self.mean += np.einsum("kd,kd->d", after, part.mean_defect)
            self.cov += np.einsum("kd,kd->d", square, defect)
            blur = 2 * np.abs(gain) * part.rounding * part.variance + 8 * EPS * (part.scale**2 + np.abs(defect))
            shift = part.rounding * _largest(part) + 8 * EPS * np.abs(part.mean_defect)
            self.mean_error += np.einsum("kd,kd->d", reach, shift)
            self.mean_error += np.einsum("kd,kd->d", reach - np.abs(after), np.abs(part.mean_defect))
            self.cov_error += np.einsum("kd,kd->d", reach * reach, blur)
            self.cov_error += np.einsum("kd,kd->d", reach * reach - square, np.abs(defect))
        _check_finite(self.gain, self.mean, self.cov)
        return after

    def then(self, later: Tail) -> Tail:
        """Return the sums over these steps and then those of `later`."""
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            loose, square = later.reach - np.abs(later.gain), later.gain**2
            return Tail(
                later.gain * self.gain,
                later.reach * self.reach,
                later.mean + later.gain * self.mean,
                later.cov + square * self.cov,
                later.mean_error + later.reach * self.mean_error + (loose + EPS * later.reach) * np.abs(self.mean),
                later.cov_error
                + later.reach**2 * self.cov_error
                + (later.reach**2 - square + 2 * EPS * square) * np.abs(self.cov),
            )

    def repeated(self, count: int) -> Tail:
        """Return the sums over `count` times these steps, by squaring."""
        total, power = Tail.empty(self.gain.size), self
        while count:
            if count & 1:
                total = total.then(power)
            count >>= 1
            if count:
                power = power.then(power)
        return total

    def applied(self, start: Deviation) -> tuple[Array, Array, Array, Array]:
        """Return (mean, cov, mean_error, cov_error) of the deviation after the summed steps.

        A full start stays full: entry (i, j) of its part is off by r_i r_j·2ρw at most, r the reach, ρ the largest
        1 − |g|/r and w the largest entry.
        """
        gain, reach = np.abs(self.gain), self.reach
        with np.errstate(over="ignore", invalid="ignore"):
            mean = self.mean + self.gain * start.mean
            mean_error = reach * start.mean_error + (reach - gain) * np.abs(start.mean)
            if start.cov.ndim == 1:
                cov = self.cov + gain**2 * start.cov
                cov_error = reach**2 * start.cov_error + (reach**2 - gain**2) * np.abs(start.cov)
            else:
                cov = np.diag(self.cov) + self.gain[:, None] * start.cov * self.gain
                loose = np.max(1 - np.divide(gain, reach, where=reach > 0, out=np.ones_like(gain)))
                cov_error = reach**2 * (start.cov_error + 2 * (loose + EPS) * np.abs(start.cov).max())
        _check_finite(mean, cov)
        return mean, cov, self.mean_error + mean_error, self.cov_error + cov_error


def _check_finite(*sums: Array) -> None:
    if not all(np.isfinite(array).all() for array in sums):
        raise Diverged("the law leaves the range of float64 on the way; take smaller steps or a shorter horizon.")


def _cumulate(factors: Array, last: Array) -> tuple[Array, Array]:
    """Return, for each step, the product of the factors after it (and of `last`), and the product of all."""
    after = np.empty_like(factors)
    after[-1] = last
    np.multiply.accumulate(factors[:0:-1], axis=0, out=after[-2::-1])
    after[:-1] *= last
    return after, after[0] * factors[0]


def _largest(part: Coefficients) -> Array:
    size = np.abs(part.mean)
    return size if part.rounding.shape == size.shape else size.max(axis=1, keepdims=True)


def tails(sampler: Any, counts: list[int], twin: Any = None) -> list[tuple[Tail, Array]]:
    """Return the sums over the last `counts` steps, ascending, in one backward pass over the chain.

    Beside each stands the sum of means of the `twin`, a chain whose steps differ in their constant parts only; zeros
    where there is none. Raises NotAffine where a step is not affine or mixes coordinates, or where the twin is none;
    Diverged where the sums leave float64.
    """
    keep_freed_memory()
    tail, done, found, means = Tail.empty(sampler.dim), 0, [], np.zeros(sampler.dim)
    rows = max(32, BLOCK // sampler.dim)
    for count in counts:
        while done < count:
            size = min(rows, count - done)
            k = np.arange(sampler.steps - done - size, sampler.steps - done)
            part = coefficients(sampler, k)
            after = tail.prepend(part)
            if twin is not None:
                means += np.einsum("kd,kd->d", after, twin_defect(twin, k, part))
            done += size
        sums = (tail.gain, tail.reach, tail.mean, tail.cov, tail.mean_error, tail.cov_error)
        found.append((Tail(*(a.copy() for a in sums)), means.copy()))
    return found


def fold(sampler: Any, start: Deviation) -> tuple[Array, Array, Array, Array]:
    """Return the deviation of the last iterate from its ideal law, given that of the first."""
    if getattr(sampler, "homogeneous", False):
        return one_step(sampler).repeated(sampler.steps).applied(start)
    return tails(sampler, [sampler.steps])[0][0].applied(start)


def one_step(sampler: Any) -> Tail:
    """Return the sums over one step of a homogeneous chain; InvalidInput where its steps differ after all."""
    require_equal_steps(sampler)
    tail = Tail.empty(sampler.dim)
    tail.prepend(coefficients(sampler, np.array([0])))
    return tail
