"""Does Girsanov's theorem need Novikov's condition, or is its conclusion true where the condition fails?

X is a Brownian motion on [0, T], Y the same with the linear drift u(y) = y. Novikov asks for E exp(½∫X² dt) < ∞. By the
Karhunen–Loève expansion of X the moment is a product over the eigenvalues (T/((j − ½)π))² of its covariance, which is
(cos T)^{−½} for T < π/2 (Cameron, Martin, 1945) and infinite from there on: beyond the horizon π/2 the condition fails.
Yet M = exp(∫X dX − ½∫X² dt) still has mean one and makes X into Y, and KL(Law Y‖Law X) = ½E∫Y² dt is finite: checked on
chains of K steps, for which both sides are Gaussian integrals over R^K and Y_K has a recursion of its own. For the same
reason bounds for reverse diffusions, whose drift errors are linear at infinity, hold for long horizons as well.
"""

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
# The product's tail Π_{j > J}(1 − T²/((j − ½)π)²)^{−½} is exp(T²/(2π²J)) up to a share T²/J² of its exponent; the sums of
# logarithms round to 1e-12 of a moment whose first factor is within 0.02 of its pole.
PRODUCT = 1e-8
# (cos T)^{−½} = (sin gap)^{−½}: its slope in log gap is −½·gap/tan gap, −½ + gap²/6 for the largest gap.
BENT = NEAR[0] ** 2 / 6
# Determinants and inverses of matrices of size 40 whose condition number is up to 4·40²·e^{2T}.
ROUNDING = 2 * STEPS**2 * 4 * STEPS**2 * math.exp(2 * (LIMIT - min(BEYOND))) * np.finfo(float).eps


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


def mean_weight(horizon, cell):
    """E M, the root of a ratio of determinants."""
    free, tilted = matrices(horizon, 1.0)
    return math.exp(0.5 * float(np.linalg.slogdet(free)[1] - np.linalg.slogdet(tilted)[1]))


def weighted_square(sign):
    """Return the observable E[M X_T²]/E M."""

    def measure(horizon, cell):
        return float(np.linalg.inv(matrices(horizon, sign)[1])[-1, -1])

    return measure


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
        "mean_weight": mean_weight,
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
                "mean_weight", 1.0, ROUNDING, where=LATE, statement="Beyond T = π/2 Girsanov's exponential has mean one"
            ),
            claims.Identity(
                "weighted_square",
                "square",
                ROUNDING,
                relative=True,
                where=LATE,
                statement="Beyond T = π/2 it still makes X into Y: E[M X_T²] = E Y_T²",
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
                    "weighted_wrongly",
                    "square",
                    ROUNDING,
                    relative=True,
                    where=LATE,
                    statement="Beyond T = π/2 exp(−ΣXΔX − ½ΣX²δ) makes X into Y",
                )
            ),
        ],
    },
    figures=[figures.Lines("gap", ("moment",), where={"gap": NEAR})],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
