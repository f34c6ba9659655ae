"""Two Gaussian laws reduced to p = N(0, I), q = N(b, diag(1 + e)), with e free of cancellation and errors bounded.

A law is what its attributes say: mean and covariance (spectrum, where both laws share eigenvectors) count as exact,
except for the errors that a Deviation carries. Differences of floats are then exact to half an ulp, so that e keeps
its relative accuracy however close the laws are, as long as it is formed from the *difference* of covariances.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.backend import Array
from verify.divergences.special import FAR
from verify.laws.gaussian import GaussianLike, same

EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Difference:
    """Law `other` seen from law `base`, in an orthonormal basis where the base has covariance diag(`variance`).

    `shift` is the difference of means, `change` that of covariances: (d,) where diagonal, else (d, d).
    """

    variance: Array
    shift: Array
    change: Array
    shift_error: Array
    change_error: Array
    swapped: bool  # True where the base is the second law

    @property
    def is_diagonal(self) -> bool:
        """True where both covariances are diagonal in this basis."""
        return self.change.ndim == 1


@dataclass(frozen=True, eq=False)
class Pair:
    """p = N(0, I) against q = N(b, diag(v)), v = 1 + e; arrays (r,), with absolute error bounds of b and of e, v."""

    b: Array
    e: Array
    v: Array
    b_error: Array
    e_error: Array

    def inverse(self) -> Pair:
        """Return the pair with the roles of p and q exchanged."""
        root = np.sqrt(self.v)
        relative = self.e_error / self.v
        return Pair(
            -self.b / root,
            -self.e / self.v,
            1 / self.v,
            (self.b_error + np.abs(self.b) * (relative + 4 * EPS)) / root,
            (relative + 4 * EPS * np.minimum(1, np.abs(self.e))) / self.v,
        )


def difference(p: GaussianLike, q: GaussianLike) -> Difference:
    """Return q − p (or p − q, `swapped`), from a tracked deviation where one of them is the other's reference."""
    for base, other, swapped in ((p, q, False), (q, p, True)):
        known: Any = getattr(other, "deviation", None)
        if known is not None and same(known.reference, base):
            mean, cov = known.mean_error, known.cov_error
            return Difference(base.eigenvalues, known.mean, known.cov, mean, cov, swapped)
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
    return Difference(p.eigenvalues, shift, change, mean_error, np.broadcast_to(error, shift.shape), False)


def _rounding(error: Array, size: Array) -> Array:
    return np.full(size.size, float(np.linalg.norm(error)) + size.size * EPS * float(np.abs(size).max()))


def _equal(a: Array | None, b: Array | None) -> bool:
    return a is b or (a is not None and b is not None and np.array_equal(a, b))


def canonical(variance: Array, shift: Array, change: Array) -> tuple[Array, Array, Array]:
    """Return (b, e, v) of p = N(0, diag(variance)), q = N(shift, diag(variance + change)); arrays (…, d) broadcast.

    This is the vectorised door to the `*_terms` functions: thousands of cells (cells, d) go through at once.
    """
    e = change / variance
    return shift / np.sqrt(variance), e, np.where(np.abs(e) > FAR, (variance + change) / variance, 1 + e)


def reduce(p: GaussianLike, q: GaussianLike) -> Pair | None:
    """Return the canonical pair on the common support; None where p and q are mutually singular.

    Gaussians are mutually singular unless their supports (mean + range of the covariance) are the same.
    """
    seen = difference(p, q)
    if seen.is_diagonal:
        return _diagonal(seen)
    if not (p.eigenvalues.all() and q.eigenvalues.all()):
        return _restricted(p, q)
    if np.abs(_whitened(seen)).max() > 0.25 or not _is_tracked(p, q):
        return _dense(p.cov, q.cov, q.mean - p.mean, _carried(seen, p, q))
    return _tracked(seen)


def _is_tracked(p: GaussianLike, q: GaussianLike) -> bool:
    return getattr(p, "deviation", None) is not None or getattr(q, "deviation", None) is not None


def _whitened(seen: Difference) -> Array:
    root = np.sqrt(seen.variance)
    return np.asarray(seen.change / np.outer(root, root))


