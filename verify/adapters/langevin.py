"""Langevin: any ``grad → step`` kernel as a sampler that starts from its target, so that all error is bias."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from verify.audit import DATA, Model, Source, Span
from verify.backend import AnyArray
from verify.errors import InvalidInput

Gradient = Callable[[AnyArray], AnyArray]
Kernel = Callable[[Gradient, Any, float, Source], Any]


def _as_is(state: Any) -> Any:
    return state


def _begun(gradient: Gradient, x: AnyArray, noise: Source) -> Any:
    return x


@dataclass(frozen=True, eq=False)
class Langevin:
    """``kernel(gradient, x, step_size, noise) -> x``, taken N times with step size `horizon`/N.

    ``gradient(x)`` is ∇log p of the target. The first x has the law p, and so should the last: their distance is the
    bias of the kernel after a time `horizon`, of order 1 in the step size for ULA. A kernel that carries more than x
    gets it from ``init(gradient, x, noise)`` and has x taken out by ``read(state)``. What is left of the first state
    decays like e^{−horizon/λ_max}: take a horizon long enough where a kernel is better at stationarity than before
    (Leimkuhler, Matthews, 2013). `around` wraps the run: a capture of a library's own randomness, say. A kernel that
    accepts or rejects draws uniforms, and is not affine.
    """

    kernel: Kernel
    horizon: float = 8.0
    order: float | None = 1.0
    init: Callable[[Gradient, AnyArray, Source], Any] = _begun
    read: Callable[[Any], AnyArray] = _as_is
    around: Callable[[Source], AbstractContextManager[Any]] = nullcontext
    array: str = "numpy"
    name: str = ""

    span = Span(DATA, DATA)

    def __post_init__(self) -> None:
        if not callable(self.kernel):
            raise InvalidInput(f"`kernel` of Langevin must be a function; got {type(self.kernel).__name__}.")
        if not 0 < self.horizon < float("inf"):
            raise InvalidInput(f"`horizon` of Langevin must be positive and finite; got {self.horizon}.")
        if not self.name:
            object.__setattr__(self, "name", getattr(self.kernel, "__name__", type(self.kernel).__name__))

    def __call__(self, model: Model, start: AnyArray, noise: Source, steps: int) -> AnyArray:
        """Return x_N."""

        def gradient(x: AnyArray) -> AnyArray:
            return model.score(x, 0.0)

        with self.around(noise):
            state = self.init(gradient, start, noise)
            for _ in range(steps):
                state = self.kernel(gradient, state, self.horizon / steps, noise)
        return self.read(state)
