"""A Gaussian likelihood with an ℓ¹ prior on the line, and gaps by Monte Carlo."""

import math
from dataclasses import dataclass

import numpy as np

import verify as vf
from verify.targets import Line

Z = 3.890591886413094  # two-sided normal quantile of 99.99 %
METHOD = "monte carlo"


@dataclass(frozen=True, eq=False)
class Lasso(Line):
    """The law ∝ e^{−(x − c)²/2 − w|x|}, c = `centre`, w = `weight`."""

    centre: float = 1.0
    weight: float = 1.0

    @property
    def constants(self):
        """m = 1, L = ∞."""
        return self._constants(1.0, math.inf, math.inf)

    @property
    def kinks(self):
        """0."""
        return (0.0,)

    @property
    def critical_points(self):
        """The soft threshold of c."""
        return np.array([math.copysign(max(abs(self.centre) - self.weight, 0.0), self.centre)])

    def value(self, x):
        """Return V at every entry."""
        return 0.5 * (x - self.centre) ** 2 + self.weight * abs(x)

    def slope(self, x):
        """Return V′, its mean value at 0."""
        return x - self.centre + self.weight * np.sign(x)

    def prox_at(self, x, size):
        """Return the soft threshold of (x + size·c)/(1 + size) at w·size/(1 + size)."""
        inner = (x + size * self.centre) / (1 + size)
        return np.sign(inner) * np.maximum(np.abs(inner) - self.weight * size / (1 + size), 0.0)

    def closed_moments(self):
        """Mean and variance in closed form: N(c − w, 1) cut to x > 0 beside N(c + w, 1) cut to x < 0."""
        total, first, second = 0.0, 0.0, 0.0
        for side in (1, -1):
            centre = side * self.centre - self.weight  # of |x| on that side
            share = 0.5 * math.erfc(-centre / math.sqrt(2))
            edge = math.exp(-0.5 * centre**2) / math.sqrt(2 * math.pi)
            size = math.exp(0.5 * centre**2)
            total += size * share
            first += side * size * (centre * share + edge)
            second += size * ((centre**2 + 1) * share + centre * edge)
        mean = first / total
        return mean, second / total - mean**2


def gap(values, truth):
    """Return E of independent `values` minus `truth`, at 99.99 %; it is compared with 0, so it has no null to clear."""
    error, off = Z * values.std() / math.sqrt(len(values)), float(values.mean() - truth)
    return vf.Estimate(off, off - error, off + error, 0.9999, METHOD)
