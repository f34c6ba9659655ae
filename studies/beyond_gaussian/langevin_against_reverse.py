"""How many score evaluations take Langevin to a law with two modes, and how many take the reverse diffusion there?

The target is 0.7 N(−a, 1) + 0.3 N(a, 1) with b = a²/2, about the height of the barrier between its modes; the aim is
TV ≤ 0.05. ULA starts at N(0, 1), or at N(−a, 1) in the heavier mode, with the better of two step sizes. The reverse
diffusion starts at N(0, 1) and takes the fewest equal steps of the exponential integrator over the horizon log a + 2,
after which e^{−t}X_0 has shrunk to a tenth or so. Both call the exact score once a step, and both laws are exact:
densities carried through the running steps, ULA's by powers of its kernel. Langevin must carry mass over the barrier,
at the rate λ₁ ~ e^{−b} of the spectral gap. The reverse diffusion shares it out while the modes are still one.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
from _powers import Powers

import verify as vf
from verify import claims, laws, samplers, scores
from verify.cli import main_study
from verify.processes import Mixture, spectral_gap
from verify.report import figures
from verify.targets import GaussianMixture

WEIGHTS = {"two modes": (0.7, 0.3), "one mode": (1.0,)}
LEVEL = 0.05
SHORT = 0.1
STEPS = (0.2, 0.3)  # of ULA: N(0, 1) becomes N(0, 1/(1 − γ/2)), off in TV by about γ/8: 0.04 for the longest
SETTLING = 8  # steps of a chain until its panels serve for good
AHEAD = 2.0
FIRST = 24  # steps that are tried first
ACCURACY = {"width": 6.0, "tail": 1e-12}  # of a reverse chain's grid: TV to 1e-7, and 1/FIRST² matters
# Powers of the separation from 0 to 1 are powers of b = a²/2 from 0 to ½.
POWER, WITHIN = 0.25, 0.25
# log λ₁ = −b + ½ log b + const + O(1/b): a slope of −1 + 1/(2b), −0.75 at b = 2 and −0.97 at 16.
# ULA's barrier is lower by O(γ): at γ = 0.3 its slope is that of λ₁ times 0.9 to 1.
GAP, BENT = 0.85, 0.15
# ULA in b steps of γ: its relaxation time differs from 1/λ₁ by a factor 1 + O(γ), which may drift with b.
DRIFT = 0.05


@dataclass(frozen=True, eq=False)
class Race:
    """Both ways to a law with modes at ±a, or to its left mode alone, from the same noise."""

    weights: tuple
    barrier: float

    @property
    def separation(self):
        """a."""
        return math.sqrt(2 * self.barrier)

    @functools.cached_property
    def target(self):
        """0.7 N(−a, 1) + 0.3 N(a, 1), or N(−a, 1)."""
        count = len(self.weights)
        return GaussianMixture(np.array(self.weights), self._places()[:count], np.ones(count))

    @functools.cached_property
    def goal(self):
        """The target on panels, which every distance needs."""
        return laws.GridDensity.of(self.target)

    @functools.cached_property
    def starts(self):
        """N(0, 1) and N(−a, 1)."""
        return {"noise": laws.Gaussian.standard(1), "mode": laws.Gaussian(self._places()[:1], np.eye(1))}

    @functools.lru_cache(maxsize=4)  # noqa: B019 - a race lasts as long as its cell
    def chain(self, step):
        """ULA's powers: begun in the noise, their panels cover both starts and the target."""
        return Powers.of(samplers.ULA(self.target, step, SETTLING))

    @functools.cached_property
    def gap(self):
        """λ₁ of the diffusion with its interval."""
        count = len(self.weights)
        return spectral_gap(Mixture(self.weights, tuple(self._places()[:count]), (1.0,) * count))

    @functools.lru_cache(maxsize=64)  # noqa: B019 - a race lasts as long as its cell
    def reverse(self, steps):
        """TV to the target after so many steps of the reverse diffusion."""
        grid = vf.TimeGrid.uniform(math.log(self.separation) + AHEAD, steps=steps)
        chain = samplers.ExponentialIntegrator(scores.Exact(self.target), grid)
        return vf.total_variation(self.goal, laws.GridDensity.of(chain.start()).through(chain, **ACCURACY))

    def _places(self):
        return np.array([-self.separation, self.separation])


def subject(target, barrier):
    return Race(WEIGHTS[target], barrier)


