"""script: a program of some thirty lines that shows a finding with diffusers, torch and NumPy alone."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from verify.audit import Audit, Span

_SCRIPT = '''\
"""{title}"""

import numpy as np
import torch
from diffusers.schedulers import {name}

MEAN, VAR = 1.0, 0.25  # the data are N(MEAN, VAR): the perfect network is known in closed form
# steps: (alpha, sigma) of the first state, and of the last or, where `JUMP`, of that from which the last step jumps
SPANS = {spans}
JUMP, SAMPLES = {jump}, {samples}
config, arguments = dict({config}), dict({call})


def network(x, t, scheduler):  # in the units of its training: variance preserving, log-SNR linear between timesteps
    table = scheduler.alphas_cumprod.double().numpy()
    ratio = np.exp(np.interp(float(t), np.arange(len(table)), np.log(table / (1 - table))))  # (alpha/sigma)^2
    alpha, sigma = (ratio / (1 + ratio)) ** 0.5, (1 / (1 + ratio)) ** 0.5
    clean = MEAN + alpha * VAR / (alpha**2 * VAR + sigma**2) * (x - alpha * MEAN)
    noise = (x - alpha * clean) / sigma
    return {{"epsilon": noise, "sample": clean, "v_prediction": alpha * noise - sigma * clean}}[
        scheduler.config.prediction_type
    ]


for steps, ((alpha, sigma), (last_alpha, last_sigma)) in SPANS.items():
    scheduler = {name}(**config)
    scheduler.set_timesteps(steps)
    z = torch.randn(SAMPLES, 1, 1, 1, dtype=torch.float64, generator=torch.manual_seed(0))
    z = z if SAMPLES > 2 else torch.tensor([-1.0, 1.0], dtype=torch.float64).reshape(2, 1, 1, 1)  # exact without noise
    x = alpha * MEAN + (alpha**2 * VAR + sigma**2) ** 0.5 * z
    for t in scheduler.timesteps:
        x = scheduler.step(network(scheduler.scale_model_input(x, t), t, scheduler), t, x, **arguments).prev_sample
    variance = last_alpha**2 * VAR + last_sigma**2
    mean, variance = (MEAN, (last_alpha * VAR) ** 2 / variance) if JUMP else (last_alpha * MEAN, variance)
    error = np.hypot(float(x.mean()) - mean, float(x.std(correction=0)) - variance**0.5)
    print(f"{{steps:5d}} steps: W2 error {{error:.3g}}")
'''


def script(
    name: str, config: Mapping[str, Any], call: Mapping[str, Any], spans: Mapping[int, Span], audit: Audit
) -> str:
    """Return the program for a scheduler class whose network is variance preserving; `spans` by number of steps."""
    some = next(iter(spans.values()))
    noisy = any(run.map.draws for run in audit.runs)
    title = textwrap.fill(f"{audit.name}: {audit.outcome.value}: {audit.reason}.", 110)
    return _SCRIPT.format(
        title=title.replace('"', "'"),
        name=name,
        spans={n: (_pair(s.start), _pair(s.jump or s.stop)) for n, s in spans.items()},
        jump=some.jump is not None,
        samples=200_000 if noisy else 2,
        config=_keywords(config),
        call=_keywords(call),
    )


def _pair(level: Any) -> tuple[float, float]:
    return (level.alpha, level.sigma)


def _keywords(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={'lambda t: 0.0' if callable(value) else repr(value)}" for key, value in options.items())
