"""Leading coefficients of a sampler's covariance error in h."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from verify.backend import Array
from verify.estimate import Estimate
from verify.laws.gaussian import deviation_from
from verify.observables.observable import ideal, output
from verify.timegrid import TimeGrid


def scaled_bias(sampler: Any) -> tuple[Array, Array]:
    """Return (variance − ideal)/h per eigencoordinate of a sampler on equal steps, and its rounding."""
    deviation = deviation_from(output(sampler), ideal(sampler))
    h = float(sampler.grid.step_sizes[0])
    cov = deviation.cov if deviation.cov.ndim == 1 else np.diagonal(deviation.cov)
    return cov / h, deviation.cov_error / h


def halved(sampler: Any) -> Any:
    """Return the sampler on a grid of twice as many equal steps."""
    grid = sampler.grid
    return replace(sampler, grid=TimeGrid.uniform(grid.horizon, 2 * sampler.steps, stop=grid.stop))


@dataclass(frozen=True)
class VarianceBias:
    """lim (variance − ideal)/h of eigencoordinate `index` as h → 0, by one Richardson step: error O(h²)."""

    index: int = 0

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return the extrapolated coefficient; the interval covers the last correction."""
        (coarse, e1), (fine, e2) = scaled_bias(subject), scaled_bias(halved(subject))
        i = self.index
        value, change = float(2 * fine[i] - coarse[i]), float(abs(fine[i] - coarse[i]))
        rounding = float(2 * e2[i] + e1[i])
        return Estimate.exact(value, change * subject.grid.step_sizes[0] + rounding, "Richardson extrapolation")


@dataclass(frozen=True)
class LogBias:
    """b where (variance − ideal)/h = a + b log h + O(h log h), from differences over halvings, extrapolated once."""

    index: int = 0

    def __call__(self, subject: Any, cell: Any) -> Estimate:
        """Return b; the interval covers what the last halving changed."""
        chain = [subject]
        while len(chain) < 4:
            chain.append(halved(chain[-1]))
        values = np.array([float(scaled_bias(s)[0][self.index]) for s in chain])
        rounding = sum(float(scaled_bias(s)[1][self.index]) for s in chain)
        slopes = -np.diff(values) / math.log(2)
        better = 2 * slopes[1:] - slopes[:-1]
        return Estimate.exact(
            float(better[1]), float(abs(better[1] - better[0])) + 8 * rounding, "extrapolated halvings"
        )
