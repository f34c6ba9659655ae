"""FlowHeun: probability-flow ODE by Heun's second-order method."""

from __future__ import annotations

from typing import Any, ClassVar

from verify.backend import AnyArray
from verify.errors import InvalidInput
from verify.noise import Noise
from verify.samplers.reverse import ReverseSampler


class FlowHeun(ReverseSampler):
    """X̃ = X + h f_k(X), X' = X + (h/2)(f_k(X) + f_{k+1}(X̃)), f_k(x) = x + s_k(x) (Karras et al., 2022, Algorithm 1).

    Evaluates the score at the last time of the grid as well, so a singular target needs a grid that stops before 0.
    """

    order: ClassVar[int] = 2
    evaluations: ClassVar[int] = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.grid.stop == 0 and self.is_gaussian and not self.target.eigenvalues.all():
            raise InvalidInput(
                "FlowHeun evaluates the score at the last time of `grid`, where it is infinite for a singular `cov`; "
                "give the grid a `stop` > 0."
            )

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        tau, after, h = self.grid.interval(k, x)
        first = x + self.score(x, tau)
        predicted = x + h * first
        return x + 0.5 * h * (first + predicted + self.score(predicted, after))
