"""Infidelity: how far the running step is from the scheme that the sampler declares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from verify.bounds.assumptions import infidelity
from verify.estimate import Estimate


@dataclass(frozen=True)
class Infidelity:
    """max_k |step − declared scheme| / size on random states and noise: zero to rounding for a faithful step.

    The declared scheme integrates (1 − freeze)Y_t + freeze·Y_k + 2 s_k(Y_k) exactly. An inequality forgives most faults
    of a sampler; this identity forgives none.
    """

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the largest relative departure over the grid."""
        value = infidelity(subject)
        return Estimate.exact(value, 1e-12, least=0.0)
