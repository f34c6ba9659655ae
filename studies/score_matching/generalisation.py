"""How wide must the kernel in the score of n data be for the reverse diffusion to sample the population?

Data of a mixture p on the line, each blurred by N(0, w²); the reversal driven by the score of that law p̂ ends in it.
For w = 0 these are the data themselves: KL(p‖p̂) = ∞. A width of the order n^−1/5 balances variance 1/(nw) with bias w⁴
(Parzen, 1962), and KL falls as n^−4/5; at a fixed width it stays. In W2 the data themselves are about 1/√n from p, and
a little blur improves on them by a little.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
from _kernel import POPULATION, mean_of
from scipy.special import ndtr

import verify as vf
from verify import claims, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.scores.l2_error import edges_of, integral

DATA_SETS = vf.Budgeted(smoke=150, ci=600, full=2000)
FEW = 40
FEWEST = 25  # data whose reversal is followed
RULE, NARROW, WIDE = 0.6, 0.05, 1.2
QUADRATURE = 1e-6
POINTS = np.linspace(-8.0, 8.0, 1601)  # the law of p̂ at the widest reaches beyond ± 8 by 1e-7 only
HORIZON, STOP = 4.0, 0.01
STEPS = 16  # and twice as many
# the times fall by e^κ, κ = log(T/δ)/N = 0.37: an error cκ + O(κ²) halves up to a part of κ
HALVED = 0.5 * math.log(HORIZON / STOP) / STEPS
# the exponent −4/5 is that of the leading terms; the next are smaller by w² over the smaller variance, 0.3 at n = 25
KL_RATE = 0.15


@dataclass(frozen=True)
class Size:
    """A number of data."""

    n: int

    @property
    def width(self):
        """The width that balances bias and variance, up to a constant."""
        return RULE * self.n**-0.2


def subject(n):
    return Size(n)


@functools.cache
def data_sets(n, count):
    """Sets of n data."""
    rng = np.random.default_rng(n)
    return [POPULATION.sample(n, rng) for _ in range(count)]


def kl_from_population(points, width):
    """KL(p‖p̂) = E_p φ(log p/p̂), φ(r) = r + e^{−r} − 1 ≥ 0."""
    constant = math.log(len(points) * width * math.sqrt(2 * math.pi))

    def terms(x):
        logs = -0.5 * ((x[:, None] - points[:, 0]) / width) ** 2
        top = logs.max(axis=1)
        own = POPULATION.log_density(x[:, None])
        r = own - top - np.log(np.exp(logs - top[:, None]).sum(axis=1)) + constant
        return np.exp(own) * (r + np.expm1(-r))

    return integral(terms, edges_of(POPULATION, QUADRATURE), QUADRATURE).value


def cdf(points, width, x):
    """Distribution function of the data blurred by `width` at x."""
    if width == 0:
        return np.searchsorted(np.sort(points[:, 0]), x, side="right") / len(points)
    return ndtr((x[:, None] - points[:, 0]) / width).mean(axis=1)


@functools.cache
def w2_of(n, count, width):
    """W2(p, p̂) of the first data sets."""
    return np.array([w2_from_population(points, width) for points in data_sets(n, count)[:FEW]])


def w2_from_population(points, width):
    """W2(p, p̂), by the monotone map on a grid: errors of the order of its spacing squared, of its spacing for w = 0."""
    spacing = POINTS[1] - POINTS[0]
    deviations = np.sqrt(POPULATION.covs.ravel())
    level = ndtr((POINTS[:, None] - POPULATION.means.ravel()) / deviations) @ POPULATION.weights
    if width == 0:
        order = np.minimum((level * len(points)).astype(int), len(points) - 1)
        image = np.sort(points[:, 0])[order]
    else:
        image = np.interp(level, cdf(points, width, POINTS), POINTS)
    mass = np.exp(POPULATION.log_density(POINTS[:, None])) * spacing
    return math.sqrt(float(mass @ (image - POINTS) ** 2))


def kl(size, cell):
    """The mean of KL(p‖p̂) over data sets."""
    sets = data_sets(size.n, DATA_SETS[cell.budget])
    return mean_of([kl_from_population(points, size.width) for points in sets])


def kl_at(width):
    """Return the mean of KL(p‖p̂) at a width over the first data sets."""

    def measure(size, cell):
        sets = data_sets(size.n, DATA_SETS[cell.budget])[:FEW]
        return mean_of([kl_from_population(points, width) for points in sets])

    return measure


def w2_at(width):
    """Return the mean of W2(p, p̂) at a width over the first data sets; None: at that of the rule."""

    def measure(size, cell):
        return mean_of(w2_of(size.n, DATA_SETS[cell.budget], size.width if width is None else width))

    return measure


def w2_gained(size, cell):
    """Mean over the first data sets of W2(p, p̂) over W2(p, data)."""
    count = DATA_SETS[cell.budget]
    return mean_of(w2_of(size.n, count, size.width) / w2_of(size.n, count, 0.0))


@functools.cache
def to_kernel_law(steps):
    """TV between the last iterate and p̂_δ, for one set of data: the same in every row."""
    score = scores.Smoothed(POPULATION, POPULATION.sample(FEWEST, np.random.default_rng(0)), Size(FEWEST).width)
    grid = vf.TimeGrid.geometric(HORIZON, steps, STOP)
    return vf.total_variation(samplers.DDPMPosterior(score, grid).run(), score.law.diffused(STOP))


def share_of(share, steps):
    """Return the observable share·TV after a number of steps."""

    def measure(size, cell):
        return to_kernel_law(steps).map(lambda value: share * value)

    return measure


def below(column, by, words):
    """Return the claim that a column stays below another or a number."""
    return claims.UpperBound(column, by=by, statement=words)


STUDY = vf.Study(
    name="score_matching/generalisation",
    question="How wide must the kernel in the score of n data be for the reverse diffusion to sample the population?",
    subject=subject,
    sweep={"n": vf.Budgeted(smoke=(25, 100, 400), ci=(25, 50, 100, 200, 400), full=(25, 50, 100, 200, 400, 800, 1600))},
    observe={
        "kl": kl,
        "kl_narrow": kl_at(NARROW),
        "kl_wide": kl_at(WIDE),
        "w2": w2_at(None),
        "w2_data": w2_at(0.0),
        "w2_wide": w2_at(WIDE),
        "w2_gained": w2_gained,
        "to_kernel_law": share_of(1.0, 2 * STEPS),
        "to_kernel_law_half": share_of(0.5, STEPS),
        "to_kernel_law_quarter": share_of(0.25, STEPS),
    },
    claims={
        "S4-09": [
            claims.Identity(
                "to_kernel_law",
                "to_kernel_law_half",
                HALVED,
                relative=True,
                statement="The reversal with a kernel score ends in the blurred data: TV to them halves with the step",
            ),
            claims.Rate(
                "kl", "n", -0.8, KL_RATE, statement="With a width of order n^−1/5 the KL to the law falls as n^−4/5"
            ),
            below("kl", "kl_narrow", "That width is better in KL than one of 0.05"),
            below("kl", "kl_wide", "That width is better in KL than one of 1.2"),
            below("w2_gained", 1.0, "At that width W2 is smaller than that of the data themselves"),
            below("w2", "w2_wide", "At that width W2 is smaller than at one of 1.2"),
            claims.NegativeControl(
                claims.Rate("kl_wide", "n", -0.8, KL_RATE, statement="At a fixed width of 1.2 the KL falls as n^−4/5")
            ),
            claims.NegativeControl(below("w2_wide", "w2_data", "The wider the kernel, the better in W2")),
            claims.NegativeControl(
                claims.Identity(
                    "to_kernel_law",
                    "to_kernel_law_quarter",
                    HALVED,
                    relative=True,
                    statement="TV to the blurred data falls to a quarter with the step",
                )
            ),
        ],
    },
    figures=[
        figures.Lines("n", ("kl_narrow", "kl", "kl_wide")),
        figures.Lines("n", ("w2_data", "w2", "w2_wide")),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
