"""Does a reverse diffusion with the exact score of the data return the data, and what prevents it?

The score of least denoising loss over n data is the exact score of their empirical law p̂. The reversal to time δ > 0
then ends near p̂_δ: at a distance of E|Z|√(1 − e^{−2δ}) from the nearest datum, Z standard normal in R^d. With the score
of the population the distance stays that of a fresh draw, however small δ; a kernel of width w in the score leaves w.

On the line the law of the last iterate is followed on a grid, in the plane by particles. The sampler is the ancestral
one with posterior variances, exact for a single datum: what is left of discretisation is the choice between data.
"""

import math
from dataclasses import dataclass

import numpy as np
from _kernel import POPULATION, mean_of

import verify as vf
from verify import claims, laws, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import Empirical, GaussianMixture

PLANE = GaussianMixture(
    (0.3, 0.7),
    ((-1.0, 0.5), (1.0, -0.3)),
    (((0.4, 0.1), (0.1, 0.3)), ((0.5, -0.2), (-0.2, 0.6))),
)
POPULATIONS = {"line": POPULATION, "plane": PLANE}
DATA = {
    "line": np.array([[-1.9], [-1.1], [0.2], [0.7], [1.3], [1.9]]),
    "plane": np.array([[-1.4, 0.9], [-0.8, 0.1], [0.3, 0.4], [0.9, -0.8], [1.4, 0.2], [1.7, -0.9]]),
}
WIDTH = 0.3  # of the kernel, half the distance between neighbours
HORIZON = 4.0
STEPS = vf.Budgeted(smoke=16, ci=24, full=128)
PARTICLES = vf.Budgeted(smoke=10_000, ci=50_000, full=500_000)
SMALL = (1e-2, 1e-3, 1e-4)  # δ: √(2δ) is below a third of the distance between data
# The times fall by the factor e^κ, κ = log(T/δ)/N up to 0.66 on 16 steps, and the scheme errs by O(κ): half of κ is
# allowed at any δ. From the first δ to the last κ grows by 0.3, of which a quarter over log 100 leaves 0.02 in a slope;
# neighbours and the drift e^{−δ}x_i change the distance by a few per cent at δ = 0.01, another 0.01
RELATIVE, SLOPE = 0.33, 0.03
DRAWS = 2000  # in the plane, of a distance that vanishes at every one of them
ROUNDING = 1e-11  # scores below 100 at 15 digits; a width off by 1 % changes them by 2 % of their size, about 1/WIDTH


@dataclass(frozen=True, eq=False)
class Reversal:
    """A reverse diffusion with a kind of score, stopped at δ."""

    space: str
    kind: str
    stop: float

    @property
    def population(self):
        """The law that the data come from."""
        return POPULATIONS[self.space]

    @property
    def data(self):
        """The data."""
        return DATA[self.space]

    @property
    def score(self):
        """The score that drives the reversal."""
        if self.kind == "population":
            return scores.Exact(self.population)
        return scores.Smoothed(self.population, self.data, WIDTH if self.kind == "kernel" else 0.0)

    def sampler(self, steps):
        """The sampler on a geometric grid from T to δ."""
        return samplers.DDPMPosterior(self.score, vf.TimeGrid.geometric(HORIZON, steps, self.stop))

    @property
    def goal(self):
        """The law to which exact steps would lead, from q_T."""
        law = {"data": Empirical(self.data), "population": self.population}.get(self.kind)
        return (self.score.law if law is None else law).diffused(self.stop)

    def nearest(self, x):
        """Distances of places (n, d) to the nearest datum, (n,)."""
        return np.sqrt(((x[:, None, :] - self.data) ** 2).sum(axis=-1)).min(axis=1)


def subject(space, kind, stop):
    return Reversal(space, kind, stop)


def distance(run, cell):
    """E min_i |X − x_i| of the last iterate."""
    sampler = run.sampler(STEPS[cell.budget])
    if run.space == "line":
        return sampler.run().expectation(lambda x: run.nearest(x[:, None]))
    cloud = laws.Particles.standard(PARTICLES[cell.budget], 2, int(cell.rng.integers(2**31)))
    return mean_of(run.nearest(sampler.run(cloud).points))


