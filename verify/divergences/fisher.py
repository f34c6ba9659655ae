"""Relative Fisher information: FI(p‖q) = E_p ‖∇log(p/q)‖² (no factor ½)."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from verify.backend import Array
from verify.divergences import closed, line, line_common, product
from verify.divergences.difference import EPS, Difference, difference
from verify.estimate import Estimate


def fisher_terms(variance: Array, shift: Array, change: Array) -> Array:
    """Return FI(p‖q) coordinate by coordinate, p = N(0, variance), q = N(shift, variance + change); arrays (…, d)."""
    other = variance + change
    with np.errstate(divide="ignore", invalid="ignore"):
        return (change / other) ** 2 / variance + (shift / other) ** 2


def fisher(p: Any, q: Any, *, estimator: Literal["atoms"] = "atoms") -> Estimate:
    """Return FI(p‖q) of Gaussian laws or targets; of unit 1/x².

    .. math:: \\operatorname{tr}(ΔP\\,Σ_p\\,ΔP) + |Σ_q^{-1}Δm|^2, \\qquad ΔP = Σ_q^{-1} − Σ_p^{-1}
              = −Σ_q^{-1}(Σ_q − Σ_p)Σ_p^{-1}

    the last form having no cancellation. +inf where a covariance is singular and the laws differ, and for particles
    against a density. Log-Sobolev: KL ≤ FI/(2m) for an m-strongly log-concave q.
    """
    if line_common.serves(p, q):
        return line.fisher(p, q)
    if product.serves(p, q):
        return product.additive(p, q, fisher)
    if not closed.check("fisher", p, q):
        return closed.atoms("fisher", estimator, math.inf)
    seen = difference(p, q)
    if seen.is_diagonal:
        return _diagonal(seen)
    if not (p.eigenvalues.all() and q.eigenvalues.all()):
        return Estimate.exact(math.inf)
    return _dense(seen, p, q)


def _diagonal(seen: Difference) -> Estimate:
    live = (np.abs(seen.change) > seen.change_error) | (np.abs(seen.shift) > seen.shift_error) | (seen.variance > 0)
    base, other = seen.variance[live], seen.other[live]
    if not (base > 0).all() or not (other > 0).all():
        return Estimate.exact(math.inf)
    own, away = (other, base) if seen.swapped else (base, other)
    change, shift = np.abs(seen.change[live]), np.abs(seen.shift[live])
    tilt, push = change / away / np.sqrt(own), shift / away
    value = float((tilt**2).sum() + (push**2).sum())
    # √FI is a norm of (Δcov, Δmean): its error is the norm of theirs, and of the scales' relative error
    moved = seen.change_error[live] / np.minimum(base, other)
    norm = np.linalg.norm(np.concatenate([moved / np.sqrt(own), seen.shift_error[live] / away]))
    return _widened(value, float(norm), 3 * float(moved.max(initial=0.0)) + 8 * EPS)


def _dense(seen: Difference, p: Any, q: Any) -> Estimate:
    change = seen.change
    other = np.diag(seen.variance) + change
    own, away = (other, np.diag(seen.variance)) if seen.swapped else (np.diag(seen.variance), other)
    half = np.linalg.solve(np.linalg.cholesky(own), np.linalg.solve(away, change).T)
    push = np.linalg.solve(away, seen.shift)
    value = float((half**2).sum() + push @ push)
    least = min(float(p.eigenvalues.min()), float(q.eigenvalues.min()))
    condition = max(float(p.eigenvalues.max()), float(q.eigenvalues.max())) / least
    tracked = float(seen.change_error.sum()) / least**1.5 + float(np.linalg.norm(seen.shift_error)) / least
    return _widened(value, tracked, 4 * p.dim * EPS * condition)


def _widened(value: float, absolute: float, relative: float) -> Estimate:
    root = math.sqrt(value)
    error = absolute + relative * root
    low, high = max(root - error, 0.0) ** 2, (root + error) ** 2
    return Estimate(value, min(low, value), max(high, value), 1.0, "closed form")
