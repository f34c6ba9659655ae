"""Errata of score matching and denoising: each function returns (printed, corrected, truth)."""

import math

import numpy as np
from _row import Row
from scipy.integrate import quad
from scipy.stats import norm

from verify import targets

BETA = 0.36  # √(1 − β) = 0.8, √β = 0.6
DATA = targets.Gaussian(np.ones(1), 0.25 * np.eye(1))  # N(1, ¼)
ATOMS, WEIGHTS, PLACE = np.array([0.5, 2.0]), np.array([0.7, 0.3]), 1.2
DIFFERENCES = 1e-10  # five points at distance 10⁻³: (10⁻³)⁴ times a fifth derivative, rounding 10⁻¹⁶/10⁻³


def draws(mean, variance, count=40):
    """Return points and weights of the Gauss–Hermite rule for N(mean, variance): exact for polynomials."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    return mean + math.sqrt(variance) * nodes, weights / weights.sum()


def slope(f, x, step=1e-3):
    """Return f'(x) by five points."""
    return float(8 * (f(x + step) - f(x - step)) - f(x + 2 * step) + f(x - 2 * step)) / (12 * step)


def score(target, x):
    """Return ∇log p at an array of points of the line."""
    return target.score(np.reshape(x, (-1, 1)))[:, 0].reshape(np.shape(x))


def noised(*betas, x=1.5):
    """E[x_k | x_0 = 3/2] after noising with β_1, …, β_k; the truth is the mean of OU from a point at the same times."""
    printed, law = x, targets.Empirical(np.array([[x]]))
    for beta in betas:
        printed = math.sqrt(1 - beta * printed)
        law = law.diffused(-0.5 * math.log1p(-beta))
    return printed, math.sqrt(math.prod(1 - beta for beta in betas)) * x, float(law.mean[0])


def posterior(kernel):
    """Return the posterior of the two atoms given x' = 1.2 where x' ~ N(kernel(x), β)."""
    weight = WEIGHTS * norm.pdf(PLACE, kernel(ATOMS), math.sqrt(BETA))
    return weight / weight.sum()


def right_kernel(x):
    """√(1 − β)x."""
    return math.sqrt(1 - BETA) * x


def printed_kernel(x):
    """√(1 − βx)."""
    return np.sqrt(1 - BETA * x)


def blurred():
    """Return the law of x' for the two atoms."""
    return targets.GaussianMixture(WEIGHTS, right_kernel(ATOMS), np.full(2, BETA))


def conditional_score():
    """∇log p_β(1.2): by either kernel as the mean of ∇log p(x'|x) given x' = 1.2, and by differences of log p_β."""
    means = [float(posterior(mean) @ (mean(ATOMS) - PLACE)) / BETA for mean in (printed_kernel, right_kernel)]
    density = blurred().log_density
    return *means, slope(lambda x: float(density(np.array([x]))), PLACE)


def tweedie():
    """x' + β∇log p_β(x') at x' = 1.2, with the score of the mixture."""
    mean = float(posterior(right_kernel) @ ATOMS)
    truth = PLACE + BETA * float(score(blurred(), np.array(PLACE)))
    return math.sqrt(1 - BETA * mean), math.sqrt(1 - BETA) * mean, truth


def cross_term():
    """E s(x')·∇log p(x'|x) for s(x) = −2x: the product of the two means, the mean of the product, E s·∇log p_β."""
    (x, v), (z, w) = draws(1.0, 0.25), draws(0.0, 1.0)
    given = -2 * (math.sqrt(1 - BETA) * x[:, None] + math.sqrt(BETA) * z)
    inner = -z / math.sqrt(BETA)
    product = float(v @ given @ w) * float(w @ inner)
    law = DATA.diffused(-0.5 * math.log1p(-BETA))
    y, u = draws(float(law.mean[0]), float(law.cov[0, 0]))
    return product, float(v @ (given * inner) @ w), float(u @ (-2 * y * score(law, y)))


def regression(sigma=0.5):
    """Slope of the least-squares regression of ±n/σ on x̃ = x + σn, x ~ N(0, 1); the truth is the slope of the score."""
    (x, v), (n, w) = draws(0.0, 1.0), draws(0.0, 1.0)
    data = x[:, None] + sigma * n
    by_noise = float(v @ (data * n / sigma) @ w) / float(v @ data**2 @ w)
    law = targets.Gaussian(np.zeros(1), (1 + sigma**2) * np.eye(1))
    return by_noise, -by_noise, float(score(law, np.array(1.0)))


