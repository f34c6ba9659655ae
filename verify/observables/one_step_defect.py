"""OneStepDefect: how far one step takes the ideal law at τ_k from the ideal law at τ_{k+1}."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.estimate import Estimate
from verify.laws.diagonal import BLOCK, coefficients

EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class OneStepDefect:
    """max_k of ‖ℓ_k‖_∞/h_k^p in `moment` "variance" or of ‖r_k‖_∞/h_k^p in "mean", p = `power`.

    ℓ_k = A²λ_k + V − λ_{k+1} and r_k = step(m_k) − m_{k+1}, per eigencoordinate. A scheme of order p has a local
    defect of order p + 1.
    """

    moment: str = "variance"
    power: int = 0

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the largest scaled defect over the grid."""
        rows, worst, error = max(1, BLOCK // subject.dim), 0.0, 0.0
        for first in range(0, subject.steps, rows):
            k = np.arange(first, min(first + rows, subject.steps))
            part, scale = coefficients(subject, k), subject.grid.step_sizes[k][:, None] ** self.power
            defect = part.variance_defect if self.moment == "variance" else part.mean_defect
            size = (1 + np.abs(part.gain)) ** 2 * part.variance if self.moment == "variance" else np.abs(part.mean) + 1
            worst = max(worst, float((np.abs(defect) / scale).max()))
            error = max(error, float((16 * EPS * size / scale).max()))
        return Estimate.exact(worst, error, least=0.0)
