"""Are MALA and random-walk Metropolis exact beyond Gaussians, and what breaks them?

From exact draws of π the second moment is followed over 30 steps: it must stay, at any γ, for smooth, kinked and
exponential-tailed π alike. Printed or careless variants move it: a ratio of targets only, repeats that are dropped, no
accept step at all. Independent draws of π of the same number stand beside. S1's proposal has √η for √(2η).
"""

from dataclasses import dataclass

import numpy as np
from _lasso import gap

import verify as vf
from verify import claims, laws, samplers
from verify.cli import main_study
from verify.targets import Gaussian, Huber, HyperbolicSecant, Laplace, LogCosh, Logistic, PiecewiseQuadratic

CASES = {
    "logistic": Logistic(),
    "secant": HyperbolicSecant(),
    "log cosh": LogCosh(3.0),
    "two sides": PiecewiseQuadratic(1.0, 4.0),
    "huber": Huber(1.0),
    "laplace": Laplace(),
}
COARSE = {"logistic": 2.0, "secant": 1.4, "log cosh": 0.45, "two sides": 0.3, "huber": 1.0, "laplace": 1.0}
PARTICLES = vf.Budgeted(smoke=20_000, ci=40_000, full=1_000_000)
TIME = 30
# standard errors of x²/E x² at 20,000 draws are at most √5/√20000 = 0.016 (Laplace); 3.9 of them and the joint widening
RESOLUTION = 0.12
SMOOTH = {"case": ("logistic", "secant", "log cosh")}
ETA = 0.5  # of S1's proposal on N(0, 1)
STANDARD = Gaussian(np.zeros(1), np.eye(1))
# a ratio of targets only gives a variance of 0.4, 1e-2 by the same number of draws
SHOWN = 0.02


class RatioOnly(samplers.Adjusted):
    """min(1, π(y)/π(x)) for a proposal that is not symmetric."""

    def log_ratio(self, k, x, y):
        """Return log π(y)/π(x)."""
        return self.target.potential(x) - self.target.potential(y)


class NoRepeats(samplers.MALA):
    """Proposes until it moves, as if rejected moves did not count."""

    def step(self, k, x, noise):
        """Return the first accepted proposal."""
        fresh, left = x, np.ones(x.shape[0], dtype=bool)
        while left.any():
            tried = super().step(k, x, noise)
            moved = (tried != x).any(axis=-1) & left
            fresh = np.where(moved[:, None], tried, fresh)
            left &= ~moved
        return fresh


@dataclass(frozen=True, eq=False)
class At:
    """A target, and a step in units of its coarse one."""

    case: str
    fraction: float

    @property
    def target(self):
        """π."""
        return CASES[self.case]

    @property
    def step(self):
        """γ."""
        return self.fraction * COARSE[self.case]


def subject(case, fraction):
    return At(case, fraction)


def exact_draws(target, cell):
    seed = int(cell.rng.integers(2**31))
    return laws.Particles(target.sample(PARTICLES[cell.budget], cell.rng), seed)


def kept(kind):
    """Return E(X − m)²/v − 1 after 30 steps from exact draws."""

    def measure(at, cell):
        return spread(at, kind(at.target, at.step, TIME).run(exact_draws(at.target, cell)).points)

    return measure


def spread(at, points):
    return gap((points[:, 0] - at.target.mean.value) ** 2 / at.target.variance.value, 1.0)


def independent(at, cell):
    """The same of as many independent draws."""
    return spread(at, at.target.sample(PARTICLES[cell.budget], cell.rng))


def ratio_only(target, step, steps):
    return RatioOnly(target, step, steps, proposal=samplers.ULA(target, step, steps))


def hot(kind):
    """Return E X² on N(0, 1) after 60 steps with the proposal x + η∇log p + √η z, η = ½."""

    def measure(at, cell):
        proposal = samplers.ULA(STANDARD, ETA, 60, inverse_temperature=2.0)
        chain = proposal if kind is None else kind(STANDARD, ETA, 60, proposal=proposal)
        return gap(chain.run(exact_draws(STANDARD, cell)).points[:, 0] ** 2, 0.0)

    return measure


def hot_variance(at, cell):
    """η/(1 − (1 − η)²) = 1/(2 − η), that of the unadjusted chain."""
    return 1 / (2 - ETA)


def stays(name, words, **where):
    """Return the claim that the variance is kept."""
    return claims.Identity(name, 0.0, RESOLUTION, where=where, statement=words)


FULL = {"fraction": 1.0, **SMOOTH}
ONE = {"case": "logistic", "fraction": 1.0}

STUDY = vf.Study(
    name="langevin/metropolis",
    question="Are MALA and random-walk Metropolis exact beyond Gaussians, and what breaks them?",
    subject=subject,
    sweep={"case": tuple(CASES), "fraction": (0.25, 1.0)},
    observe={
        "mala": kept(samplers.MALA),
        "random_walk": kept(samplers.RandomWalkMetropolis),
        "independent": independent,
        "ratio_only": kept(ratio_only),
        "no_repeats": kept(NoRepeats),
        "unadjusted": kept(samplers.ULA),
        "hot": hot(samplers.Adjusted),
        "hot_ratio_only": hot(RatioOnly),
        "hot_unadjusted": hot(None),
        "hot_variance": hot_variance,
    },
    claims={
        "S4-02": [
            stays("mala", "MALA keeps π, old state on rejection"),
            stays("random_walk", "Random-walk Metropolis keeps π"),
            stays("independent", "Independent draws of π: the null"),
            claims.NegativeControl(stays("no_repeats", "So does MALA with repeats dropped", **FULL)),
            claims.NegativeControl(stays("unadjusted", "So does the proposal on its own", **FULL)),
        ],
        "S4-01": [
            claims.NegativeControl(stays("ratio_only", "A ratio of targets only keeps π", **FULL)),
            claims.Identity("hot", 1.0, 0.08, where=ONE, statement="S1's proposal, adjusted, samples p"),
            claims.Identity(
                "hot_unadjusted", "hot_variance", 0.08, where=ONE, statement="Unadjusted it samples about p²: 1/(2 − η)"
            ),
            claims.Identity(
                "hot_ratio_only", 0.4, 2 * SHOWN, where=ONE, statement="A ratio of targets only: 0.40 for 1 at η = ½"
            ),
            claims.NegativeControl(
                claims.Identity("hot_ratio_only", 1.0, 0.08, where=ONE, statement="A ratio of targets only will do")
            ),
        ],
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
