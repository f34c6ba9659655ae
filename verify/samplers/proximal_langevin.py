"""ProximalLangevin: a gradient step with noise, then the proximal map of what is not smooth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from verify import targets
from verify.backend import AnyArray, Array
from verify.errors import InvalidInput, NotAffine
from verify.noise import Noise
from verify.samplers.langevin import LangevinSampler


@dataclass(frozen=True, eq=False)
class Composite(LangevinSampler):
    """Towards π ∝ e^{−f−g}: `target` has the gradient of f, `penalty` the proximal map of g, ``prox(x, size)``."""

    penalty: Any = None

    order: ClassVar[float | None] = 1
    stability: ClassVar[float | None] = 2.0  # reached for g = 0; a convex g only helps

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (hasattr(self.penalty, "prox") and hasattr(self.penalty, "dim")):
            raise InvalidInput(f"`penalty` must have prox(x, size) and dim; got {type(self.penalty).__name__}.")

    @cached_property
    def ideal(self) -> targets.Gaussian:
        """The normalised product of the two Gaussians; NotAffine where one is no Gaussian."""
        return product(super().ideal, self.penalty, np.eye(self.target.dim))


def product(f: targets.Gaussian, g: Any, operator: Array) -> targets.Gaussian:
    """Return N(C(Λ_f m_f + D^T Λ_g m_g), C), C = (Λ_f + D^T Λ_g D)⁻¹: the law ∝ f(x)g(Dx) of two Gaussian densities."""
    if not isinstance(g, targets.Gaussian):
        raise NotAffine(f"a {type(g).__name__} penalty leaves no Gaussian law; use laws.Particles.")
    first, second = np.linalg.inv(f.cov), operator.T @ np.linalg.inv(g.cov)
    cov = np.linalg.inv(first + second @ operator)
    return targets.Gaussian(cov @ (first @ f.mean + second @ g.mean), 0.5 * (cov + cov.T))


@dataclass(frozen=True, eq=False)
class ProximalLangevin(Composite):
    """X' = prox_{γg}(X − γ∇f(X) + √(2γ) ξ) (Durmus, Majewski, Miasojedow, 2019; Salim, Kovalev, Richtárik, 2019).

    The proximal map comes after the noise, so that X' obeys what g demands; where prox is constant the law of X' has an
    atom, so that KL and TV of the raw iterate say nothing: use W1, W2 and moments. Biased, with the bias of order γ.
    """

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        h = self.step_size
        return self.penalty.prox(x + h * self.target.score(x) + math.sqrt(2 * h) * noise.normal(), h)
