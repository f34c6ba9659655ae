"""What law is e^{−βf}/Z, and for which f is it Gaussian?

For f = ½(x − m)^TΣ⁻¹(x − m) it is N(m, Σ/β) with Z = (2π/β)^{d/2}√|Σ|: normaliser, mean and covariance by the trapezoid
rule on a box, density and score against the package's Gaussian. For f = b(x² − 1)² it is no Gaussian, and Z is a sum of
Bessel functions. Without the ½ the covariance is Σ/2β; with the printed sign, f = −(x − m)^TΣ⁻¹(x − m), the integral
grows with the box and there is no law at all.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ive
from scipy.stats import multivariate_normal

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.report import figures
from verify.targets import DoubleWell, Gaussian

QUADRATICS = {
    "line": Gaussian(np.array([0.7]), np.array([[0.4]])),
    "plane": Gaussian(np.array([1.0, -0.5]), np.array([[1.0, 0.6], [0.6, 0.8]])),
}
NODES, REACH = 121, 11.0  # of the trapezoid rule in each coordinate, over ± 11 standard deviations
# The rule's error is e^{−2π²/(22/120)²} in whitened coordinates, the box leaves out e^{−11²/2}: rounding of sums of
# positive terms and of f ≤ ½·2·11² in the exponent is what is left.
ROUNDING = 4 * 121 * np.finfo(float).eps * 8
NORMAL = 50 * ROUNDING  # moments to rounding, times squares of deviations below 5²·2 in the exponent
DIFFERENCE = 1e-9  # central differences of a quadratic are exact: rounding of f ≤ 50 over 10⁻³ is 1e-11


@dataclass(frozen=True, eq=False)
class At:
    """A potential at an inverse temperature β."""

    potential: str
    inverse_temperature: float

    @property
    def beta(self):
        """β."""
        return self.inverse_temperature

    @property
    def is_quadratic(self):
        """True where f is quadratic."""
        return self.potential in QUADRATICS

    @property
    def base(self):
        """N(m, Σ), whose −log is f up to a constant."""
        return QUADRATICS[self.potential]

    @cached_property
    def law(self):
        """The package's law ∝ e^{−βf}."""
        if self.is_quadratic:
            return Gaussian(self.base.mean, self.base.cov / self.beta)
        return DoubleWell(self.beta)

    def value(self, x, factor=0.5):
        """factor·(x − m)^TΣ⁻¹(x − m), or (x² − 1)²."""
        if not self.is_quadratic:
            return (x[..., 0] ** 2 - 1) ** 2
        off = x - self.base.mean
        return factor * np.einsum("...i,ij,...j->...", off, np.linalg.inv(self.base.cov), off)

    def box(self, factor=0.5, reach=REACH):
        """Return nodes (n, d) and the weight of each, over `reach` standard deviations of e^{−βf}."""
        dim = self.law.dim
        z = np.linspace(-reach, reach, NODES)
        whole = np.stack(np.meshgrid(*[z] * dim, indexing="ij"), axis=-1).reshape(-1, dim)
        if self.is_quadratic:
            root = np.linalg.cholesky(self.base.cov / (self.beta * abs(2 * factor)))
            return self.base.mean + whole @ root.T, (z[1] - z[0]) ** dim * float(np.linalg.det(root))
        width = 0.3 if self.beta > 1 else 0.4
        return whole * width, (z[1] - z[0]) * width


def subject(potential, inverse_temperature):
    return At(potential, inverse_temperature)


def normaliser(at, cell):
    """∫e^{−βf} by the trapezoid rule."""
    x, weight = at.box()
    return weight * float(np.exp(-at.beta * at.value(x)).sum())


def normaliser_closed(at, cell):
    """(2π/β)^{d/2}√|Σ|, or ½π e^{−β/2}(I_{1/4} + I_{−1/4})(β/2)."""
    if at.is_quadratic:
        return (2 * math.pi / at.beta) ** (at.law.dim / 2) * math.sqrt(float(np.linalg.det(at.base.cov)))
    return 0.5 * math.pi * float(ive(0.25, at.beta / 2) + ive(-0.25, at.beta / 2))


def normaliser_package(at, cell):
    """Z by the package: e^{−βf − log-density}."""
    place = np.full((1, at.law.dim), 0.3)
    return math.exp(float(-at.beta * at.value(place)[0] - at.law.log_density(place)[0]))


def covariance_defect(factor, wanted=1.0):
    """Return how far mean and covariance of e^{−βf} are from m and, relatively, `wanted`·Σ/β."""

    def measure(at, cell):
        if not at.is_quadratic:
            return math.inf
        x, _ = at.box(factor)
        share = np.exp(-at.beta * at.value(x, factor))
        share /= share.sum()
        mean = share @ x
        cov = (share[:, None] * (x - mean)).T @ (x - mean)
        scale = np.abs(at.law.cov).max()
        return float(max(np.abs(cov - wanted * at.law.cov).max() / scale, np.abs(mean - at.base.mean).max()))

    return measure


