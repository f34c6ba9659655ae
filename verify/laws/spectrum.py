"""Spectral form of a covariance matrix, validated."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from verify.backend import Array
from verify.errors import InvalidInput


def vector(name: str, value: npt.ArrayLike) -> Array:
    """Return `value` as a finite float64 vector."""
    x = np.atleast_1d(_numbers(name, value))
    if x.ndim != 1 or not x.size or not np.isfinite(x).all():
        raise InvalidInput(f"`{name}` must be a finite vector; got shape {x.shape}{_where_bad(x)}.")
    return x


def covariance(value: npt.ArrayLike, dim: int) -> Array:
    """Return `value` as a symmetric float64 matrix of shape (dim, dim)."""
    cov = np.atleast_2d(_numbers("cov", value))
    if cov.shape != (dim, dim):
        raise InvalidInput(f"`cov` must have shape ({dim}, {dim}) to match `mean`; got {cov.shape}.")
    if not np.isfinite(cov).all():
        raise InvalidInput(f"`cov` must be finite{_where_bad(cov)}.")
    skew = float(np.abs(cov - cov.T).max())
    if skew > 1e-12 * float(np.abs(cov).max()):
        raise InvalidInput(f"`cov` must be symmetric; it differs from its transpose by {skew:.3g}.")
    return 0.5 * (cov + cov.T)


def spectral(cov: Array, slack: float = 0.0) -> tuple[Array, Array | None]:
    """Return eigenvalues and eigenvectors (columns) of a covariance; None for the vectors where it is diagonal.

    Eigenvalues below d·ε·λ_max are rounding and become exact zeros, and so do negative ones down to −`slack`; anything
    more negative is refused.
    """
    diagonal = np.diagonal(cov).copy()
    vectors: Array | None = None
    if np.count_nonzero(cov - np.diag(diagonal)):
        diagonal, vectors = np.linalg.eigh(cov)
    noise = 0.0 if vectors is None else cov.shape[0] * np.finfo(float).eps * float(diagonal.max())
    if float(diagonal.min()) < -max(noise, slack):
        raise InvalidInput(f"`cov` must be positive semi-definite; its smallest eigenvalue is {diagonal.min():.6g}.")
    return np.where(diagonal <= noise, 0.0, diagonal), vectors


def _numbers(name: str, value: npt.ArrayLike) -> Array:
    try:
        if np.iscomplexobj(value):
            raise TypeError
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InvalidInput(f"`{name}` must be an array of real numbers; got {type(value).__name__}.") from None


def _where_bad(x: Array) -> str:
    bad = np.argwhere(~np.isfinite(x))
    return f" with {x[tuple(bad[0])]} at index {tuple(int(i) for i in bad[0])}" if bad.size else ""
