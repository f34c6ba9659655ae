"""scores.Whitened: exact score plus an error that is distributed as white noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.backend import Array
from verify.scores.signed import SignedError


class Whitened(SignedError):
    """s_t = ∇log q_t ± (ε(t)/√d) Σ_t^{−1/2}(x − m_t): under q_t the error is N(0, ε²/d I)."""

    def unit(self, t: Any) -> tuple[Array, float]:
        """Return α = ±1/√(d λ(t)), β = 0."""
        return self.sign / np.sqrt(self.target.dim * self.target.variances_at(t)), 0.0
