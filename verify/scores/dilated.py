"""scores.Dilated: exact score plus an error proportional to x − m_t."""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.backend import Array
from verify.scores.signed import SignedError, over_coordinates


class Dilated(SignedError):
    """s_t = ∇log q_t ± ε(t) (x − m_t)/√(tr Σ_t)."""

    def unit(self, t: Any) -> tuple[Array, float]:
        """Return α = ±1/√(tr Σ_t), β = 0."""
        return self.sign / np.sqrt(over_coordinates(self.target.variances_at(t))), 0.0
