"""Hyvärinen's loss: explicit score matching up to a constant, without the score; what the ends of the support add."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from verify.backend import Array
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.laws.grid_panels import support
from verify.matching.average import expected, sampled
from verify.matching.explicit import half_square
from verify.matching.field import Field


def hyvarinen(field: Field, law: Any, scale: float | None = None) -> Estimate:
    """Return E_q[½‖s(X)‖² + div s(X)], q = `law` on the line, by quadrature (Hyvärinen, 2005, Theorem 1).

    .. math:: ½E‖s − ∇\\log q‖² = E[½‖s‖² + div s] + B(s) + C_H, \\qquad C_H = ½E‖∇\\log q‖²,

    the same C_H for every s. B(s) = −∮ q s·n is zero where q s vanishes at the ends: see `boundary`.
    """
    return expected(lambda x: hyvarinen_terms(field, x), law, scale)


def hyvarinen_sampled(field: Field, points: Array) -> Estimate:
    """Return the same from independent draws `points` (n, d), with its interval: no density is needed."""
    return sampled(hyvarinen_terms(field, points))


def hyvarinen_terms(field: Field, x: Array) -> Array:
    """Return ½‖s(x)‖² + div s(x), (…, d) -> (…)."""
    return np.asarray(half_square(np.asarray(field(x))) + field.divergence(x))


def hyvarinen_constant(law: Any, scale: float | None = None) -> Estimate:
    """Return C_H = ½ E‖∇log q‖², half the Fisher information of location of `law`, on the line."""
    return expected(lambda x: half_square(law.score(x)), law, scale)


def boundary(field: Field, law: Any) -> float:
    """Return B(s) = −[q s] from the left end of the support to the right one, 0 at an infinite end.

    `law` is on the line and declares its `support`; q and s must be finite at its ends.
    """
    low, high = support(law)
    return _flux(field, law, low) - _flux(field, law, high)


def _flux(field: Field, law: Any, end: float) -> float:
    """Return q(x)s(x) at one end."""
    if math.isinf(end):
        return 0.0
    x = np.array([[end]])
    logs = float(law.log_density(x)[0])
    if logs == -math.inf:
        return 0.0
    value = math.exp(logs) * float(np.asarray(field(x))[0, 0])
    if not math.isfinite(value):
        raise InvalidInput(f"the density times the field is not finite at the end {end:g} of the support.")
    return value
