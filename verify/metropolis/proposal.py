"""Proposal: how far an affine Gaussian proposal is from reversible on a Gaussian target, coordinate by coordinate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from verify.backend import Array
from verify.errors import InvalidInput


@dataclass(frozen=True, eq=False)
class Proposal:
    """The proposal y − m = r(x − m) + τξ on N(m, diag(s)): `asymmetry` k and `jump` J of each coordinate, (d,).

    k = ½√s·|τ/s − (1 − r²)/τ| vanishes where the proposal alone leaves the target invariant; J = (1 − r)²s + τ² is the
    mean squared length of a proposed move in stationarity.
    """

    asymmetry: Array
    jump: Array

    def __post_init__(self) -> None:
        for name in ("asymmetry", "jump"):
            value = np.atleast_1d(np.asarray(getattr(self, name), dtype=float))
            if value.ndim != 1 or not value.size or not (np.isfinite(value) & (value >= 0)).all():
                raise InvalidInput(f"`{name}` must be a vector of finite numbers >= 0; is the step size in range?")
            object.__setattr__(self, name, value)
        if self.asymmetry.size != self.jump.size:
            raise InvalidInput("`asymmetry` and `jump` must have one length.")

    @property
    def dim(self) -> int:
        """d."""
        return self.asymmetry.size

    @classmethod
    def affine(cls, variances: npt.ArrayLike, gain: npt.ArrayLike, noise: npt.ArrayLike) -> Self:
        """Return the proposal r(x − m) + τξ, `gain` r and standard deviation `noise` τ > 0 of each coordinate."""
        s, r, tau = np.broadcast_arrays(_variances(variances), np.asarray(gain, float), np.asarray(noise, float))
        if not (tau > 0).all():
            raise InvalidInput("`noise` must be > 0: a proposal without noise has no density.")
        return cls(0.5 * np.sqrt(s) * np.abs(tau / s - (1 - r) * (1 + r) / tau), (1 - r) ** 2 * s + tau**2)

    @classmethod
    def mala(cls, variances: npt.ArrayLike, step_size: float) -> Self:
        """Return MALA's x + h∇log π(x) + √(2h) ξ: k = √(u³/8) and J = h(2 + u) with u = h/s."""
        h, s = _size("step_size", step_size), _variances(variances)
        u = h / s
        return cls(np.sqrt(u**3 / 8), h * (2 + u))

    @classmethod
    def random_walk(cls, variances: npt.ArrayLike, scale: float) -> Self:
        """Return the random walk x + σξ, σ = `scale`: k = σ/(2√s) and J = σ²."""
        sigma, s = _size("scale", scale), _variances(variances)
        return cls(0.5 * sigma / np.sqrt(s), np.full(s.shape, sigma**2))


def _variances(value: npt.ArrayLike) -> Array:
    s = np.atleast_1d(np.asarray(value, dtype=float))
    if not (np.isfinite(s) & (s > 0)).all():
        raise InvalidInput("`variances` must be finite and > 0.")
    return s


def _size(name: str, value: float) -> float:
    if not 0 < value < math.inf:
        raise InvalidInput(f"`{name}` must be a finite number > 0; got {value!r}.")
    return float(value)
