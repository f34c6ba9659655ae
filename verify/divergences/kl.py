"""KL divergence (Kullback, Leibler, 1951, Ann. Math. Stat.), first argument first."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from verify.backend import Array
from verify.divergences import closed, line, line_common, plane, plug_in, product, rao_blackwell
from verify.divergences.special import FAR, log_ratio
from verify.estimate import Estimate
from verify.special import log1pmx


def spread(e: Array, v: Array) -> Array:
    """Return ½[log(1 + e) − e/(1 + e)], elementwise."""
    with np.errstate(divide="ignore", invalid="ignore"):
        far = log_ratio(e, v) - np.where(e < 0, 1 - 1 / v, e / v)
        near = -log1pmx(-e / v)
    return 0.5 * np.where(v > 0, np.where(np.abs(e) > FAR, far, near), np.inf)


def shift(b: Array, e: Array, v: Array) -> Array:
    """Return ½ b²/(1 + e), elementwise."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(b == 0, 0.0, 0.5 * b**2 / v)


def kl_terms(b: Array, e: Array, v: Array | None = None) -> Array:
    """Return KL(p‖q) coordinate by coordinate for p = N(0, 1), q = N(b, 1 + e); arrays (…, d), sum over the last axis.

    `v` = 1 + e, given on its own where e is near −1. See `pair.canonical` for (b, e, v) of a batch of laws.
    """
    v = 1 + np.asarray(e) if v is None else v
    return spread(e, v) + shift(b, e, v)


def kl(p: Any, q: Any, *, estimator: Literal["plug-in", "atoms"] = "plug-in", confidence: float = 0.95) -> Estimate:
    """Return KL(p‖q) = E_p log(p/q) in nats.

    .. math:: \\tfrac12 [\\operatorname{tr} Σ_q^{-1}Σ_p − d + \\log(|Σ_q|/|Σ_p|) + (m_q − m_p)^TΣ_q^{-1}(m_q − m_p)]

    for Gaussian laws or targets, evaluated as ½ Σ [log(1 + e) − e/(1 + e) + b²/(1 + e)] on the canonical pair, which
    keeps its digits down to the underflow; `low` and `high` enclose the rounding. +inf where the supports differ. Two
    laws on the line that are not both Gaussian go by quadrature, see `line`.

    With particles on one side the KL is infinite (`estimator="atoms"`). The default is the KL between the known law
    and the Gaussian *fitted* to the cloud, freed of its finite-n bias (see `plug_in`): it may come out negative. With a
    laws.KernelMixture on one side it is that of the law itself, in any dimension, by `rao_blackwell`.
    """
    if rao_blackwell.serves(p, q):
        return rao_blackwell.kl(p, q, confidence)
    if line_common.serves(p, q):
        return line.kl(p, q)
    if plane.serves(p, q):
        return plane.kl(p, q)
    if product.serves(p, q):
        return product.additive(p, q, kl)
    if closed.check("kl", p, q):
        return closed.estimate(closed.enclosed(p, q, spread, shift))
    if estimator == "atoms":
        return closed.atoms("kl", estimator, float("inf"))
    return plug_in.kl(p, q, confidence)
