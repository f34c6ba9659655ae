"""Exact law of an affine chain whose coordinates decouple in the eigenbasis of its ideal laws.

With A_k, S_k the probed gain and noise scale of a coordinate and N(m_k, λ_k) the ideal law at step k,

.. math:: c_{k+1} = A_k c_k + r_k, \\qquad δ_{k+1} = A_k^2 δ_k + ℓ_k,

for the deviations c = mean − m and δ = variance − λ, where r_k = step(m_k) − m_{k+1} and
ℓ_k = A_k² λ_k + S_k² − λ_{k+1} are the one-step defects. The sums run backwards over blocks of steps that fit the
cache, by cumulative products; nothing loops over single steps.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from verify.backend import Array
from verify.errors import Diverged, NotAffine
from verify.noise import Impulse

if TYPE_CHECKING:
    from verify.laws.gaussian import Deviation

EPS = float(np.finfo(float).eps)
BLOCK = 1 << 15  # floats per block array: a dozen of them stay in a 4 MB cache
TOLERANCE = 1e-8  # relative residual of the affinity check; rounding in ill-conditioned steps stays far below
Steps = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Coefficients:
    """The probed steps k, all arrays (K, d): gain A, noise scale S, mean defect r, and the ideal moments around them."""

    gain: Array
    scale: Array
    mean_defect: Array
    mean: Array  # m_k
    variance: Array  # λ_k
    next_variance: Array  # λ_{k+1}

    def only(self, rows: slice) -> Coefficients:
        """Return the coefficients of some of the steps."""
        return Coefficients(*(getattr(self, f.name)[rows] for f in fields(self)))

    @property
    def variance_defect(self) -> Array:
        """ℓ_k = A² λ_k + S² − λ_{k+1}."""
        return self.gain**2 * self.variance + (self.scale**2 - self.next_variance)


def run(sampler: Any, k: Steps, x: Array, impulse: Array | None = None) -> Array:
    """Return step(k, x) with an impulse (or nothing) for noise, in and out of the eigenbasis; x of shape (K, d)."""
    basis = sampler.marginal(0).eigenvectors
    if basis is not None:
        x = x @ basis.T
        impulse = None if impulse is None else impulse @ basis.T
    noise = Impulse(x, impulse)
    y: Array = sampler.step(k, x, noise)
    if noise.draws > 1:
        raise NotAffine("the step draws more than one normal; its coordinates are folded with full matrices.")
    return y if basis is None else y @ basis


def coefficients(sampler: Any, k: Steps) -> Coefficients:
    """Return the coefficients of the steps `k` (K,), probed from the running step.

    Impulses are 2^20 times the size of the means, so that subtracting the unperturbed output costs no digits.
    """
    mean, variance = sampler.marginal_moments(np.append(k, k[-1] + 1))
    unit = np.full_like(mean[:-1], 2.0 ** (20 + np.ceil(np.log2(1 + np.abs(mean).max()))))
    base = run(sampler, k, mean[:-1])
    gain = (run(sampler, k, mean[:-1] + unit) - base) / unit
    scale = (run(sampler, k, mean[:-1], unit) - base) / unit
    return Coefficients(gain, scale, base - mean[1:], mean[:-1], variance[:-1], variance[1:])


def residual(sampler: Any, k: Steps, probed: Coefficients) -> float:
    """Return the relative error of the diagonal affine form on random inputs, one for every eighth step: 0 if true."""
    rng, every = np.random.default_rng(20230405), slice(None, None, 8)
    k, probed = k[every], probed.only(every)
    x, z = rng.standard_normal((2, *probed.mean.shape)) * (1 + np.sqrt(probed.variance))
    got = run(sampler, k, probed.mean + x, z)
    next_mean = sampler.marginal_moments(k + 1)[0]
    want = probed.gain * x + probed.scale * z + (probed.mean_defect + next_mean)
    size = np.abs(probed.gain * x).max() + np.abs(probed.scale * z).max() + np.abs(want).max() + np.abs(probed.mean).max()
    return float(np.abs(got - want).max() / size) if np.isfinite(size) and size > 0 else float("inf")


def decouples(sampler: Any) -> bool:
    """True where one step in the middle of the chain is affine and diagonal in the eigenbasis of its ideal law."""
    k = np.array([sampler.steps // 2])
    try:
        return residual(sampler, k, coefficients(sampler, k)) < TOLERANCE
    except NotAffine:
        return False


@dataclass
class Tail:
    """Sums over the last steps of a chain: c_N = mean + gain·c_start and δ_N = cov + gain²·δ_start."""

    gain: Array
    mean: Array
    cov: Array
    mean_error: Array
    cov_error: Array

    def prepend(self, part: Coefficients) -> None:
        """Put the steps `part` before those already summed."""
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            after = np.empty_like(part.gain)
            after[-1] = self.gain
            np.multiply.accumulate(part.gain[:0:-1], axis=0, out=after[-2::-1])
            after[:-1] *= self.gain
            square = after * after
            self.mean += np.einsum("kd,kd->d", after, part.mean_defect)
            self.cov += np.einsum("kd,kd->d", square, part.variance_defect)
            size = 8 * EPS * (1 + np.abs(part.gain))  # rounding of a probed gain: its terms are O(1) before they cancel
            rounding = (2 * np.abs(part.gain) * size) * part.variance + 8 * EPS * (part.scale**2 + part.next_variance)
            self.cov_error += np.einsum("kd,kd->d", square, rounding)
            self.mean_error += np.einsum("kd,kd,kd->d", np.abs(after), size, np.abs(part.mean))
            self.gain = after[0] * part.gain[0]
        if not (np.isfinite(self.gain).all() and np.isfinite(self.cov).all() and np.isfinite(self.mean).all()):
            raise Diverged("the law leaves the range of float64 on the way; take smaller steps or a shorter horizon.")

    def applied(self, start: Deviation) -> tuple[Array, Array, Array, Array]:
        """Return (mean, cov, mean_error, cov_error) of the deviation after the summed steps."""
        g, squared = np.abs(self.gain), self.gain**2
        cov = np.abs(start.cov)
        return (
            self.mean + self.gain * start.mean,
            self.cov + squared * start.cov,
            self.mean_error + g * (start.mean_error + 8 * EPS * np.abs(start.mean)),
            self.cov_error + squared * (start.cov_error + 8 * EPS * cov),
        )


def tails(sampler: Any, counts: list[int]) -> list[Tail]:
    """Return the sums over the last `counts` steps, ascending, in one backward pass over the chain."""
    zeros = np.zeros(sampler.dim)
    tail = Tail(zeros + 1, zeros.copy(), zeros.copy(), zeros.copy(), zeros.copy())
    rows, done, found = max(1, BLOCK // sampler.dim), 0, []
    for count in counts:
        while done < count:
            size = min(rows, count - done)
            k = np.arange(sampler.steps - done - size, sampler.steps - done)
            part = coefficients(sampler, k)
            if not residual(sampler, k, part) < TOLERANCE:
                raise NotAffine(f"steps {k[0]} to {k[-1]} are not affine and diagonal; use laws.Particles.")
            tail.prepend(part)
            done += size
        found.append(Tail(tail.gain, *(a.copy() for a in (tail.mean, tail.cov, tail.mean_error, tail.cov_error))))
    return found


def fold(sampler: Any, start: Deviation) -> tuple[Array, Array, Array, Array]:
    """Return the deviation of the last iterate from its ideal law, given that of the first."""
    return tails(sampler, [sampler.steps])[0].applied(start)
