"""Does Girsanov's theorem need Novikov's condition, or is its conclusion true where the condition fails?

X is a Brownian motion on [0, T], Y the same with the linear drift u(y) = y. Novikov asks for E exp(½∫X² dt) < ∞. By the
Karhunen–Loève expansion of X the moment is a product over the eigenvalues (T/((j − ½)π))² of its covariance, which is
(cos T)^{−½} for T < π/2 (Cameron, Martin, 1945) and infinite from there on: beyond the horizon π/2 the condition fails.
Yet M = exp(∫X dX − ½∫X² dt) still has mean one and makes X into Y, and KL(Law Y‖Law X) = ½E∫Y² dt is finite. For chains
of K steps M has mean one whatever the drift, which says nothing; so its mean is found in continuous time, from
∫X dX = ½(X_T² − T) and ∫X² dt by the trapezoid rule, extrapolated in K. The rest holds for chains, too: both sides are
Gaussian integrals over R^K, and Y_K has its own recursion. For the same reason bounds for reverse diffusions, whose
drift errors are linear at infinity, hold for long horizons as well.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.report import figures

LIMIT = math.pi / 2
STEPS = 40
NEAR = (0.2, 0.1, 0.05, 0.025)
BEYOND = (-0.25, -1.0)  # horizons of 1.82 and 2.57
FACTORS = 100_000
# The product's tail Π_{j > J}(1 − T²/((j − ½)π)²)^{−½} is exp(T²/(2π²J)) up to a share T²/J² of its exponent; the sums
# of logarithms round to 1e-12 of a moment whose first factor is within 0.02 of its pole.
PRODUCT = 1e-8
# (cos T)^{−½} = (sin gap)^{−½}: its slope in log gap is −½·gap/tan gap, −½ + gap²/6 for the largest gap.
BENT = NEAR[0] ** 2 / 6
# Determinants and inverses of matrices of size 40 whose condition number is up to 4·40²·e^{2T}.
ROUNDING = 2 * STEPS**2 * 4 * STEPS**2 * math.exp(2 * (LIMIT - min(BEYOND))) * np.finfo(float).eps
# The trapezoid rule errs by powers of (e^T δ)²/12, relatively, e^T being the growth of Y; two extrapolations from K, 2K
# and 4K steps leave its cube over 4·16.
IN_TIME = (math.exp(2 * (LIMIT - min(BEYOND))) * ((LIMIT - min(BEYOND)) / STEPS) ** 2 / 12) ** 3 / 64


@dataclass(frozen=True)
class Horizon:
    """X and Y on [0, T], T = π/2 − `gap`."""

    gap: float

    @property
    def time(self):
        """T."""
        return LIMIT - self.gap

    @property
    def step(self):
        """δ of the chains."""
        return self.time / STEPS


def subject(gap):
    return Horizon(gap)


def novikov(horizon, cell):
    """E exp(½∫X² dt) as a product over the Karhunen–Loève eigenvalues; infinite where one of them is not below one."""
    share = (horizon.time / ((np.arange(1, FACTORS + 1) - 0.5) * math.pi)) ** 2
    if share[0] >= 1:
        return vf.Estimate.exact(math.inf)
    return math.exp(-0.5 * float(np.log1p(-share).sum()) + horizon.time**2 / (2 * math.pi**2 * FACTORS))


def closed(function):
    """Return the observable function(T)^{−½}, infinite where the function is not positive."""

    def measure(horizon, cell):
        value = function(horizon.time)
        return value**-0.5 if value > 0 else vf.Estimate.exact(math.inf)

    return measure


def matrices(horizon, sign):
    """Precision of (X_1, …, X_K), and that of its law times M = exp(sign·Σ X ΔX − ½Σ X²δ)."""
    earlier = np.eye(STEPS, k=-1)
    difference = np.eye(STEPS) - earlier
    free = difference.T @ difference / horizon.step
    cross = earlier.T @ difference
    return free, free - sign * (cross + cross.T) + horizon.step * earlier.T @ earlier


def weighted_square(sign):
    """Return the observable E[M X_T²]/E M."""

    def measure(horizon, cell):
        return float(np.linalg.inv(matrices(horizon, sign)[1])[-1, -1])

    return measure


def in_time(weight):
    """Return the observable weight(T, K) in continuous time, by extrapolation from K, 2K and 4K steps."""

    def measure(horizon, cell):
        found = [weight(horizon.time, STEPS * 2**j) for j in range(3)]
        once = [(4 * fine - coarse) / 3 for coarse, fine in itertools.pairwise(found)]
        return (16 * once[1] - once[0]) / 15

    return measure


def weighted_precision(time, steps, sign):
    """Precision of (X_1, …, X_K), and that of its law times exp(sign·½X_T² − ½∫X² dt), the trapezoid rule in time."""
    delta, difference = time / steps, np.eye(steps) - np.eye(steps, k=-1)
    free, extra = difference.T @ difference / delta, np.full(steps, delta)
    extra[-1] = 0.5 * delta - sign
    return free, free + np.diag(extra)


def mean_of_weight(time, steps):
    """E M = e^{−T/2} E exp(½X_T² − ½∫X² dt), as ∫X dX = ½(X_T² − T) (Itô)."""
    free, tilted = weighted_precision(time, steps, 1.0)
    return math.exp(0.5 * float(np.linalg.slogdet(free)[1] - np.linalg.slogdet(tilted)[1]) - 0.5 * time)


def square_under(sign):
    """Return E[M X_T²]/E M as a function of T and K."""
    return lambda time, steps: float(np.linalg.inv(weighted_precision(time, steps, sign)[1])[-1, -1])


def square_in_time(horizon, cell):
    """E Y_T² = ½(e^{2T} − 1)."""
    return 0.5 * math.expm1(2 * horizon.time)


def variances(horizon):
    """E Y_k² for k = 0, …, K by recursion."""
    found = np.zeros(STEPS + 1)
    for k in range(STEPS):
        found[k + 1] = (1 + horizon.step) ** 2 * found[k] + horizon.step
    return found


def square(horizon, cell):
    """E Y_T²."""
    return float(variances(horizon)[-1])


def path_kl(horizon, cell):
    """KL between the laws of the two paths in R^K."""
    zero = np.zeros(STEPS)
    free = matrices(horizon, 1.0)[0]
    solve = np.linalg.inv((np.eye(STEPS) - (1 + horizon.step) * np.eye(STEPS, k=-1)) / math.sqrt(horizon.step))
    return vf.kl(laws.Gaussian(zero, solve @ solve.T), laws.Gaussian(zero, np.linalg.inv(free)))


def half_energy(horizon, cell):
    """½Σ E Y_k²δ."""
    return 0.5 * horizon.step * float(variances(horizon)[:-1].sum())


EARLY, LATE = {"gap": (1.0, *NEAR)}, {"gap": BEYOND}

STUDY = vf.Study(
    name="girsanov/novikov",
    question="Does Girsanov's theorem need Novikov's condition, or is its conclusion true where the condition fails?",
    subject=subject,
    sweep={"gap": (1.0, *NEAR, *BEYOND)},
    observe={
        "moment": novikov,
        "secant": closed(math.cos),
        "hyperbolic": closed(math.cosh),
        "mean_in_time": in_time(mean_of_weight),
        "weighted_in_time": in_time(square_under(1.0)),
        "weighted_in_time_wrongly": in_time(square_under(-1.0)),
        "square_in_time": square_in_time,
        "weighted_square": weighted_square(1.0),
        "weighted_wrongly": weighted_square(-1.0),
        "square": square,
        "kl": path_kl,
        "half_energy": half_energy,
    },
    claims={
        "S3-16": [
            claims.Identity(
                "moment",
                "secant",
                PRODUCT,
                relative=True,
                where=EARLY,
                statement="For T < π/2 Novikov's moment of the drift u(y) = y is (cos T)^{−½}",
            ),
            claims.Rate(
                "moment",
                "gap",
                -0.5,
                BENT,
                where={"gap": NEAR},
                statement="Novikov's moment is infinite at T = π/2, as (π/2 − T)^{−½}",
            ),
            claims.Identity(
                "mean_in_time", 1.0, IN_TIME, where=LATE, statement="Beyond T = π/2 Girsanov's exponential has mean one"
            ),
            claims.Identity(
                "weighted_in_time",
                "square_in_time",
                IN_TIME,
                relative=True,
                where=LATE,
                statement="Beyond T = π/2 Girsanov's exponential makes X into Y: E[M X_T²] = E Y_T² = ½(e^{2T} − 1)",
            ),
            claims.Identity(
                "weighted_square",
                "square",
                ROUNDING,
                relative=True,
                where=LATE,
                statement="Beyond T = π/2 E[M X_T²] = E Y_T² for chains of 40 steps, too",
            ),
            claims.Identity(
                "kl",
                "half_energy",
                ROUNDING,
                relative=True,
                where=LATE,
                statement="Beyond T = π/2 KL(Law Y‖Law X) = ½E Σ Y²δ is finite and right",
            ),
            claims.NegativeControl(
                claims.UpperBound("moment", by=1e9, statement="Novikov's moment is finite for every T")
            ),
            claims.NegativeControl(
                claims.Identity(
                    "moment",
                    "hyperbolic",
                    PRODUCT,
                    relative=True,
                    where=EARLY,
                    statement="Novikov's moment is (cosh T)^{−½}, that of −½∫X² dt",
                )
            ),
            claims.NegativeControl(
                claims.Identity(
                    "weighted_in_time_wrongly",
                    "square_in_time",
                    IN_TIME,
                    relative=True,
                    where=LATE,
                    statement="Beyond T = π/2 exp(−∫X dX − ½∫X² dt) makes X into Y",
                )
            ),
            claims.NegativeControl(
                claims.Identity(
                    "weighted_wrongly",
                    "square",
                    ROUNDING,
                    relative=True,
                    where=LATE,
                    statement="Beyond T = π/2 exp(−ΣXΔX − ½ΣX²δ) makes X into Y, for chains of 40 steps",
                )
            ),
        ],
    },
    figures=[figures.Lines("gap", ("moment",), where={"gap": NEAR})],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
