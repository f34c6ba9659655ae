"""Stage: equal steps in the middle of a chain, as a chain of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from verify.backend import AnyArray
from verify.errors import InvalidInput
from verify.laws.repeated import require_equal_steps
from verify.noise import Noise


@dataclass(frozen=True, eq=False)
class Stage:
    """The steps `first`, …, `first` + `steps` − 1 of `whole`, which are alike: laws fold them with one probe.

    Annealed chains change from stage to stage only, so that the law goes through stage by stage at little cost.
    """

    whole: Any
    first: int
    steps: int

    homogeneous: ClassVar[bool] = True

    @property
    def dim(self) -> int:
        """d."""
        return int(self.whole.dim)

    @property
    def target(self) -> Any:
        """The target of the whole chain, for its kinks and landmarks."""
        return self.whole.target

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}, by step first + k of the whole chain."""
        return self.whole.step(self.first + k, x, noise)

    def growth(self, k: Any) -> Any:
        """Return that of the whole chain."""
        return self.whole.growth(self.first + k)

    def marginal(self, k: int) -> Any:
        """Return the law that the whole chain should have at the start of the stage, at every step: it stands still."""
        return self.whole.marginal(self.first)

    def marginal_moments(self, k: Any) -> Any:
        """Return mean and variances of that law in its eigenbasis, once per step."""
        return self.whole.marginal_moments(0 * k + self.first)

    def goal(self) -> Any:
        """Return that law."""
        return self.marginal(0)


def stages(whole: Any, lengths: Any) -> tuple[Stage, ...]:
    """Return the stages of `whole`, whose steps are alike in runs of the given `lengths`.

    InvalidInput where they are not: the first, the last and random ones between are compared.
    """
    found, first = [], 0
    for count in map(int, lengths):
        found.append(Stage(whole, first, count))
        require_equal_steps(found[-1])
        first += count
    if first != whole.steps:
        raise InvalidInput(f"`lengths` must add up to the {whole.steps} steps of the chain; they sum to {first}.")
    return tuple(found)
