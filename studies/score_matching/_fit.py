"""Two normal components, or one, fitted to data on the line, and how far the fits are from the population."""

import functools
import math

import numpy as np
from _kernel import POPULATION
from scipy.special import expit

from verify.targets import Gaussian, GaussianMixture

ITERATIONS = 400
CONVERGED = 1e-3  # of 1/√n, to which n data know the means; what is left to go is some ten times as much
POINTS = np.linspace(-7.0, 7.0, 1401)  # of the trapezoid rule: 8.5 standard deviations beyond the outermost mean
LOG_DENSITY = POPULATION.log_density(POINTS[:, None])


def fitted(points, start):
    """Return the mixture of two of greatest likelihood next to `start`, by EM (Dempster, Laird, Rubin, 1977)."""
    x = points[:, 0]
    powers = np.stack([np.ones_like(x), x, x * x])
    everything = powers.sum(axis=1)
    weights, means, variances = start.weights, start.means[:, 0], start.covs[:, 0, 0]
    for _ in range(ITERATIONS):
        heights = np.log(weights) - 0.5 * np.log(variances) - 0.5 * means**2 / variances
        # log-odds of the second component: a quadratic in x
        odds = np.diff(heights), np.diff(means / variances), -0.5 * np.diff(1 / variances)
        second = powers @ expit(np.concatenate(odds) @ powers)
        sums = np.stack([everything - second, second], axis=1)
        old, means = means, sums[1] / sums[0]
        variances, weights = sums[2] / sums[0] - means**2, sums[0] / x.size
        if np.abs(means - old).max() < CONVERGED / math.sqrt(x.size):
            break
    return GaussianMixture(weights, means, variances)


@functools.cache
def fits(n, count):
    """KL(p‖fit), TV(p, fit) and KL(p‖Gaussian fit) for a number of sets of n data, (count, 3)."""
    rng = np.random.default_rng(n)
    return np.array([fit_errors(POPULATION.sample(n, rng)) for _ in range(count)])


def fit_errors(points):
    """KL(p‖fit), TV(p, fit), KL(p‖Gaussian fit)."""
    fit = fitted(points, POPULATION).log_density(POINTS[:, None])
    gaussian = Gaussian(points.mean(axis=0), np.cov(points.T).reshape(1, 1)).log_density(POINTS[:, None])
    spacing = POINTS[1] - POINTS[0]
    variation = 0.5 * spacing * float(np.abs(np.exp(LOG_DENSITY) - np.exp(fit)).sum())
    return kl_to(fit) * spacing, variation, kl_to(gaussian) * spacing


def kl_to(log_density):
    """Sum of p φ(log p/law) over POINTS, φ(r) = r + e^{−r} − 1 ≥ 0."""
    r = LOG_DENSITY - log_density
    return float(np.exp(LOG_DENSITY) @ (r + np.expm1(-r)))
