"""laws.ProductDensity: independent coordinates, each an exact law on the line, pushed coordinate by coordinate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from verify.backend import Array
from verify.errors import InvalidInput, NotAffine
from verify.laws.gaussian import Gaussian
from verify.laws.grid_density import GridDensity
from verify.noise import Impulse


@dataclass(frozen=True, eq=False)
class ProductDensity:
    """The law of independent X_i with laws `coordinates` (GridDensity each)."""

    coordinates: tuple[GridDensity, ...]

    @classmethod
    def of(cls, law: Any) -> ProductDensity:
        """Return a target with `coordinates`, or a Gaussian with a diagonal covariance, as a product of grids."""
        if hasattr(law, "coordinates"):
            return cls(tuple(GridDensity.of(part) for part in law.coordinates))
        if getattr(law, "eigenvectors", 0) is not None:
            raise InvalidInput(f"a {type(law).__name__} is no product of laws on the line.")
        pairs = zip(law.mean, law.eigenvalues, strict=True)
        return cls(tuple(GridDensity.of(Gaussian([mean], [[variance]])) for mean, variance in pairs))

    @property
    def dim(self) -> int:
        """d."""
        return len(self.coordinates)

    @property
    def mean(self) -> Array:
        """E X, shape (d,)."""
        return np.concatenate([part.mean for part in self.coordinates])

    @property
    def cov(self) -> Array:
        """The diagonal covariance, shape (d, d)."""
        return np.diag([part.variance for part in self.coordinates])

    def log_density(self, x: Array) -> Array:
        """Return Σ log p_i(x_i), (…, d) -> (…)."""
        return np.asarray(sum(part.log_density(x[..., i : i + 1]) for i, part in enumerate(self.coordinates)))

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """Return n draws, shape (n, d)."""
        return np.concatenate([part.sample(n, rng) for part in self.coordinates], axis=1)

    def through(self, sampler: Any, **accuracy: Any) -> ProductDensity:
        """Return the law of the last iterate, by running `sampler` on each coordinate of its target.

        NotAffine unless the step acts on coordinates independently, which is checked by running it on random states.
        """
        if sampler.dim != self.dim:
            raise InvalidInput(f"the sampler lives in dimension {sampler.dim}, the law in {self.dim}.")
        alone = [_restricted(sampler, part) for part in sampler.target.coordinates]
        for k in sorted({0, sampler.steps // 2, max(sampler.steps - 1, 0)} if sampler.steps else ()):
            _check(sampler, alone, k)
        parts = zip(self.coordinates, alone, strict=True)
        return ProductDensity(tuple(law.through(one, **accuracy) for law, one in parts))


def _restricted(sampler: Any, part: Any) -> Any:
    """Return the sampler of one coordinate."""
    if hasattr(sampler, "score"):
        return replace(sampler, score=replace(sampler.score, target=part))
    return replace(sampler, target=part, begin=None)


def _check(sampler: Any, alone: list[Any], k: int) -> None:
    rng = np.random.default_rng(20240229)
    x, z = rng.standard_normal((2, 32, sampler.dim))
    run: Callable[..., Any] = lambda one, x, z: np.asarray(one.step(k, x, Impulse(x, z, None)))  # noqa: E731
    whole = run(sampler, x, z)
    parts = [run(one, x[:, i : i + 1], z[:, i : i + 1]) for i, one in enumerate(alone)]
    if not np.allclose(whole, np.concatenate(parts, axis=1), rtol=1e-10, atol=1e-12):
        raise NotAffine(
            f"step {k} of {type(sampler).__name__} does not act on coordinates independently; use laws.Particles."
        )