def evaluations(start, steps=STEPS):
    """Return the observable: the fewest evaluations of ULA from a start to TV ≤ 0.05, the best of the step sizes."""

    def measure(race, cell):
        return min(race.chain(step).steps_to(race.starts[start], race.goal, LEVEL) for step in steps)

    return measure


def reverse_evaluations(race, cell=None):
    """The fewest evaluations of the reverse diffusion to TV ≤ 0.05: TV is about inverse to their number."""
    steps = max(1, round(FIRST * race.reverse(FIRST).value / LEVEL))
    while race.reverse(steps).value > LEVEL:
        steps += 1
    while steps > 1 and race.reverse(steps - 1).value <= LEVEL:
        steps -= 1
    return float(steps)


def at_equal_cost(race, cell):
    """The smallest TV of ULA from the noise after as many evaluations as the reverse diffusion needs."""
    steps = int(reverse_evaluations(race))
    left = []
    for chain in (race.chain(step) for step in STEPS):
        left.append(chain.distance(chain.after(chain.start(race.starts["noise"]), steps), race.goal))
    return min(left)


def relaxation(race, cell):
    """1/λ₁."""
    gap = race.gap
    return vf.Estimate(1 / gap.value, 1 / gap.high, 1 / gap.low, gap.confidence, gap.method)


TWO, ONE = {"target": "two modes"}, {"target": "one mode"}


def slow(column, words, where):
    """Return the claim that evaluations grow as e^{0.85 b}, within 0.15."""
    return claims.Rate(column, "barrier", GAP, BENT, scale="linear", where=where, statement=words)


def cheap(column, words, where):
    """Return the claim that evaluations grow as a power of the separation from 0 to 1."""
    return claims.Rate(column, "barrier", POWER, WITHIN, where=where, statement=words)


STUDY = vf.Study(
    name="beyond_gaussian/langevin_against_reverse",
    question="How many score evaluations do Langevin and the reverse diffusion need on two modes?",
    subject=subject,
    sweep={
        "target": tuple(WEIGHTS),
        "barrier": vf.Budgeted(
            smoke=(2.0, 4.0, 7.0), ci=(2.0, 4.0, 6.0, 9.0, 12.0, 16.0), full=tuple(float(b) for b in range(2, 21))
        ),
    },
    observe={
        "langevin": evaluations("noise"),
        "langevin_in_mode": evaluations("mode"),
        "langevin_short": evaluations("mode", (SHORT,)),
        "reverse": reverse_evaluations,
        "tv_at_equal_cost": at_equal_cost,
        "relaxation": relaxation,
    },
    claims={
        "S0-15": [
            slow("langevin", "Langevin from noise needs evaluations exponential in the barrier a²/2 of two modes", TWO),
            slow(
                "langevin_in_mode",
                "Langevin from the heavier mode needs evaluations exponential in the barrier a²/2 of two modes",
                TWO,
            ),
            claims.Rate(
                "langevin_short",
                "barrier",
                "relaxation",
                DRIFT,
                scale="linear",
                where=TWO,
                statement="Langevin's evaluations with a short step grow as 1/λ₁, the relaxation time of the diffusion",
            ),
            cheap(
                "reverse", "The reverse diffusion needs no more than a power of the separation, at most the first", TWO
            ),
            claims.NegativeControl(
                cheap(
                    "langevin",
                    "Langevin from noise needs no more than a power of the separation, at most the first",
                    TWO,
                )
            ),
            claims.NegativeControl(slow("reverse", "The reverse diffusion needs evaluations exponential in a²/2", TWO)),
            cheap(
                "langevin", "To a single mode Langevin has no slowdown: at most the first power of its distance", ONE
            ),
            claims.NegativeControl(
                slow(
                    "langevin",
                    "To a single mode Langevin needs evaluations exponential in half its squared distance",
                    ONE,
                )
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "tv_at_equal_cost",
                    by=0.05,
                    where=TWO,
                    statement="With as many evaluations as the reverse diffusion Langevin is as close",
                )
            ),
        ],
    },
    figures=[
        figures.Lines(
            "barrier",
            ("langevin_in_mode", "langevin", "reverse"),
            scale="semilog",
            within="target",
            measured="score evaluations to TV ≤ 0.05",
            labels={
                "barrier": "a²/2 for modes at ±a",
                "langevin_in_mode": "Langevin from the heavier mode",
                "langevin": "Langevin from N(0, 1)",
                "reverse": "reverse diffusion",
            },
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
