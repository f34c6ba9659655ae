"""KDiffusion: callables in the manner of k-diffusion, ``sample(model, x, sigmas, …)``, as samplers.

They run in x = x_0 + σz; their model answers E[x_0 | x] and is told σ once a row. Levels are those of Karras, Aittala,
Aila, Laine (2022).
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from verify.adapters import torch_noise
from verify.audit import Level, Model, Source, Span
from verify.backend import AnyArray, Array, like, to_host
from verify.errors import InvalidInput

Sigmas = Callable[[int], Array]


def karras(high: float = 20.0, low: float = 0.02, rho: float = 7.0, zero: bool = True) -> Sigmas:
    """Return N -> N + 1 levels with σ^{1/ρ} equally spaced (Karras et al., 2022, eq. (5)), the last of them 0.

    Without `zero` they end at `low`.
    """
    return _between(zero, lambda u: (high ** (1 / rho) + u * (low ** (1 / rho) - high ** (1 / rho))) ** rho)


def polyexponential(high: float = 20.0, low: float = 0.02, rho: float = 1.0, zero: bool = True) -> Sigmas:
    """Return N -> N + 1 levels with log σ = log low + (1 − u)^ρ log(high/low), u equally spaced, the last of them 0.

    For ρ = 1 they are equally spaced in log σ. Without `zero` they end at `low`.
    """
    return _between(zero, lambda u: np.exp((1 - u) ** rho * math.log(high / low) + math.log(low)))


def _between(zero: bool, level: Callable[[Array], Array]) -> Sigmas:
    def sigmas(steps: int) -> Array:
        inner = level(np.linspace(0, 1, steps if zero else steps + 1))
        return np.append(inner, 0.0) if zero else inner

    return sigmas


@dataclass(frozen=True, eq=False)
class KDiffusion:
    """``sample(model, x, sigmas, extra_args=…, noise_sampler=…, disable=True)`` along the N + 1 levels ``sigmas(N)``.

    `options` go to `sample`; the arguments after sigmas only where it takes them. One that has `sigma_min` and
    `sigma_max` (and `n`) in the place of sigmas gets the last positive level, the first, and N.
    ``noise_sampler(σ, σ')`` returns (W(σ') − W(σ))/√|σ' − σ| of one Brownian path, as k-diffusion's
    BrownianTreeNoiseSampler does; other draws of torch are captured. The run goes from the first level with a prior of
    that size to E[x_0 | x] at the last positive one, where the last level is 0, else to the last level; `ends` says
    otherwise, as a function of the levels. A multistep scheme that extrapolates to 0 ends at neither: give it levels
    without the zero.
    """

    sample: Callable[..., AnyArray]
    sigmas: Sigmas = field(default_factory=karras)
    options: Mapping[str, Any] = field(default_factory=dict)
    order: float | None = None
    array: str = "torch"
    name: str = ""
    ends: Callable[[Array], Span] | None = None
    without: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not (callable(self.sample) and callable(self.sigmas)):
            raise InvalidInput("`sample` and `sigmas` of KDiffusion must be functions.")
        if not self.name:
            shown = "".join(f" {key}={value}" for key, value in self.options.items())
            object.__setattr__(self, "name", getattr(self.sample, "__name__", type(self.sample).__name__) + shown)

    def levels(self, steps: int) -> Array:
        """Return σ of the N + 1 states."""
        found = np.asarray(self.sigmas(steps), dtype=np.float64)
        if found.shape != (steps + 1,) or not (np.diff(found) < 0).all() or found[-1] < 0:
            raise InvalidInput(f"`sigmas({steps})` must be {steps + 1} falling levels >= 0; got shape {found.shape}.")
        return found

    def span(self, steps: int) -> Span:
        """Return where a run of N steps goes from and to."""
        sigma = self.levels(steps)
        if self.ends is not None:
            return self.ends(sigma)
        first, positive = Level(1.0, sigma[0]), sigma[sigma > 0]
        if sigma[-1] == 0 and "sigmas" in self._accepted:
            return Span(first, prior=first.sigma, jump=Level(1.0, positive[-1]))
        return Span(first, Level(1.0, positive[-1]), first.sigma)

    def __call__(self, model: Model, start: AnyArray, noise: Source, steps: int) -> AnyArray:
        """Return the samples."""

        def denoiser(x: AnyArray, sigma: AnyArray, **_: Any) -> AnyArray:
            return model.denoised(x, sigma)

        sigma = self.levels(steps)
        given: dict[str, Any] = {"extra_args": {}, "disable": True, "noise_sampler": _brownian(noise)}
        if "sigmas" in self._accepted:
            given["sigmas"] = like(sigma, start)
        else:
            given |= {"sigma_min": float(sigma[sigma > 0][-1]), "sigma_max": float(sigma[0]), "n": steps}
        given = {key: value for key, value in given.items() if key in self._accepted} | dict(self.options)
        with torch_noise.captured(noise) if self.array == "torch" else nullcontext():
            return self.sample(denoiser, start, **given)

    @property
    def _accepted(self) -> Mapping[str, inspect.Parameter]:
        return inspect.signature(self.sample).parameters


def _brownian(noise: Source) -> Callable[[Any, Any], AnyArray]:
    """Return a noise sampler that reads one path, running in σ."""

    def noise_sampler(sigma: Any, sigma_next: Any) -> AnyArray:
        begin, end = (float(to_host(value)) for value in (sigma, sigma_next))
        if begin == end:
            raise InvalidInput(f"the sampler asks for noise between sigma = {begin:.6g} and itself.")
        return noise.brownian(begin, end) / math.sqrt(abs(end - begin))

    return noise_sampler
