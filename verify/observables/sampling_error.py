"""SamplingError: the divergence between what should come out of a sampler and what does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from verify.estimate import Estimate
from verify.laws import Particles
from verify.observables.observable import PerBudget, ideal, output

Divergence = Callable[[Any, Any], Estimate]


@dataclass(frozen=True)
class SamplingError:
    """divergence(q_δ, output) by exact laws; `reverse` swaps the arguments (theorems bound KL(target‖output))."""

    divergence: Divergence
    reverse: bool = False

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the error of the sampler."""
        pair = ideal(subject), output(subject)
        return self.divergence(*reversed(pair)) if self.reverse else self.divergence(*pair)


@dataclass(frozen=True)
class ParticleError:
    """The same by Monte Carlo: n particles run through the sampler, `n` a number for each budget."""

    divergence: Divergence
    n: PerBudget
    backend: str = "numpy"
    dtype: str = "float64"

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the estimated error, with its interval and its null."""
        seed = int(cell.rng.integers(2**63))
        start = Particles.sampled(subject.start(), self.n[cell.budget], seed, self.backend, self.dtype)
        return self.divergence(ideal(subject), subject.run(start))