def score_defect(at, cell):
    """max |∇log p + β∇f| by central differences of f at random places, over max |∇log p|."""
    x = at.law.sample(16, np.random.default_rng(3))
    moves = 1e-3 * np.eye(at.law.dim)
    wide, narrow = (
        np.stack([at.value(x + r * e) - at.value(x - r * e) for e in moves], axis=-1) / (2e-3 * r) for r in (1.0, 0.5)
    )
    found, score = at.beta * (4 * narrow - wide) / 3, at.law.score(x)
    return float(np.abs(found + score).max() / np.abs(score).max())


def growth(factor):
    """Return ∫e^{−βf} over twice the box relative to the box, f = factor·(x − m)^TΣ⁻¹(x − m)."""

    def measure(at, cell):
        if not at.is_quadratic:
            return math.inf
        masses = []
        for reach in (0.5 * REACH, REACH):
            x, weight = at.box(factor, reach)
            masses.append(weight * float(np.exp(-at.beta * at.value(x, factor)).sum()))
        return masses[1] / masses[0]

    return measure


def normal_defect(at, cell):
    """max |e^{−βf}/Z over the normal density − 1| at random places; Z, mean and covariance by the trapezoid rule."""
    x, weight = at.box()
    share = np.exp(-at.beta * at.value(x))
    total = share.sum()
    mean = share @ x / total
    cov = (share[:, None] * (x - mean)).T @ (x - mean) / total
    places = at.law.sample(16, np.random.default_rng(5))
    density = np.exp(-at.beta * at.value(places)) / (weight * total)
    return float(np.abs(density / multivariate_normal(mean, cov).pdf(places) - 1).max())


def same(left, right, words, tolerance=ROUNDING, **where):
    """Return the claim that two columns agree relatively."""
    return claims.Identity(left, right, tolerance, relative=True, statement=words, where=where)


def vanishes(name, words, tolerance=ROUNDING, **where):
    """Return the claim that a defect is zero."""
    return claims.Identity(name, 0.0, tolerance, statement=words, where=where)


QUADRATIC = {"potential": tuple(QUADRATICS)}
LOST = 2 * math.exp(-0.5 * (0.5 * REACH) ** 2)  # of the mass, beyond half the box, in each coordinate

STUDY = vf.Study(
    name="divergences/gibbs",
    question="What law is e^{−βf}/Z, and for which f is it Gaussian?",
    subject=subject,
    sweep={
        "potential": (*QUADRATICS, "double well"),
        "inverse_temperature": vf.Budgeted(
            smoke=(0.5, 1.0, 4.0), ci=(0.5, 1.0, 2.0, 4.0), full=(0.25, 0.5, 1.0, 2.0, 4.0)
        ),
    },
    observe={
        "normaliser": normaliser,
        "normaliser_closed": normaliser_closed,
        "normaliser_package": normaliser_package,
        "covariance_defect": covariance_defect(0.5),
        "covariance_defect_whole": covariance_defect(1.0),
        "covariance_half_defect": covariance_defect(1.0, 0.5),
        "score_defect": score_defect,
        "growth": growth(0.5),
        "growth_printed": growth(-1.0),
        "normal_defect": normal_defect,
    },
    claims={
        "S0-04": [
            same(
                "normaliser",
                "normaliser_closed",
                "Z is (2π/β)^{d/2}√|Σ|, and of a double well a sum of Bessel functions",
            ),
            same("normaliser_package", "normaliser_closed", "The laws' log-densities are −βf − log Z with this Z"),
            vanishes(
                "covariance_defect", "e^{−βf}, f = ½(x − m)^TΣ⁻¹(x − m), has the moments of N(m, Σ/β)", **QUADRATIC
            ),
            vanishes("covariance_half_defect", "Without the ½ the covariance is Σ/2β", **QUADRATIC),
            vanishes("score_defect", "∇log p = −β∇f", DIFFERENCE),
            claims.Identity(
                "growth",
                1.0,
                4 * LOST,
                where=QUADRATIC,
                statement="Twice the box holds no more of e^{−βf}: it is normalisable",
            ),
            vanishes(
                "normal_defect", "For quadratic f e^{−βf}/Z is the normal density with its moments", NORMAL, **QUADRATIC
            ),
            claims.Rate(
                "normaliser",
                "inverse_temperature",
                -0.5,
                ROUNDING,
                where={"potential": "line"},
                statement="On the line Z falls as β^{−1/2}",
            ),
            claims.NegativeControl(
                vanishes("covariance_defect_whole", "Without the ½ the covariance is Σ/β", **QUADRATIC)
            ),
            claims.NegativeControl(
                claims.Identity(
                    "growth_printed",
                    1.0,
                    4 * LOST,
                    where=QUADRATIC,
                    statement="With f = −(x − m)^TΣ⁻¹(x − m) it is normalisable",
                )
            ),
            claims.NegativeControl(
                vanishes(
                    "normal_defect",
                    "For a double well e^{−βf}/Z is the normal density with its moments",
                    NORMAL,
                    potential="double well",
                )
            ),
        ],
    },
    figures=[figures.Lines("inverse_temperature", ("normaliser", "normaliser_closed"), within="potential")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
