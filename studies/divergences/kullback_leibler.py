"""Is KL the difference of two expectations, nonnegative, zero for equal laws only, and which way round is it?

KL(ν‖μ) = E_ν log ν − E_ν log μ on the line: two normal laws, two modes against one, and an asymmetric mixture against
its shift by a. The package integrates log-ratios on Gauss panels; each expectation is also found on its own by adaptive
quadrature. For normal laws there is a closed form, and for ½N(a, 1) + ½N(−a, 1) against N(0, 1) there is a series in
normal probabilities, both ways round: log(ν/μ) = log cosh ax − ½a² and log cosh y = |y| − log 2 + Σ ∓e^{−2k|y|}/k.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from scipy import integrate, special

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.report import figures
from verify.targets import GaussianMixture

SMALL = (0.02, 0.04, 0.08)
KNOWN = ("normal", "two modes")
# Both expectations are asked to 1e-12 on each of 4 pieces.
QUADRATURE = 1e-11
# Relative: KL of the series is what is left of terms of order one, ε/(a⁴/4) with a = 0.02 at the least
SERIES = 64 * np.finfo(float).eps / (0.25 * SMALL[0] ** 4)
# KL(p‖p(· − s)) = ½Js² + s³E(log p)‴/6 + …, and |E(log p)‴| < J for this mixture: a share s/3, s = 0.08 at the most
BENT = SMALL[-1] / 3


@dataclass(frozen=True, eq=False)
class Two:
    """Two laws at separation a."""

    family: str
    separation: float

    @property
    def first(self):
        """ν."""
        a = self.separation
        if self.family == "normal":
            return normal(0.3, 1.0)
        return two_modes(a) if self.family == "two modes" else asymmetric(0.0)

    @property
    def second(self):
        """μ."""
        a = self.separation
        if self.family == "normal":
            return normal(0.3 + a, (1 + 0.5 * a) ** 2)
        return normal(0.0, 1.0) if self.family == "two modes" else asymmetric(a)


def normal(mean, variance):
    """Return N(mean, variance)."""
    return laws.Gaussian(np.array([mean]), np.array([[variance]]))


def two_modes(a):
    """Return ½N(a, 1) + ½N(−a, 1)."""
    return GaussianMixture((0.5, 0.5), (-a, a), (1.0, 1.0))


def asymmetric(shift):
    """Return a mixture moved to the right by `shift`."""
    return GaussianMixture((0.3, 0.7), (-1.2 + shift, 1.0 + shift), (0.36, 0.25))


def expected_log(under, of):
    """Return E log of(X), X of law `under`, by adaptive quadrature with densities written out here."""

    def integrand(x):
        return density(under, x) * math.log(density(of, x))

    parts = (integrate.quad(integrand, a, b, epsabs=1e-12, epsrel=1e-12, limit=200)[0] for a, b in pieces(under))
    return sum(parts)


def pieces(law):
    """Return intervals that hold a law up to 1e-22, cut where it is large."""
    centre = float(np.asarray(law.mean)[0])
    width = math.sqrt(float(np.asarray(law.cov)[0, 0]))
    ends = [centre + width * z for z in (-11.0, -2.0, 0.0, 2.0, 11.0)]
    return itertools.pairwise(ends)


def density(law, x):
    """Return the density of a normal law or a mixture of them at a number."""
    weights = getattr(law, "weights", np.ones(1))
    means = np.asarray(law.means)[:, 0] if hasattr(law, "means") else np.asarray(law.mean)
    variances = np.asarray(law.covs)[:, 0, 0] if hasattr(law, "covs") else np.asarray(law.cov)[0]
    parts = np.exp(-0.5 * (x - means) ** 2 / variances) / np.sqrt(2 * math.pi * variances)
    return float((weights * parts).sum())


def kl(two, cell):
    """KL(ν‖μ)."""
    return vf.kl(two.first, two.second)


def kl_swapped(two, cell):
    """KL(μ‖ν)."""
    return vf.kl(two.second, two.first)


def expectations(sign):
    """Return E_ν log ν − sign·E_ν log μ."""
    return lambda two, cell: expected_log(two.first, two.first) - sign * expected_log(two.first, two.second)


def closed(swapped):
    """Return KL(ν‖μ), or KL(μ‖ν), in closed form; infinite where there is none."""

    def measure(two, cell):
        a = two.separation
        if two.family == "normal":
            v = (1 + 0.5 * a) ** 2
            return 0.5 * (v - 1 - math.log(v) + a**2) if swapped else 0.5 * (1 / v - 1 + math.log(v) + a**2 / v)
        if two.family == "two modes":
            return 0.5 * a * a - log_cosh(0.0, a) if swapped else log_cosh(a * a, a) - 0.5 * a * a
        return math.inf

    return measure


def log_cosh(mean, deviation):
    """Return E log cosh Y, Y = N(mean, deviation²)."""
    folded = deviation * math.sqrt(2 / math.pi) * math.exp(-0.5 * (mean / deviation) ** 2)
    folded += mean * math.erf(mean / (deviation * math.sqrt(2)))

    def term(k):
        parts = (
            2 * (k * deviation) ** 2
            + side * 2 * k * mean
            + special.log_ndtr(-side * mean / deviation - 2 * k * deviation)
            for side in (1, -1)
        )
        return sum(math.exp(part) for part in parts) / k

    return folded - math.log(2) + alternating(term)


def alternating(term, count=28):
    """Return Σ_{k≥1} (−1)^{k+1} term(k) of moments up to (3 + √8)^{−28} = 4e-22 (Cohen et al., 2000)."""
    d = (3 + math.sqrt(8)) ** count
    d = 0.5 * (d + 1 / d)
    b, c, total = -1.0, -d, 0.0
    for k in range(count):
        c = b - c
        total += c * term(k + 1)
        b *= (k + count) * (k - count) / ((k + 0.5) * (k + 1))
    return total / d


def pinsker(two, cell):
    """2TV²."""
    return vf.total_variation(two.first, two.second).map(lambda v: 2 * v * v)


def curvature(two, cell):
    """½Js², J = E(log ν)′² by quadrature."""
    law = laws.GridDensity.of(two.first)
    target = GaussianMixture((1.0,), (0.3,), (1.0,)) if two.family == "normal" else two.first
    return law.expectation(lambda x: 0.5 * two.separation**2 * target.score(x[:, None])[:, 0] ** 2)


def same(left, right, words, tolerance=QUADRATURE, relative=False, **where):
    """Return the claim that two columns are equal."""
    return claims.Identity(left, right, tolerance, relative=relative, statement=words, where=where)


STUDY = vf.Study(
    name="divergences/kullback_leibler",
    question="Is KL the difference of two expectations, zero for equal laws only, and which way round is it?",
    subject=Two,
    sweep={
        "family": (*KNOWN, "shifted"),
        "separation": vf.Budgeted(
            smoke=(*SMALL, 1.0, 3.0), ci=(*SMALL, 0.3, 1.0, 2.0, 3.0), full=(*SMALL, 0.15, 0.3, 0.6, 1.0, 2.0, 3.0)
        ),
    },
    observe={
        "kl": kl,
        "kl_swapped": kl_swapped,
        "expectations": expectations(1),
        "expectations_sign": expectations(-1),
        "closed": closed(swapped=False),
        "closed_swapped": closed(swapped=True),
        "pinsker": pinsker,
        "curvature": curvature,
    },
    claims={
        "S0-01": [
            same("kl", "expectations", "KL(ν‖μ) = E_ν log ν − E_ν log μ, each by quadrature of its own"),
            same("kl", "closed", "KL of normal laws and of two modes has the closed form", SERIES, True, family=KNOWN),
            same(
                "kl_swapped",
                "closed_swapped",
                "KL of normal laws and of two modes has a closed form the other way round, too",
                SERIES,
                True,
                family=KNOWN,
            ),
            claims.UpperBound("pinsker", by="kl", statement="KL ≥ 2TV²: it is positive unless the laws are equal"),
            claims.Rate(
                "kl",
                "separation",
                2.0,
                BENT,
                where={"family": "shifted", "separation": SMALL},
                statement="KL of a mixture from its shift by s vanishes as s²",
            ),
            same(
                "kl",
                "curvature",
                "KL of a mixture from its shift by s is ½Js² + O(s³) with J = E(log ν)′²",
                BENT,
                True,
                family="shifted",
                separation=SMALL,
            ),
            claims.NegativeControl(same("kl", "closed_swapped", "KL(ν‖μ) = KL(μ‖ν)", SERIES, True, family=KNOWN)),
            claims.NegativeControl(
                same("kl", "kl_swapped", "KL of a mixture from its shift is symmetric", family="shifted")
            ),
            claims.NegativeControl(same("kl", "expectations_sign", "KL(ν‖μ) = E_ν log ν + E_ν log μ")),
        ],
    },
    figures=[figures.Lines("separation", ("kl", "kl_swapped", "pinsker"), within="family")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
