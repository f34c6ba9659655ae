"""laws.CloudMoments: what is kept of particles that were never all in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from verify.backend import Array


@dataclass(frozen=True, eq=False)
class CloudMoments:
    """Mean (d,), unbiased covariance (d, d) of n points, and how many of them are ≤ each of the `thresholds` (q,).

    `counts` is (q, d), one column a coordinate. The plug-in divergences take it for the cloud it came from.
    """

    n: int
    mean: Array
    cov: Array
    thresholds: Array
    counts: Array

    @property
    def dim(self) -> int:
        """d."""
        return self.mean.size

    @classmethod
    def of(cls, points: Array, thresholds: Array) -> CloudMoments:
        """Return the moments of the points (n, d), summed in double precision."""
        rows = np.ascontiguousarray(points.T, dtype=np.float64)
        mean = rows.mean(axis=1)
        rows -= mean[:, None]
        counts = np.array([(rows <= (level - mean)[:, None]).sum(axis=1) for level in thresholds], dtype=float)
        cov = rows @ rows.T / max(len(points) - 1, 1)
        return cls(len(points), mean, cov, thresholds, counts.reshape(thresholds.size, mean.size))

    def merged(self, other: CloudMoments) -> CloudMoments:
        """Return the moments of both sets of points (Chan, Golub, LeVeque, 1983)."""
        n, gap = self.n + other.n, other.mean - self.mean
        scatter = (self.n - 1) * self.cov + (other.n - 1) * other.cov
        scatter = scatter + np.outer(gap, gap) * (self.n * other.n / n)
        mean = self.mean + gap * (other.n / n)
        return CloudMoments(n, mean, scatter / (n - 1), self.thresholds, self.counts + other.counts)
