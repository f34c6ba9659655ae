"""Source: the randomness that an audited sampler is given, one independent trajectory a row.

A first run only listens: which draws are made, in which order, and which increments of a Brownian path. The path is
then cut at every time that was named, so that overlapping increments share the pieces that they have in common; in a
second run every draw and every piece has its own unit impulses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from verify.backend import AnyArray, Array, like
from verify.errors import InvalidInput, NotAffine

Event = tuple[float, float] | None  # an increment of the path, or a draw of its own
Parts = tuple[tuple[int, float], ...]  # numbers of elementary normals, with their weights


@dataclass
class Source:
    """Hands out noise in the shape, dtype and library of `state`: zeros while listening, impulses when replaying.

    Replaying, each event is made of elementary normals as `plan` says. Elementary normal j is the unit impulse on
    coordinate i in row `first` + j·d + i; the last rows get `random` (normals, rows, d); all others get zeros. `log`
    lists the events as they come.
    """

    state: AnyArray
    plan: Sequence[tuple[Event, Parts]] | None = None
    first: int = 0
    random: Array | None = None
    log: list[Event] = field(default_factory=list)

    def normal(self, shape: Sequence[int] | None = None) -> AnyArray:
        """Return independent standard normals shaped like the state (`shape`, where given, must be that)."""
        if shape is not None and tuple(shape) != tuple(self.state.shape):
            raise InvalidInput(
                f"the sampler asks for noise of shape {tuple(shape)} beside a state of shape {tuple(self.state.shape)}."
            )
        return self._event(None, 1.0)

    def brownian(self, begin: float, end: float) -> AnyArray:
        """Return W(end) − W(begin), of variance |end − begin|, of one path: increments that overlap are correlated."""
        first, last = float(begin), float(end)
        if not (np.isfinite(first) and np.isfinite(last)):
            raise InvalidInput(f"`brownian` needs finite times; got {first} and {last}.")
        return self._event((min(first, last), max(first, last)), 1.0 if first <= last else -1.0)

    def uniform(self, width: int | None = None) -> AnyArray:
        """Refuse: a sampler that randomises its coefficients mixes Gaussians."""
        raise NotAffine("the sampler draws uniforms, so its output law is not Gaussian")

    def _event(self, event: Event, sign: float) -> AnyArray:
        index = len(self.log)
        self.log.append(event)
        shape = tuple(self.state.shape)
        drawn = np.zeros((shape[0], int(np.prod(shape[1:]))))
        if self.plan is not None and self.random is not None:
            if index >= len(self.plan) or self.plan[index][0] != event:
                raise NotAffine(f"draw number {index + 1} is another on other input: its steps adapt to the state")
            axes = np.arange(drawn.shape[1])
            for part, weight in self.plan[index][1]:
                drawn[self.first + part * axes.size + axes, axes] += sign * weight
                drawn[-self.random.shape[1] :] += sign * weight * self.random[part]
        return like(drawn.reshape(shape), self.state)


def plan(log: Sequence[Event]) -> tuple[list[tuple[Event, Parts]], int]:
    """Return how the events of a listened run are made of elementary normals, and how many of those there are."""
    cuts = np.unique([time for event in log if event is not None for time in event])
    widths = np.sqrt(np.diff(cuts))
    drawn = len(widths)
    made: list[tuple[Event, Parts]] = []
    for event in log:
        if event is None:
            made.append((event, ((drawn, 1.0),)))
            drawn += 1
        else:
            first, last = np.searchsorted(cuts, event)
            made.append((event, tuple((int(j), float(widths[j])) for j in range(first, last))))
    return made, drawn
