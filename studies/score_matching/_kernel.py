"""What the studies of estimated scores share: a population, its blurred laws, kernel scores from data, and means."""

import math

import numpy as np
from scipy.stats import t as student

import verify as vf
from verify.scores.l2_error import squared_error
from verify.targets import GaussianMixture

POPULATION = GaussianMixture((0.3, 0.7), (-1.5, 1.0), (0.3, 0.5))
NARROWEST = 0.3  # the smaller variance
QUADRATURE = 1e-6  # relative, far below what the draw of the data changes


def blurred(law, sigma):
    """The law of X + σZ."""
    return GaussianMixture(law.weights, law.means, law.covs + sigma**2 * np.eye(law.dim))


def kernel_score(points, sigma):
    """∇log of the data blurred by N(0, σ²), at time 0."""
    score = vf.scores.Smoothed(blurred(POPULATION, sigma), points, sigma)
    return lambda x: score(x, 0.0)


def error_under(law, guess):
    """E|s − ∇log law|² under the law."""
    return squared_error(guess, law, QUADRATURE).value


def mean_of(values, confidence=0.999):
    """Return the mean of independent values with its Student interval."""
    values = np.asarray(values, dtype=float)
    reach = float(student.ppf(0.5 + confidence / 2, values.size - 1) * values.std(ddof=1) / math.sqrt(values.size))
    mean = float(values.mean())
    return vf.Estimate(mean, mean - reach, mean + reach, confidence, "monte carlo")
