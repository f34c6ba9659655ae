"""The chains that a kernel can run, and the arguments that it takes them by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

DEGREE = 5  # of a polynomial
WIDEST = 64  # coordinates that a thread of the mixture kernel keeps

Single = npt.NDArray[np.float32]


def _single(values: npt.ArrayLike) -> Single:
    return np.ascontiguousarray(values, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Affine:
    """y' = y + slope y + shift + scale ξ, tables (K, d), or (1, d) for `steps` equal steps.

    The slope is the gain less one: rounding a gain near one would be a drift that adds up.
    """

    slope: Single
    shift: Single
    scale: Single
    steps: int

    name = "affine"

    def arguments(self, n: int, put: Any) -> tuple[Any, ...]:
        """Return what the kernel takes between the states and the stream; `put` brings a table to the device."""
        rows, dim = self.slope.shape
        tables = (put(_single(a)) for a in (self.slope, self.shift, self.scale))
        return (*tables, np.uint64(n), np.uint32(dim), np.uint32(self.steps), np.uint32(rows))

    def threads(self, n: int) -> int:
        """Return how many threads have work: one a coordinate."""
        return n * self.dim

    @property
    def dim(self) -> int:
        """d."""
        return int(self.slope.shape[1])

    def moved(self, k: int, y: Any, z: Any) -> Any:
        """Return y' (n, d) after step k with the normals z (n, d)."""
        row = min(k, len(self.slope) - 1)
        return y + (self.slope[row] * y + (self.scale[row] * z + self.shift[row]))

    def noise(self, k: Any) -> Any:
        """Return the standard deviation of the noise of steps k, (K, d)."""
        return self.scale[np.minimum(k, len(self.scale) - 1)]


@dataclass(frozen=True, eq=False)
class Polynomial:
    """y' = y + Σ c_p y^p + scale ξ on the line, `coefficients` (p + 1,), p ≤ DEGREE, for `steps` equal steps."""

    coefficients: Single
    scale: float
    steps: int

    name = "polynomial"

    def arguments(self, n: int, put: Any) -> tuple[Any, ...]:
        """Return what the kernel takes between the states and the stream."""
        degree = len(self.coefficients) - 1
        return (
            put(_single(self.coefficients)),
            np.float32(self.scale),
            np.uint64(n),
            np.uint32(degree),
            np.uint32(self.steps),
        )

    def threads(self, n: int) -> int:
        """Return how many threads have work: one a particle."""
        return n

    @property
    def dim(self) -> int:
        """1."""
        return 1

    def moved(self, k: int, y: Any, z: Any) -> Any:
        """Return y' (n, 1) after a step with the normals z (n, 1)."""
        drift = np.full_like(y, self.coefficients[-1])
        for c in self.coefficients[-2::-1]:
            drift = drift * y + c
        return y + (drift + np.float32(self.scale) * z)

    def noise(self, k: Any) -> Any:
        """Return the standard deviation of the noise of steps k, (K, 1)."""
        return np.full((np.size(k), 1), self.scale)


@dataclass(frozen=True, eq=False)
class Mixture:
    """y' = a y + b s(y) + scale ξ, s the score of Σ w_k N(m_k, diag v_k) at every step.

    `constant` (N, K) = log w − ½Σ(log v + m²/v), `linear` (N, K, d) = m/v, `precision` (N, K, d) = 1/v; `a`, `b` and
    `scale` (N,).
    """

    constant: Single
    linear: Single
    precision: Single
    a: Single
    b: Single
    scale: Single

    name = "mixture"

    @property
    def steps(self) -> int:
        """N."""
        return len(self.a)

    def arguments(self, n: int, put: Any) -> tuple[Any, ...]:
        """Return what the kernel takes between the states and the stream."""
        _, components, dim = self.linear.shape
        tables = (self.constant, self.linear, self.precision, self.a, self.b, self.scale)
        sizes = np.uint64(n), np.uint32(dim), np.uint32(components), np.uint32(self.steps)
        return (*(put(_single(table)) for table in tables), *sizes)

    def threads(self, n: int) -> int:
        """Return how many threads have work: one a particle."""
        return n

    @property
    def dim(self) -> int:
        """d."""
        return int(self.linear.shape[2])

    def moved(self, k: int, y: Any, z: Any) -> Any:
        """Return y' (n, d) after step k with the normals z (n, d)."""
        linear, precision = self.linear[k], self.precision[k]
        weights = self.constant[k] + (y[:, None] * (linear - np.float32(0.5) * precision * y[:, None])).sum(axis=2)
        share = np.exp(weights - weights.max(axis=1, keepdims=True))
        share /= share.sum(axis=1, keepdims=True)
        return self.a[k] * y + (self.b[k] * (share @ linear - y * (share @ precision)) + self.scale[k] * z)

    def noise(self, k: Any) -> Any:
        """Return the standard deviation of the noise of steps k, (K, 1)."""
        return np.abs(self.scale[k])[:, None]


Chain = Affine | Polynomial | Mixture
