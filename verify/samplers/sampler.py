"""Sampler: a chain given by one pure step with its noise injected."""

from __future__ import annotations

from typing import Any, Protocol

from verify.backend import AnyArray
from verify.noise import Noise


class Sampler(Protocol):
    """x_{k+1} = step(k, x_k, noise) for k = 0, …, steps − 1, from the law `start()`."""

    @property
    def steps(self) -> int:
        """N."""
        ...

    @property
    def dim(self) -> int:
        """d."""
        ...

    def start(self) -> Any:
        """Return the law of x_0."""
        ...

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}; k an int, or an integer array that broadcasts against x's leading axes."""
        ...

    def growth(self, k: Any) -> Any:
        """Return a bound on the terms whose sum is the gain of step k, shaped like k: rounding scales with it."""
        ...

    def run(self, law: Any = None) -> Any:
        """Return the law of x_N when x_0 has `law` (None: `start()`)."""
        ...
