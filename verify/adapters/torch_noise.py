"""captured: torch's random functions replaced, for the length of a block, by the noise source of an audit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from verify.audit import Source
from verify.errors import BackendUnavailable, InvalidInput

# Whatever mixes Gaussians: a sampler that draws one of these has no Gaussian output law.
UNIFORM = ("rand", "rand_like", "randint", "randint_like", "randperm", "bernoulli", "multinomial", "poisson")
UNIFORM_METHODS = (
    "uniform_",
    "random_",
    "bernoulli",
    "bernoulli_",
    "multinomial",
    "exponential_",
    "cauchy_",
    "geometric_",
)


def imported() -> Any:
    """Return torch; BackendUnavailable, with what to install, where it is missing."""
    try:
        import torch
    except ImportError:
        raise BackendUnavailable(
            "this needs PyTorch, which is not installed; run: pip install torch 'boundcheck[interop]'."
        ) from None
    return torch


@contextmanager
def captured(source: Source) -> Iterator[None]:
    """Let normals that torch draws inside this block come from `source`; uniforms and the like raise NotAffine.

    Covers torch.randn, randn_like, normal and Tensor.normal_, in whatever way they are called; a `generator` is
    ignored. A draw must have one row per trajectory and as many numbers in each as the state, else InvalidInput. It
    has the dtype that is asked for, the state's where none is. Blocks nest; all is as before when the block is left.
    """
    torch = imported()
    functions = {**_normals(torch, source), **dict.fromkeys(UNIFORM, _refusing(source))}
    methods = {"normal_": _filling(source), **dict.fromkeys(UNIFORM_METHODS, _refusing(source))}
    with ExitStack() as stack:
        stack.enter_context(_replaced(torch, functions))
        stack.enter_context(_replaced(torch.Tensor, methods))
        yield


@contextmanager
def _replaced(owner: Any, attributes: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """Set attributes, and put back or delete them afterwards: methods of torch.Tensor are inherited, not its own."""
    before = {name: vars(owner)[name] for name in attributes if name in vars(owner)}
    try:
        for name, value in attributes.items():
            setattr(owner, name, value)
        yield
    finally:
        for name in attributes:
            if name in before:
                setattr(owner, name, before[name])
            else:
                delattr(owner, name)


def _draw(source: Source, shape: Sequence[int], dtype: Any = None, out: Any = None) -> Any:
    """Return normals of this shape, or fill `out` with them."""
    state = tuple(source.state.shape)
    wanted = tuple(int(n) for n in shape)
    if wanted[:1] != state[:1] or math.prod(wanted) != math.prod(state):
        raise InvalidInput(f"the sampler draws noise of shape {wanted} beside a state of shape {state}.")
    drawn = source.normal().reshape(wanted)
    if out is not None:
        return out.resize_(wanted).copy_(drawn)
    return drawn if dtype is None else drawn.to(dtype)


def _normals(torch: Any, source: Source) -> dict[str, Callable[..., Any]]:
    """Return stand-ins for torch.randn, randn_like and normal."""

    def randn(*size: Any, dtype: Any = None, out: Any = None, **options: Any) -> Any:
        shape = options.get("size", size[0] if len(size) == 1 and not isinstance(size[0], int) else size)
        return _draw(source, shape, dtype, out)

    def randn_like(input: Any, *, dtype: Any = None, **_: Any) -> Any:
        return _draw(source, input.shape, dtype or input.dtype)

    def normal(
        mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, dtype: Any = None, out: Any = None, **_: Any
    ) -> Any:
        tensors = [value for value in (mean, std) if isinstance(value, torch.Tensor)]
        shape = torch.broadcast_shapes(*(value.shape for value in tensors)) if size is None else size
        drawn = mean + std * _draw(source, shape, dtype or (tensors[0].dtype if tensors else None))
        return drawn if out is None else out.resize_(drawn.shape).copy_(drawn)

    return {"randn": randn, "randn_like": randn_like, "normal": normal}


def _filling(source: Source) -> Callable[..., Any]:
    def normal_(self: Any, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Any:
        return self.copy_(_draw(source, self.shape, self.dtype) * std + mean)

    return normal_


def _refusing(source: Source) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        return source.uniform()

    return refuse
