"""Hellinger distance (Hellinger, 1909): H(p, q)² = 1 − ∫ √(pq) = ½ ∫ (√p − √q)²."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from verify.backend import Array
from verify.divergences import closed, line, line_common, product
from verify.divergences.renyi import enclosed, renyi_terms
from verify.estimate import Estimate


def _distance(divergence: float) -> float:
    return math.sqrt(-math.expm1(-0.5 * divergence))


def hellinger_total(b: Array, e: Array, v: Array | None = None) -> Array:
    """Return H of p = N(0, I), q = N(b, diag(1 + e)); arrays (…, d) -> (…)."""
    return np.asarray(np.sqrt(-np.expm1(-0.5 * renyi_terms(0.5, b, e, v).sum(axis=-1))))


def hellinger(p: Any, q: Any, *, estimator: Literal["atoms"] = "atoms") -> Estimate:
    """Return the Hellinger distance H ∈ [0, 1] (not its square): H² = 1 − ∫√(pq) = 1 − exp(−R_{1/2}/2).

    Symmetric; H² ≤ TV ≤ H √(2 − H²). 1 where the supports differ and for particles against a density.
    """
    if line_common.serves(p, q):
        return line.hellinger(p, q)
    if product.serves(p, q):
        return product.hellinger(p, q, hellinger)
    if not closed.check("hellinger", p, q):
        return closed.atoms("hellinger", estimator, 1.0)
    value, low, high = (_distance(x) for x in enclosed(p, q, 0.5))
    slack = 2 * np.finfo(float).eps * value
    return Estimate(value, max(low - slack, 0.0), min(high + slack, 1.0), 1.0, "closed form")
