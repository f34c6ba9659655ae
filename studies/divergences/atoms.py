"""What is KL between the empirical law of n draws and the density they come from?

Infinite, whatever n and both ways round: the atoms have probability where the density gives none; TV is 1. W1 is finite
and falls as n^{−1/2}. Blurred by N(0, h²), h far below the distances of the atoms, ν_n has the entropy
log n + ½ log 2πe + log h, so that

    KL(ν_n ∗ N(0, h²)‖μ) = log(1/h) − log n − ½ log 2πe − E_n[log μ + ½h²(log μ)″] + O(h⁴)

grows without bound as h → 0: a finite number for KL of atoms is one about something else, about a histogram or about
the Gaussian with the atoms' mean and variance.
"""

import functools
import itertools
import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammaln, ndtr

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.report import figures
from verify.targets import Empirical, Gaussian, GaussianMixture

LAWS = {
    "normal": Gaussian(np.array([0.4]), np.array([[1.3]])),
    "mixture": GaussianMixture((0.3, 0.7), (-1.2, 1.0), (0.36, 0.25)),
}
FAR = Gaussian(np.array([2.0]), np.array([[1.0]]))  # a law that the Gaussian fitted to the draws is not
NODES = 40  # of the Gauss–Hermite rule under each blurred atom: log μ is a quadratic there up to h³
APART = (
    40.0  # least distance of the atoms that are blurred, in units of the widest blur: neighbours overlap by e^{−200}
)
# What the formula leaves out: h⁴/8 times fourth derivatives of log μ, below 1e3 here, at h = 10⁻³; the rest is rounding
# of logarithms up to 20, n of them.
BLURRED = 1e-10
TRANSPORT = 1e-12  # what is promised for laws on grids; the pieces are right to 1e-14
# E W1 = n^{−1/2}√(2/π)∫√(F(1 − F))dx but for the tails nF < 1 and 1 − F < 1/n, where E|F_n − F| is 2F; they hold less
# than a tenth of the integral at n = 20, √16 times less at 320: a tenth over log 16 in the slope.
ROOT = 0.1 / math.log(16)


@dataclass(frozen=True, eq=False)
class At:
    """n draws of a law, and the width of a blur."""

    law: str
    n: int
    width: float

    @property
    def target(self):
        """μ."""
        return LAWS[self.law]

    @functools.cached_property
    def draws(self):
        """n draws, (n, 1)."""
        return self.target.sample(self.n, np.random.default_rng([self.n, 7]))

    @functools.cached_property
    def spaced(self):
        """Those of the draws that keep their distance, (k, 1)."""
        kept = []
        for x in np.sort(self.draws[:, 0]):
            if not kept or x - kept[-1] > APART * 1e-3:
                kept.append(float(x))
        return np.array(kept)[:, None]


FORMS = {
    "empirical": lambda at: Empirical(at.draws),
    "grid": lambda at: laws.GridDensity.atomic(at.draws[:, 0]),
}


def finite(divergence, form, swapped=False):
    """Return 1 where a divergence of the atoms, in one of the package's forms, and μ is finite, else 0."""

    def measure(at, cell):
        pair = (FORMS[form](at), at.target)
        return float(math.isfinite(divergence(*(pair[::-1] if swapped else pair)).value))

    return measure


def kl_cloud(at, cell):
    """KL(particles‖N(2, 1)), told that the cloud is meant as atoms."""
    return vf.kl(laws.Particles(at.draws, seed=0), FAR, estimator="atoms")


def kl_fitted(at, cell):
    """KL of the Gaussian fitted to the particles from N(2, 1)."""
    return vf.kl(laws.Particles(at.draws, seed=0), FAR, confidence=0.999)


def kl_histogram(at, cell):
    """Σ p_i log(p_i/μ(bin i)) over 8 bins of the draws."""
    x = at.draws[:, 0]
    counts, edges = np.histogram(x, bins=8)
    law = laws.GridDensity.of(at.target)
    share, mass = counts / x.size, np.diff(law.cdf(edges))
    return float((share[counts > 0] * np.log(share[counts > 0] / mass[counts > 0])).sum())


