"""Where a diffusers scheduler starts and stops, and which levels it assumes on the way, read off its own schedule."""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from verify.adapters import diffusers_levels as levels
from verify.adapters.diffusers_networks import CONSISTENCY
from verify.adapters.torch_noise import imported
from verify.audit import DATA, Level, Span


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the library's warnings about deprecated options to itself: the audit is of what they compute."""
    logger = logging.getLogger("diffusers")
    before = logger.level
    if before != logging.ERROR:  # a change of level empties caches
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if before != logging.ERROR:
            logger.setLevel(before)


def visited(scheduler: Any) -> Any:
    """Return the timesteps at which pipelines call the network: not the 0 that some put at the end as a stop."""
    name = type(scheduler).__name__
    return scheduler.timesteps[:-1] if name == "DDPMWuerstchenScheduler" else scheduler.timesteps


def own_level(scheduler: Any, number: int) -> tuple[float, float]:
    """Return the level that the scheduler assumes for model call `number`, in the units of the network's input."""
    kind = levels.family(scheduler)
    if kind == "angle":
        return float(scheduler.alphas[number]), float(scheduler.betas[number])
    if not hasattr(scheduler, "sigmas"):
        return levels.told(scheduler, visited(scheduler)[number : number + 1])[0]
    midway = not getattr(scheduler, "state_in_first_order", True)
    if midway and hasattr(scheduler, "sigmas_interpol"):
        sigma = float(scheduler.sigmas_interpol[scheduler.step_index])
    elif midway and getattr(scheduler, "mid_point_sigma", None) is not None:
        sigma = float(scheduler.mid_point_sigma)
    else:
        sigma = float(scheduler.sigmas[number if scheduler.step_index is None else scheduler.step_index])
    if kind == "edm":
        return 1.0, sigma
    if kind == "flow":
        return 1 - sigma, sigma
    norm = math.hypot(1, sigma)
    return 1 / norm, sigma / norm


def explodes(scheduler: Any) -> bool:
    """Return whether states of this scheduler are x_0 + sigma·z: it scales them for a variance-preserving network."""
    torch = imported()
    if levels.family(scheduler) == "edm":
        return True
    if not hasattr(scheduler, "scale_model_input") or not hasattr(scheduler, "sigmas"):
        return False
    one = torch.ones(1, 1, dtype=torch.float64)
    return bool((scheduler.scale_model_input(one, scheduler.timesteps[0]) != one).any())


def span(scheduler: Any) -> Span:
    """Return the span of a scheduler whose timesteps are set."""
    with quiet():
        prior = float(getattr(scheduler, "init_noise_sigma", 1.0))
        if hasattr(scheduler, "initial_alpha_cumprod"):  # DDIM inversion, from the data up
            first = Level.preserving(float(scheduler.initial_alpha_cumprod))
            return Span(first, stop=Level(*levels.told(scheduler, scheduler.timesteps)[-1]))
        if hasattr(scheduler, "sigmas") and levels.family(scheduler) != "angle":
            return _span_of_sigmas(scheduler, prior)
    told = levels.told(scheduler, visited(scheduler))
    if levels.family(scheduler) == "angle":
        return Span(Level(*told[0]), prior=prior, jump=Level(*told[-1]))
    if levels.family(scheduler) == "wuerstchen":
        return Span(Level(*told[0]), Level(*levels.told(scheduler, scheduler.timesteps[-1:])[0]), prior)
    last = int(scheduler.timesteps[-1])
    before = last - scheduler.config.num_train_timesteps // scheduler.num_inference_steps
    if type(scheduler).__name__ == "UnCLIPScheduler":
        before = last - 1
    final = float(getattr(scheduler, "final_alpha_cumprod", 1.0))
    ends = float(scheduler.alphas_cumprod[before]) if before >= 0 else final
    if type(scheduler).__name__.startswith("TCD"):
        return Span(Level(*told[0]), Level.preserving(float(scheduler.alphas_cumprod[0])), prior)
    if type(scheduler).__name__.startswith(CONSISTENCY):
        return Span(Level(*told[0]), prior=prior)
    if ends == 1:
        return Span(Level(*told[0]), prior=prior, jump=Level(*told[-1]))
    return Span(Level(*told[0]), Level.preserving(ends), prior)


def _span_of_sigmas(scheduler: Any, prior: float) -> Span:
    kind = levels.family(scheduler)
    to_levels = levels.flow if kind == "flow" else levels.exploding if explodes(scheduler) else levels.from_sigma
    sigmas = [float(sigma) for sigma in scheduler.sigmas]
    first = Level(*to_levels(sigmas[0])[0])
    if sigmas[0] < sigmas[-1]:  # inversion, from the data up
        return Span(first, Level(*to_levels(sigmas[-1])[0]))
    if type(scheduler).__name__.startswith(CONSISTENCY):
        return Span(first, Level(*to_levels(sigmas[-1])[0]), prior)
    if sigmas[-1] > 0:
        return Span(first, Level(*to_levels(sigmas[-1])[0]), prior)
    if type(scheduler).__name__.startswith("LMS"):  # its last step, too, integrates a polynomial through past slopes
        return Span(first, DATA, prior)
    return Span(first, DATA, prior, Level(*to_levels(min(s for s in sigmas if s > 0))[0]))
