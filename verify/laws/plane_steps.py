"""What a step does to points of the plane, found by running it, and the grids and kernels that follow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from verify.backend import Array
from verify.errors import Diverged, InvalidInput, NoDensity
from verify.noise import Impulse

MOST = 200  # nodes along an axis
ASKEW = 1e-8  # relative departure from "affine in the noise" that is more than rounding


def axis(low: float, high: float, spacing: float) -> Array:
    """Return equally spaced nodes; InvalidInput says how many are needed where that is too many."""
    need = math.ceil((high - low) / spacing - 1e-9) + 1 if math.isfinite(high - low) else MOST + 1
    if need > MOST:
        raise InvalidInput(
            f"the grid would need {need} nodes along an axis, more than {MOST}: the steps are too fine for the "
            f"width [{low:.4g}, {high:.4g}] of the law; take larger steps or laws.Particles."
        )
    return np.linspace(low, high, max(need, 8))


def kernel(y: Array, mean: Array, std: Array) -> Array:
    """Return N(y_j; mean_i, std_i²), shape (y, mean)."""
    z = np.subtract.outer(y, mean) / std
    return np.asarray(np.exp(-0.5 * z * z) / (math.sqrt(2 * math.pi) * std))


def mesh(low: Array, high: Array, nodes: int) -> Array:
    """Return the points of an equal grid, (nodes², 2)."""
    axes = [np.linspace(a, b, nodes) for a, b in zip(low, high, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)


def slopes(mean: Array, low: Array, high: Array, nodes: int) -> Array:
    """Return the largest derivative of the mean along each axis, shape (2,)."""
    table = mean.reshape(nodes, nodes, 2)
    sizes = (high - low) / (nodes - 1)
    return np.array([np.abs(np.gradient(table, sizes[i], axis=i)).max() for i in (0, 1)])


def move(sampler: Any, k: int, x: Array) -> tuple[Array, Array]:
    """Return the means (n, 2) and standard deviations (n, 2) of step k at x; NoDensity where its noise is not such."""
    silent = Impulse(x)
    mean = np.asarray(sampler.step(k, x, silent))
    variance, cross = np.zeros_like(x), np.zeros(len(x))
    total = np.zeros_like(x)
    for draw in range(silent.draws):
        parts = [
            np.asarray(sampler.step(k, x, Impulse(x, np.eye(2)[i] * np.ones_like(x), draw))) - mean for i in (0, 1)
        ]
        variance += parts[0] ** 2 + parts[1] ** 2
        cross += parts[0][:, 0] * parts[0][:, 1] + parts[1][:, 0] * parts[1][:, 1]
        total += parts[0] + parts[1]
    std = np.sqrt(variance)
    if not np.isfinite(mean).all():
        raise Diverged(f"step {k} leads out of the range of float64; take smaller steps.")
    got = np.asarray(sampler.step(k, x, Impulse(x, np.full_like(x, -1.7), None)))
    straight = np.abs(got - mean + 1.7 * total) <= ASKEW * (np.abs(got) + np.abs(mean) + std)
    if not ((std > 0).all() and straight.all() and (np.abs(cross) <= ASKEW * std.prod(axis=1)).all()):
        raise NoDensity(f"step {k} of {type(sampler).__name__} does not add independent Gaussian noise to both "
                        "coordinates; use laws.Particles.")  # fmt: skip
    return mean, std
