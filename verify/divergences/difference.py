"""The difference of two Gaussian laws, from what a tracked deviation knows or from their attributes.

A law is what its attributes say: mean and covariance (spectrum, where both laws share eigenvectors) count as exact,
except for the errors that a Deviation carries. Differences of floats are then exact to half an ulp.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.backend import Array
from verify.laws.gaussian import GaussianLike, same

EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Difference:
    """Law `other` seen from law `base`, in an orthonormal basis where the base has covariance diag(`variance`).

    `shift` is the difference of means, `change` that of covariances: (d,) where diagonal, else (d, d). `other` holds
    the other law's variances where diagonal: variance + change to more digits than the sum keeps for small ones.
    """

    variance: Array
    other: Array
    shift: Array
    change: Array
    shift_error: Array
    change_error: Array
    swapped: bool  # True where the base is the second law

    @property
    def is_diagonal(self) -> bool:
        """True where both covariances are diagonal in this basis."""
        return self.change.ndim == 1


def difference(p: GaussianLike, q: GaussianLike) -> Difference:
    """Return q − p (or p − q, `swapped`), from a tracked deviation where one of them is the other's reference."""
    for base, other, swapped in ((p, q, False), (q, p, True)):
        known: Any = getattr(other, "deviation", None)
        if known is not None and same(known.reference, base):
            mean, cov = known.mean_error, known.cov_error
            variances = np.maximum(base.eigenvalues + (known.cov if known.cov.ndim == 1 else 0.0), 0.0)
            return Difference(base.eigenvalues, variances, known.mean, known.cov, mean, cov, swapped)
    shift, basis = q.mean - p.mean, p.eigenvectors
    own = [(getattr(law, "deviation", None), law) for law in (p, q)]
    mean_error = EPS * np.abs(shift) + sum(_rounding(known.mean_error, law.mean) for known, law in own if known)
    cov_error = sum(_rounding(known.cov_error, law.eigenvalues) for known, law in own if known)
    if _equal(basis, q.eigenvectors):
        change = q.eigenvalues - p.eigenvalues
        error = EPS * np.abs(change) + cov_error
    else:
        change = q.cov - p.cov
        change = change if basis is None else basis.T @ change @ basis
        error = p.dim * EPS * np.abs(np.diagonal(change)) + cov_error
    if basis is not None:
        mean_error = np.full(p.dim, float(np.linalg.norm(mean_error)) + p.dim * EPS * float(np.linalg.norm(shift)))
        shift = basis.T @ shift
    error = np.broadcast_to(error, shift.shape)
    return Difference(p.eigenvalues, q.eigenvalues, shift, change, mean_error, error, False)


def _rounding(error: Array, size: Array) -> Array:
    return np.full(size.size, float(np.linalg.norm(error)) + size.size * EPS * float(np.abs(size).max()))


def _equal(a: Array | None, b: Array | None) -> bool:
    return a is b or (a is not None and b is not None and np.array_equal(a, b))
