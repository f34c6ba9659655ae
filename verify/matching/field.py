"""Fields: vector fields s with their divergence, which stand for a score at one noise level."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from verify.backend import AnyArray, Array
from verify.errors import InvalidInput
from verify.targets import Gaussian


class Field(Protocol):
    """s: R^d → R^d with div s = Σ ∂_i s_i."""

    def __call__(self, x: Any) -> Any:
        """Return s(x), (…, d) -> (…, d)."""
        ...

    def divergence(self, x: Any) -> Any:
        """Return div s(x), (…, d) -> (…)."""
        ...


@dataclass(frozen=True, eq=False)
class Formula:
    """A field written down: `value` (…, d) -> (…, d) and its divergence `trace` (…, d) -> (…)."""

    value: Callable[[AnyArray], AnyArray]
    trace: Callable[[AnyArray], AnyArray]

    def __call__(self, x: AnyArray) -> AnyArray:
        """Return s(x)."""
        return self.value(x)

    def divergence(self, x: AnyArray) -> AnyArray:
        """Return div s(x)."""
        return self.trace(x)


@dataclass(frozen=True, eq=False)
class Own:
    """∇log of a `law` with score and Hessian −∇²log: a Gaussian, a mixture, a target on the line."""

    law: Any

    def __call__(self, x: AnyArray) -> AnyArray:
        """Return ∇log p(x)."""
        return self.law.score(x)

    def divergence(self, x: AnyArray) -> Array:
        """Return Δlog p(x) = −tr(−∇²log p(x))."""
        if isinstance(self.law, Gaussian):
            return np.full(np.shape(x)[:-1], -float((1 / self.law.eigenvalues).sum()))
        return np.asarray(-np.trace(self.law.hessian(x), axis1=-2, axis2=-1))


@dataclass(frozen=True, eq=False)
class At:
    """A score at one noise level: s(x) = s_t(x), t = `time`, of the OU process or, times `scale`, of x̃ = a x + σ z.

    With a = `scale`·e^{−t} and σ = `scale`·√(1 − e^{−2t}): s(x̃) = s_t(x̃/scale)/scale. The variance-exploding level σ
    has scale √(1 + σ²) and time ½ log(1 + σ²).
    """

    score: Any
    time: float
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not (0 <= self.time < np.inf and 0 < self.scale < np.inf):
            raise InvalidInput(f"`time` must be >= 0 and `scale` > 0, both finite; got {self.time} and {self.scale}.")

    @classmethod
    def exploding(cls, score: Any, noise: float) -> At:
        """Return the field of x̃ = x + σ z, σ = `noise`."""
        return cls(score, 0.5 * float(np.log1p(noise**2)), float(np.hypot(1.0, noise)))

    def __call__(self, x: AnyArray) -> AnyArray:
        """Return s_t(x/scale)/scale."""
        return self.score(x / self.scale, self.time) / self.scale

    def divergence(self, x: AnyArray) -> AnyArray:
        """Return div s(x); the score must have `divergence(x, t)`, as those fitted by least squares do."""
        if not hasattr(self.score, "divergence"):
            raise InvalidInput(f"{type(self.score).__name__} has no divergence(x, t); use the denoising loss.")
        return self.score.divergence(x / self.scale, self.time) / self.scale**2
