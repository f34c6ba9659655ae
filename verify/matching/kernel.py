"""Kernel: how data are noised, x̃ = a x + σ z with z ~ N(0, I)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.backend import AnyArray, Array
from verify.errors import InvalidInput
from verify.targets import Empirical, Gaussian, GaussianMixture


@dataclass(frozen=True)
class Kernel:
    """N(a x, σ²I), a = `scale` > 0, σ = `noise` > 0; ∇_x̃ log p(x̃|x) = −(x̃ − a x)/σ² = −z/σ.

    Two parametrisations: variance-preserving, a² + σ² = 1, and variance-exploding, a = 1 (Song et al., 2021).
    """

    scale: float
    noise: float

    def __post_init__(self) -> None:
        for name in ("scale", "noise"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < value < math.inf:
                raise InvalidInput(f"`{name}` must be a finite number > 0; got {value!r}.")
            object.__setattr__(self, name, float(value))

    @classmethod
    def preserving(cls, time: float) -> Kernel:
        """Return the OU kernel a = e^{−t}, σ² = 1 − e^{−2t}, t = `time` > 0."""
        if not 0 < time < math.inf:
            raise InvalidInput(f"`time` must be finite and > 0; got {time!r}.")
        return cls(math.exp(-time), math.sqrt(-math.expm1(-2 * time)))

    @classmethod
    def exploding(cls, noise: float) -> Kernel:
        """Return the kernel a = 1 of standard deviation σ = `noise`."""
        return cls(1.0, noise)

    @classmethod
    def step(cls, beta: float) -> Kernel:
        """Return a = √(1 − β), σ = √β, 0 < β < 1: one step of the forward chain of DDPM (Ho, Jain, Abbeel, 2020)."""
        if not 0 < beta < 1:
            raise InvalidInput(f"`beta` must lie in (0, 1); got {beta!r}.")
        return cls(math.sqrt(1 - beta), math.sqrt(beta))

    def then(self, other: Kernel) -> Kernel:
        """Return the kernel of this one followed by `other`: a = a₂a₁, σ² = a₂²σ₁² + σ₂²."""
        return Kernel(other.scale * self.scale, math.hypot(other.scale * self.noise, other.noise))

    def noised(self, law: Any) -> Any:
        """Return the law p_σ of x̃ when x has `law`: a Gaussian, a mixture or an empirical law."""
        scale, variance = self.scale, self.noise**2
        if isinstance(law, Gaussian):
            values = scale**2 * law.eigenvalues + variance
            return Gaussian.from_spectrum(scale * law.mean, values, law.eigenvectors)
        if isinstance(law, GaussianMixture):
            covs = scale**2 * law.covs + variance * np.eye(law.dim)
            return GaussianMixture(law.weights, scale * law.means, covs)
        if isinstance(law, Empirical):
            covs = np.broadcast_to(variance * np.eye(law.dim), (law.n, law.dim, law.dim))
            return GaussianMixture(np.full(law.n, 1 / law.n), scale * law.points, covs)
        raise InvalidInput(f"a noised {type(law).__name__} has no closed form; give a Gaussian, a mixture or atoms.")

    def apply(self, x: AnyArray, z: AnyArray) -> AnyArray:
        """Return x̃ = a x + σ z."""
        return self.scale * x + self.noise * z

    def conditional_score(self, noised: AnyArray, x: AnyArray) -> AnyArray:
        """Return ∇_x̃ log p(x̃|x) = −(x̃ − a x)/σ², (…, d) -> (…, d)."""
        return -(noised - self.scale * x) / self.noise**2

    def log_density(self, noised: Array, x: Array) -> Array:
        """Return log p(x̃|x), (…, d) -> (…)."""
        z = (noised - self.scale * x) / self.noise
        constant = z.shape[-1] * (0.5 * math.log(2 * math.pi) + math.log(self.noise))
        return np.asarray(-0.5 * (z * z).sum(axis=-1) - constant)
