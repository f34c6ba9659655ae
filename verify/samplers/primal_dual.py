"""PrimalDualLangevin: Chambolle and Pock's iteration with noise in the primal step."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from verify import targets
from verify.backend import AnyArray, Array, like, namespace
from verify.errors import InvalidInput, NotAffine
from verify.noise import Noise
from verify.samplers.langevin import positive
from verify.samplers.proximal_langevin import Composite, product


@dataclass(frozen=True, eq=False)
class PrimalDualLangevin(Composite):
    """On states (x, u) ∈ R^{d+p}, towards e^{−f(x)−g(Dx)}, D = `operator` (p, d), None: I (Burger et al., 2024):

    x' = x − γ(∇f(x) + D^T u) + √(2γ) ξ,  u' = prox_{σg*}(u + σD(2x' − x)),  σ = `dual_step`,

    where prox_{σg*}(v) = v − σ prox_{g/σ}(v/σ) (Moreau). At a fixed ratio σ/γ the x-marginal has another limit than
    the target as γ → 0; it is the target's as σ/γ → ∞, a fixed σ with γ → 0 included. `conjugate` False applies
    prox_{σg} instead, which is wrong.
    """

    operator: Any = None
    dual_step: float = 1.0
    conjugate: bool = True
    _matrix: Array = field(init=False, repr=False)

    order: ClassVar[float | None] = 0  # fixed σ/γ: the bias does not vanish with γ
    stability: ClassVar[float | None] = None  # depends on γ, σ and ‖D‖

    def __post_init__(self) -> None:
        object.__setattr__(self, "dual_step", positive("dual_step", self.dual_step))
        if not (hasattr(self.penalty, "prox") and hasattr(self.penalty, "dim")):
            raise InvalidInput(f"`penalty` must have prox(x, size) and dim; got {type(self.penalty).__name__}.")
        matrix = np.eye(self.target.dim) if self.operator is None else np.asarray(self.operator, dtype=float)
        if matrix.shape != (self.penalty.dim, self.target.dim) or not np.isfinite(matrix).all():
            shape = (self.penalty.dim, self.target.dim)
            raise InvalidInput(f"`operator` must be a finite matrix of shape {shape}; got {matrix.shape}.")
        object.__setattr__(self, "_matrix", matrix)
        super().__post_init__()

    @property
    def dim(self) -> int:
        """d + p."""
        return int(self.target.dim + self.penalty.dim)

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return (x_{k+1}, u_{k+1})."""
        d, h, sigma, D = self.target.dim, self.step_size, self.dual_step, like(self._matrix, x)
        primal, dual = x[..., :d], x[..., d:]
        moved = primal + h * (self.target.score(primal) - dual @ D) + math.sqrt(2 * h) * noise.normal()[..., :d]
        v = dual + sigma * ((2 * moved - primal) @ namespace(x).matrix_transpose(D))
        raised = v - sigma * self.penalty.prox(v / sigma, 1 / sigma) if self.conjugate else self.penalty.prox(v, sigma)
        return namespace(x).concat([moved, raised], axis=-1)

    @cached_property
    def ideal(self) -> targets.Gaussian:
        """The target beside the dual law that belongs to it, N(Λ_g(Dm − m_g), I): what deviations are measured from."""
        wanted, g = self.primal, self.penalty
        mean = np.concatenate([wanted.mean, np.linalg.solve(g.cov, self._matrix @ wanted.mean - g.mean)])
        cov = np.eye(self.dim)
        cov[: wanted.dim, : wanted.dim] = wanted.cov
        return targets.Gaussian(mean, cov)

    @cached_property
    def primal(self) -> targets.Gaussian:
        """The law ∝ e^{−f(x)−g(Dx)} that the first d coordinates should have; NotAffine where it is no Gaussian."""
        if not isinstance(self.target, targets.Gaussian):
            raise NotAffine(f"a {type(self.target).__name__} target has no Gaussian law; use laws.Particles.")
        return product(self.target, self.penalty, self._matrix)