def _carried(seen: Difference, p: GaussianLike, q: GaussianLike) -> tuple[float, float]:
    if not _is_tracked(p, q):
        return 0.0, 0.0
    least = float(seen.variance.min())
    return float(np.linalg.norm(seen.shift_error)) / least**0.5, float(seen.change_error.sum()) / least


def _diagonal(seen: Difference) -> Pair | None:
    flat = (seen.variance <= 0) & (np.abs(seen.change) <= seen.change_error)
    alive = (seen.variance > 0) & (seen.variance + seen.change > 0)
    if not (flat | alive).all() or (flat & (np.abs(seen.shift) > seen.shift_error)).any():
        return None
    lam, keep = seen.variance[~flat], ~flat
    b, e, v = canonical(lam, seen.shift[keep], seen.change[keep])
    b_error = seen.shift_error[keep] / np.sqrt(lam) + 2 * EPS * np.abs(b)
    e_error = seen.change_error[keep] / lam + 2 * EPS * np.minimum(np.abs(e), v)
    pair = Pair(b, e, v, b_error, e_error)
    return pair.inverse() if seen.swapped else pair


def _tracked(seen: Difference) -> Pair:
    root = np.sqrt(seen.variance)
    e, axes = np.linalg.eigh(_whitened(seen))
    b = axes.T @ (seen.shift / root)
    size = seen.variance.size * EPS
    b_error = np.linalg.norm(seen.shift_error / root) + size * np.linalg.norm(b)
    e_error = (seen.change_error / seen.variance).sum() + size * np.abs(e).max()
    pair = Pair(b, e, 1 + e, np.full_like(b, b_error), np.full_like(e, e_error))
    return pair.inverse() if seen.swapped else pair


def _dense(p: Array, q: Array, shift: Array, carried: tuple[float, float] = (0.0, 0.0)) -> Pair:
    """Whiten by Cholesky, p scaled to unit diagonal; near laws through their difference, far ones through an SVD."""
    scale = np.sqrt(np.diagonal(p))
    outer = np.outer(scale, scale)
    lower = np.linalg.cholesky(p / outer)
    inner = np.linalg.solve(lower, np.linalg.solve(lower, (q - p) / outer).T)
    size = scale.size * EPS * float(np.linalg.cond(lower)) ** 2
    e, axes = np.linalg.eigh(0.5 * (inner + inner.T))
    error, v = 2 * size * np.full_like(e, np.abs(e).max()), 1 + e
    if np.abs(e).max() > FAR:
        own = np.sqrt(np.diagonal(q))
        factor = np.linalg.cholesky(q / np.outer(own, own))
        size += scale.size * EPS * float(np.linalg.cond(factor)) ** 2
        axes, s, _ = np.linalg.svd(np.linalg.solve(lower, (own / scale)[:, None] * factor))
        v, e = s**2, (s - 1) * (s + 1)
        error = 2 * size * v + 2 * scale.size * EPS * s * s[0]
    b = axes.T @ np.linalg.solve(lower, shift / scale)
    b_error = 2 * size * np.linalg.norm(b) + carried[0]
    return Pair(b, e, v, np.full_like(b, b_error), error + carried[1])


def _restricted(p: GaussianLike, q: GaussianLike) -> Pair | None:
    """Return the pair on the range of p's covariance where q lives on the same affine subspace."""
    basis = np.eye(p.dim) if p.eigenvectors is None else p.eigenvectors
    live = p.eigenvalues > 0
    if live.sum() != (q.eigenvalues > 0).sum():
        return None
    off, on, shift = basis[:, ~live], basis[:, live], q.mean - p.mean
    slack = 8 * p.dim * EPS
    leak = np.linalg.norm(off.T @ q.cov @ off) > slack * q.eigenvalues.max(initial=0.0)
    if leak or np.linalg.norm(off.T @ shift) > slack * (np.linalg.norm(p.mean) + np.linalg.norm(q.mean)):
        return None
    return _dense(np.diag(p.eigenvalues[live]), on.T @ q.cov @ on, on.T @ shift)
