"""The audit matrix of the installed diffusers: every scheduler class in every configuration that acts differently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from verify.adapters.diffusers_configurations import configurations, schedulers, unaudited
from verify.adapters.diffusers_scheduler import Scheduled
from verify.adapters.torch_noise import imported
from verify.audit import Model, Source
from verify.errors import UnknownName
from verify.targets import Gaussian

STEPS = (8, 10, 20, 25, 40, 50, 100, 125)  # divisors of 1000: the spacing of timesteps is a whole number
COMPARED = (8, 20)  # step counts at which configurations are compared


def matrix(names: Sequence[str] = ()) -> tuple[Scheduled, ...]:
    """Return the samplers of all scheduler classes, or of those named (with or without "Scheduler").

    Of configurations of one class that do the same, up to rounding, only the first is there. Raises UnknownName.
    """
    classes = schedulers()
    wanted = [_found(name, classes) for name in names] or list(classes)
    return tuple(
        sampler
        for name in wanted
        if unaudited(classes[name]) is None
        for sampler in distinct(configurations(classes[name]))
    )


def not_audited(names: Sequence[str] = ()) -> dict[str, str]:
    """Return the classes that cannot be audited, each with the reason."""
    classes = schedulers()
    wanted = [_found(name, classes) for name in names] or list(classes)
    reasons = {name: unaudited(classes[name]) for name in wanted}
    return {name: reason for name, reason in reasons.items() if reason is not None}


def _found(name: str, classes: dict[str, Any]) -> str:
    for candidate in (name, f"{name}Scheduler"):
        if candidate in classes:
            return candidate
    raise UnknownName("scheduler", name, classes)


def distinct(samplers: Iterable[Scheduled]) -> Iterator[Scheduled]:
    """Return samplers without those that the library refuses, or that agree up to rounding with one before them."""
    seen: dict[tuple[str, ...], list[Scheduled]] = {}
    for sampler in samplers:
        try:
            alike = seen.setdefault(_mark(sampler, COMPARED[0]), [])
            if any(_mark(other, COMPARED[1]) == _mark(sampler, COMPARED[1]) for other in alike):
                continue
            alike.append(sampler)
        except (ValueError, NotImplementedError):  # an option that is documented not to go with another
            continue
        except Exception:  # a fault, which the audit will show
            pass
        yield sampler


def _mark(sampler: Scheduled, steps: int) -> tuple[str, ...]:
    """Return the declared order and what two trajectories end in, with noise that shows how it is used."""
    torch = imported()
    data = Gaussian(mean=np.array([0.3]), cov=np.array([[0.5]]))
    start = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    out = sampler(Model(data), start, _Counting(start), steps).numpy().ravel()
    return (str(sampler.order), *(f"{value:.5e}" for value in out))


class _Counting(Source):
    """A source that gives every draw another value, so that draws that are used otherwise show."""

    def _event(self, event: object, sign: float) -> object:
        self.log.append(None)
        return self.state * 0 + sign / len(self.log)
