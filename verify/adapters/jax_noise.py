"""captured: the normals that JAX draws inside a block come from the noise source of an audit."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from verify.audit import Source
from verify.errors import BackendUnavailable, InvalidInput, NotAffine

KEYS = ("split", "fold_in", "clone", "key_data", "key_impl", "wrap_key_data")  # take a key, draw nothing


def imported() -> Any:
    """Return jax; BackendUnavailable, with what to install, where it is missing."""
    try:
        import jax
    except ImportError:
        raise BackendUnavailable("this needs JAX, which is not installed; run: pip install jax.") from None
    return jax


@contextmanager
def captured(source: Source, libraries: Sequence[str] = ("blackjax",)) -> Iterator[None]:
    """Let jax.random.normal inside this block return noise from `source`; every other draw raises NotAffine.

    The functions of jax.random are replaced there and, where a module of `libraries` holds one under a name of its
    own, there too. A draw must have as many numbers as the state, rows first, whatever its shape; its key is ignored.
    What is compiled by jax.jit, vmap or scan draws before the numbers are known: run kernels as they are. All is as
    before when the block is left.
    """
    random = imported().random
    originals = {name: value for name, value in vars(random).items() if _draws(name, value)}
    stand_ins = {
        id(value): _normal(source) if name == "normal" else _refusing(name) for name, value in originals.items()
    }
    modules = [random, *(module for name, module in sys.modules.items() if name.split(".")[0] in libraries)]
    found = [
        (module, name, value)
        for module in modules
        for name, value in list(vars(module).items())
        if id(value) in stand_ins
    ]
    try:
        for module, name, value in found:
            setattr(module, name, stand_ins[id(value)])
        yield
    finally:
        for module, name, value in found:
            setattr(module, name, value)


def _draws(name: str, value: Any) -> bool:
    """Return whether this is a function of a random key that draws."""
    if name in KEYS or name.startswith("_") or not callable(value):
        return False
    try:
        return next(iter(inspect.signature(value).parameters), "") == "key"
    except (TypeError, ValueError):
        return False


def _normal(source: Source) -> Callable[..., Any]:
    def normal(key: Any, shape: Sequence[int] = (), dtype: Any = None, **_: Any) -> Any:
        state = tuple(source.state.shape)
        if math.prod(shape) != math.prod(state):
            raise InvalidInput(f"the sampler draws noise of shape {tuple(shape)} beside a state of shape {state}.")
        drawn = source.normal().reshape(tuple(shape))
        return drawn if dtype is None else drawn.astype(dtype)

    return normal


def _refusing(name: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise NotAffine(f"the sampler draws jax.random.{name}, so its output law is not Gaussian")

    return refuse
