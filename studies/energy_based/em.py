"""Does EM climb the likelihood, and where does it stop with a Langevin chain in the E-step?

z ~ N(0, 1), x | z ~ N(θz, 1), so that x ~ N(0, 1 + θ²) and the maximum of the likelihood is θ² = s − 1, s the data's
second moment. The E-step takes mean and variance of the posterior from the exact law of a running chain on it: the
diffusion after a long time, or ULA of step γ, whose variance is too large by 1/(1 − γ(1 + θ²)/2) (SOUL: De Bortoli,
Durmus, Pereyra, Vidal, 2021). The M-step is θ' = E xz/E z².
"""

import math
from dataclasses import dataclass

import numpy as np

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.report import figures
from verify.samplers import ULA, ExactLangevin
from verify.targets import Gaussian

DATA, ROUNDS, LONG = 3.0, 60, 4000
MAXIMUM = math.sqrt(DATA - 1)
EPS = np.finfo(float).eps
# EM contracts by 1 − 2(s − 1)/s² = 5/9 about the maximum: (5/9)^60 = 5e-16, and the laws round by some ε.
SETTLED = 1e-13
STEPS = (0.005, 0.01, 0.02, 0.04)
# the rest is a series in γ(1 + θ²)/2 = γs/2 ≤ 0.06: over the steps its second term bends the slope by less
BENT = 0.06


@dataclass(frozen=True)
class Expectation:
    """EM from θ = `start` with chains of step `step`."""

    start: float
    step: float

    def moved(self, sampler, theta, spread=True):
        """Return the next θ; without `spread`, E z² is taken for (E z)²."""
        posterior = Gaussian(np.array([theta / (1 + theta**2)]), np.array([[1 / (1 + theta**2)]]))
        law = sampler(posterior, self.step, LONG).run()
        slope, variance = float(law.mean[0]), float(law.cov[0, 0])  # E[z | x] = slope·x
        return slope * DATA / (slope**2 * DATA + variance * spread)

    def path(self, sampler, spread=True):
        """Return θ before and after every round."""
        found = [self.start]
        for _ in range(ROUNDS):
            found.append(self.moved(sampler, found[-1], spread))
        return np.array(found)


def log_likelihood(theta):
    return -0.5 * np.log1p(theta**2) - 0.5 * DATA / (1 + theta**2)


def drop(spread):
    """Return the observable: the largest fall of the log-likelihood in a round, at least 0."""

    def measure(training, cell):
        return max(0.0, float(-np.diff(log_likelihood(training.path(ExactLangevin, spread))).min()))

    return measure


def gap(sampler):
    return lambda training, cell: abs(float(training.path(sampler)[-1]) - MAXIMUM)


STUDY = vf.Study(
    name="energy_based/em",
    question="Does EM climb the likelihood, and where does it stop with a Langevin chain in the E-step?",
    subject=Expectation,
    sweep={"start": vf.Budgeted(smoke=(0.2,), ci=(0.2, 1.0, 4.0), full=(0.05, 0.2, 1.0, 2.0, 4.0)), "step": STEPS},
    observe={
        "drop": drop(True),
        "drop_without_variance": drop(False),
        "gap": gap(ExactLangevin),
        "gap_ula": gap(ULA),
    },
    claims={
        "S4-15": [
            claims.Identity("drop", 0.0, 8 * EPS, statement="No round of EM lowers the log-likelihood"),
            claims.NegativeControl(
                claims.Identity(
                    "drop_without_variance",
                    0.0,
                    8 * EPS,
                    statement="Rounds that take (E z)² for E z² do not lower the log-likelihood either",
                )
            ),
            claims.Identity("gap", 0.0, SETTLED, statement="EM with exact posteriors comes to θ² = s − 1"),
            claims.Rate(
                "gap_ula",
                "step",
                1.0,
                BENT,
                statement="With ULA in the E-step EM stops at a distance of the first order of the step",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "gap_ula", 0.0, 1e-4, statement="With ULA of a fixed step in the E-step EM comes to θ² = s − 1"
                )
            ),
        ]
    },
    figures=[figures.Lines("step", ("gap_ula",), within="start")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
