"""Adjusted: the Metropolis adjustment of any chain whose transition density can be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from verify.backend import AnyArray
from verify.errors import InvalidInput
from verify.noise import Noise
from verify.samplers.metropolis import Metropolis


class Proposal(Protocol):
    """A chain that proposes: its step, and log q(x, y) up to a constant."""

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return y, drawn from q(x, ·)."""
        ...

    def log_transition(self, k: Any, x: AnyArray, y: AnyArray) -> AnyArray:
        """Return log q(x, y), (…)."""
        ...


@dataclass(frozen=True, eq=False)
class Adjusted(Metropolis):
    """Y = `proposal.step(X)`, accepted with probability min(1, π(Y)q(Y, X)/(π(X)q(X, Y))) (Hastings, 1970).

    Exact for every proposal that can go back where it came from; with ULA it is MALA.
    """

    proposal: Proposal | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (hasattr(self.proposal, "step") and hasattr(self.proposal, "log_transition")):
            raise InvalidInput(
                "`proposal` must have step(k, x, noise) and log_transition(k, x, y); "
                f"got {type(self.proposal).__name__}."
            )

    def propose(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return Y."""
        assert self.proposal is not None
        return self.proposal.step(k, x, noise)

    def log_return(self, k: Any, x: AnyArray, y: AnyArray) -> AnyArray:
        """Return log q(y, x)/q(x, y)."""
        assert self.proposal is not None
        return self.proposal.log_transition(k, y, x) - self.proposal.log_transition(k, x, y)
