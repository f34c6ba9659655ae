"""The exact counterpart of each term of a bound, with the other sources of error switched off.

`OptimalAncestral` makes the true transitions of the reverse SDE, so nothing but the start or the score can err in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from verify.estimate import Estimate
from verify.observables.observable import ideal, output
from verify.observables.sampling_error import Divergence
from verify.samplers import OptimalAncestral
from verify.scores import Exact


@dataclass(frozen=True)
class InitialisationOnly:
    """Error from starting the exact reverse SDE at γ instead of q_T: exact score, exact transitions."""

    divergence: Divergence

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the divergence of the output from q_δ."""
        chain = OptimalAncestral(Exact(subject.target), subject.grid, "standard")
        return self.divergence(ideal(subject), chain.run())


@dataclass(frozen=True)
class DiscretisationOnly:
    """Error of the sampler's own steps: exact score, start at q_T."""

    divergence: Divergence

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the divergence of the output from q_δ."""
        chain = replace(subject, score=Exact(subject.target), begin="marginal")
        return self.divergence(ideal(subject), chain.run())


@dataclass(frozen=True)
class ScoreOnly:
    """Error caused by the score estimate in transitions that are otherwise exact, from q_T."""

    divergence: Divergence

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the divergence of the output from q_δ."""
        return self.divergence(ideal(subject), OptimalAncestral(subject.score, subject.grid, "marginal").run())


@dataclass(frozen=True)
class ScoreEffect:
    """divergence(output with the exact score, output): what the score error changes in the very sampler that runs."""

    divergence: Divergence

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the divergence between the two outputs; start and grid are those of the sampler."""
        clean = replace(subject, score=Exact(subject.target))
        return self.divergence(clean.run(), output(subject))


@dataclass(frozen=True)
class NoiseGap:
    """divergence(q_T, γ): what the first term of a bound controls before the reverse process contracts it."""

    divergence: Divergence

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the divergence between the end of the forward process and the sampler's usual start."""
        start = replace(subject, begin="standard").start()
        return self.divergence(subject.marginal(0), start)
