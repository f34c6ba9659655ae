"""Divergences of product laws from those of their coordinates: exact for all but total variation, which is enclosed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from verify.divergences.closed import is_gaussian
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.laws.gaussian import Gaussian

METHOD = "tensorisation"

Distance = Callable[[Any, Any], Estimate]


def serves(p: Any, q: Any) -> bool:
    """True for two laws with independent coordinates of which at least one says so."""
    return (hasattr(p, "coordinates") or hasattr(q, "coordinates")) and all(_splits(law) for law in (p, q))


def additive(p: Any, q: Any, each: Distance) -> Estimate:
    """Return Σ D(p_i, q_i), for D = KL, Rényi of any order, Fisher."""
    return _combined(_parts(p, q, each), math.fsum)


def chi2(p: Any, q: Any, each: Distance) -> Estimate:
    """Return Π(1 + χ²_i) − 1."""
    return _combined(_parts(p, q, each), lambda v: math.expm1(min(math.fsum(map(math.log1p, v)), 700.0))
                     if math.isfinite(max(v)) else math.inf)  # fmt: skip


def hellinger(p: Any, q: Any, each: Distance) -> Estimate:
    """Return H = (1 − Π(1 − H_i²))^{½}."""
    return _combined(_parts(p, q, each), _joint_hellinger)


def euclidean(p: Any, q: Any, each: Distance) -> Estimate:
    """Return (Σ W_i²)^{½}, for W2: the coordinates are transported independently."""
    return _combined(_parts(p, q, each), lambda values: math.hypot(*values))


def total_variation(p: Any, q: Any, each: Distance, hellinger: Distance) -> Estimate:
    """Return the middle of the bounds max(max TV_i, H²) ≤ TV ≤ min(1 − Π(1 − TV_i), H√(2 − H²)), which enclose it.

    The upper ones: maximal couplings of the coordinates, and Cauchy–Schwarz.
    """
    parts, roots = _parts(p, q, each), _parts(p, q, hellinger)
    if len(parts) == 1:
        return parts[0]
    least = max(*(part.low for part in parts), _joint_hellinger([root.low for root in roots]) ** 2)
    root = _joint_hellinger([root.high for root in roots])
    most = min(-math.expm1(_log_complements([part.high for part in parts])), root * math.sqrt(2 - root**2))
    least, most = min(least, most), max(least, most)
    return Estimate(0.5 * (least + most), least, most, 1.0, "bounds by tensorisation")


def _joint_hellinger(values: list[float]) -> float:
    return math.sqrt(-math.expm1(_log_complements([value**2 for value in values])))


def _log_complements(values: list[float]) -> float:
    return -math.inf if max(values) >= 1 else math.fsum(math.log1p(-value) for value in values)


def _combined(parts: list[Estimate], rule: Callable[[list[float]], float]) -> Estimate:
    value, low, high = (rule([getattr(part, name) for part in parts]) for name in ("value", "low", "high"))
    slack = 4 * len(parts) * float(np.finfo(float).eps)
    return Estimate(value, max(low - slack * abs(low), 0.0) if math.isfinite(low) else low, high * (1 + slack),
                    min(part.confidence for part in parts), METHOD)  # fmt: skip


def _splits(law: Any) -> bool:
    return hasattr(law, "coordinates") or (is_gaussian(law) and law.eigenvectors is None)


def _parts(p: Any, q: Any, each: Distance) -> list[Estimate]:
    if p.dim != q.dim:
        raise InvalidInput(f"two laws of one dimension are needed; got {p.dim} and {q.dim}.")
    return [each(a, b) for a, b in zip(_coordinates(p), _coordinates(q), strict=True)]


def _coordinates(law: Any) -> tuple[Any, ...]:
    if hasattr(law, "coordinates"):
        return tuple(law.coordinates)
    return tuple(Gaussian([mean], [[value]]) for mean, value in zip(law.mean, law.eigenvalues, strict=True))
