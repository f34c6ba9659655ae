"""Errata of annealing and of reverse diffusions: each function returns (printed, corrected, truth)."""

import math
from itertools import pairwise

import numpy as np
from _matching import draws
from _row import Row
from scipy.integrate import quad
from scipy.stats import norm

import verify as vf
from verify import laws, samplers, scores, targets
from verify.targets import gallery

LEVELS = np.geomspace(3.0, 0.1, 10)
ANNEALING = {"step_size": 2e-3, "steps_per_level": 2000}  # e^{−4} of the last change of level, 0.01, is left
BLUR = 0.02  # the last level adds σ_L² = 0.01 to the variance, Langevin's steps ε/4, what is left less
MEANS, EVALUATIONS = (-4.0, 4.0), 24
TRAPEZOIDS = 1e-4  # |p − q| has kinks: spacing² times their jumps


class Downhill(samplers.AnnealedLangevin):
    """x − (ε_i/2)s_i(x) + √ε_i ξ."""

    def score_at(self, x, sigma):
        """Return minus the score."""
        return -super().score_at(x, sigma)


def annealed(levels=LEVELS, kind=samplers.AnnealedLangevin, **options):
    """E x² after annealed Langevin on N(0, 1)."""
    law = kind(scores.Exact(gallery.standard()), levels, **(ANNEALING | options)).run()
    return float(law.cov[0, 0] + law.mean[0] ** 2)


def order_of_levels():
    """From small to large noise, from large to small, and E x² of the data."""
    return annealed(LEVELS[::-1], any_order=True), annealed(), 1.0


def sign():
    """With the score's sign turned, one step a level; as it is; and E x² of the data."""
    return annealed(kind=Downhill, steps_per_level=1), annealed(), 1.0


def noise_of_a_level(sigma=0.5):
    """E(x + n)² with n ~ N(0, σ) or N(0, σ²), x ~ N(0, 1); −x/s(x) of the score that annealing follows at σ."""
    (x, v), (z, w) = draws(0.0, 1.0), draws(0.0, 1.0)
    spread = [float(v @ (x[:, None] + scale * z) ** 2 @ w) for scale in (math.sqrt(sigma), sigma)]
    chain = samplers.AnnealedLangevin(scores.Exact(gallery.standard()), np.array([sigma]), 1e-3, 1)
    return *spread, -1 / float(chain.score_at(np.ones((1, 1)), sigma)[0, 0])


def two_modes():
    """TV to two modes after 24 score evaluations: the better of two ULAs, the reverse diffusion, it on a plain grid."""
    target = targets.GaussianMixture(np.array([0.7, 0.3]), np.array(MEANS), np.ones(2))
    goal = laws.GridDensity.of(target)
    chains = [samplers.ULA(target, step, EVALUATIONS) for step in (0.2, 0.3)]
    slow = min(vf.total_variation(goal, laws.GridDensity.of(chain.start()).through(chain)).value for chain in chains)
    times = vf.TimeGrid.uniform(math.log(MEANS[1]) + 2, steps=EVALUATIONS)
    chain = samplers.ExponentialIntegrator(scores.Exact(target), times)
    fast = vf.total_variation(goal, laws.GridDensity.of(chain.start()).through(chain)).value
    return slow, fast, on_a_grid(np.asarray(times.tau), np.linspace(-13, 13, 1041))


def on_a_grid(tau, x):
    """TV of the exponential integrator from N(0, 1), by the trapezoid rule and formulas written out."""
    density, spacing = norm.pdf(x), x[1] - x[0]
    for start, stop in pairwise(tau):
        left, right = (w * norm.pdf(x, m * math.exp(-start)) for w, m in zip((0.7, 0.3), MEANS, strict=True))
        s = -x + (MEANS[0] * left + MEANS[1] * right) * math.exp(-start) / (left + right)
        grow = math.exp(start - stop)
        centre, spread = grow * x + 2 * (grow - 1) * s, math.sqrt(grow**2 - 1)
        density = norm.pdf((x[:, None] - centre) / spread) @ density * spacing / spread
    goal = 0.7 * norm.pdf(x, MEANS[0]) + 0.3 * norm.pdf(x, MEANS[1])
    return float(np.abs(density - goal).sum()) * spacing / 2


def perturbed_score(dim=4096, blur=0.04, flat=0.25):
    """|∇log(p * N(0, M_1I)) − ∇log p| at 0 for H = Σh(x_i), h = x²/2 right of 0 and x²/8 left, so that ∇H(0) = 0.

    L = 1, ζ = 0 and the implied constant is 1. Of any other one d makes nothing: the change is a multiple of √d.
    """

    def moment(k):
        def inside(y):
            return y**k * math.exp(-(1.0 if y > 0 else flat) * y * y / 2 - y * y / (2 * blur))

        return sum(quad(inside, *ends, epsabs=1e-14)[0] for ends in ((-3, 0), (0, 3)))

    truth = math.sqrt(dim) * abs(moment(1)) / (blur * moment(0))
    return math.sqrt(blur), math.sqrt(blur * dim), truth


ROWS = {
    "S0-15": Row(
        "least TV to 0.7 N(−4, 1) + 0.3 N(4, 1) after 24 score evaluations",
        "Between two modes Langevin's slow rate is unavoidable",
        "Between two modes the reverse diffusion comes closer with as many score evaluations",
        two_modes,
        TRAPEZOIDS,
    ),
    "S2-18": Row(
        "E x² for N(0, 1), levels 3 and 0.1",
        "Annealed Langevin samples p when its levels go from small to large",
        "Annealed Langevin samples p up to O(σ_L²) when its levels go from large to small",
        order_of_levels,
        BLUR,
    ),
    "S2-18b": Row(
        "variance of N(0, 1) at level σ = ½",
        "The noise of level σ_i is N(0, σ_iI)",
        "The noise of level σ_i is N(0, σ_i²I)",
        noise_of_a_level,
    ),
    "S2-20": Row(
        "E x² for N(0, 1), levels from 3 to 0.1 (printed: one step each)",
        "x − (ε_i/2)s + √ε_i ξ samples p up to O(σ_L²)",
        "x + (ε_i/2)s + √ε_i ξ samples p up to O(σ_L²)",
        sign,
        BLUR,
    ),
    "S3-21": Row(
        "score's change at a kink, d = 4096, M_1 = 0.04 (truth ≤ number)",
        "Blur M_1 changes the score by ≲ L√‖M_1‖ + L‖M_1‖|∇H|",
        "Blur M_1 changes the score by ≲ L√(‖M_1‖d) + L‖M_1‖|∇H|",
        perturbed_score,
        None,
    ),
}
