"""Explicit score matching: half the squared distance to the score itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.backend import Array
from verify.estimate import Estimate
from verify.matching.average import expected, sampled
from verify.matching.field import Field


def explicit(field: Field, law: Any, scale: float | None = None) -> Estimate:
    """Return ½ E_q‖s(X) − ∇log q(X)‖², q = `law` on the line, by quadrature.

    With the ½, as everywhere in this package. `scale` is a length over which s varies (None: that of the law).
    """
    return expected(lambda x: explicit_terms(field, law, x), law, scale)


def explicit_sampled(field: Field, law: Any, points: Array) -> Estimate:
    """Return the same from independent draws `points` (n, d) of `law`, with its interval."""
    return sampled(explicit_terms(field, law, points))


def explicit_terms(field: Field, law: Any, x: Array) -> Array:
    """Return ½‖s(x) − ∇log q(x)‖², (…, d) -> (…)."""
    return half_square(np.asarray(field(x)) - law.score(x))


def half_square(vectors: Array) -> Array:
    """Return ½‖v‖², (…, d) -> (…)."""
    return np.asarray(0.5 * (vectors * vectors).sum(axis=-1))
