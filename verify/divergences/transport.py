"""Optimal transport between particles and a known Gaussian law on the line: sorted W1 and W2.

On the line W_p(F_n, F)^p = Σ_i ∫_{(i−1)/n}^{i/n} |x_(i) − Q(u)|^p du with exact cells for the normal quantile Q. W_p
is a metric: |W_p(F_n, G) − W_p(F, G)| ≤ W_p(F_n, F), so the cloud's distance ± an upper quantile of W_p(F_n, F) covers
the distance of the *law* of the cloud at least as often as stated. That quantile is simulated for a Gaussian F with its
moments; the null is the same statistic for F = the known law. Both use fixed seeds, so results repeat.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from verify.backend import Array
from verify.divergences.closed import is_cloud, points_of
from verify.divergences.difference import EPS
from verify.errors import NotApplicable
from verify.estimate import Estimate

METHOD = "monte carlo, sorted"
REPEATS = 400
LARGEST = 10_000  # nulls of larger samples are scaled from here: √n W1 has a limit, √(n/log log n) W2 too


@lru_cache(maxsize=8)
def cells(n: int) -> tuple[Array, Array]:
    """Return the normal quantiles z at i/n, i = 0 … n, and the density there."""
    z = ndtri(np.arange(n + 1) / n)
    return z, np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)


def standard_power(x: Array, power: int) -> Array:
    """Return W_power^power between the atoms x (…, n), sorted along the last axis, and N(0, 1); power 1 or 2."""
    n = x.shape[-1]
    z, density = cells(n)
    if power == 2:
        return np.asarray((x**2).mean(axis=-1) - 2 * (x @ (density[:-1] - density[1:])) + 1)
    kink = np.clip(x, z[:-1], z[1:])
    level, at = ndtr(kink), np.exp(-0.5 * kink**2) / math.sqrt(2 * math.pi)
    grid = np.arange(n + 1) / n
    below = x * (level - grid[:-1]) - (density[:-1] - at)
    above = (at - density[1:]) - x * (grid[1:] - level)
    return np.asarray((below + above).sum(axis=-1))


@lru_cache(maxsize=64)
def _null(n: int, power: int, confidence: float) -> tuple[float, float, float, float]:
    """Return (mean, low, high, upper) of W_power(F_n, F), F = N(0, 1): equal-tailed range, one-sided quantile."""
    size = min(n, LARGEST)
    rng = np.random.default_rng(20230405)
    draws = np.array([float(standard_power(np.sort(rng.standard_normal(size)), power)) for _ in range(REPEATS)])
    return spread(np.maximum(draws, 0.0) ** (1 / power) * shrink(n, size, power), confidence)


def spread(draws: Array, confidence: float) -> tuple[float, float, float, float]:
    """Return (mean, low, high, upper) of draws: equal-tailed range, one-sided quantile."""
    tail = 0.5 * (1 - confidence)
    low, high, upper = np.quantile(draws, [tail, 1 - tail, confidence])
    return float(draws.mean()), float(low), float(high), float(upper)


def shrink(n: int, size: int, power: int) -> float:
    """Return what a null simulated at `size` is multiplied with for n points."""
    if n <= size:
        return 1.0
    slow = math.sqrt(math.log(math.log(n)) / math.log(math.log(size))) if power == 2 else 1.0
    return slow * math.sqrt(size / n)


def sides(p: Any, q: Any) -> tuple[Any, Array]:
    """Return the known law and the points (n, d) of the cloud, whichever comes first."""
    law, cloud = (p, q) if is_cloud(q) else (q, p)
    return law, points_of(cloud)


def wasserstein(power: int, p: Any, q: Any, confidence: float) -> Estimate:
    """Return W1 or W2 of a cloud on the line from a known Gaussian law, by sorting."""
    law, points = sides(p, q)
    if law.dim != 1:
        raise NotApplicable(f"sorted distances need d = 1; got d = {law.dim}. Use wasserstein2 or sliced_wasserstein2.")
    scale, x = math.sqrt(float(law.eigenvalues[0])), np.sort(points[:, 0] - law.mean[0])
    value = _distance(x, scale, power)
    mean, low, high, upper = _null(x.size, power, confidence)
    null = Estimate(scale * mean, scale * low, scale * high, confidence, f"{METHOD}, simulated")
    # F_n to F costs the upper quantile at the cloud's own scale, itself known to a relative 1/√(2n)
    blur = 1 + float(norm.ppf(confidence)) / math.sqrt(2 * x.size)
    own = float(x.std(ddof=1)) * upper * blur
    return Estimate(value, max(value - own, 0.0), value + own, confidence, METHOD, null)


def _distance(x: Array, scale: float, power: int) -> float:
    if not scale > 16 * EPS * float(np.abs(x).max()):  # an atom
        return math.pow(float(np.mean(np.abs(x) ** power)), 1 / power)
    total: float = max(float(standard_power(x / scale, power)), 0.0)
    return scale * math.pow(total, 1 / power)
