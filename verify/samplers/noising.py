"""Noising: the forward chain of a denoising diffusion model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from verify.backend import AnyArray, Array
from verify.errors import InvalidInput
from verify.laws.most_exact import most_exact
from verify.noise import Noise
from verify.samplers.schedule import at


@dataclass(frozen=True, eq=False)
class Noising:
    """X' = √(1 − β_k) X + √β_k ξ from `target` (Sohl-Dickstein et al., 2015; Ho, Jain, Abbeel, 2020), `betas` (N,).

    X_k is √ᾱ_k X_0 + √(1 − ᾱ_k) ξ in law, ᾱ_k = Π_{i ≤ k} (1 − β_i): the OU process at t = −½ log ᾱ_k.
    """

    target: Any
    betas: npt.ArrayLike

    def __post_init__(self) -> None:
        betas = np.array(self.betas, dtype=np.float64)
        if betas.ndim != 1 or not ((betas > 0) & (betas < 1)).all():
            raise InvalidInput(f"`betas` must be a vector of numbers in (0, 1); got shape {betas.shape}.")
        if not hasattr(self.target, "diffused"):
            raise InvalidInput(f"`target` must have diffused(t); got {type(self.target).__name__}.")
        object.__setattr__(self, "betas", betas)

    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1}."""
        return at(self._scales, k, x) * x + at(self._noises, k, x) * noise.normal()

    @property
    def steps(self) -> int:
        """N."""
        return int(np.size(self.betas))

    @property
    def dim(self) -> int:
        """d."""
        return int(self.target.dim)

    @cached_property
    def times(self) -> Array:
        """−½ log ᾱ_k for k = 0, …, N, shape (N + 1,): when the OU process has the law of X_k."""
        return np.concatenate([[0.0], -0.5 * np.cumsum(np.log1p(-np.asarray(self.betas)))])

    def marginal(self, k: int) -> Any:
        """Return the law of X_k in closed form."""
        return self.target.diffused(float(self.times[k]))

    def marginal_moments(self, k: npt.NDArray[np.intp]) -> tuple[Array, Array]:
        """Return means and variances of X_k in the eigenbasis of a Gaussian target, each (K, d)."""
        times = self.times[k][:, None]
        return self.target.mean_at(times), self.target.variances_at(times)

    def growth(self, k: Any) -> Any:
        """Return 1: the step contracts."""
        return np.ones(np.shape(k))

    def start(self) -> Any:
        """Return the law of X_0."""
        return self.target

    def goal(self) -> Any:
        """Return the law of X_N in closed form."""
        return self.marginal(self.steps)

    def run(self, law: Any = None) -> Any:
        """Return the law of X_N from `law`; None: from the target, in its exact form."""
        return most_exact(self.start() if law is None else law, self)

    @cached_property
    def _scales(self) -> Array:
        return np.asarray(np.sqrt(1 - np.asarray(self.betas)))

    @cached_property
    def _noises(self) -> Array:
        return np.asarray(np.sqrt(np.asarray(self.betas)))
