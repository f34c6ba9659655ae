"""Does annealing from large noise to small recover the weights of separated modes, where plain Langevin does not?

The target is 0.8 N(−3, 1/4) + 0.2 N(3, 1/4); levels go from σ = 6 to 0.4 or back, or all steps are taken at 0.4, from
N(0, 36) and with as many evaluations of the exact score. Densities are carried through the running steps. While the
noise is large the two modes are one and the weights settle; later they stay. At σ = 0.4 mass crosses the barrier once
in e^{a²/2v} steps, some 10⁵ with a = 3 and v = 1/4 + σ²: plain Langevin keeps the halves of its symmetric start. From
small noise to large the law ends at the noise.
"""

import functools
from dataclasses import dataclass

import numpy as np

import verify as vf
from verify import claims, laws, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.samplers.noise_levels import geometric_levels
from verify.targets import GaussianMixture, convolved

TARGET = GaussianMixture((0.8, 0.2), (-3.0, 3.0), (0.25, 0.25))
LEVELS = geometric_levels(6.0, 0.4, 8)
RATIO = 0.5  # ε_i/σ_i²
START = laws.Gaussian([0.0], [[36.0]])
ACCURACY = {"width": 5.0, "tail": 1e-13}  # probabilities to 1e-8
# The steps' bias, a variance too large by the factor 1/(1 − ε_i/4v) ≤ 8/7 where the weights settle, is what remains.
SHARE, CLOSE = 0.2, 0.03
FEW = 0.05  # of TV


@dataclass(frozen=True, eq=False)
class Run:
    """A chain with some steps per level and the levels in some order."""

    order: str
    count: int

    @property
    def chain(self):
        """The running sampler."""
        smallest = RATIO * LEVELS[-1] ** 2
        levels = {"descending": LEVELS, "ascending": LEVELS[::-1], "plain": LEVELS[-1:]}[self.order]
        count = self.count * LEVELS.size // levels.size
        score = scores.Exact(TARGET)
        return samplers.AnnealedLangevin(score, levels, smallest, count, START, any_order=self.order == "ascending")

    @functools.cached_property
    def law(self):
        """The law at the end."""
        found = laws.GridDensity.of(START)
        for stage in self.chain.stages():
            found = found.through(stage, **ACCURACY)
        return found


def subject(order, steps_per_level):
    return Run(order, steps_per_level)


def share(run, cell):
    """The probability of x > 0, with what its grid leaves out."""
    law = run.law
    value = [float(found.probabilities(np.array([0.0]))[1][0]) for found in (law, law.coarse)]
    return vf.Estimate.exact(value[0], abs(value[0] - value[1]) + abs(law.defect), "grid")


def tv(sigma):
    """Return the observable: TV to the target blurred by σ."""
    goal = convolved(TARGET, sigma)

    def measure(run, cell):
        return vf.total_variation(goal, run.law)

    return measure


def only(order, steps=None):
    """Return the scope: one order of the levels, and the longest runs."""
    return {"order": order} | ({} if steps is None else {"steps_per_level": steps})


LONG = 100


def recovers(order, words):
    """Return the claim that the share of the smaller mode is 0.2."""
    return claims.Identity("share", SHARE, CLOSE, where=only(order, LONG), statement=words)


def near(order, words):
    """Return the claim that TV to the target at the last level is small."""
    return claims.UpperBound("tv", by=FEW, where=only(order, LONG), statement=words)


STUDY = vf.Study(
    name="annealing/order_of_levels",
    question="Does annealing from large noise to small recover the weights of modes where plain Langevin does not?",
    subject=subject,
    sweep={
        "order": ("descending", "ascending", "plain"),
        "steps_per_level": vf.Budgeted(smoke=(LONG,), ci=(2, 5, 20, LONG), full=(2, 5, 20, LONG, 500)),
    },
    observe={"share": share, "tv": tv(LEVELS[-1]), "tv_noise": tv(LEVELS[0])},
    claims={
        "S2-18": [
            recovers(
                "descending",
                "From large noise to small, annealed Langevin gives the weight 0.2 of a mode to within 0.03",
            ),
            near(
                "descending",
                "From large noise to small, annealed Langevin comes within TV 0.05 of the data at the last level",
            ),
            claims.UpperBound(
                "tv_noise",
                by=FEW,
                where=only("ascending", LONG),
                statement="From small noise to large, annealed Langevin ends within TV 0.05 of the noisiest level",
            ),
            claims.NegativeControl(
                recovers("plain", "Plain Langevin gives the weight 0.2 to within 0.03, with as many evaluations")
            ),
            claims.NegativeControl(
                near(
                    "plain",
                    "Plain Langevin comes within TV 0.05 of the data at the last level, with as many evaluations",
                )
            ),
            claims.NegativeControl(
                recovers(
                    "ascending", "From small noise to large, annealed Langevin gives the weight 0.2 to within 0.03"
                )
            ),
            claims.NegativeControl(
                near(
                    "ascending",
                    "From small noise to large, annealed Langevin comes within TV 0.05 of the data at the last level",
                )
            ),
        ],
    },
    figures=[
        figures.Lines(
            "steps_per_level",
            ("share",),
            within="order",
            labels={"share": "probability of the smaller mode (truth: 0.2)"},
        ),
        figures.Lines("steps_per_level", ("tv",), within="order"),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
