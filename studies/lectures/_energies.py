"""Errata of energy-based models, by plain numbers: each function returns (printed, corrected, truth)."""

import math

import numpy as np
from _matching import DIFFERENCES, slope
from _row import Row
from scipy.integrate import quad
from scipy.stats import norm


def total_variation(length=0.1, gap=0.5):
    """TV on [0, 0.1] of e^{−U}/Z, U = ½ on the left half and −½ on the right, to the uniform law."""
    halves = ((0.0, length / 2, gap), (length / 2, length, -gap))
    z = sum(quad(lambda x, u=u: math.exp(-u), a, b)[0] for a, b, u in halves)
    truth = sum(quad(lambda x, u=u: abs(math.exp(-u) / z - 1 / length), a, b)[0] for a, b, u in halves) / 2
    return length / 2 * gap, gap / 2, truth


def likelihood_gradient(theta=2.0, moment=1.3):
    """Gradient in θ of −E_data U − log Z for U = θx²/2, E_data x² = 1.3; the truth by differences of log Z."""

    def log_likelihood(t):
        z = quad(lambda x: math.exp(-t * x * x / 2), -30, 30, epsabs=1e-15, epsrel=1e-13)[0]
        return -t * moment / 2 - math.log(z)

    data, model = moment / 2, 1 / (2 * theta)
    return data - model, model - data, slope(log_likelihood, theta)


def fisher_identity(theta=1.0, former=0.5, x=2.0):
    """∇_θ log p_θ(x) for z ~ N(0, 1), x|z ~ N(θz, 1): E[(x − θz)z] over the posterior at θ_n or θ, by quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(20)
    means = []
    for t in (former, theta):
        z = t * x / (1 + t * t) + nodes / math.sqrt(1 + t * t)
        means.append(float(weights @ ((x - theta * z) * z) / weights.sum()))
    return *means, slope(lambda t: norm.logpdf(x, 0, math.sqrt(1 + t * t)), theta)


ROWS = {
    "S4-10": Row(
        "TV on [0, 0.1], U − U_θ = ±½ (truth ≤ number)",
        "TV(π, π_θ) ≤ ½|X| sup|U − U_θ|, |X| the domain's length",
        "TV(π, π_θ) ≤ ½ sup|U − U_θ|",
        total_variation,
        None,
    ),
    "S4-13": Row(
        "gradient at θ = 2 for U = θx²/2, E x² = 1.3",
        "The log-likelihood's gradient is E_data ∇U − E_θ ∇U",
        "The log-likelihood's gradient is −E_data ∇U + E_θ ∇U",
        likelihood_gradient,
        DIFFERENCES,
    ),
    "S4-16": Row(
        "∇_θ log p_θ(2) at θ = 1, θ_n = ½, x|z ~ N(θz, 1)",
        "∇log p_θ(x) = E ∇log p_θ(x, z) over the posterior at θ_n",
        "∇log p_θ(x) = E ∇log p_θ(x, z) over the posterior at θ",
        fisher_identity,
        DIFFERENCES,
    ),
}
