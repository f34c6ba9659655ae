"""Score: an approximation of ∇log q_t together with its exact error."""

from __future__ import annotations

from typing import Any, Protocol

from verify.backend import AnyArray
from verify.estimate import Estimate


class Score(Protocol):
    """s_t(x) ≈ ∇log q_t(x), where q_t is the OU law of `target` at time t."""

    @property
    def target(self) -> Any:
        """The law p = q_0 whose diffusion is scored."""
        ...

    def __call__(self, x: AnyArray, t: Any) -> AnyArray:
        """Return s_t(x), (…, d) -> (…, d); t a float, or an array of shape (…, 1)."""
        ...

    def error(self, t: float) -> Estimate:
        """Return ‖s_t − ∇log q_t‖ in L²(q_t)."""
        ...
