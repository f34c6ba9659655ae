"""With a mixture fitted to n data, into which parts does the error of the reverse diffusion split?

A two-component mixture on the line is fitted by likelihood; the exponential integrator is driven by the score of the
fit. Exact steps from q_T of the fit would end in the fit, so that TV(p, output) is at most score + steps + start:

    score = TV(p, fit),  steps = TV(fit, output from q_T),  start = TV(output from q_T, output from γ).

Steps fall as h and the start is at most TV(q_T, γ) ∝ e^−T. The mean of the score's part falls as n^−1/2, with
KL(p‖fit) ≈ k/(2n) for k = 5 parameters (Wilks, 1938). A Gaussian fit of the same data keeps the KL between p and the
Gaussian of its moments.
"""

import functools
from dataclasses import dataclass

import numpy as np
from _fit import fits, fitted
from _kernel import POPULATION, mean_of

import verify as vf
from verify import claims, laws, samplers, scores
from verify.cli import main_study
from verify.report import figures

FITS = vf.Budgeted(smoke=200, ci=600, full=5000)
PARAMETERS = 5
BASE = {"n": 800, "steps": 16, "horizon": 1.0}  # the axes are varied one at a time
LATE = (2.0, 3.0, 4.0)
# c h + O(h²), h from 1/8 to 1/32: the slope is off by about the middle h. In TV(q_T, γ) the variance's part is e^−T of
# the mean's, below 0.14, and adds in squares, odd to even: 0.02, gone after a unit of time
ORDER, DECAY = 0.1, 0.1
# The mean of 200 KLs, χ² of five degrees nearly, is known to 3.4·√(2/5)/14 = 0.15 at 99.9 %, to 0.2 at three n jointly:
# its slope over log 16 to 0.1, that of their roots to half of it. The next order is some 10/n, 0.05 at n = 200.
KL_SLOPE, TV_SLOPE, KL_SIZE = 0.16, 0.08, 0.35


@dataclass(frozen=True)
class Chains:
    """The three chains for one set of n data."""

    n: int
    steps: int
    horizon: float

    def run(self, score, begin="standard"):
        """The law of the last iterate."""
        grid = vf.TimeGrid.uniform(horizon=self.horizon, steps=self.steps)
        return samplers.ExponentialIntegrator(score, grid, begin).run()

    @functools.cached_property
    def fit(self):
        """The mixture fitted to one set of data."""
        return fitted(POPULATION.sample(self.n, np.random.default_rng([1, self.n])), POPULATION)

    @functools.cached_property
    def from_marginal(self):
        """Output from q_T of the fit."""
        return self.run(scores.Exact(self.fit), "marginal")

    @functools.cached_property
    def output(self):
        """Output from γ."""
        return self.run(scores.Exact(self.fit))


def subject(n, steps, horizon):
    return Chains(n, steps, horizon)


def one_at_a_time(**point):
    """Keep the points that differ from BASE in one axis at most."""
    return sum(point[name] != value for name, value in BASE.items()) <= 1


def score_part(chains, cell):
    """TV(p, fit)."""
    return vf.total_variation(POPULATION, chains.fit)


def steps_part(chains, cell):
    """TV(fit, output from q_T)."""
    return vf.total_variation(chains.fit, chains.from_marginal)


def start_part(chains, cell):
    """TV(output from q_T, output from γ)."""
    return vf.total_variation(chains.from_marginal, chains.output)


def start_noise(chains, cell):
    """TV(q_T, γ), q_T of the fit."""
    return vf.total_variation(chains.fit.diffused(chains.horizon), laws.Gaussian.standard(1))


def total(chains, cell):
    """TV(p, output)."""
    return vf.total_variation(POPULATION, chains.output)


def parts(*measures):
    """Return the sum of some parts."""

    def measure(chains, cell):
        found = [part(chains, cell) for part in measures]
        low, value, high = (sum(getattr(part, end) for part in found) for end in ("low", "value", "high"))
        return vf.Estimate(value, low, high, 1.0, "quadrature")

    return measure


def mean_fit(which):
    """Return the mean over data sets of one of the errors of the fits."""

    def measure(chains, cell):
        return mean_of(fits(chains.n, FITS[cell.budget])[:, which])

    return measure


def wilks(chains, cell):
    """k/(2n)."""
    return PARAMETERS / (2 * chains.n)


# the rows in which n alone is varied
ALONG_N = {name: value for name, value in BASE.items() if name != "n"}


def falls(column, exponent, margin, words):
    """Return the claim that a mean over data sets goes as n^exponent."""
    return claims.Rate(column, "n", exponent, margin, where=ALONG_N, statement=words)


def sized(column, words):
    """Return the claim that a mean over data sets is k/(2n)."""
    return claims.Identity(column, "wilks", KL_SIZE, relative=True, where=ALONG_N, statement=words)


STUDY = vf.Study(
    name="score_matching/end_to_end",
    question="With a mixture fitted to n data, into which parts does the error of the reverse diffusion split?",
    subject=subject,
    sweep={
        "n": vf.Budgeted(smoke=(200, 800, 3200), ci=(200, 800, 3200), full=(200, 800, 3200, 12_800)),
        "steps": vf.Budgeted(smoke=(8, 16, 32), ci=(8, 16, 32, 64), full=(8, 16, 32, 64, 128)),
        "horizon": (1.0, *LATE),
    },
    only=one_at_a_time,
    observe={
        "total": total,
        "score": score_part,
        "steps_part": steps_part,
        "start": start_part,
        "start_noise": start_noise,
        "sum": parts(score_part, steps_part, start_part),
        "sum_without_score": parts(steps_part, start_part),
        "kl_fit": mean_fit(0),
        "tv_fit": mean_fit(1),
        "kl_gaussian": mean_fit(2),
        "wilks": wilks,
    },
    claims={
        "S0-19": [
            claims.UpperBound(
                "total", by="sum", statement="The TV of the reversal is at most that of score, steps and start together"
            ),
            claims.Rate("steps_part", "steps", -1.0, ORDER, statement="The part of the steps falls as 1/N"),
            claims.UpperBound("start", by="start_noise", statement="The part of the start is at most TV(q_T, γ)"),
            claims.Rate(
                "start_noise",
                "horizon",
                -1.0,
                DECAY,
                scale="linear",
                where={"horizon": LATE},
                statement="TV(q_T, γ) falls as e^−T",
            ),
            falls("tv_fit", -0.5, TV_SLOPE, "The part of the score falls as 1/√n in TV"),
            falls("kl_fit", -1.0, KL_SLOPE, "The part of the score falls as 1/n in KL"),
            sized("kl_fit", "The KL between the law and its mixture fit is 5/(2n) in the mean"),
            claims.NegativeControl(falls("kl_fit", -0.5, KL_SLOPE, "The part of the score falls as 1/√n in KL")),
            claims.NegativeControl(falls("kl_gaussian", -1.0, KL_SLOPE, "With a Gaussian fit it falls as 1/n, too")),
            claims.NegativeControl(sized("kl_gaussian", "With a Gaussian fit it is 5/(2n), too")),
            claims.NegativeControl(
                claims.UpperBound("total", by="sum_without_score", statement="It is at most steps and start together")
            ),
        ],
    },
    figures=[
        figures.Lines("n", ("kl_fit", "wilks", "kl_gaussian"), where=ALONG_N),
        figures.Lines("steps", ("total", "score", "steps_part", "start"), where={"n": 800, "horizon": 1.0}),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
