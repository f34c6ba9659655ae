"""Where is the best noise level for a score estimated from n data, and how does it move with n?

A kernel score of n data blurred by σ against the score of the population p, in L²(p): the σ at which the mean over data
sets is least, found on a grid with a parabola through the logarithms. Balance of Bσ^b, b from 4 (small σ) to 3, with
Cσ^−a/n, a from 3 (well-filled places) to 4 (beyond the last datum), gives σ* ∝ n^{−1/(a+b)}: n^−1/8 to n^−1/6.

For a Gaussian fitted to Gaussian data the exact balance is another: with D = V̂ + σ² the mean of the error is
1/V − 2E D⁻¹ + (V + V/n) E D⁻², least near σ² = 7V/n: a parametric fit has hardly a use for blur.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
from _kernel import POPULATION, error_under, kernel_score, mean_of
from scipy.optimize import minimize_scalar
from scipy.stats import chi2
from scipy.stats import t as student

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.report import figures
from verify.targets import Gaussian

VARIANCE = 1.6
DATA_SETS = vf.Budgeted(smoke=50, ci=120, full=1000)
FITS = vf.Budgeted(smoke=300, ci=1000, full=10_000)
LEVELS = np.geomspace(0.2, 0.72, 6)
# 1/(a + b) differs from 1/7 by 0.03; a parabola through three levels of a grid, and chance, move it as much again
SLOW, AROUND = -1 / 7, 0.08
BENT = 0.03  # nσ²/V rises from 6.3 at n = 50 to 7
# the error of a fit is nearly χ² of two degrees: the mean of 300 is known to 3.3/√300 = 0.19 at 99.9 %, twice that at
# most for the four jointly and with the tail that V̂⁻² has
CHANCE = 0.4


@dataclass(frozen=True)
class Size:
    """A number of data."""

    n: int

    @functools.cached_property
    def affine(self):
        """(σ², mean error) where `balance` is least."""
        most = 20 * VARIANCE / self.n
        found = minimize_scalar(lambda square: balance(self.n, square), bounds=(0.0, most), options={"xatol": 1e-10})
        return float(found.x), float(found.fun)


def subject(n):
    return Size(n)


@functools.cache
def curves(n, count):
    """E_p|ŝ − ∇log p|² of the kernel scores of `count` data sets, (count, levels)."""
    rng = np.random.default_rng(n)
    sets = (POPULATION.sample(n, rng) for _ in range(count))
    return np.array([[error_under(POPULATION, kernel_score(points, s)) for s in LEVELS] for points in sets])


def balance(n, square):
    """1/V − 2E D⁻¹ + (V + V/n) E D⁻², D = V̂ + σ², by the trapezoid rule over the law of V̂."""
    u = np.linspace(chi2.ppf(1e-15, n - 1), chi2.isf(1e-15, n - 1), 4001)
    weights = chi2.pdf(u, n - 1) * (u[1] - u[0])
    inverse = 1 / (VARIANCE * u / (n - 1) + square)
    first, second = float(weights @ inverse), float(weights @ inverse**2)
    return 1 / VARIANCE - 2 * first + VARIANCE * (1 + 1 / n) * second


def lowest(curve):
    """Where the parabola through the logarithms of the three lowest points has its vertex."""
    j = int(np.clip(np.argmin(curve), 1, LEVELS.size - 2))
    bend, tilt, _ = np.polyfit(np.log(LEVELS[j - 1 : j + 2]), np.log(curve[j - 1 : j + 2]), 2)
    return math.exp(-tilt / (2 * bend))


def best_kernel(size, cell):
    """σ* of the mean over data sets, with a jackknife interval."""
    found = curves(size.n, DATA_SETS[cell.budget])
    count, value = len(found), lowest(found.mean(axis=0))
    left_out = [lowest(np.delete(found, i, axis=0).mean(axis=0)) for i in range(count)]
    reach = float(student.ppf(0.9995, count - 1) * np.std(left_out) * math.sqrt(count - 1))
    return vf.Estimate(value, value - reach, value + reach, 0.999, "jackknife")


def at_level(index):
    """Return the mean error of the kernel score at one of LEVELS, or at the best (None)."""

    def measure(size, cell):
        found = curves(size.n, DATA_SETS[cell.budget])
        return mean_of(found[:, int(np.argmin(found.mean(axis=0))) if index is None else index])

    return measure


def best_affine(size, cell):
    """σ* of the Gaussian fit."""
    return math.sqrt(size.affine[0])


def affine_least(size, cell):
    """The mean error there, from the formula."""
    return size.affine[1]


def affine_measured(size, cell):
    """The mean error of the scores of fits at that σ."""
    law, errors = Gaussian(np.zeros(1), np.array([[VARIANCE]])), []
    for _ in range(FITS[cell.budget]):
        points = law.sample(size.n, cell.rng)
        fit = Gaussian(points.mean(axis=0), np.cov(points.T).reshape(1, 1) + size.affine[0])
        errors.append(error_under(law, fit.score))
    return mean_of(errors)


def falls(column, exponent, margin, words):
    """Return the claim that the best σ goes as n^exponent."""
    return claims.Rate(column, "n", exponent, margin, statement=words)


STUDY = vf.Study(
    name="score_matching/best_noise",
    question="Where is the best noise level for a score estimated from n data, and how does it move with n?",
    subject=subject,
    sweep={
        "n": vf.Budgeted(smoke=(50, 100, 200, 400), ci=(50, 100, 200, 400, 800), full=(50, 100, 200, 400, 800, 1600))
    },
    observe={
        "best_kernel": best_kernel,
        "least": at_level(None),
        "at_small": at_level(0),
        "at_large": at_level(-1),
        "best_affine": best_affine,
        "affine_least": affine_least,
        "affine_measured": affine_measured,
    },
    claims={
        "S2-23": [
            falls("best_kernel", SLOW, AROUND, "The best σ of a kernel score falls slowly, as about n^−1/7"),
            claims.UpperBound("least", by="at_small", statement="It is better than a σ of 0.2"),
            claims.UpperBound("least", by="at_large", statement="It is better than a σ of 0.72"),
            falls("best_affine", -0.5, BENT, "The best σ of a Gaussian fit falls as 1/√n"),
            claims.Identity(
                "affine_measured",
                "affine_least",
                CHANCE,
                relative=True,
                statement="The mean error of Gaussian fits at their best σ is that of the formula",
            ),
            claims.NegativeControl(falls("best_kernel", -0.5, AROUND, "The best σ of a kernel score falls as 1/√n")),
            claims.NegativeControl(
                claims.UpperBound("at_large", by="least", statement="The more blur, the better, up to σ = 0.72")
            ),
        ],
    },
    figures=[figures.Lines("n", ("best_kernel", "best_affine")), figures.Lines("n", ("at_small", "least", "at_large"))],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