def distance_of_goal(run, cell):
    """The same under the law to which exact steps would lead."""
    if run.space == "line":
        return laws.GridDensity.of(run.goal).expectation(lambda x: run.nearest(x[:, None]))
    return mean_of(run.nearest(run.goal.sample(PARTICLES[cell.budget], cell.rng)))


def distance_to_one(run, cell):
    """E|Z|√(1 − e^{−2δ}), E|Z| = √2 Γ((d + 1)/2)/Γ(d/2): the distance to a single datum."""
    dim = run.population.dim
    radius = math.sqrt(2) * math.gamma((dim + 1) / 2) / math.gamma(dim / 2)
    return radius * math.sqrt(-math.expm1(-2 * run.stop))


def own_error(factor):
    """Return the L² distance at δ between the score with width factor·w and that of the mixture of kernels."""

    def measure(run, cell):
        n, dim = run.data.shape
        kernels = GaussianMixture(np.full(n, 1 / n), run.data, np.stack([WIDTH**2 * np.eye(dim)] * n))
        score = scores.Smoothed(kernels, run.data, factor * WIDTH)
        return scores.l2_error(score, run.stop, draws=DRAWS, seed=int(cell.rng.integers(2**31)))

    return measure


def goes(kind, exponent, words):
    """Return the claim that the distance goes as δ^exponent for a kind of score."""
    return claims.Rate("distance", "stop", exponent, SLOPE, within=("space",), where={"kind": kind}, statement=words)


def lands(kind, goal, words):
    """Return the claim that the distance is that of a goal."""
    return claims.Identity("distance", goal, RELATIVE, relative=True, where={"kind": kind}, statement=words)


def matches(column, words):
    """Return the claim that an L² distance of scores is zero."""
    return claims.Identity(column, 0.0, ROUNDING, statement=words)


STUDY = vf.Study(
    name="score_matching/memorisation",
    question="Does a reverse diffusion with the exact score of the data return the data, and what prevents it?",
    subject=subject,
    sweep={"space": tuple(DATA), "kind": ("data", "kernel", "population"), "stop": SMALL},
    observe={
        "distance": distance,
        "distance_of_goal": distance_of_goal,
        "distance_to_one": distance_to_one,
        "own_error": own_error(1.0),
        "own_error_wide": own_error(1.01),
    },
    claims={
        "S4-09": [
            matches("own_error", "The kernel score is that of the data blurred by the kernel"),
            goes("data", 0.5, "With the exact score of the data the reversal ends in them: distance as √δ"),
            lands(
                "data",
                "distance_to_one",
                "With the exact score of the data the reversal ends as far from them as N(0, 2δ) is from 0",
            ),
            goes("population", 0.0, "With the score of the population the distance to the data does not fall with δ"),
            lands(
                "population",
                "distance_of_goal",
                "With the score of the population the distance to the data is that of a fresh draw",
            ),
            goes(
                "kernel",
                0.0,
                "With the score of data blurred by a kernel the distance to the data does not fall with δ",
            ),
            lands(
                "kernel",
                "distance_of_goal",
                "With the score of data blurred by a kernel the distance to the data is that of the kernel",
            ),
            claims.NegativeControl(
                matches(
                    "own_error_wide",
                    "The kernel score with a width larger by 1 % is that of the data blurred by the kernel",
                )
            ),
            claims.NegativeControl(
                goes("population", 0.5, "With the score of the population the distance to the data falls as √δ")
            ),
            claims.NegativeControl(
                goes("kernel", 0.5, "With the score of data blurred by a kernel the distance to the data falls as √δ")
            ),
            claims.NegativeControl(
                lands(
                    "population",
                    "distance_to_one",
                    "With the score of the population the reversal ends as far from the data as N(0, 2δ) is from 0",
                )
            ),
        ],
    },
    figures=[
        figures.Lines(
            "stop",
            ("distance", "distance_to_one"),
            within="kind",
            where={"space": "line"},
            measured="mean distance to the nearest datum",
            labels={"distance": "samples", "distance_to_one": "N(0, 2δ) about the data"},
        ),
        figures.Lines(
            "stop",
            ("distance", "distance_to_one"),
            within="kind",
            where={"space": "plane"},
            measured="mean distance to the nearest datum",
            labels={"distance": "samples", "distance_to_one": "N(0, 2δ) about the data"},
        ),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
