"""AnnealedULA: ULA whose temperature or step size changes from step to step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from verify import targets
from verify.backend import AnyArray, Array
from verify.noise import Noise
from verify.samplers.langevin import LangevinSampler
from verify.samplers.schedule import at, root, schedule


@dataclass(frozen=True, eq=False)
class AnnealedULA(LangevinSampler):
    """X' = X + γ_k ∇log π(X) + √(2γ_k/β_k) ξ (Gelfand, Mitter, 1991), towards π^β at the last β.

    `inverse_temperature` β_k and `relative_step` γ_k/γ, γ = `step_size`, are numbers or one per step. Simulated
    annealing lets β_k grow; the law that the chain should follow at step k is N(m, Σ/β_k).
    """

    inverse_temperature: npt.ArrayLike = 1.0
    relative_step: npt.ArrayLike = 1.0

    order: ClassVar[float | None] = 1
    stability: ClassVar[float] = 2.0
    homogeneous: ClassVar[bool] = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("inverse_temperature", "relative_step"):
            object.__setattr__(self, name, schedule(name, getattr(self, name), self.steps))

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        size, beta = at(self._sizes, k, x), at(self._betas, k, x)
        return x + size * self.target.score(x) + root(2 * size / beta) * noise.normal()

    @property
    def curvature_limit(self) -> float:
        """The least curvature at which some step no longer contracts."""
        return self.stability / float(self._sizes.max(initial=self.step_size))

    def goal(self) -> targets.Gaussian:
        """Return N(m, Σ/β) at the last β."""
        return self.marginal(self.steps)

    def marginal(self, k: int) -> targets.Gaussian:
        """Return N(m, Σ/β_k), for k = N that at the last β; the target itself for a chain of no steps."""
        at_one = self.ideal
        values = at_one.eigenvalues / self._beta(np.array([k]))[0]
        return targets.Gaussian.from_spectrum(at_one.mean, values, at_one.eigenvectors)

    def marginal_moments(self, k: npt.NDArray[np.intp]) -> tuple[Array, Array]:
        """Return mean and variances of N(m, Σ/β_k) in its eigenbasis, each (K, d)."""
        mean, _ = super().marginal_moments(k)
        return mean, self.ideal.eigenvalues / self._beta(k)[:, None]

    def _beta(self, k: npt.NDArray[np.intp]) -> Array:
        if not self.steps:
            return np.ones(k.shape)
        return self._betas[np.minimum(k, self.steps - 1)]

    @cached_property
    def _betas(self) -> Array:
        return np.asarray(self.inverse_temperature)

    @cached_property
    def _sizes(self) -> Array:
        return self.step_size * np.asarray(self.relative_step)
