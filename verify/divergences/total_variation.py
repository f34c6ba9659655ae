"""Total variation distance TV(p, q) = sup_A |p(A) − q(A)| ∈ [0, 1], in any dimension."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from verify.backend import Array
from verify.divergences import closed, contour, line, line_common, plane, product, rao_blackwell
from verify.divergences.difference import EPS
from verify.divergences.hellinger import hellinger
from verify.divergences.pair import Pair, reduce
from verify.estimate import Estimate

METHOD = "quadrature"
CROSSOVER = 0.9  # above, 1 − TV is what is integrated


def of_pair(b: Array, e: Array, v: Array) -> tuple[float, float]:
    """Return (TV, error bound of the quadrature) of N(0, I) and N(b, diag(v)), v = 1 + e; arrays (d,)."""
    live = (b != 0) | (e != 0)
    if not live.any():
        return 0.0, 0.0
    ratio = contour.Ratio.of(b[live], e[live], v[live])
    value, error = contour.total_variation(ratio)
    if value <= CROSSOVER and error <= 1e-10 * value:
        return value, error
    left, relative = _overlap(ratio)
    return (1 - left, left * relative + EPS) if not left * relative > error else (value, error)


def _overlap(ratio: contour.Ratio) -> tuple[float, float]:
    log_value, error = contour.log_overlap(ratio)
    if not math.isfinite(error):
        return 0.0, math.inf
    return min(math.exp(log_value), 1.0), math.expm1(min(error, 1.0))


def total_variations(b: Array, e: Array, v: Array | None = None) -> Array:
    """Return TV for arrays (…, d) -> (…) of canonical pairs N(0, I), N(b, diag(1 + e)); one integral each."""
    b, e = np.broadcast_arrays(np.asarray(b, float), np.asarray(e, float))
    v = 1 + e if v is None else np.broadcast_to(v, e.shape)
    rows = (a.reshape(-1, e.shape[-1]) for a in (b, e, v))
    return np.array([of_pair(*row)[0] for row in zip(*rows, strict=True)]).reshape(e.shape[:-1])


def _input_error(pair: Pair) -> float:
    """Return a bound of TV between a pair and any other in its error box: Pinsker for nearby Gaussians."""
    relative, moved = pair.e_error / pair.v, pair.b_error / np.sqrt(pair.v)
    if not (relative < 0.5).all():
        return 1.0
    return 0.5 * float(np.sqrt((relative**2 / (1 - relative) ** 2).sum() + 2 * (moved**2 / (1 - relative)).sum()))


def total_variation(p: Any, q: Any, *, estimator: Literal["atoms"] = "atoms", confidence: float = 0.95) -> Estimate:
    """Return TV(p, q) of Gaussian laws or targets; symmetric.

    A contour integral (see `contour`), of relative accuracy about 1e-13 from TV = 1e-300 to 1 and d up to thousands.
    `low` and `high` hold the error that the quadrature estimates of itself, and that of the laws. 1 where the supports
    differ and for particles against a density. With a laws.KernelMixture on one side, see `rao_blackwell`: an interval
    of that `confidence`.
    """
    if rao_blackwell.serves(p, q):
        return rao_blackwell.total_variation(p, q, confidence)
    if line_common.serves(p, q):
        return line.total_variation(p, q)
    if plane.serves(p, q):
        return plane.total_variation(p, q)
    if product.serves(p, q):
        return product.total_variation(p, q, total_variation, hellinger)
    if not closed.check("total_variation", p, q):
        return closed.atoms("total_variation", estimator, 1.0)
    pair = reduce(p, q)
    if pair is None:
        return Estimate(1.0, 1.0, 1.0, 1.0, "closed form")
    value, error = of_pair(pair.b, pair.e, pair.v)
    error += _input_error(pair)
    value = min(max(value, 0.0), 1.0)
    return Estimate(value, max(value - error, 0.0), min(value + error, 1.0), 1.0, METHOD)


def overlap(p: Any, q: Any) -> Estimate:
    """Return 1 − TV(p, q) = ∫ min(p, q) of Gaussian laws, to full relative accuracy where TV is nearly 1."""
    closed.check("overlap", p, q)
    pair = reduce(p, q)
    if pair is None:
        return Estimate(0.0, 0.0, 0.0, 1.0, "closed form")
    live = (pair.b != 0) | (pair.e != 0)
    if not live.any():
        return Estimate(1.0, 1.0, 1.0, 1.0, "closed form")
    log_value, error = contour.log_overlap(contour.Ratio.of(pair.b[live], pair.e[live], pair.v[live]))
    value = math.exp(min(log_value, 0.0))
    slack = value * math.expm1(min(error, 1.0)) + _input_error(pair)
    return Estimate(value, max(value - slack, 0.0), min(value + slack, 1.0), 1.0, METHOD)
