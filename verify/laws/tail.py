"""Sums over the last steps of an affine chain whose coordinates decouple: what `diagonal` folds a chain into.

They run backwards over blocks of steps that fit the cache, by cumulative products; nothing loops over single steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from verify.backend import Array
from verify.errors import Diverged

if TYPE_CHECKING:
    from verify.laws.diagonal import Coefficients
    from verify.laws.gaussian import Deviation

EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Tail:
    """Sums over the last steps of a chain: c_N = mean + gain·c_start and δ_N = cov + gain²·δ_start.

    `reach` ≥ |gain| bounds what the gain can be without rounding. `mean` and `mean_error` have a row for each chain
    that is summed along: the chain itself and perhaps a twin, which differs in the constant parts of its steps.
    """

    gain: Array
    reach: Array
    mean: Array  # (1, d) or (2, d)
    cov: Array
    mean_error: Array
    cov_error: Array

    @classmethod
    def empty(cls, dim: int, chains: int = 1) -> Tail:
        """Return the sums over no steps."""
        mean, zero = np.zeros((chains, dim)), np.zeros(dim)
        return cls(np.ones(dim), np.ones(dim), mean, zero, mean, zero)

    def behind(self, part: Coefficients, twins: Sequence[Array], counts: Sequence[int]) -> list[Tail]:
        """Return the sums with the last `counts` of the steps `part` before those already summed, ascending.

        `twins` are the mean defects (K, d) of the twin, if there is one.
        """
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            gain, defect, shifts = part.gain, part.variance_defect, [part.mean_defect, *twins]
            size, slack = np.abs(gain), 2 * part.rounding
            factors, noise = size + slack, size * slack * part.variance + 8 * EPS * part.scale**2
            after, reach = products_after(gain, self.gain), products_after(factors, self.reach)
            square, far, push = after * after, reach * reach, part.rounding * _largest(part)
            loose, wide = (1 + 8 * EPS) * reach - np.abs(after), (1 + 8 * EPS) * far - square
            moves, change = [np.abs(shift) for shift in shifts], np.abs(defect)
            tail, last, found = self, gain.shape[0], []
            for count in counts:
                rows = slice(gain.shape[0] - count, last)
                missed = _dotted(reach, push, rows)
                tail = Tail(
                    after[rows.start] * gain[rows.start],
                    reach[rows.start] * factors[rows.start],
                    tail.mean + np.stack([_dotted(after, shift, rows) for shift in shifts]),
                    tail.cov + _dotted(square, defect, rows),
                    tail.mean_error + np.stack([_dotted(loose, move, rows) + missed for move in moves]),
                    tail.cov_error + _dotted(far, noise, rows) + _dotted(wide, change, rows),
                )
                last = rows.start
                found.append(tail)
        check_finite(tail.gain, tail.mean, tail.cov)
        return found

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
        """Return (means, cov, mean_errors, cov_error) of the deviations after the summed steps, a mean for each chain.

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
        check_finite(mean, cov)
        return mean, cov, self.mean_error + mean_error, self.cov_error + cov_error


def check_finite(*sums: Array) -> None:
    """Raise Diverged where a sum has left float64."""
    if not all(np.isfinite(array).all() for array in sums):
        raise Diverged("the law leaves the range of float64 on the way; take smaller steps or a shorter horizon.")


def products_after(factors: Array, last: Array, group: int = 16) -> Array:
    """Return, for each row of `factors` (K, d), the product of the rows after it and of `last`.

    Long rows go in groups: NumPy accumulates down the columns of an array at a tenth of the speed of its products.
    """
    rows, dim = factors.shape
    after = np.empty_like(factors)
    after[:-1], after[-1] = factors[1:], last
    if dim < group or rows < 4 * group:
        return np.multiply.accumulate(after[::-1], axis=0)[::-1]
    head = rows % group
    grouped = after[head:].reshape(-1, group, dim)
    for i in range(group - 1, 0, -1):
        grouped[:, i - 1] *= grouped[:, i]
    whole = np.multiply.accumulate(grouped[::-1, 0], axis=0)[::-1]
    grouped[:-1] *= whole[1:, None]
    for i in range(head, 0, -1):
        after[i - 1] *= after[i]
    return after


def _dotted(a: Array, b: Array, rows: slice) -> Array:
    """Return Σ_k a_k b_k over some of the rows, (K, d) -> (d,)."""
    return np.asarray(np.einsum("kd,kd->d", a[rows], b[rows]))


def _largest(part: Coefficients) -> Array:
    size = np.abs(part.mean)
    return size if part.rounding.shape == size.shape else size.max(axis=1, keepdims=True)
