"""Target: what a sampler and a theorem may ask of the law to be sampled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from verify.backend import AnyArray


@dataclass(frozen=True)
class Constants:
    """Constants of a target p; None where unknown, inf where there is none.

    * `smoothness` L: supremum over the whole OU path t ≥ 0 of the Lipschitz constant of ∇log q_t
    * `target_smoothness`: the Lipschitz constant of ∇log p alone
    * `strong_convexity` m: −∇² log p ≥ m I
    * `log_sobolev` α: KL(μ‖p) ≤ Fisher(μ‖p) / (2α)
    * `second_moment` m_2² = E‖X‖², the mean included
    * `hessian_lipschitz` L_2: the Lipschitz constant of ∇² log p, in the operator norm
    * `poincare` C_P: Var_p g ≤ C_P E_p|∇g|²
    """

    smoothness: float | None
    target_smoothness: float | None
    strong_convexity: float | None
    log_sobolev: float | None
    second_moment: float | None
    hessian_lipschitz: float | None = None
    poincare: float | None = None


class Target(Protocol):
    """A probability law on R^dim with a known score."""

    @property
    def dim(self) -> int:
        """d."""
        ...

    @property
    def constants(self) -> Constants:
        """L, m, …"""
        ...

    def log_density(self, x: AnyArray) -> AnyArray:
        """Return log p(x), (…, d) -> (…)."""
        ...

    def score(self, x: AnyArray) -> AnyArray:
        """Return ∇log p(x), (…, d) -> (…, d)."""
        ...

    def sample(self, n: int, rng: np.random.Generator) -> AnyArray:
        """Return n draws, shape (n, d)."""
        ...
