"""Is a score easier to estimate at a larger noise level σ, and what does the blur cost?

n given data of a mixture p on the line, blurred by N(0, σ²), and three estimates ŝ of the score of p_σ, the blurred p:
that of the blurred data themselves (kernel), the least-squares one with twelve radial functions, the linear one. Their
error falls with σ; that of the kernel score as σ⁻³/n where many data lie within σ, as σ⁻⁴ beyond the last datum. The
blur E_p|∇log p_σ − ∇log p|² grows as σ⁴. What counts, E_p|ŝ − ∇log p|², is therefore large at both ends for an
estimate that is rich enough. All integrals are by quadrature; each set of data is a case of its own.

The estimates are those of the OU process at time t = ½log(1 + σ²): X + σZ is e^t X_t, its score e^{−t}s_t(e^{−t}x).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from _kernel import NARROWEST, POPULATION, blurred, error_under

import verify as vf
from verify import claims, scores
from verify.cli import main_study
from verify.report import figures

SMALL = (0.05, 0.07, 0.1)
LARGE = (0.8, 1.1, 1.6)
# the square root of the blur is σ²/2·|∇(Δp/p)| times 1 + O(σ²/v), v the smallest variance: the slope of its square
# differs from 4 by some four times that
BENT = 4 * SMALL[-1] ** 2 / NARROWEST
# from −4, all of the error beyond the last datum, to −3, all of it in well-filled places; half as much for chance
ESTIMATION, AROUND = -3.5, 1.0
# total = blur + estimate + cross term, the latter two below 2√(0.008/0.8) = 0.2 of the blur at σ = 0.8, over log 2
CROSSED = 0.3

CENTRES = np.linspace(-3.0, 2.5, 12)  # of the radial functions, over all that has a probability of 1 % or more
ESTIMATORS = {
    "kernel": lambda points: scores.Smoothed(POPULATION, points),
    "radial": lambda points: scores.Radial(POPULATION, points, centres=CENTRES, width=0.6, ridge=1e-4),
    "linear": lambda points: scores.Linear(POPULATION, points),
}


@dataclass(frozen=True, eq=False)
class Setting:
    """An estimate of the score from a set of data, at a noise level."""

    estimate: Any
    sigma: float

    def score(self, x):
        """ŝ(x) at the level σ."""
        time = 0.5 * math.log1p(self.sigma**2)
        return math.exp(-time) * self.estimate(math.exp(-time) * x, time)


def subject(estimator, n, data, sigma):
    return Setting(ESTIMATORS[estimator](POPULATION.sample(n, np.random.default_rng([n, data]))), sigma)


def estimation(at, cell):
    """E_{p_σ}|ŝ − ∇log p_σ|²."""
    return error_under(blurred(POPULATION, at.sigma), at.score)


def estimation_before(at, cell):
    """The same at σ/√2."""
    return estimation(Setting(at.estimate, at.sigma / math.sqrt(2)), cell)


def blur(at, cell):
    """E_p|∇log p_σ − ∇log p|²."""
    return error_under(POPULATION, blurred(POPULATION, at.sigma).score)


def total(at, cell):
    """E_p|ŝ − ∇log p|²."""
    return error_under(POPULATION, at.score)


def goes(column, exponent, margin, words, **where):
    """Return the claim that a column goes as σ^exponent for every set of data, with the kernel score where not said."""
    estimators = {"estimator": where.pop("estimator", "kernel")}
    return claims.Rate(
        column, "sigma", exponent, margin, within=("estimator", "n", "data"), where=estimators | where, statement=words
    )


STUDY = vf.Study(
    name="score_matching/noise_level",
    question="Is a score easier to estimate at a larger noise level, and what does the blur cost?",
    subject=subject,
    sweep={
        "estimator": tuple(ESTIMATORS),
        "n": vf.Budgeted(smoke=(200, 800), ci=(200, 800, 3200), full=(200, 800, 3200)),
        "data": vf.Budgeted(smoke=(0, 1), ci=(0, 1, 2), full=tuple(range(8))),
        "sigma": (*SMALL, 0.14, 0.2, 0.28, 0.4, 0.57, *LARGE),
    },
    observe={"estimation": estimation, "estimation_before": estimation_before, "blur": blur, "total": total},
    claims={
        "S2-23": [
            claims.UpperBound(
                "estimation",
                by="estimation_before",
                statement="Scores from data by kernels, radial functions or a line err less at σ than at σ/√2",
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "estimation_before",
                    by="estimation",
                    statement="Scores from data by kernels, radial functions or a line err less at σ/√2 than at σ",
                )
            ),
            goes("estimation", ESTIMATION, AROUND, "The error of the kernel score falls as σ^−3…−4"),
            goes(
                "blur",
                4.0,
                BENT,
                "The score of a law blurred by σ differs from its own by σ⁴ in mean square",
                sigma=SMALL,
            ),
            goes(
                "total",
                ESTIMATION,
                AROUND,
                "At small σ the error of a kernel score against the unblurred law falls as σ^−3…−4",
                sigma=SMALL,
            ),
            goes(
                "total",
                "blur",
                CROSSED,
                "At large σ the error of a kernel score against the unblurred law rises with the blur",
                sigma=LARGE,
            ),
            claims.NegativeControl(
                goes(
                    "blur",
                    2.0,
                    BENT,
                    "The score of a law blurred by σ differs from its own by σ² in mean square",
                    sigma=SMALL,
                )
            ),
            claims.NegativeControl(
                goes(
                    "total",
                    ESTIMATION,
                    AROUND,
                    "At large σ the error of a kernel score against the unblurred law falls as σ^−3…−4",
                    sigma=LARGE,
                )
            ),
            claims.NegativeControl(
                goes(
                    "estimation",
                    -ESTIMATION,
                    AROUND,
                    "The error of the kernel score grows as σ^3…4",
                )
            ),
        ],
    },
    figures=[
        figures.Lines(
            "sigma",
            ("estimation", "blur", "total"),
            within="estimator",
            where={"data": 0, "n": 800},
            measured="mean square error of the score",
            labels={
                "sigma": "noise level σ",
                "estimation": "estimate against the score of the blurred law",
                "blur": "score of the blurred law against that of the law",
                "total": "estimate against the score of the law",
            },
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
