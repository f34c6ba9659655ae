"""Product: independent coordinates, each with its own law on the line; everything tensorises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from verify.backend import AnyArray, Array, namespace
from verify.errors import InvalidInput
from verify.targets.target import Constants


@dataclass(frozen=True, eq=False)
class Product:
    """The law of (X_1, …, X_d), X_i independent of law `coordinates[i]`: targets with d = 1, of any kind and mixed.

    Each needs what is asked of the whole: a score, a potential, diffused(t). See `laws.ProductDensity` for the law of a
    sampler's iterate, and `targets.Separable` for shifted and scaled copies of one law.
    """

    coordinates: tuple[Any, ...]

    def __post_init__(self) -> None:
        parts = tuple(self.coordinates)
        for part in parts:
            if getattr(part, "dim", None) != 1:
                raise InvalidInput(f"`coordinates` must be targets on the line; got a {type(part).__name__}.")
        if not parts:
            raise InvalidInput("`coordinates` must hold at least one target.")
        object.__setattr__(self, "coordinates", parts)

    @property
    def dim(self) -> int:
        """d."""
        return len(self.coordinates)

    @cached_property
    def constants(self) -> Constants:
        """L, m, L_2, α and C_P of the worst coordinate, m_2² of all; None where one of them is unknown."""
        each = [part.constants for part in self.coordinates]

        def over(name: str, worst: Callable[[list[float]], float]) -> float | None:
            values = [getattr(constants, name) for constants in each]
            return None if None in values else worst(values)

        return Constants(
            over("smoothness", max),
            over("target_smoothness", max),
            over("strong_convexity", min),
            over("log_sobolev", min),
            over("second_moment", sum),
            over("hessian_lipschitz", max),
            over("poincare", max),
        )

    @cached_property
    def mean(self) -> Array:
        """E X, shape (d,)."""
        means = (getattr(part.mean, "value", part.mean) for part in self.coordinates)
        return np.array([float(np.ravel(mean)[0]) for mean in means])

    @cached_property
    def cov(self) -> Array:
        """The diagonal covariance, shape (d, d)."""
        parts = self.coordinates
        values = [p.variance.value if hasattr(p, "variance") else np.ravel(p.cov)[0] for p in parts]
        return np.diag(np.array(values, dtype=float))

    def log_density(self, x: AnyArray) -> AnyArray:
        """Return Σ log p_i(x_i), (…, d) -> (…)."""
        return sum(part.log_density(x[..., i : i + 1]) for i, part in enumerate(self.coordinates))

    def potential(self, x: AnyArray) -> AnyArray:
        """Return Σ V_i(x_i), (…, d) -> (…)."""
        return sum(part.potential(x[..., i : i + 1]) for i, part in enumerate(self.coordinates))

    def score(self, x: AnyArray) -> AnyArray:
        """Return ∇log p(x), (…, d) -> (…, d)."""
        return self._joined(x, lambda part, y: part.score(y))

    def gradient(self, x: AnyArray) -> AnyArray:
        """Return −∇log p(x), (…, d) -> (…, d)."""
        return -self.score(x)

    def score_at(self, x: AnyArray, t: Any) -> AnyArray:
        """Return ∇log q_t(x), (…, d) -> (…, d); t a float or (…, 1)."""
        return self._joined(x, lambda part, y: part.score_at(y, t))

    def diffused(self, t: float) -> Product:
        """Return q_t, a product again: the OU process moves coordinates independently."""
        return Product(tuple(part.diffused(t) for part in self.coordinates))

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Return n draws, shape (n, d)."""
        return np.concatenate([part.sample(n, rng) for part in self.coordinates], axis=1)

    def _joined(self, x: AnyArray, act: Callable[[Any, AnyArray], AnyArray]) -> AnyArray:
        parts = [act(part, x[..., i : i + 1]) for i, part in enumerate(self.coordinates)]
        return namespace(x).concat(parts, axis=-1)
