"""StudentT: heavy tails, where the exponential estimates end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from verify.backend import AnyArray, Array, namespace
from verify.errors import NotApplicable
from verify.estimate import Estimate
from verify.targets.line import Line, finite_positive
from verify.targets.target import Constants


@dataclass(frozen=True, eq=False)
class StudentT(Line):
    """V(x) = (n + 1)/2 · log(1 + x²/n), n = `dof` > 0 (Student, 1908): density ∝ (1 + x²/n)^{−(n+1)/2}.

    V″ lies between −(n + 1)/(8n) and (n + 1)/n. Moments of order n and above are infinite. There is neither a
    log-Sobolev nor a Poincaré inequality, for both force exponential tails.
    """

    dof: float = 4.0

    def __post_init__(self) -> None:
        finite_positive(dof=self.dof)

    @property
    def constants(self) -> Constants:
        """m = −(n + 1)/(8n), L = (n + 1)/n; C_P = ∞, α = 0; L along the OU path is unknown."""
        slope = (self.dof + 1) / self.dof
        return Constants(None, slope, -slope / 8, 0.0, self.variance.value, None, math.inf)

    @property
    def landmarks(self) -> Array:
        """The mode and the turning points of V′, which the tails leave at powers of two."""
        return np.array([-math.sqrt(self.dof), 0.0, math.sqrt(self.dof)])

    def value(self, x: AnyArray) -> AnyArray:
        """Return V at every entry."""
        return 0.5 * (self.dof + 1) * namespace(x).log1p(x * (x / self.dof))

    def slope(self, x: AnyArray) -> AnyArray:
        """Return V′ = (n + 1)x/(n + x²)."""
        return (self.dof + 1) * x / (self.dof + x * x)

    def curvature(self, x: AnyArray) -> AnyArray:
        """Return V″ = (n + 1)(n − x²)/(n + x²)²."""
        return (self.dof + 1) * (self.dof - x * x) / (self.dof + x * x) ** 2

    def third(self, x: AnyArray) -> AnyArray:
        """Return V‴ = 2(n + 1)x(x² − 3n)/(n + x²)³."""
        return 2 * (self.dof + 1) * x * (x * x - 3 * self.dof) / (self.dof + x * x) ** 3

    @cached_property
    def log_normaliser(self) -> Estimate:
        """log Z = ½log(nπ) + log Γ(n/2) − log Γ((n + 1)/2)."""
        n = self.dof
        value = 0.5 * math.log(n * math.pi) + math.lgamma(n / 2) - math.lgamma((n + 1) / 2)
        return Estimate.exact(value, 4e-15 * (1 + abs(math.lgamma(n / 2))))

    @cached_property
    def mean(self) -> Estimate:
        """0 for n > 1; NotApplicable else, where E|X| is infinite."""
        if self.dof <= 1:
            raise NotApplicable(f"Student's law with {self.dof:.6g} <= 1 degrees of freedom has no mean.")
        return Estimate.exact(0.0)

    @cached_property
    def variance(self) -> Estimate:
        """n/(n − 2) for n > 2, else ∞."""
        return Estimate.exact(self.dof / (self.dof - 2) if self.dof > 2 else math.inf)

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Return n draws, shape (n, 1)."""
        return np.asarray(rng.standard_t(self.dof, (n, 1)))