def weighted_levels(levels=(2.0, 1.0, 0.5)):
    """Σσ_i²E(s + n/σ_i)² over x̃ = x + σ_i n, x ~ N(0, 1), s = −x̃/(1 + σ_i²); E(σ_i s + n)² = 1/(1 + σ_i²)."""
    (x, v), (n, w) = draws(0.0, 1.0), draws(0.0, 1.0)
    truth = sum(s**2 * float(v @ (n / s - (x[:, None] + s * n) / (1 + s**2)) ** 2 @ w) for s in levels)
    sizes = {s: 1 / (1 + s**2) for s in levels}
    return sum(s * size for s, size in sizes.items()), sum(sizes.values()), truth


def losses():
    """Return ½E(s − ∇log p)², E[½s² + s'] and ½E|∇log p|² on N(1, ¼) for s(x) = −x."""
    x, w = draws(1.0, 0.25)
    exact = score(DATA, x)
    return float(w @ (x + exact) ** 2) / 2, float(w @ (x**2 / 2 - 1)), float(w @ exact**2) / 2


def factor():
    """How much E[½s² + s'] is above its least value, that of the score with s' = −4, beside E(s − ∇log p)²."""
    explicit, implicit, constant = losses()
    least = constant - 4.0
    return 2 * explicit, explicit, implicit - least


def constant():
    """½E(s − ∇log p)² from E[½s² + s'], without and with the constant."""
    explicit, implicit, missing = losses()
    return implicit, implicit + missing, explicit


def boundary():
    """The best constant score c of Exp(1): by E[½c² + 0], by E[½c²] − c[p]_0^∞, and E∇log p, the best for all c."""
    ends = math.exp(-60) - math.exp(-0.0)
    return 0.0, ends, -quad(lambda x: math.exp(-x), 0, 60, epsabs=1e-13)[0]


ROWS = {
    "S1-04": Row("E x' from x = 3/2, β = 0.36", "x' = √(1 − βx) + √β ε", "x' = √(1 − β)x + √β ε", lambda: noised(BETA)),
    "S1-08": Row(
        "E x_2 from x_0 = 3/2, β = 0.36, 0.19",
        "x_k composes √(1 − β_i x_{i−1}) + √β_i ε",
        "x_k = √ᾱ_k x_0 + √(1 − ᾱ_k) ε with ᾱ_k = Π(1 − β_i)",
        lambda: noised(BETA, 0.19),
    ),
    "S1-05": Row(
        "score of p_β at 1.2, atoms ½ and 2",
        "∇log p_β(x') = −E[x' − √(1 − βx) | x']/β",
        "∇log p_β(x') = −E[x' − √(1 − β)x | x']/β",
        conditional_score,
        DIFFERENCES,
    ),
    "S1-06": Row(
        "x' + β∇log p_β(x') at 1.2, atoms ½ and 2",
        "x' + β∇log p_β(x') = √(1 − βE[x|x'])",
        "x' + β∇log p_β(x') = √(1 − β)E[x|x']",
        tweedie,
    ),
    "S1-07": Row(
        "cross term for s = −2x on N(1, ¼), β = 0.36",
        "The cross term is Es(x')·E∇log p(x'|x)",
        "The cross term is E[s(x')·∇log p(x'|x)] = E[s·∇log p_β]",
        cross_term,
    ),
    "S2-16": Row(
        "least-squares slope on N(0, 1), σ = ½",
        "The network's target is +n/σ",
        "The network's target is −n/σ",
        regression,
    ),
    "S2-19": Row(
        "loss of the score of N(0, 1), σ = 2, 1, ½",
        "With λ_i = σ_i², Σλ_iE|s + n/σ_i|² = Σσ_iE|σ_i s + n|²",
        "With λ_i = σ_i², Σλ_iE|s + n/σ_i|² = ΣE|σ_i s + n|²",
        weighted_levels,
    ),
    "S3-02": Row(
        "excess of s = −x over the score of N(1, ¼)",
        "E[½|s|² + div s] exceeds its least value by E|s − ∇log p|²",
        "E[½|s|² + div s] exceeds its least value by ½E|s − ∇log p|²",
        factor,
    ),
    "S4-17": Row(
        "½E|s − ∇log p|² for s = −x on N(1, ¼)",
        "½E|s − ∇log p|² = E[½|s|² + div s]",
        "½E|s − ∇log p|² = E[½|s|² + div s] + ½E|∇log p|²",
        constant,
    ),
    "S3-03": Row(
        "best constant score of Exp(1)",
        "½E|s − ∇log p|² = E[½|s|² + div s] + C for all smooth s",
        "½E|s − ∇log p|² = E[½|s|² + div s] − [s p] + C, with the boundary's term",
        boundary,
        DIFFERENCES,
    ),
}
