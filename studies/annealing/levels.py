"""What is the law after each noise level of annealed Langevin on Gaussian data?

Level i is Langevin on N(μ, λ + σ_i²) with the step ε_i = εσ_i²/σ_L². With a_i = ε_i/2(λ + σ_i²) its T steps turn the
variance v into V + (1 − a_i)^{2T}(v − V), V = (λ + σ_i²)/(1 − a_i/2), and the distance of the mean from μ shrinks by
(1 − a_i)^T. The law of the running sampler is compared with that, level after level. Faults: the sign x − (ε_i/2)s_i,
steps that go as σ_i, levels that come one too late, noise of variance σ_i where σ_i² is meant.

At a single datum, λ = 0, all a_i are equal. There the step that leaves the spread at σ_L follows from the ratio of the
levels (Song, Ermon, 2020, Techniques 2 and 4; in d dimensions the coordinates are alike), though not exactly: the
formula takes a level to begin at the spread of the one before it, and the excess is handed on.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi

import verify as vf
from verify import claims, laws, scores
from verify.cli import main_study
from verify.report import figures
from verify.samplers import AnnealedLangevin
from verify.samplers.noise_levels import geometric_levels, ncsn_levels, ncsn_ratio, ncsn_step_size
from verify.targets import Gaussian

LEVELS = geometric_levels(3.0, 0.1, 10)
STEP = 2e-3
MEAN = 0.75
START = laws.Gaussian([-1.0], [[4.0]])
ROUNDING = 1e-11  # up to 10,000 products of numbers below one, each rounded by 1e-16, and what they are added to
DIM = 3072
# r is where the normal law of |x| gives ½. The law of |x| is off from normal by its skewness 1/√(2d)·O(1) in
# probability, and its interval's ends by the mean's 1/(4√d): 1/√d for both.
NEARLY = 1 / DIM**0.5


class Downhill(scores.Exact):
    """The score with the sign of the printed step."""

    def __call__(self, x, t):
        return -super().__call__(x, t)


class Linear(AnnealedLangevin):
    """Steps that go as σ_i."""

    @property
    def _sizes(self):
        return self.step_size * self._sigmas / self._sigmas.min()


class Late(AnnealedLangevin):
    """Each step at the level of the one before: a level begins one step too late."""

    def step(self, k, x, noise):
        return super().step(np.maximum(np.asarray(k) - 1, 0), x, noise)


@dataclass(frozen=True, eq=False)
class Chain:
    """Annealed Langevin on N(MEAN, variance) with some steps per level, and its faults."""

    variance: float
    count: int

    @property
    def target(self):
        """The data."""
        return Gaussian(np.array([MEAN]), np.array([[self.variance]]))

    def law(self, levels=LEVELS.size, kind=AnnealedLangevin, score=scores.Exact):
        """The law after some of the levels."""
        step = STEP * (LEVELS[levels - 1] / LEVELS[-1]) ** 2  # the same ε_i whatever the last level is
        return kind(score(self.target), LEVELS[:levels], step, self.count, START).run()

    def formula(self, levels=LEVELS.size, power=2):
        """Mean and variance by the formula, σ_i^power being the variance of the noise."""
        off, v = START.mean[0] - MEAN, START.cov[0, 0]
        for sigma in LEVELS[:levels]:
            blurred = self.variance + sigma**power
            a = STEP * (sigma / LEVELS[-1]) ** 2 / (2 * blurred)
            end = blurred / (1 - a / 2)
            off, v = (1 - a) ** self.count * off, end + (1 - a) ** (2 * self.count) * (v - end)
        return MEAN + off, v


def subject(variance, steps_per_level):
    return Chain(variance, steps_per_level)


def after(levels):
    """Return the observable: the variance of the law after some levels."""

    def measure(chain, cell):
        return float(chain.law(levels).cov[0, 0])

    return measure


def wanted(levels=LEVELS.size, power=2):
    """Return the observable: that variance by the formula."""

    def measure(chain, cell):
        return float(chain.formula(levels, power)[1])

    return measure


def of(**change):
    """Return the observable: the variance at the end, with a fault."""

    def measure(chain, cell):
        return float(chain.law(**change).cov[0, 0])

    return measure


def mean_gap(chain, cell):
    """|mean − formula| at the end."""
    return float(abs(chain.law().mean[0] - chain.formula()[0]))


def published(chain, cell):
    """The variance of the setting 3 → 0.1, L = 10, T = 100, ε = 2e-3 on N(0, 1), from N(0, σ_1²)."""
    return float(AnnealedLangevin(scores.Exact(Gaussian([0.0], [[1.0]])), LEVELS, STEP, 100).run().cov[0, 0])


def at_datum(steps, factor):
    """Return the observable: spread/σ_L at one datum, with `factor` times the step of Technique 4."""

    def measure(chain, cell):
        levels = ncsn_levels(DIM, 3.0, 0.1)
        score = scores.Exact(Gaussian([MEAN], [[0.0]]))
        size = factor * ncsn_step_size(levels, steps)
        found = AnnealedLangevin(score, levels, size, steps, laws.Gaussian([MEAN], [[9.0]])).run()
        return float(found.cov[0, 0]) ** 0.5 / levels[-1]

    return measure


def overlap(chain, cell):
    """The share of N(0, I) whose radius is within three standard deviations r/√2 of r√d, by the law of the radius."""
    r, root = ncsn_ratio(DIM), DIM**0.5
    return float(chi.cdf(r * (root + 3 / 2**0.5), DIM) - chi.cdf(r * (root - 3 / 2**0.5), DIM))


def same(left, right, words):
    """Return the claim that two columns agree, relatively."""
    return claims.Identity(left, right, ROUNDING, relative=True, statement=words)


FAULTS = {
    "printed": {"score": Downhill},
    "linear": {"kind": Linear},
    "late": {"kind": Late},
}
STUDY = vf.Study(
    name="annealing/levels",
    question="What is the law after each noise level of annealed Langevin on Gaussian data?",
    subject=subject,
    sweep={
        "variance": (0.0, 0.25, 1.0, 4.0),
        "steps_per_level": vf.Budgeted(smoke=(1, 10, 100), ci=(1, 3, 10, 30, 100), full=(1, 3, 10, 30, 100, 1000)),
    },
    observe={
        "first": after(1),
        "middle": after(5),
        "last": after(10),
        "first_wanted": wanted(1),
        "middle_wanted": wanted(5),
        "last_wanted": wanted(10),
        "last_wanted_wide": wanted(10, power=1),
        "mean_gap": mean_gap,
        **{name: of(**change) for name, change in FAULTS.items()},
        "published": published,
        "spread_five": at_datum(5, 1.0),
        "spread_five_large": at_datum(5, 10.0),
        "spread_five_small": at_datum(5, 0.1),
        "overlap": overlap,
    },
    claims={
        "S2-20": [
            same("first", "first_wanted", "After the first level the variance is V + (1 − a)^{2T}(v − V)"),
            same(
                "middle",
                "middle_wanted",
                "After five levels of ten the variance is V + (1 − a_i)^{2T}(v − V), applied level after level",
            ),
            same(
                "last",
                "last_wanted",
                "With ε_i = εσ_i²/σ_L² annealed Langevin ends in V + (1 − a_i)^{2T}(v − V), applied at all levels",
            ),
            claims.Identity(
                "mean_gap", 0.0, ROUNDING, statement="A level shrinks the distance of the mean by (1 − a)^T"
            ),
            claims.Identity(
                "published",
                1.0507862130,
                1e-10,
                statement="On N(0, 1), σ from 3 to 0.1, L = 10, T = 100, ε = 0.002: the variance is 1.0507862130",
            ),
            claims.NegativeControl(
                same(
                    "printed",
                    "last_wanted",
                    "With x − (ε_i/2)s_i annealed Langevin ends in the variance of x + (ε_i/2)s_i",
                )
            ),
            claims.NegativeControl(
                same(
                    "linear",
                    "last_wanted",
                    "With steps that go as σ_i annealed Langevin ends in the variance of steps that go as σ_i²",
                )
            ),
            claims.NegativeControl(
                same(
                    "late",
                    "last_wanted",
                    "With levels one step late annealed Langevin ends in the variance of levels in time",
                )
            ),
            claims.NegativeControl(
                claims.UpperBound("printed", by=100.0, statement="With x − (ε_i/2)s_i the variance stays below 100")
            ),
        ],
        "S2-18b": [
            same(
                "last", "last_wanted", "At level i annealed Langevin follows the score of data blurred by N(0, σ_i²I)"
            ),
            claims.NegativeControl(
                same(
                    "last",
                    "last_wanted_wide",
                    "At level i annealed Langevin follows the score of data blurred by N(0, σ_iI)",
                )
            ),
        ],
        "S2-18": [
            claims.Identity(
                "spread_five",
                1.0,
                0.1,
                statement="Five steps a level of the size made for one datum leave the spread within a tenth of σ_L",
            ),
            claims.Identity(
                "overlap", 0.5, NEARLY, statement="Neighbouring levels spaced for d = 3072 overlap by a half in radius"
            ),
            claims.NegativeControl(
                claims.Identity(
                    "spread_five_large",
                    1.0,
                    0.1,
                    statement="Five steps a level, ten times as large, leave the spread within a tenth of σ_L",
                )
            ),
            claims.NegativeControl(
                claims.Identity(
                    "spread_five_small",
                    1.0,
                    0.1,
                    statement="Five steps a level, a tenth as large, leave the spread within a tenth of σ_L",
                )
            ),
        ],
    },
    figures=[figures.Lines("steps_per_level", ("last", "last_wanted", "linear", "late"), within="variance")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
