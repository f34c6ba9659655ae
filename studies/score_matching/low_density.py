"""Where is an estimated score worst?

Two estimates of the score of a blurred law p_σ from n data, at places of density `level` times that of the mode. The
kernel score, ∇log of the data blurred by σ, has to second order in its noise the mean square error

    (1/n) E[((X − x)/σ² − s(x))² φ_σ(x − X)²]/p_σ(x)² ≈ 1/(4√π n σ³ p_σ(x)),

so that each place pays for the data around it. A Gaussian fitted to Gaussian data by mean and variance borrows strength
from all of them, and yet is worst where the density is low: its error, exact by the laws of Student and χ²,

    E δ²·E V̂⁻² + (x − m)² E(V̂⁻¹ − V⁻¹)²,  δ ~ N(0, V/n), (n − 1)V̂/V ~ χ² of n − 1 degrees,

grows as log(1/level).
"""

import math
from dataclasses import dataclass

import numpy as np
from _kernel import mean_of

import verify as vf
from verify import claims, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import Gaussian

MEAN, VARIANCE, WIDTH = 0.7, 1.6, 0.3
N = {"kernel": 20_000, "affine": 100}
FITS = vf.Budgeted(smoke=800, ci=3000, full=20_000)
# The mean of 800 squares of normal numbers is known to 3.3·√(2/800) = 0.17 at 99.9 %, to 0.23 at ten places jointly;
# the kernel's noise in second order adds a few times 1/(2√π nσp) = 0.015 at the lowest level
SQUARES = 0.35
# log(MSE·p) varies by less than σ²z²/2V + log(1 + σ²z²/2V) with z² = 2 log(1/level), by 0.5 over log 100, and the ends
# by chance by 0.3: over log 100 that is 0.17
SLOPE = 0.17


@dataclass(frozen=True)
class Place:
    """A place right of the mode of the law whose score is estimated."""

    estimator: str
    level: float

    @property
    def blur(self):
        """σ of the kernel, 0 for the Gaussian fit."""
        return WIDTH if self.estimator == "kernel" else 0.0

    @property
    def law(self):
        """The law whose score is estimated."""
        return Gaussian(np.array([MEAN]), np.array([[VARIANCE + self.blur**2]]))

    @property
    def x(self):
        """Where its density is `level` times that of the mode, shape (1, 1)."""
        return self.law.mean[None] + np.sqrt(-2 * self.law.cov * math.log(self.level))

    def estimate(self, rng):
        """Return the score fitted to n new data."""
        points = MEAN + math.sqrt(VARIANCE) * rng.standard_normal((N[self.estimator], 1))
        if self.estimator == "kernel":
            return scores.Smoothed(self.law, points, WIDTH)
        return scores.Exact(Gaussian(points.mean(axis=0), np.cov(points.T).reshape(1, 1)))


def subject(estimator, level):
    return Place(estimator, level)


def mean_square(place, cell):
    """E|ŝ − s|² at the place, the mean over fits."""
    true = place.law.score(place.x)
    fits = (place.estimate(cell.rng) for _ in range(FITS[cell.budget]))
    return mean_of([float(((fit(place.x, 0.0) - true) ** 2).sum()) for fit in fits])


def predicted_at_mode(place, cell):
    """The formulas at level one."""
    return predicted(Place(place.estimator, 1.0), cell)


def predicted(place, cell):
    """The formulas above."""
    n, x = N[place.estimator], place.x
    if place.estimator == "affine":
        inverse, square = (n - 1) / (n - 3), (n - 1) ** 2 / ((n - 3) * (n - 5))  # E V/V̂, E (V/V̂)²
        off = float((x - MEAN)[0, 0])
        return square / (n * VARIANCE) + off**2 * (square - 2 * inverse + 1) / VARIANCE**2
    narrower = Gaussian(np.array([MEAN]), np.array([[VARIANCE + WIDTH**2 / 2]]))  # φ_σ² is φ_{σ/√2}/(2√π σ)
    density, narrow_density = (math.exp(float(law.log_density(x)[0])) for law in (place.law, narrower))
    spread = 1 / (1 / VARIANCE + 2 / WIDTH**2) / WIDTH**4  # of (X − x)/σ² under p φ_{σ/√2}, and its mean below
    off = 0.5 * narrower.score(x) - place.law.score(x)
    return narrow_density * (spread + float(off[0, 0]) ** 2) / (2 * math.sqrt(math.pi) * WIDTH * n * density**2)


def goes(exponent, words, estimator="kernel"):
    """Return the claim that the mean square error goes as level^exponent."""
    return claims.Rate(
        "mean_square", "level", exponent, SLOPE, within=("estimator",), where={"estimator": estimator}, statement=words
    )


STUDY = vf.Study(
    name="score_matching/low_density",
    question="Where is an estimated score worst?",
    subject=subject,
    sweep={
        "estimator": tuple(N),
        "level": vf.Budgeted(
            smoke=(1.0, 0.2, 0.05, 0.01), ci=(1.0, 0.3, 0.1, 0.03, 0.01), full=(1.0, 0.3, 0.1, 0.03, 0.01)
        ),
    },
    observe={"mean_square": mean_square, "predicted": predicted, "predicted_at_mode": predicted_at_mode},
    claims={
        "S2-22": [
            claims.Identity(
                "mean_square",
                "predicted",
                SQUARES,
                relative=True,
                statement="The mean square error of a kernel score and of a Gaussian fit are those of the formulas",
            ),
            goes(-1.0, "A kernel score errs by 1/density in mean square"),
            claims.UpperBound(
                "predicted_at_mode",
                by="mean_square",
                where={"level": (0.2, 0.1, 0.05, 0.03, 0.01)},
                statement="Either estimate is worse where the density is low than at the mode",
            ),
            claims.NegativeControl(goes(0.0, "A kernel score errs alike everywhere")),
            claims.NegativeControl(goes(-1.0, "A Gaussian fit errs by 1/density in mean square", "affine")),
            claims.NegativeControl(
                claims.UpperBound(
                    "mean_square",
                    by="predicted_at_mode",
                    where={"level": (0.05, 0.03, 0.01)},
                    statement="The error is largest at the mode",
                )
            ),
        ],
    },
    figures=[figures.Lines("level", ("mean_square", "predicted"), within="estimator")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
