"""scores.Mistaken: the exact score of another law, taken for that of the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from verify.backend import AnyArray
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.scores.l2_error import l2_error


@dataclass(frozen=True, eq=False)
class Mistaken:
    """s_t = ∇log q̃_t, q̃_t the OU law from `other`: wrong weights, a lost mode, a fit to data.

    The reverse SDE with this drift samples `other` exactly, and between the two reverse diffusions the path KL is all
    that there is: KL(p‖p̃) = KL(q_T‖q̃_T) + ∫_0^T E‖∇log q_t − ∇log q̃_t‖² dt (de Bruijn's identity for two laws).
    """

    target: Any
    other: Any

    def __post_init__(self) -> None:
        if not (hasattr(self.target, "diffused") and hasattr(self.other, "score_at")):
            raise InvalidInput("`target` must have diffused(t) and `other` score_at(x, t).")
        if self.target.dim != self.other.dim:
            raise InvalidInput(f"`other` must live on R^{self.target.dim}; it lives on R^{self.other.dim}.")

    def __call__(self, x: AnyArray, t: Any) -> AnyArray:
        """Return ∇log q̃_t(x), (…, d) -> (…, d); t a float or of shape (…, 1)."""
        return self.other.score_at(x, t)

    def error(self, t: float) -> Estimate:
        """Return ‖∇log q̃_t − ∇log q_t‖ in L²(q_t): quadrature on the line, else Monte Carlo."""
        return l2_error(self, t)
