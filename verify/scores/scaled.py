"""scores.Scaled: the exact score times a factor near one."""

from __future__ import annotations

from typing import Any

import numpy as np

from verify.backend import Array
from verify.scores.signed import SignedError, over_coordinates


class Scaled(SignedError):
    """s_t = (1 ± ε(t)/√J(t)) ∇log q_t, J(t) = E‖∇log q_t‖² = Σ 1/λ_i(t)."""

    def unit(self, t: Any) -> tuple[Array, float]:
        """Return α = ∓1/(λ(t) √J(t)), β = 0."""
        precision = 1 / self.target.variances_at(t)
        return -self.sign * precision / np.sqrt(over_coordinates(precision)), 0.0
