"""χ² divergence (Pearson, 1900, Phil. Mag.): χ²(p‖q) = ∫ p²/q − 1."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from verify.backend import Array
from verify.divergences import closed, line, line_common, product
from verify.divergences.renyi import enclosed, renyi_terms
from verify.estimate import Estimate


def chi2_total(b: Array, e: Array, v: Array | None = None) -> Array:
    """Return χ²(p‖q) of p = N(0, I), q = N(b, diag(1 + e)); arrays (…, d) -> (…)."""
    with np.errstate(over="ignore"):
        return np.asarray(np.expm1(renyi_terms(2.0, b, e, v).sum(axis=-1)))


def chi2(p: Any, q: Any, *, estimator: Literal["atoms"] = "atoms") -> Estimate:
    """Return χ²(p‖q) = exp(R_2(p‖q)) − 1 of Gaussian laws or targets.

    +inf unless 2Σ_q − Σ_p is positive definite, where the supports differ, and for particles against a density.
    """
    if line_common.serves(p, q):
        return line.chi2(p, q)
    if product.serves(p, q):
        return product.chi2(p, q, chi2)
    if not closed.check("chi2", p, q):
        return closed.atoms("chi2", estimator, math.inf)
    return closed.estimate(enclosed(p, q, 2.0), np.expm1)
