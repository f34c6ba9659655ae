"""Does the network predict the noise or minus the noise: with which sign does s(x̃) regress on it?

For x ~ N(0, v) and x̃ = x + σ z the affine s of least E‖s(x̃) + z/σ‖² has the slope −1/(v + σ²): for v = 1, σ = ½ it is
−0.8. Slides print the target with a plus, which gives +0.8, the score turned round.
"""

from dataclasses import dataclass

import numpy as np

import verify as vf
from verify import claims, matching
from verify.cli import main_study
from verify.targets import Gaussian

DRAWS = vf.Budgeted(smoke=20_000, ci=200_000, full=2_000_000)
ROUNDING = 1e-12
# the slope deviates from its size by √v/(σ√n), at most by 8/√20000: four of it for the interval, four for the value
CHANCE = 64 / 20_000**0.5
CONFIDENCE, NORMAL = 0.999, 3.2905


@dataclass(frozen=True, eq=False)
class Level:
    """N(0.5, v) under noise σ."""

    variance: float
    sigma: float

    @property
    def law(self):
        """The data."""
        return Gaussian(np.array([0.5]), np.array([[self.variance]]))


def subject(variance, sigma):
    return Level(variance, sigma)


def fitted(at, cell):
    """Slope of the least-squares score, the noise integrated out."""
    field = matching.At.exploding(vf.scores.Linear(at.law), at.sigma)
    return float((field(np.array([[1.0]])) - field(np.array([[0.0]])))[0, 0])


def regressed(at, cell):
    """Slope of the regression of −z/σ on x̃ from draws, with its interval."""
    x, z = at.law.sample(DRAWS[cell.budget], cell.rng)[:, 0], cell.rng.standard_normal(DRAWS[cell.budget])
    noised, wanted = x + at.sigma * z, -z / at.sigma
    design = np.stack([noised, np.ones_like(noised)], axis=1)
    solution = np.linalg.lstsq(design, wanted, rcond=None)[0]
    rest = wanted - design @ solution
    reach = NORMAL * float(rest.std(ddof=2) / (noised.std() * np.sqrt(noised.size)))
    slope = float(solution[0])
    return vf.Estimate(slope, slope - reach, slope + reach, CONFIDENCE, "monte carlo")


def formula(sign):
    """Return sign/(v + σ²)."""

    def measure(at, cell):
        return sign / (at.variance + at.sigma**2)

    return measure


def excess(sign):
    """Return E‖s(x̃) + z/σ‖² at the fitted field turned by the sign, over its value at no field."""

    def measure(at, cell):
        field = matching.At.exploding(vf.scores.Linear(at.law), at.sigma)
        turned = matching.Formula(lambda x: sign * field(x), lambda x: sign * field.divergence(x))
        nothing = 0.5 / at.sigma**2
        return matching.denoising(turned, at.law, matching.Kernel.exploding(at.sigma)).map(lambda e: e / nothing)

    return measure


STUDY = vf.Study(
    name="score_matching/noise_sign",
    question="Does a score network predict the noise, or minus the noise?",
    subject=subject,
    sweep={"variance": (0.25, 1.0, 4.0), "sigma": (0.25, 0.5, 1.0, 2.0)},
    observe={
        "fitted": fitted,
        "regressed": regressed,
        "formula": formula(-1.0),
        "printed": formula(1.0),
        "share": excess(1.0),
        "share_turned": excess(-1.0),
        "one": lambda at, cell: 1.0,
    },
    claims={
        "S2-16": [
            claims.Identity(
                "fitted",
                -0.8,
                ROUNDING,
                where={"variance": 1.0, "sigma": 0.5},
                statement="For N(0, 1) and σ = ½ the least-squares slope is −0.8",
            ),
            claims.Identity(
                "fitted",
                "formula",
                ROUNDING,
                relative=True,
                statement="The least-squares slope of −z/σ on x̃ is −1/(v + σ²) for N(½, v)",
            ),
            claims.Identity(
                "regressed",
                "formula",
                CHANCE,
                relative=True,
                statement="A regression of −z/σ on x̃, from draws, has the slope −1/(v + σ²)",
            ),
            claims.UpperBound(
                "share", by="one", statement="With the slope −1/(v + σ²) the denoising loss is below that of no field"
            ),
            claims.NegativeControl(
                claims.Identity(
                    "fitted",
                    0.8,
                    ROUNDING,
                    where={"variance": 1.0, "sigma": 0.5},
                    statement="For N(0, 1) and σ = ½ the slope is +0.8",
                )
            ),
            claims.NegativeControl(
                claims.Identity(
                    "regressed",
                    "printed",
                    CHANCE,
                    relative=True,
                    statement="A regression of −z/σ on x̃, from draws, has the slope +1/(v + σ²)",
                )
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "share_turned",
                    by="one",
                    statement="With the least-squares field turned round the denoising loss is below that of no field",
                )
            ),
        ]
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
