"""Sums over equal steps of affine chains, by repeated squaring: 10⁹ steps cost thirty products of matrices.

One step is c' = M c + r, C' = M C M^T + ℓ for the deviations of mean and covariance from the ideal law; so are many,
and those after others are again: (M₂M₁, r₂ + M₂r₁, ℓ₂ + M₂ℓ₁M₂^T). Coordinates are in units of the ideal standard
deviations: there, chains that come close to the ideal law are nearly contractions, and rounding does not grow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.backend import Array
from verify.errors import Diverged, InvalidInput, NotAffine
from verify.noise import Impulse

EPS = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Sums:
    """B independent chains of n coordinates: `matrix` and `cov` (B, n, n), `mean` (B, n).

    Rounding, (B,): ‖ΔM‖ ≤ `slip`, |Δr| ≤ `mean_error`, −E ≤ Δℓ ≤ E in the Loewner order with E = `cov_error`·I.
    """

    matrix: Array
    mean: Array
    cov: Array
    slip: Array
    mean_error: Array
    cov_error: Array

    def then(self, later: Sums) -> Sums:
        """Return the sums over these steps and then those of `later`."""
        n = self.mean.shape[1]
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            size, own = later.norm, self.norm
            moved = later.matrix @ self.cov @ _turned(later.matrix)
            weight = np.linalg.norm(self.cov, axis=(1, 2))
            loose = later.slip * (2 * size + later.slip) + 4 * n * EPS * size**2
            length = np.linalg.norm(self.mean, axis=1)
            found = Sums(
                later.matrix @ self.matrix,
                later.mean + (later.matrix @ self.mean[..., None])[..., 0],
                later.cov + 0.5 * (moved + _turned(moved)),
                size * self.slip + later.slip * (own + self.slip) + n * EPS * size * own,
                later.mean_error + (size + later.slip) * self.mean_error + (later.slip + 2 * n * EPS * size) * length,
                later.cov_error + (size + later.slip) ** 2 * self.cov_error + loose * weight,
            )
        if not all(np.isfinite(part).all() for part in (found.matrix, found.mean, found.cov)):
            raise Diverged("the law leaves the range of float64 on the way; take smaller steps or a shorter horizon.")
        return found

    @property
    def norm(self) -> Array:
        """The spectral norms ‖M‖, (B,)."""
        return np.asarray(np.linalg.norm(self.matrix, 2, axis=(1, 2)))

    def repeated(self, count: int) -> Sums:
        """Return the sums over `count` times these steps."""
        total, power = Sums.nothing(*self.mean.shape), self
        while count:
            if count & 1:
                total = total.then(power)
            count >>= 1
            if count:
                power = power.then(power)
        return total

    @classmethod
    def nothing(cls, chains: int, n: int) -> Sums:
        """Return the sums over no steps."""
        zero = np.zeros(chains)
        eye = np.broadcast_to(np.eye(n), (chains, n, n))
        return cls(eye, np.zeros((chains, n)), np.zeros((chains, n, n)), zero, zero, zero)


def equal_steps(sampler: Any) -> bool:
    """Return whether the first step, the last and random ones between do the same, bit by bit."""
    rng = np.random.default_rng(20210607)
    x, z = 10 * rng.standard_normal((2, 4, sampler.dim))
    first = sampler.step(0, x, Impulse(x, z, None))
    return all(np.array_equal(sampler.step(k, x, Impulse(x, z, None)), first) for k in indices(sampler.steps))


def indices(steps: int, tried: int = 30) -> list[int]:
    """Return the first, the last and up to `tried` random indices of steps, sorted."""
    last = max(steps - 1, 0)
    inner = np.random.default_rng(20190607).integers(0, last, size=tried, endpoint=True)
    return sorted({0, last, *map(int, inner)})


def require_affine_score(sampler: Any) -> None:
    """Raise NotAffine where the score of a sampler says that it is not affine: a thin wall escapes every probe."""
    score = getattr(sampler, "score", None)
    if not getattr(score, "affine", True):
        raise NotAffine(f"{type(score).__name__} is no affine score, so the law is no Gaussian; use laws.Particles.")


def require_equal_steps(sampler: Any) -> None:
    """Raise InvalidInput where a chain that calls itself homogeneous has steps that differ."""
    if not equal_steps(sampler):
        raise InvalidInput(f"{type(sampler).__name__} calls itself homogeneous, but its steps differ.")


def one_step(slope: Array, defect: Array, noise: Array, variance: Array, rounding: Array, blot: Array) -> Sums:
    """Return the sums over one step of B chains of n coordinates, in units of `unit(variance)`.

    `slope` M − I and `rounding`, a bound on its entries' error, (B, n, n); `defect` step(m) − m and `blot`, a bound on
    its error, (B, n); `noise` (B, n, j); `variance` that of the ideal law (B, n), the same before and after.
    """
    scale = unit(variance)
    inner, into, ideal = scale[:, None, :], 1 / scale[:, :, None], (variance / scale**2)[:, None, :]
    slope, slack, noise = slope * inner * into, rounding * inner * into, noise * into
    turned, gained = slope * ideal, noise @ _turned(noise)
    slip, size = (np.linalg.norm(part, axis=(1, 2)) for part in (slack, slope))
    blur = slip * (2 + 2 * size + slip) + 8 * EPS * np.trace(gained, axis1=1, axis2=2)
    change = turned + _turned(turned) + turned @ _turned(slope) + gained
    start = np.linalg.norm(blot / scale, axis=1) + 8 * EPS * np.linalg.norm(defect / scale, axis=1)
    return Sums(np.eye(scale.shape[1]) + slope, defect / scale, change, slip, start, blur)


def unit(variance: Array) -> Array:
    """Return the standard deviations, 1 where they vanish."""
    return np.where(variance > 0, np.sqrt(variance), 1.0)


def _turned(matrix: Array) -> Array:
    return np.swapaxes(matrix, 1, 2)
