"""PreconditionedLangevin: ULA in a constant metric."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from verify import targets
from verify.backend import AnyArray, Array, like
from verify.errors import InvalidInput
from verify.laws.spectrum import covariance, spectral
from verify.noise import Noise
from verify.samplers.langevin import LangevinSampler


@dataclass(frozen=True, eq=False)
class PreconditionedLangevin(LangevinSampler):
    """X' = X + γC∇log π(X) + √(2γ)C^{1/2} ξ, C = `preconditioner` constant (Roberts, Stramer, 2002).

    It is ULA in the coordinates C^{−1/2}x: stable for γ·λ_max(C^{1/2}∇²f C^{1/2}) < 2. With C = Σ (None: that of a
    Gaussian target, the Newton step) every coordinate contracts by 1 − γ, whatever κ, and the invariant law is
    N(m, Σ/(1 − γ/2)).
    """

    preconditioner: npt.ArrayLike | None = None

    order: ClassVar[float | None] = 1
    stability: ClassVar[float] = 2.0  # of γ times the largest curvature in the metric

    def __post_init__(self) -> None:
        super().__post_init__()
        own = self.target.cov if isinstance(self.target, targets.Gaussian) else None
        given = own if self.preconditioner is None else self.preconditioner
        if given is None:
            raise InvalidInput(f"`preconditioner` must be given for a {type(self.target).__name__} target.")
        given = given if given is own else covariance(given, self.dim)
        object.__setattr__(self, "preconditioner", given)
        if not self._metric[0].all():
            raise InvalidInput("`preconditioner` must be positive definite.")

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        drift = self._scaled(self.target.score(x), self._metric[0])
        return x + self.step_size * drift + math.sqrt(2 * self.step_size) * self._scaled(noise.normal(), self._root)

    @property
    def curvature_limit(self) -> float:
        """The least curvature at which the chain no longer contracts whatever the eigenvectors: 2/(γ‖C‖)."""
        return self.stability / (self.step_size * float(self._metric[0].max()))

    def _scaled(self, x: AnyArray, values: Array) -> AnyArray:
        """Return V diag(values) V^T x, V the eigenvectors of C."""
        vectors = self._metric[1]
        if vectors is None:
            return like(values, x) * x
        basis = like(vectors, x)
        return (like(values, x) * (x @ basis)) @ basis.T

    @cached_property
    def _metric(self) -> tuple[Array, Array | None]:
        """Eigenvalues and eigenvectors of C; those of the target where C is its covariance, digits and all."""
        if isinstance(self.target, targets.Gaussian) and self.preconditioner is self.target.cov:
            return self.target.spectrum
        return spectral(np.asarray(self.preconditioner))

    @cached_property
    def _root(self) -> Array:
        return np.sqrt(self._metric[0])
