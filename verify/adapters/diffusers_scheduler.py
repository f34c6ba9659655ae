"""Scheduled: a diffusers scheduler class in one configuration, as a sampler that can be audited.

It does what a pipeline does: set_timesteps, then for each timestep scale_model_input, the network, step. The network is
the exact model at the level that it takes the timestep to mean, in the parametrisation that the configuration names.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any

from verify.adapters import diffusers_levels as levels
from verify.adapters import diffusers_orders as orders
from verify.adapters import diffusers_script
from verify.adapters.diffusers_networks import CONSISTENCY, network
from verify.adapters.diffusers_spans import own_level, quiet, span, visited
from verify.adapters.torch_noise import captured, imported
from verify.audit import Audit, Model, Source, Span
from verify.audit.script import script
from verify.backend import AnyArray


@dataclass(frozen=True)
class Scheduled:
    """`cls(**config)` driven by the exact model; `call` are arguments of `step`, `own_levels` a counterfactual.

    With `own_levels` the network is told the level that the scheduler itself assumes, not that of the timestep which
    it hands over; with `begin` the run is told that it starts at the first timestep.
    """

    cls: Any
    config: Mapping[str, Any] = field(default_factory=dict)
    call: Mapping[str, Any] = field(default_factory=dict)
    own_levels: bool = False
    begin: bool = False
    label: str = ""
    array: str = "torch"
    _ready: dict[int, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    _spans: dict[int, Span] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The class without "Scheduler", and what differs from its defaults."""
        return f"{self.cls.__name__.removesuffix('Scheduler')} {self.label}".strip()

    @property
    def order(self) -> float | None:
        """The declared order in W2; None for a class that is not in the table."""
        return orders.declared(self.cls.__name__, self.scheduler().config, self.call)

    def scheduler(self) -> Any:
        """Return a fresh scheduler."""
        if 0 not in self._ready:
            with quiet():
                self._ready[0] = self.cls(**self.config)
        return deepcopy(self._ready[0])

    def ready(self, steps: int) -> Any:
        """Return a fresh scheduler with its timesteps set and its schedule widened to double precision."""
        if steps not in self._ready:
            self._ready[steps] = self._prepared(steps)
        return deepcopy(self._ready[steps])

    def _prepared(self, steps: int) -> Any:
        scheduler = self.scheduler()
        options: dict[str, Any] = {"mu": 1.0} if scheduler.config.get("use_dynamic_shifting") else {}
        with quiet():
            scheduler.set_timesteps(steps, **options)
        if self.begin:
            scheduler.set_begin_index(0)
        widen(scheduler)
        return scheduler

    def counts(self, steps: Sequence[int]) -> tuple[int, ...]:
        """Return those step counts that the library accepts."""
        return tuple(n for n in steps if self._accepts(n))

    def _accepts(self, steps: int) -> bool:
        try:
            self.ready(steps)
        except (ValueError, IndexError):
            return False
        return True

    def __call__(self, model: Model, start: AnyArray, noise: Source, steps: int) -> AnyArray:
        """Return the samples of one run."""
        torch = imported()
        with torch.no_grad(), captured(noise), quiet():
            scheduler = self.ready(steps)
            _share(scheduler, noise)
            step = _stepper(scheduler, dict(self.call))
            timesteps = visited(scheduler)
            told = levels.told(scheduler, timesteps)
            answer = network(scheduler, model, dict(self.call))
            x = start.reshape(*start.shape, 1, 1)  # an image of one pixel and d channels: some steps count dimensions
            for number, t in enumerate(timesteps):
                seen = scheduler.scale_model_input(x, t) if hasattr(scheduler, "scale_model_input") else x
                level = own_level(scheduler, number)
                if not self.own_levels and not levels.same(level, told[number]):
                    level = told[number]
                x = step(answer(seen, level, number), t, x, number)
        return x.reshape(start.shape)

    def span(self, steps: int) -> Span:
        """Return where a run of this many steps begins and ends, as the scheduler's own schedule says."""
        if steps not in self._spans:
            self._spans[steps] = span(self.ready(steps))
        return self._spans[steps]

    @property
    def without(self) -> dict[str, Scheduled]:
        """The same sampler with one suspected cause removed, by the name of the cause."""
        return counterfactuals(self)

    def script(self, audit: Audit) -> str:
        """Return a program that shows the finding: with diffusers alone, or, off the common path, with this package."""
        counts = [run.steps for run in audit.runs] or list(self.counts((10, 20)))
        if levels.family(self.scheduler()) == "preserving" and self._common():
            spans = {n: self.span(n) for n in counts}
            return diffusers_script.script(self.cls.__name__, self.config, self.call, spans, audit)
        lines = [
            f"from diffusers.schedulers import {self.cls.__name__}",
            "from verify.adapters.diffusers_scheduler import Scheduled",
            f"sampler = Scheduled({self.cls.__name__}, {dict(self.config)!r}, {dict(self.call)!r})",
        ]
        return script(audit, "\n".join(lines), counts)

    def _common(self) -> bool:
        """Return whether the plain loop of the pipelines, without this package, does the same."""
        parameters = inspect.signature(self.cls.step).parameters
        odd = self.own_levels or self.begin or self.cls.__name__.startswith((*CONSISTENCY, "UnCLIP", "DPMSolverSDE"))
        return not odd and "old_pred_original_sample" not in parameters and "timestep_type" not in self.config


