"""LangevinSampler: what all discretisations of dX = ∇log π(X) dt + √(2/β) dB share.

The diffusion leaves π_β ∝ π^β invariant; a chain with step γ leaves something else invariant, at distance O(γ^order).
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from verify import laws, targets
from verify.backend import AnyArray, Array
from verify.errors import InvalidInput, NotAffine, NotApplicable
from verify.laws.most_exact import most_exact
from verify.noise import Noise


@dataclass(frozen=True, eq=False)
class LangevinSampler(ABC):
    """`steps` steps of size `step_size` (γ) towards `target`, from the law `begin` (None: N(0, I)).

    `order` is the declared order in γ of the W2 distance between the chain's invariant law and its goal, None where
    the two agree for every γ; `stability` is the least γ·λ_max (λ_max the largest curvature of −log π) at which the
    chain no longer contracts, inf where there is none, None where it depends on more than that. Where all steps are
    alike the chain is `homogeneous`. The state stacks `slots` vectors of the target's space.
    """

    target: Any
    step_size: float
    steps: int
    begin: laws.Gaussian | None = None

    order: ClassVar[float | None]
    stability: ClassVar[float | None] = math.inf
    evaluations: ClassVar[int] = 1  # gradient evaluations a step
    homogeneous: ClassVar[bool] = True
    slots: ClassVar[int] = 1

    def __post_init__(self) -> None:
        if not (hasattr(self.target, "score") and hasattr(self.target, "dim")):
            raise InvalidInput(f"`target` must be a target with a score; got {type(self.target).__name__}.")
        object.__setattr__(self, "step_size", positive("step_size", self.step_size))
        if isinstance(self.steps, bool) or not isinstance(self.steps, (int, np.integer)) or self.steps < 0:
            raise InvalidInput(f"`steps` must be a whole number >= 0; got {self.steps!r}.")
        if self.begin is not None and self.begin.dim != self.dim:
            raise InvalidInput(f"`begin` must be a law on R^{self.dim}; got one on R^{self.begin.dim}.")

    @abstractmethod
    def step(self, k: Any, x: AnyArray, noise: Noise) -> AnyArray:
        """Return x_{k+1} from x_k, both of shape (…, dim)."""

    @property
    def dim(self) -> int:
        """d, the dimension of the chain."""
        return int(self.target.dim)

    @cached_property
    def ideal(self) -> targets.Gaussian:
        """The law that the chain should leave invariant, in closed form; NotAffine where the target is no Gaussian."""
        if not isinstance(self.target, targets.Gaussian):
            raise NotAffine(f"a {type(self.target).__name__} target has no Gaussian law; use laws.Particles.")
        return self.target

    def goal(self) -> Any:
        """Return the law that the last iterate should have: the target."""
        plain = type(self).ideal is LangevinSampler.ideal  # not where the goal is made from more than the target
        return self.target if plain and not isinstance(self.target, targets.Gaussian) else self.ideal

    def marginal(self, k: int) -> targets.Gaussian:
        """Return the law from which deviations are measured: the goal, at every step."""
        return self.ideal

    def marginal_moments(self, k: npt.NDArray[np.intp]) -> tuple[Array, Array]:
        """Return mean and variances of the goal in its eigenbasis, once per step, each (K, d)."""
        shape = (len(k), self.dim)
        return np.broadcast_to(self.ideal.spectral_mean, shape), np.broadcast_to(self.ideal.eigenvalues, shape)

    @property
    def curvature_limit(self) -> float:
        """The least curvature λ of −log π at which the chain no longer contracts; NotApplicable where that depends."""
        if self.stability is None:
            raise NotApplicable(f"the stability of {type(self).__name__} is not a matter of one curvature.")
        return self.stability / self.step_size

    def growth(self, k: Any) -> Any:
        """Return 1: a gain is I − γ·(something) and its terms are no larger than 1 + |gain|."""
        return np.ones(np.shape(k))

    def start(self) -> laws.Gaussian:
        """Return the law of x_0."""
        return laws.Gaussian.standard(self.dim) if self.begin is None else self.begin

    def run(self, law: Any = None) -> Any:
        """Return the law of the last iterate from `law`; None: from `start()`, in its exact form."""
        return most_exact(self.start() if law is None else law, self)


def positive(name: str, value: Any) -> float:
    """Return `value` as a float; InvalidInput unless it is finite and > 0."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not 0 < float(value) < math.inf:
        raise InvalidInput(f"`{name}` must be a finite number > 0; got {value!r}.")
    return float(value)
