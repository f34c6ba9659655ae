"""Separable: independent coordinates, each a shifted and scaled copy of one law on the line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from verify.backend import AnyArray, Array, like, namespace
from verify.errors import InvalidInput
from verify.laws.spectrum import vector
from verify.noise import Noise
from verify.targets.line import Line
from verify.targets.restricted import restricted
from verify.targets.target import Constants


@dataclass(frozen=True, eq=False)
class Separable:
    """The law of (b_i + s_i Z_i), Z_i independent draws of `component`, b = `shift` and s = `scale` > 0, each (d,).

    Its potential is Σ V((x_i − b_i)/s_i), so V′ is divided by s, V″ by s², and so on.
    """

    component: Line
    shift: Array
    scale: Array

    def __post_init__(self) -> None:
        if not isinstance(self.component, Line):
            raise InvalidInput(f"`component` must be a law on the line; got {type(self.component).__name__}.")
        shift, scale = vector("shift", self.shift), vector("scale", self.scale)
        if shift.size != scale.size:
            raise InvalidInput(f"`shift` and `scale` must have one length; got {shift.size} and {scale.size}.")
        if not (scale > 0).all():
            raise InvalidInput(f"`scale` must be > 0; got {scale.min():.6g}.")
        object.__setattr__(self, "shift", shift)
        object.__setattr__(self, "scale", scale)

    @classmethod
    def copies(cls, component: Line, dim: int) -> Self:
        """Return `dim` independent copies, neither shifted nor scaled."""
        return cls(component, np.zeros(dim), np.ones(dim))

    @property
    def dim(self) -> int:
        """d."""
        return self.shift.size

    @property
    def constants(self) -> Constants:
        """m, L, L_2, α and C_P of the worst coordinate: a Hessian that is diagonal, and laws that tensorise.

        Where V is convex the OU path keeps L ≤ max(1, L), see Line; else it is known only to be infinite.
        """
        one, most, least = self.component.constants, float(self.scale.max()), float(self.scale.min())
        smooth = _over(one.target_smoothness, least**2)
        convex = one.strong_convexity is not None and one.strong_convexity >= 0
        path = smooth if smooth is None or math.isinf(smooth) else (max(1.0, smooth) if convex else None)
        curved = None if one.strong_convexity is None else one.strong_convexity / (most if convex else least) ** 2
        sobolev, lipschitz = _over(one.log_sobolev, most**2), _over(one.hessian_lipschitz, least**3)
        poincare = None if one.poincare is None else one.poincare * most**2
        moment = float((self.variance + self.mean**2).sum())
        return Constants(path, smooth, curved, sobolev, moment, lipschitz, poincare)

    @cached_property
    def mean(self) -> Array:
        """E X, shape (d,)."""
        return self.shift + self.scale * self.component.mean.value

    @cached_property
    def variance(self) -> Array:
        """The variances of the coordinates, shape (d,)."""
        return np.asarray(self.scale**2 * self.component.variance.value)

    def value(self, x: AnyArray) -> AnyArray:
        """Return V((x_i − b_i)/s_i) at every entry, (…, d) -> (…, d)."""
        return self.component.value(self._standard(x))

    def potential(self, x: AnyArray) -> AnyArray:
        """Return Σ V((x_i − b_i)/s_i), (…, d) -> (…)."""
        return namespace(x).sum(self.value(x), axis=-1)

    def gradient(self, x: AnyArray) -> AnyArray:
        """Return V′((x_i − b_i)/s_i)/s_i, (…, d) -> (…, d)."""
        return self.component.slope(self._standard(x)) / like(self.scale, x)

    def score(self, x: AnyArray) -> AnyArray:
        """Return ∇log p(x), (…, d) -> (…, d)."""
        return -self.gradient(x)

    def curvature(self, x: AnyArray) -> AnyArray:
        """Return the diagonal of the Hessian, (…, d) -> (…, d)."""
        return self.component.curvature(self._standard(x)) / like(self.scale, x) ** 2

    def third(self, x: AnyArray) -> AnyArray:
        """Return the third derivatives along the axes, (…, d) -> (…, d)."""
        return self.component.third(self._standard(x)) / like(self.scale, x) ** 3

    def prox(self, x: AnyArray, size: float) -> AnyArray:
        """Return argmin_u potential(u) + |u − x|²/(2·size), (…, d) -> (…, d)."""
        scale = like(self.scale, x)
        inner = self.component.prox_at(self._standard(x), size / scale**2)
        return like(self.shift, x) + scale * inner

    def restricted(self, x: AnyArray, size: float, noise: Noise) -> AnyArray:
        """Return a draw of density ∝ e^{−potential(u) − |u − x|²/(2·size)}, (…, d) -> (…, d)."""
        return restricted(self.value, lambda y: self.prox(y, size), x, size, noise)

    def log_density(self, x: AnyArray, normalised: bool = True) -> AnyArray:
        """Return log p(x), (…, d) -> (…); without the constant where not `normalised`."""
        constant = self.dim * self.component.log_normaliser.value + float(np.log(self.scale).sum())
        return -self.potential(x) - (constant if normalised else 0.0)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Return n draws, shape (n, d)."""
        draws = self.component.panels.sample(n * self.dim, rng).reshape(n, self.dim)
        return np.asarray(self.shift + self.scale * draws)

    def _standard(self, x: AnyArray) -> AnyArray:
        return (x - like(self.shift, x)) / like(self.scale, x)


def _over(constant: float | None, size: npt.ArrayLike) -> float | None:
    return None if constant is None else constant / float(np.asarray(size))