def tv(at, cell):
    """TV(ν_n, μ)."""
    return vf.total_variation(Empirical(at.draws), at.target)


def w1(at, cell):
    """W1(ν_n, μ)."""
    return vf.wasserstein1(Empirical(at.draws), at.target)


def parts(at):
    """Return weights, means and standard deviations of μ."""
    if at.law == "mixture":
        return at.target.weights, at.target.means[:, 0], np.sqrt(at.target.covs[:, 0, 0])
    return np.ones(1), at.target.mean, np.sqrt(at.target.cov[0])


def cdf(at, x):
    """Return F at numbers."""
    w, m, s = parts(at)
    return ndtr((np.asarray(x)[..., None] - m) / s) @ w


def area(at, a, b, level):
    """Return ∫_a^b |F − level|, by ∫F = Σ w[(x − m)Φ + sφ] on either side of where F crosses the level."""
    w, m, s = parts(at)

    def signed(low, high):
        z = (np.array([[low], [high]]) - m) / s
        whole = ((z * ndtr(z) + np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)) * s) @ w
        return abs(float(whole[1] - whole[0]) - level * (high - low))

    if not cdf(at, a) < level < cdf(at, b):
        return signed(a, b)
    middle = brentq(lambda x: float(cdf(at, x)) - level, a, b, xtol=1e-14)
    return signed(a, middle) + signed(middle, b)


def w1_by_pieces(at, cell):
    """∫|F_n − F| as a sum over the pieces between atoms."""
    x = np.concatenate([[-12.0], np.sort(at.draws[:, 0]), [12.0]])
    return sum(area(at, a, b, i / at.n) for i, (a, b) in enumerate(itertools.pairwise(x)))


def w1_expected(at, cell):
    """E W1 = ∫E|F_n − F|, nF_n(x) being binomial: its mean deviation is de Moivre's (Diaconis, Zabell, 1991)."""
    x = np.linspace(-8.0, 8.0, 4001)
    f = np.clip(cdf(at, x), 1e-300, 1 - 1e-16)
    m = np.floor(at.n * f)
    log = gammaln(at.n + 1) - gammaln(m + 1) - gammaln(at.n - m)
    deviation = 2 * np.exp(log + (m + 1) * np.log(f) + (at.n - m) * np.log1p(-f)) / at.n
    return float(deviation.sum() * (x[1] - x[0]))


def blurred(at, cell):
    """E log(ν_h/μ) under ν_h = ν ∗ N(0, h²) by a Gauss–Hermite rule under each atom; ν on atoms that keep distance."""
    z, weights = np.polynomial.hermite_e.hermegauss(NODES)
    x = at.spaced + at.width * z
    gaps = (x[..., None] - at.spaced[:, 0]) / at.width
    log = np.logaddexp.reduce(-0.5 * gaps**2, axis=-1) - math.log(at.spaced.size * at.width * math.sqrt(2 * math.pi))
    ratio = log - at.target.log_density(x[..., None])
    return float((ratio @ (weights / weights.sum())).mean())


def package(at, cell):
    """KL of the widest blur of the fewest atoms by the package; infinite elsewhere, where it would take long."""
    if (at.n, at.width) != (20, 1e-3):
        return math.inf
    count = at.spaced.size
    covs = np.full((count, 1, 1), at.width**2)
    return vf.kl(GaussianMixture(np.full(count, 1 / count), at.spaced, covs), at.target)


def asymptotic(log_n):
    """Return log(1/h) − log n − ½ log 2πe − E_n[log μ + ½h²(log μ)″]; without log n where it is not `log_n`."""

    def measure(at, cell):
        curvature = at.target.hessian(at.spaced)[:, 0, 0] if at.law == "mixture" else 1 / at.target.cov[0, 0]
        level = float((at.target.log_density(at.spaced) - 0.5 * at.width**2 * curvature).mean())
        count = math.log(at.spaced.size) if log_n else 0.0
        return -math.log(at.width) - count - 0.5 * math.log(2 * math.pi * math.e) - level

    return measure


