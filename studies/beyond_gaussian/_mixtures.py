"""Mixtures on the line and the exact law of what a reverse sampler makes of them, for the studies of this folder."""

import functools

import numpy as np

import verify as vf
from verify import laws
from verify.targets import GaussianMixture

# Panels of a reverse chain: wide ones leave about 1e-8 in TV, told in the interval; errors here are 1e-3 and more.
ACCURACY = {"width": 6.0, "tail": 1e-12}


def line(weights, means, variances):
    """Return a mixture on the line."""
    return GaussianMixture(np.array(weights), np.array(means), np.array(variances))


CASES = {
    "close": line((0.5, 0.5), (-1.0, 1.0), (1.0, 1.0)),  # flat on top, L = 1
    "apart": line((0.5, 0.5), (-2.0, 2.0), (1.0, 1.0)),  # L = 3
    "far": line((0.5, 0.5), (-4.0, 4.0), (1.0, 1.0)),  # L = 15
    "uneven": line((0.3, 0.7), (-0.4, 1.6), (0.5, 0.8)),  # of mean 1 and skewed, L = 2
}


@functools.lru_cache(maxsize=8)
def output(sampler):
    """Return the exact law of the last iterate as a density on panels."""
    return laws.GridDensity.of(sampler.start()).through(sampler, **ACCURACY)


def error(divergence):
    """Return the observable divergence(p, output)."""
    return lambda sampler, cell: divergence(sampler.goal(), output(sampler))


kl, tv, w2 = map(error, (vf.kl, vf.total_variation, vf.wasserstein2))
