"""Does the test error of a fitted model split into approximation, estimation and optimisation, and how does each fall?

Data from a skew law ν on the line, the model a normal law that can never fit it. For the best one μ_* = N(Eν, Var ν),
the fit μ_n to n draws and what gradient descent has reached after K steps, μ_K,

    KL(ν‖μ_K) = KL(ν‖μ_*) + KL(μ_*‖μ_n) + [KL(μ_*‖μ_K) − KL(μ_*‖μ_n)]:

log μ is affine in (x, x²), whose means ν and μ_* share (Csiszár, 1975). The left side and the first term are integrals,
the others closed forms. The first term stays, the second falls as c/n with c = ½ + ¼(κ − 1), κ the kurtosis of ν, which
is k/2 = 1 only where the model is right (White, 1982). What descent still has to go on its own objective, KL(μ_n‖μ_K),
falls as (1 − η/σ̂²)^{2K}; the third term follows it, but can be negative: stopping early may be better than not.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.stats import norm

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.divergences import kl_terms
from verify.report import figures
from verify.targets import GaussianMixture

TRUTH = GaussianMixture((0.75, 0.25), (0.0, 2.0), (0.5, 2.0))
STEP, START = 0.3, (2.5, 0.0)  # of gradient descent; mean and log of the deviation where it starts
LATE = (24, 30, 36, 42)
SIZES = (100, 200, 400, 800)
DRAWS = vf.Budgeted(smoke=4_000_000, ci=8_000_000, full=80_000_000)  # numbers drawn to average over samples of size n
SPLIT = 1e-10  # quadrature of two KL of order one, twice 1e-12, and the search for nothing
# n·E KL(μ_*‖μ_n) = c + c_1/n with |c_1| < 20 c, from the third and fourth moments of a law this skew: a share 0.2 at
# n = 100 and 0.025 at 800. The mean over 5000 samples and half its interval add 2·4·σ, σ the standard deviation of nKL
# over c, that of ½χ²_1 + (κ − 1)/4·χ²_1 over their mean: below 1.3.
BENT = 0.2
RESOLUTION = 0.025 + 2 * 4 * 1.3 / math.sqrt(DRAWS["smoke"] / SIZES[-1])
# The mean falls as (1 − η/σ̂²)^K; the other parameter falls faster on its own but is pushed by its square. The next term
# is relatively of the order of KL itself, below 0.01 at K = 24: it bends the slope by at most 0.01 Σ|c_i|, c_i the
# weights of least squares for four equal steps.
DESCENT = 0.01 * 24 / 180


@dataclass(frozen=True, eq=False)
class Fit:
    """n draws of ν and K steps of gradient descent towards the normal law that fits them."""

    n: int
    steps: int

    @functools.cached_property
    def best(self):
        """μ_*."""
        return laws.Gaussian(TRUTH.mean, TRUTH.cov)

    @functools.cached_property
    def moments(self):
        """Mean and variance of the draws."""
        x = TRUTH.sample(self.n, np.random.default_rng(self.n))[:, 0]
        return float(x.mean()), float(x.var())

    @property
    def fitted(self):
        """μ_n."""
        return normal(*self.moments)

    @functools.cached_property
    def reached(self):
        """μ_K by gradient descent on E_n[½(x − m)²e^{−2ρ} + ρ] in (m, ρ)."""
        mean, variance = self.moments
        m, rho = START
        for _ in range(self.steps):
            scale = math.exp(-2 * rho)
            slope = -(mean - m) * scale, 1 - (variance + (mean - m) ** 2) * scale
            m, rho = m - STEP * slope[0], rho - STEP * slope[1]
        return normal(m, math.exp(2 * rho))


def normal(mean, variance):
    """Return N(mean, variance)."""
    return laws.Gaussian(np.array([mean]), np.array([[variance]]))


def test_error(fit, cell):
    """KL(ν‖μ_K), an integral."""
    return vf.kl(TRUTH, fit.reached)


def approximation(fit, cell):
    """KL(ν‖μ_*), an integral."""
    return nearest()


def approximation_searched(fit, cell):
    """The least KL(ν‖N(m, e^{2ρ})), by search."""
    return searched()


@functools.lru_cache(maxsize=1)
def searched():
    """Return KL(ν‖·) where −E_ν log N(m, e^{2ρ}), a sum over nodes under each part, is least."""
    z, weights = np.polynomial.hermite_e.hermegauss(8)
    x = TRUTH.means + np.sqrt(TRUTH.covs[:, 0]) * z
    share = TRUTH.weights[:, None] * weights / weights.sum()

    def loss(theta):
        return float((share * (0.5 * (x - theta[0]) ** 2 * math.exp(-2 * theta[1]) + theta[1])).sum())

    mean, log = minimize(loss, START, method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-16}).x
    return vf.kl(TRUTH, normal(mean, math.exp(2 * log)))


@functools.lru_cache(maxsize=1)
def nearest():
    """Return KL(ν‖μ_*)."""
    return vf.kl(TRUTH, laws.Gaussian(TRUTH.mean, TRUTH.cov))


def parts(optimisation):
    """Return the sum of the three terms, the last as `optimisation`(fit) says."""

    def measure(fit, cell):
        return nearest().map(lambda v: v + vf.kl(fit.best, fit.fitted).value + optimisation(fit))

    return measure


def on_test(fit):
    """KL(μ_*‖μ_K) − KL(μ_*‖μ_n)."""
    return vf.kl(fit.best, fit.reached).value - vf.kl(fit.best, fit.fitted).value


def on_training(fit):
    """KL(μ_n‖μ_K)."""
    return vf.kl(fit.fitted, fit.reached).value


def descent(fit, cell):
    """KL(μ_n‖μ_K)."""
    return vf.kl(fit.fitted, fit.reached)


def descent_rate(factor):
    """Return (1 − η/σ̂²)^{factor·K}."""
    return lambda fit, cell: (1 - STEP / fit.moments[1]) ** (factor * fit.steps)


def estimation(fit, cell):
    """Mean of KL(μ_*‖μ_n) over samples of size n, with its 99.9 % normal interval."""
    return mean_estimation(fit.n, DRAWS[cell.budget])


@functools.lru_cache(maxsize=16)
def mean_estimation(n, draws):
    """Return it; the same for all K."""
    rng, found = np.random.default_rng([n, 3]), []
    mean, deviation = float(TRUTH.mean[0]), math.sqrt(float(TRUTH.cov[0, 0]))
    for _ in range(16):
        size = (draws // (16 * n), n)
        part = rng.random(size) < TRUTH.weights[1]
        x = np.where(part, TRUTH.means[1, 0], TRUTH.means[0, 0])
        x += np.where(part, *np.sqrt(TRUTH.covs[::-1, 0, 0])) * rng.standard_normal(size)
        b, e = (x.mean(axis=1) - mean) / deviation, x.var(axis=1) / deviation**2 - 1
        found.append(kl_terms(b[:, None], e[:, None]).sum(axis=-1))
    value = np.concatenate(found)
    centre, reach = float(value.mean()), float(norm.ppf(0.9995) * value.std(ddof=1) / math.sqrt(value.size))
    return vf.Estimate(centre, centre - reach, centre + reach, 0.999, "monte carlo")


def leading(well_specified):
    """Return c/n, or k/(2n) = 1/n."""

    def measure(fit, cell):
        off, variances = TRUTH.means[:, 0] - TRUTH.mean[0], TRUTH.covs[:, 0, 0]
        fourth = TRUTH.weights @ (3 * variances**2 + 6 * variances * off**2 + off**4)
        kurtosis = 3.0 if well_specified else float(fourth) / float(TRUTH.cov[0, 0]) ** 2
        return (0.5 + 0.25 * (kurtosis - 1)) / fit.n

    return measure


def splits(right, words):
    """Return the claim that the test error is a sum."""
    return claims.Identity("test_error", right, SPLIT, statement=words)


def falls(column, words):
    """Return the claim that KL(μ_n‖μ_K) falls with K at the rate of a column."""
    return claims.Rate("descent", "steps", column, DESCENT, scale="linear", where={"steps": LATE}, statement=words)


ONCE = {"steps": LATE[0]}

STUDY = vf.Study(
    name="divergences/error_split",
    question="Does the test error split into approximation, estimation and optimisation, and how does each fall?",
    subject=Fit,
    sweep={
        "n": SIZES,
        "steps": vf.Budgeted(smoke=(0, 8, *LATE), ci=(0, 4, 8, 16, *LATE), full=(0, 2, 4, 8, 16, *LATE)),
    },
    observe={
        "test_error": test_error,
        "approximation": approximation,
        "approximation_searched": approximation_searched,
        "estimation": estimation,
        "leading": leading(well_specified=False),
        "leading_well": leading(well_specified=True),
        "descent": descent,
        "descent_rate": descent_rate(2),
        "descent_rate_once": descent_rate(1),
        "sum": parts(on_test),
        "sum_training": parts(on_training),
    },
    claims={
        "S0-20": [
            splits("sum", "KL(ν‖μ_K) = KL(ν‖μ_*) + KL(μ_*‖μ_n) + [KL(μ_*‖μ_K) − KL(μ_*‖μ_n)]"),
            claims.UpperBound(
                "approximation",
                by="test_error",
                statement="No fitted normal law comes closer to ν than μ_*, the one with its mean and variance",
            ),
            claims.Identity(
                "approximation_searched",
                "approximation",
                SPLIT,
                statement="A search finds no normal law closer to ν than that with its mean and variance",
            ),
            claims.Rate(
                "estimation",
                "n",
                -1.0,
                BENT,
                where=ONCE,
                statement="E KL(μ_*‖μ_n), the estimation error, falls as 1/n though the model is wrong",
            ),
            claims.Identity(
                "estimation",
                "leading",
                RESOLUTION,
                relative=True,
                where={"n": SIZES[-1], **ONCE},
                statement="E KL(μ_*‖μ_n) is [½ + ¼(κ − 1)]/n, κ the kurtosis of the data",
            ),
            falls(
                "descent_rate",
                "KL(μ_n‖μ_K), what gradient descent has to go on its own objective, falls as (1 − η/σ̂²)^{2K}",
            ),
            claims.NegativeControl(splits("sum_training", "The third term of the test error is KL(μ_n‖μ_K)")),
            claims.NegativeControl(
                claims.Identity(
                    "estimation",
                    "leading_well",
                    RESOLUTION,
                    relative=True,
                    where={"n": SIZES[-1], **ONCE},
                    statement="E KL(μ_*‖μ_n) is k/(2n) for a model that is wrong, too",
                )
            ),
            claims.NegativeControl(falls("descent_rate_once", "KL(μ_n‖μ_K) falls as (1 − η/σ̂²)^K")),
        ],
    },
    figures=[figures.Lines("steps", ("test_error", "approximation", "descent"), scale="semilog", within="n")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
