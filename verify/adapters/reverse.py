"""Reverse: our own reverse samplers through the door that everybody's go through."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from verify import catalog, targets
from verify.audit import Level, Model, Source, Span
from verify.backend import AnyArray
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.samplers import ReverseSampler
from verify.samplers.reverse import Begin
from verify.timegrid import TimeGrid


@dataclass(frozen=True, eq=False)
class ModelScore:
    """The score that the audit's model answers for dX = −X dt + √2 dB: every evaluation is a model call."""

    model: Model
    target: targets.Gaussian

    def __call__(self, x: AnyArray, t: Any) -> AnyArray:
        """Return ∇log q_t(x)."""
        return self.model.ou_score(x, t)

    def error(self, t: float) -> Estimate:
        """Return 0: the model is exact."""
        return Estimate.exact(0.0)


@dataclass(frozen=True, eq=False)
class Reverse:
    """A reverse sampler, given by class or by name, as a callable that an audit can drive.

    N steps go along ``grid(N)``, by default N equal steps from OU time `horizon` to 0; `begin` is what the sampler
    starts from in practice; `options` go to the class. Its score is the audit's model, so that what is compared with
    ``sampler.run()`` shares neither the score's formula nor the way the law is found.
    """

    kind: type[ReverseSampler] | str
    horizon: float = 8.0
    grid: Callable[[int], TimeGrid] | None = None
    begin: Begin = "standard"
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kind = catalog.named_class("samplers", self.kind) if isinstance(self.kind, str) else self.kind
        if not (isinstance(kind, type) and issubclass(kind, ReverseSampler)):
            raise InvalidInput(f"`kind` must be a reverse sampler of verify.samplers, or its name; got {self.kind}.")
        object.__setattr__(self, "kind", kind)

    @property
    def name(self) -> str:
        """The name of the class."""
        return str(getattr(self.kind, "__name__", self.kind))

    @property
    def order(self) -> float | None:
        """The order that the class declares; None where it declares no error in h at all."""
        return getattr(self.kind, "order", None) or None

    def times(self, steps: int) -> TimeGrid:
        """Return the grid of N steps."""
        return self.grid(steps) if self.grid else TimeGrid.uniform(self.horizon, steps)

    def span(self, steps: int) -> Span:
        """Return the OU levels of the first and the last time; the prior is N(0, I), or the exact law."""
        grid = self.times(steps)
        return Span(Level.ou(grid.horizon), Level.ou(grid.stop), 1.0 if self.begin == "standard" else None)

    def sampler(self, score: Any, steps: int) -> ReverseSampler:
        """Return the sampler itself, with this score."""
        build: Any = self.kind
        made: ReverseSampler = build(score, self.times(steps), self.begin, **self.options)
        return made

    def __call__(self, model: Model, start: AnyArray, noise: Source, steps: int) -> AnyArray:
        """Return x_N."""
        sampler = self.sampler(ModelScore(model, _target(model.data)), steps)
        x = start
        for k in range(sampler.steps):
            x = sampler.step(k, x, noise)
        return x


def _target(data: Any) -> targets.Gaussian:
    return data if isinstance(data, targets.Gaussian) else targets.Gaussian(data.mean, data.cov)
