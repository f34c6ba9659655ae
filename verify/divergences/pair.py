"""Two Gaussian laws reduced to p = N(0, I), q = N(b, diag(1 + e)), with e free of cancellation and errors bounded.

However close the laws are, e keeps its relative accuracy as long as it is formed from the *difference* of covariances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from verify.backend import Array
from verify.divergences.difference import EPS, Difference, difference
from verify.divergences.special import FAR
from verify.errors import NoDensity
from verify.laws.gaussian import GaussianLike


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


def canonical(variance: Array, shift: Array, change: Array, other: Array | None = None) -> tuple[Array, Array, Array]:
    """Return (b, e, v) of p = N(0, diag(variance)), q = N(shift, diag(variance + change)); arrays (…, d) broadcast.

    `other` is variance + change, where known better than as a sum. This is the vectorised door to the `*_terms`
    functions: thousands of cells (cells, d) go through at once.
    """
    e = change / variance
    other = variance + change if other is None else other
    return shift / np.sqrt(variance), e, np.where(np.abs(e) > FAR, other / variance, 1 + e)


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
    alive = (seen.variance > 0) & (seen.other > 0)
    if not (flat | alive).all() or (flat & (np.abs(seen.shift) > seen.shift_error)).any():
        return None
    lam, keep = seen.variance[~flat], ~flat
    b, e, v = canonical(lam, seen.shift[keep], seen.change[keep], seen.other[keep])
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
    size = scale.size * EPS * _condition(p / outer)
    lower = np.linalg.cholesky(p / outer)
    inner = np.linalg.solve(lower, np.linalg.solve(lower, (q - p) / outer).T)
    e, axes = np.linalg.eigh(0.5 * (inner + inner.T))
    error, v = 2 * size * np.full_like(e, np.abs(e).max()), 1 + e
    if np.abs(e).max() > FAR:
        own = np.sqrt(np.diagonal(q))
        size += scale.size * EPS * _condition(q / np.outer(own, own))
        factor = np.linalg.cholesky(q / np.outer(own, own))
        axes, s, _ = np.linalg.svd(np.linalg.solve(lower, (own / scale)[:, None] * factor))
        v, e = s**2, (s - 1) * (s + 1)
        error = 2 * size * v + 2 * scale.size * EPS * s * s[0]
    b = axes.T @ np.linalg.solve(lower, shift / scale)
    b_error = 2 * size * np.linalg.norm(b) + carried[0]
    return Pair(b, e, v, np.full_like(b, b_error), error + carried[1])


def _condition(scaled: Array) -> float:
    values = np.linalg.eigvalsh(scaled)
    if not values[0] > 0:
        raise NoDensity("a covariance is singular to rounding; give its zero eigenvalues exactly.")
    return float(values[-1] / values[0])


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
