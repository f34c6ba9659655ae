"""Is Mehler's kernel that of the OU process, and what does it do to functions that are no polynomials?

dX = −X dt + √2 dB: P_t(x, ·) = N(e^{−t}x, 1 − e^{−2t}). A Gauss–Hermite rule with this kernel is compared with closed
forms of E cos(2X_t + ½) and E e^{X_t}. The kernel's density against γ is the series Σ e^{−kt}h_k(x)h_k(y) of normalised
Hermite polynomials, P_t h_k = e^{−kt}h_k; so the k-th coefficient of every P_t g falls as e^{−kt}, here for g = e^x.
The variance 1 − e^{−t} breaks all of it.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.polynomial import hermite_e
from scipy import special

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.processes import LangevinDiffusion
from verify.report import figures
from verify.targets import Gaussian

PLACES = np.array([-2.1, -0.4, 0.0, 0.9, 1.7])
ORDER = 40
LATE = (0.5, 1.0, 2.0, 4.0)
# 40 nodes leave 40!(2s)^{80}/80! < 1e-40 of E cos, s ≤ 1, and less of E e^X: what is left is rounding of 40 terms
ROUNDING = 40 * 8 * np.finfo(float).eps
# |h_k(x)| ≤ 1.09 e^{x²/4} (Cramér): beyond K terms the series is below 1.19 e^{(x²+y²)/4}e^{−Kt}/(1 − e^{−t}),
# |x|, |y| ≤ 2.1, e^{−Kt} = e^{−50} at t = 0.5. Terms before it round to K ε times their largest, e^{2.1²/2}·1.19.
TERMS = 100
SERIES = (
    1.19
    * math.exp(0.5 * 2.1**2)
    * (math.exp(-TERMS * LATE[0]) / (1 - math.exp(-LATE[0])) + 16 * TERMS * np.finfo(float).eps)
)


@dataclass(frozen=True, eq=False)
class At:
    """The OU process of N(0, 1) after time t, a kernel variance and a degree."""

    time: float
    degree: int

    @cached_property
    def process(self):
        """dX = −X dt + √2 dB."""
        return LangevinDiffusion(Gaussian(np.zeros(1), np.eye(1)))

    def moved(self, g, rate=2.0):
        """Return E g(e^{−t}x + √(1 − e^{−rate·t})Z) at the places: P_t g for the rate 2, by the package."""
        if rate == 2.0:
            return self.process.semigroup(g, self.time, ORDER)(PLACES[:, None])
        z, weights = hermite_e.hermegauss(ORDER)
        x = math.exp(-self.time) * PLACES[:, None] + math.sqrt(-math.expm1(-rate * self.time)) * z
        return g(x[..., None]) @ (weights / weights.sum())


def subject(time, degree):
    return At(time, degree)


def cosine_defect(rate):
    """Return max |P_t g − e^{−2(1 − e^{−2t})}cos(2e^{−t}x + ½)| for g = cos(2x + ½)."""

    def measure(at, cell):
        found = at.moved(lambda x: np.cos(2 * x[..., 0] + 0.5), rate)
        want = math.exp(2 * math.expm1(-2 * at.time)) * np.cos(2 * math.exp(-at.time) * PLACES + 0.5)
        return float(np.abs(found - want).max())

    return measure


def exponential_defect(rate):
    """Return max |P_t g/e^{e^{−t}x + ½(1 − e^{−2t})} − 1| for g = e^x."""

    def measure(at, cell):
        found = at.moved(lambda x: np.exp(x[..., 0]), rate)
        return float(np.abs(found / np.exp(math.exp(-at.time) * PLACES - 0.5 * math.expm1(-2 * at.time)) - 1).max())

    return measure


def densities(at, rate=2.0):
    """Return log p_t(x, y) for pairs of places, x in rows."""
    if rate == 2.0:
        kernels = [at.process.kernel(at.time, np.array([x])) for x in PLACES]
    else:
        kernels = [
            laws.Gaussian(np.array([math.exp(-at.time) * x]), np.array([[-math.expm1(-rate * at.time)]]))
            for x in PLACES
        ]
    return np.stack([law.log_density(PLACES[:, None]) for law in kernels])


def series_defect(rate):
    """Return max |p_t(x, y)/γ(y) − Σ e^{−kt}h_k(x)h_k(y)| over pairs of places."""

    def measure(at, cell):
        if at.time == 0:
            return math.inf  # a point has no density
        basis = normalised(PLACES, TERMS)
        want = (basis * np.exp(-at.time * np.arange(TERMS))) @ basis.T
        gamma = -0.5 * PLACES**2 - 0.5 * math.log(2 * math.pi)
        return float(np.abs(np.exp(densities(at, rate) - gamma) - want).max())

    return measure


def normalised(x, count):
    """Return h_0, …, h_{count−1} at x, columns, by the recursion √(k+1)h_{k+1} = x h_k − √k h_{k−1}."""
    columns = [np.ones_like(x), x]
    for k in range(1, count - 1):
        columns.append((x * columns[k] - math.sqrt(k) * columns[k - 1]) / math.sqrt(k + 1))
    return np.stack(columns[:count], axis=-1)


def coefficient(rate):
    """Return |∫P_t g h_k dγ| for g = e^x, of which the k-th coefficient is √(e/k!)."""

    def measure(at, cell):
        z, weights = hermite_e.hermegauss(2 * ORDER)
        share = weights / weights.sum()
        s = math.sqrt(-math.expm1(-rate * at.time))
        inner = np.exp(math.exp(-at.time) * z[:, None] + s * z) @ share
        return abs(float((share * inner) @ normalised(z, at.degree + 1)[:, -1]))

    return measure


def decayed(at, cell):
    """e^{−kt}√(e/k!)."""
    return math.exp(-at.degree * at.time + 0.5 - 0.5 * special.gammaln(at.degree + 1))


def balance_defect(at, cell):
    """max |log γ(x)p_t(x, y) − log γ(y)p_t(y, x)| over the largest of them."""
    if at.time == 0:
        return math.inf
    log = densities(at) - 0.5 * PLACES[:, None] ** 2
    return float(np.abs(log - log.T).max() / np.abs(log).max())


def vanishes(name, words, tolerance=ROUNDING, **where):
    """Return the claim that a defect is zero."""
    return claims.Identity(name, 0.0, tolerance, statement=words, where=where)


def lost(degree):
    """Return the relative rounding error of the coefficient at t = 4: 80 terms of order one against e^{−4k}/√k!."""
    return 2 * ROUNDING * math.exp(LATE[-1] * degree) * math.sqrt(math.factorial(degree))


def decays(name, words, degree):
    """Return the claim that the coefficient of a degree falls as e^{−degree·t}."""
    where = {"time": LATE, "degree": degree}
    return claims.Rate(name, "time", -degree, lost(degree), scale="linear", statement=words, where=where)


STUDY = vf.Study(
    name="semigroup/mehler",
    question="Is Mehler's kernel that of the OU process, and what does it do to functions that are no polynomials?",
    subject=subject,
    sweep={
        "time": vf.Budgeted(smoke=(0.0, 0.05, *LATE), ci=(0.0, 0.01, 0.05, 0.2, *LATE), full=(0.0, 1e-3, 0.05, *LATE)),
        "degree": vf.Budgeted(smoke=(1, 3), ci=(1, 2, 3, 5), full=(1, 2, 3, 4, 5, 6)),
    },
    observe={
        "cosine_defect": cosine_defect(2.0),
        "cosine_defect_slow": cosine_defect(1.0),
        "exponential_defect": exponential_defect(2.0),
        "exponential_defect_slow": exponential_defect(1.0),
        "series_defect": series_defect(2.0),
        "series_defect_slow": series_defect(1.0),
        "balance_defect": balance_defect,
        "coefficient": coefficient(2.0),
        "coefficient_slow": coefficient(1.0),
        "decayed": decayed,
    },
    claims={
        "S0-09": [
            vanishes("cosine_defect", "P_t cos(2x + ½) by Mehler's kernel is e^{−2(1 − e^{−2t})}cos(2e^{−t}x + ½)"),
            vanishes("cosine_defect", "P_0 of Mehler's kernel is the identity", time=0.0),
            vanishes("exponential_defect", "P_t e^x by Mehler's kernel is exp(e^{−t}x + ½(1 − e^{−2t}))"),
            vanishes("series_defect", "p_t(x, y)/γ(y) = Σ e^{−kt}h_k(x)h_k(y)", SERIES, time=LATE),
            vanishes("balance_defect", "γ(x)p_t(x, y) = γ(y)p_t(y, x)", ROUNDING, time=(0.05, *LATE)),
            decays("coefficient", "The first Hermite coefficient of P_t g falls as e^{−t}", 1),
            decays("coefficient", "The third Hermite coefficient of P_t g falls as e^{−3t}", 3),
            claims.Identity(
                "coefficient",
                "decayed",
                lost(3),
                relative=True,
                where={"degree": (1, 2, 3)},
                statement="The k-th Hermite coefficient of P_t e^x is e^{−kt}√(e/k!)",
            ),
            claims.NegativeControl(
                vanishes(
                    "cosine_defect_slow",
                    "With the variance 1 − e^{−t} P_t cos(2x + ½) is e^{−2(1 − e^{−2t})}cos(2e^{−t}x + ½)",
                    time=LATE,
                )
            ),
            claims.NegativeControl(
                vanishes(
                    "exponential_defect_slow",
                    "With the variance 1 − e^{−t} P_t e^x is exp(e^{−t}x + ½(1 − e^{−2t}))",
                    time=LATE,
                )
            ),
            claims.NegativeControl(
                vanishes(
                    "series_defect_slow",
                    "With the variance 1 − e^{−t} p_t(x, y)/γ(y) = Σ e^{−kt}h_k(x)h_k(y)",
                    SERIES,
                    time=LATE,
                )
            ),
            claims.NegativeControl(
                decays("coefficient_slow", "With the variance 1 − e^{−t} the third coefficient falls as e^{−3t}", 3)
            ),
        ],
    },
    figures=[figures.Lines("time", ("coefficient", "decayed", "coefficient_slow"), scale="semilog", within="degree")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
