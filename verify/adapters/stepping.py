"""Stepping: a step function of one interval, on NumPy, CuPy, torch or JAX arrays, as a sampler."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from verify.audit import Level, Model, Source, Span
from verify.backend import AnyArray
from verify.errors import InvalidInput

Step = Callable[[Model, AnyArray, float, float, Source], AnyArray]


@dataclass(frozen=True, eq=False)
class Stepping:
    """``step(model, x, t, t_next, noise) -> x`` from one time to the next along the N + 1 of ``times(N)``.

    `level` says how noisy the state is at a time; from it follows the span, unless `ends` gives it: as a function of
    the list of times, for a last step that jumps to E[x_0 | x] or a prior of another size. `order` is the declared one,
    `array` the library that the step is written for.
    """

    step: Step
    times: Callable[[int], Sequence[float]]
    level: Callable[[float], Level] = Level.ou
    order: float | None = None
    array: str = "numpy"
    name: str = ""
    ends: Callable[[Sequence[float]], Span] | None = None
    without: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("step", "times", "level"):
            if not callable(getattr(self, name)):
                raise InvalidInput(
                    f"`{name}` of Stepping must be a function; got {type(getattr(self, name)).__name__}."
                )
        if not self.name:
            object.__setattr__(self, "name", getattr(self.step, "__name__", type(self.step).__name__))

    def grid(self, steps: int) -> list[float]:
        """Return the N + 1 times as floats."""
        grid = [float(t) for t in self.times(steps)]
        if len(grid) != steps + 1:
            raise InvalidInput(f"`times({steps})` must return {steps + 1} times; got {len(grid)}.")
        return grid

    def span(self, steps: int) -> Span:
        """Return the levels of the first and the last time, and pure noise as the prior."""
        grid = self.grid(steps)
        if self.ends is not None:
            return self.ends(grid)
        first = self.level(grid[0])
        return Span(first, self.level(grid[-1]), first.prior)

    def __call__(self, model: Model, start: AnyArray, noise: Source, steps: int) -> AnyArray:
        """Return x_N."""
        x = start
        for t, after in pairwise(self.grid(steps)):
            x = self.step(model, x, t, after, noise)
        return x
