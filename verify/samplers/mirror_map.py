"""MirrorMap: a separable strictly convex φ, by its gradient, the inverse of that and its curvature; six of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from verify import targets
from verify.backend import AnyArray, Array, like, namespace
from verify.errors import InvalidInput


@dataclass(frozen=True)
class MirrorMap:
    """φ(x) = Σφ_i(x_i) by its gradient, the inverse of that, ∇φ*, and its curvature φ″ > 0, each (…, d) -> (…, d)."""

    gradient: Callable[[AnyArray], AnyArray]
    inverse: Callable[[AnyArray], AnyArray]
    curvature: Callable[[AnyArray], AnyArray]


def entropy() -> MirrorMap:
    """Return φ = x log x − x on (0, ∞): ∇φ = log x, which has all of R as its range."""
    return MirrorMap(lambda x: namespace(x).log(x), lambda y: namespace(y).exp(y), lambda x: 1 / x)


def binary_entropy() -> MirrorMap:
    """Return φ = x log x + (1 − x) log(1 − x) on (0, 1): ∇φ = log(x/(1 − x)), which has all of R as its range."""

    def gradient(x: AnyArray) -> AnyArray:
        xp = namespace(x)
        return xp.log(x) - xp.log1p(-x)

    def inverse(y: AnyArray) -> AnyArray:
        xp = namespace(y)
        less = xp.exp(-xp.abs(y))
        return xp.where(y > 0, 1 / (1 + less), less / (1 + less))

    return MirrorMap(gradient, inverse, lambda x: 1 / (x * (1 - x)))


def log_barrier(weight: float = 1.0, rate: float = 0.0) -> MirrorMap:
    """Return φ = −A log x + bx on (0, ∞), A = `weight`, b = `rate`: ∇φ = b − A/x < b only.

    With A = a − 1 it is −log of the Gamma density. A step in the dual that leaves the range has no preimage: NaN, which
    laws.Particles reports as Diverged. `tamed_barrier` has the same wall and all of R as its range.
    """

    def inverse(y: AnyArray) -> AnyArray:
        xp = namespace(y)
        return weight / xp.where(y < rate, rate - y, xp.nan * y)

    return MirrorMap(lambda x: rate - weight / x, inverse, lambda x: weight / (x * x))


def tamed_barrier(weight: float = 1.0, pull: float = 1.0) -> MirrorMap:
    """Return φ = −A log x + cx²/2 on (0, ∞), A = `weight`, c = `pull`: ∇φ = cx − A/x has range R."""

    def inverse(y: AnyArray) -> AnyArray:
        xp = namespace(y)
        root = xp.sqrt(y * y + 4 * pull * weight)
        return xp.where(y > 0, (root + y) / (2 * pull), 2 * weight / (root + xp.abs(y)))

    return MirrorMap(lambda x: pull * x - weight / x, inverse, lambda x: pull + weight / (x * x))


def interval_barrier(left: float = 1.0, right: float = 1.0) -> MirrorMap:
    """Return φ = −A log x − B log(1 − x) on (0, 1), A = `left`, B = `right`; ∇φ has all of R as its range.

    With A = a − 1 and B = b − 1 it is −log of the Beta density. ∇φ* solves yx² − (y − A − B)x − A = 0.
    """

    def inverse(y: AnyArray) -> AnyArray:
        xp = namespace(y)
        root = xp.sqrt((y + left - right) ** 2 + 4 * left * right)
        low, high = root + left + right - y, root + left + right + y  # 2A/x and 2B/(1 − x)
        return xp.where(y < 0, 2 * left / low, 1 - 2 * right / high)

    return MirrorMap(lambda x: right / (1 - x) - left / x, inverse, lambda x: left / x**2 + right / (1 - x) ** 2)


def newton(target: targets.Gaussian) -> MirrorMap:
    """Return φ = −log π of a Gaussian with uncorrelated coordinates: the Newton–Langevin map."""
    if target.eigenvectors is not None or not target.eigenvalues.all():
        raise InvalidInput("a Newton map needs a non-singular `cov` that is diagonal; rotate the coordinates.")
    variance: Array = np.asarray(target.eigenvalues)
    return MirrorMap(
        target.gradient,
        lambda y: like(target.mean, y) + like(variance, y) * y,
        lambda x: like(1 / variance, x) + 0.0 * x,
    )