def widen(scheduler: Any) -> None:
    """Turn the tensors of a scheduler into double precision: the order of its steps is asked for, not its rounding."""
    torch = imported()
    for name, value in vars(scheduler).items():
        if isinstance(value, torch.Tensor) and value.dtype == torch.float32:
            setattr(scheduler, name, value.double())


def _share(scheduler: Any, noise: Source) -> None:
    """Let a Brownian tree be the path of the noise source, with its normalised increments."""
    if hasattr(scheduler, "noise_sampler"):
        scheduler.noise_sampler = lambda first, last: (
            noise.brownian(float(first), float(last)) / abs(float(last) - float(first)) ** 0.5
        ).reshape(*noise.state.shape, 1, 1)


def _stepper(scheduler: Any, call: dict[str, Any]) -> Callable[[Any, Any, Any, int], Any]:
    """Return step(model output, timestep, state, number) -> next state, for the few signatures there are."""
    parameters = inspect.signature(scheduler.step).parameters
    timesteps = scheduler.timesteps
    if "old_pred_original_sample" in parameters:  # CogVideoX keeps its history in the pipeline
        memory: list[Any] = [None]

        def with_history(out: Any, t: Any, x: Any, number: int) -> Any:
            back = timesteps[number - 1] if number else None
            x, memory[0] = scheduler.step(out, memory[0], t, back, x, return_dict=False, **call)
            return x

        return with_history

    def plain(out: Any, t: Any, x: Any, number: int) -> Any:
        extra = dict(call)
        if "prev_timestep" in parameters:  # as the unCLIP pipelines do
            extra["prev_timestep"] = timesteps[number + 1] if number + 1 < len(timesteps) else None
        if type(scheduler).__name__ == "DDPMWuerstchenScheduler":
            t = t.expand(x.shape[0])
        result = scheduler.step(out, t, x, **extra)
        return result.prev_sample if hasattr(result, "prev_sample") else result[0]

    return plain


def counterfactuals(sampler: Scheduled) -> dict[str, Scheduled]:
    """Return the samplers that differ from `sampler` in one suspected cause."""
    found: dict[str, Scheduled] = {}
    scheduler = sampler.ready(sampler.counts((50, 20, 10))[0])
    accepted = inspect.signature(sampler.cls).parameters
    if not sampler.own_levels and hasattr(scheduler, "sigmas") and _misled(sampler, scheduler):
        found["the network is told another level than the scheduler assumes: timesteps are rounded, or not its own"] = (
            replace(sampler, own_levels=True)
        )
    twice = len(scheduler.timesteps) > 1 and scheduler.timesteps[0] == scheduler.timesteps[1]
    if twice and not sampler.begin and hasattr(scheduler, "set_begin_index"):
        found["the first timestep occurs twice, and the run starts at the second"] = replace(sampler, begin=True)
    if "use_exponential_sigmas" in accepted and not any(
        sampler.config.get(key) for key in ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas")
    ):
        config = {**sampler.config, "use_exponential_sigmas": True}
        # what this option does to the levels told is removed with it
        found["under this spacing the steps in log-SNR near the data do not shrink as their number grows"] = replace(
            sampler, config=config, own_levels=True, begin=hasattr(scheduler, "set_begin_index")
        )
    return found


def _misled(sampler: Scheduled, scheduler: Any) -> bool:
    """Return whether the levels told differ from those assumed by more than single precision."""
    told = levels.rows(levels.told(scheduler, visited(scheduler)))
    if len(told) != len(scheduler.sigmas) - 1:
        return True
    sigmas = [float(s) for s in scheduler.sigmas[:-1]]
    to_levels = {"flow": levels.flow, "edm": levels.exploding}.get(levels.family(scheduler), levels.from_sigma)
    return bool((abs(told - levels.rows(to_levels(sigmas))) > 1e-5 * told.max()).any())
