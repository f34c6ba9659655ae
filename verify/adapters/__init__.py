"""Adapters: samplers of other libraries, and our own, as callables that an audit can drive.

An adapter is a callable ``(model, start, noise, steps) -> samples``. What it has to say, and where it says it:

1. where the library asks its network, answer with the `Model`: `denoised`, `epsilon`, `score`, `velocity` or `flow` at
   the noise level (sigma, alpha) that the library *thinks* it is at;
2. where it draws normals, hand out ``noise.normal()``, or ``noise.brownian(a, b)`` where increments may overlap; for a
   library that draws by itself `captured` of `torch_noise` or `jax_noise` does so;
3. `order` is what the library claims, `span` between which noise levels N steps go, `array` what it computes in.

Here is the whole of one, for Euler's method on the ODE of flow matching, x = (1 − t) x_0 + t z:

>>> import numpy as np
>>> from verify.audit import DATA, Level, Span, audit
>>> class FlowEuler:
...     order = 1
...     span = Span(Level(0, 1), DATA, prior=1.0)
...
...     def __call__(self, model, start, noise, steps):
...         x, times = start, np.linspace(1, 0, steps + 1)
...         for t, after in zip(times[:-1], times[1:]):
...             x = x + (after - t) * model.flow(x, t)
...         return x
>>> found = audit(FlowEuler())
>>> found.outcome.value
'converges at the declared order'
>>> audit(FlowEuler(), order=2).outcome.value
'converges slower than declared'

An attribute `without` maps suspected causes to samplers that lack them, and a method ``script(audit)`` returns the
program that shows a finding. Whatever is imported from the library is imported inside the call, so that nobody needs
it who does not audit it. Put the file into this folder and its name into `_HOMES`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from verify.adapters.jax_noise import captured as jax_captured
    from verify.adapters.k_diffusion import KDiffusion, karras, polyexponential
    from verify.adapters.langevin import Langevin
    from verify.adapters.reverse import Reverse
    from verify.adapters.stepping import Stepping
    from verify.adapters.torch_noise import captured as torch_captured

_HOMES = {
    "KDiffusion": ("k_diffusion", "KDiffusion"),
    "Langevin": ("langevin", "Langevin"),
    "Reverse": ("reverse", "Reverse"),
    "Stepping": ("stepping", "Stepping"),
    "jax_captured": ("jax_noise", "captured"),
    "karras": ("k_diffusion", "karras"),
    "polyexponential": ("k_diffusion", "polyexponential"),
    "torch_captured": ("torch_noise", "captured"),
}

__all__ = [
    "KDiffusion",
    "Langevin",
    "Reverse",
    "Stepping",
    "jax_captured",
    "karras",
    "polyexponential",
    "torch_captured",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(f"{__name__}.{module}"), attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