def exponential(at, cell):
    """e^{KL} of the blurred law."""
    return math.exp(blurred(at, cell))


def infinite(name, words):
    """Return the claim that a divergence is never finite."""
    return claims.Identity(name, 0.0, 0.0, statement=words)


def falls(exponent, words):
    """Return the claim that E W1 goes as a power of n."""
    return claims.Rate("w1_expected", "n", exponent, ROOT, statement=words)


NORMAL = {"law": "normal"}

STUDY = vf.Study(
    name="divergences/atoms",
    question="What is KL between the empirical law of n draws and the density they come from?",
    subject=At,
    sweep={
        "law": tuple(LAWS),
        "n": vf.Budgeted(smoke=(20, 80, 320), ci=(20, 80, 320), full=(20, 80, 320, 1280)),
        "width": (1e-3, 1e-4, 1e-5),
    },
    observe={
        "kl_finite": finite(vf.kl, "empirical"),
        "kl_finite_swapped": finite(vf.kl, "empirical", swapped=True),
        "kl_finite_grid": finite(vf.kl, "grid"),
        "chi2_finite": finite(vf.chi2, "empirical"),
        "w2_finite": finite(vf.wasserstein2, "empirical"),
        "kl_cloud": kl_cloud,
        "kl_fitted": kl_fitted,
        "kl_empirical": lambda at, cell: vf.kl(Empirical(at.draws), at.target),
        "kl_histogram": kl_histogram,
        "tv": tv,
        "w1": w1,
        "w1_by_pieces": w1_by_pieces,
        "w1_expected": w1_expected,
        "blurred": blurred,
        "package": package,
        "asymptotic": asymptotic(log_n=True),
        "asymptotic_single": asymptotic(log_n=False),
        "exponential": exponential,
    },
    claims={
        "S4-11": [
            infinite("kl_finite", "KL(atoms‖density) is infinite, and said to be"),
            infinite("kl_finite_swapped", "KL(density‖atoms) is infinite, and said to be"),
            infinite("kl_finite_grid", "KL(atoms‖density) is infinite, too, for atoms as a law on a grid"),
            infinite("chi2_finite", "χ² of atoms from a density is infinite"),
            claims.Identity("w2_finite", 1.0, 0.0, statement="W2 of atoms from a density is finite"),
            claims.Identity("tv", 1.0, 1e-12, statement="TV of atoms from a density is 1"),
            claims.Identity(
                "w1", "w1_by_pieces", TRANSPORT, statement="W1 of atoms from a density is ∫|F_n − F|, piece by piece"
            ),
            falls(-0.5, "E W1(ν_n, μ) falls as n^{−1/2}"),
            claims.Identity(
                "blurred", "asymptotic", BLURRED, statement="KL of atoms blurred by h is log(1/h) − log n + …"
            ),
            claims.Identity(
                "package",
                "blurred",
                BLURRED,
                where={"n": 20, "width": 1e-3},
                statement="KL of blurred atoms by quadrature on panels is that by a rule under each atom",
            ),
            claims.Rate(
                "exponential", "width", -1.0, BLURRED + 1e-4, statement="As h → 0 e^{KL} of blurred atoms grows as 1/h"
            ),
            claims.NegativeControl(
                claims.Identity("kl_cloud", "kl_fitted", 0.1, statement="KL of atoms is that of a fitted Gaussian")
            ),
            claims.NegativeControl(
                claims.Identity("kl_empirical", "kl_histogram", 0.1, statement="KL of atoms is that of their histogram")
            ),
            claims.NegativeControl(
                claims.Identity(
                    "blurred",
                    "asymptotic_single",
                    BLURRED,
                    statement="KL of n blurred atoms is log(1/h) + …, whatever n",
                )
            ),
            claims.NegativeControl(falls(-1.0, "E W1(ν_n, μ) falls as 1/n")),
        ],
    },
    figures=[figures.Lines("width", ("blurred", "asymptotic"), within="n", where=NORMAL)],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
