"""Does persistent contrastive divergence come to the maximum of the likelihood?

p_θ = N(0, 1/θ), data of second moment s. Infinitely many chains are kept: every round moves them by one Langevin step
at the present θ, which takes their second moment v to g²v + σ² as the running step has it, and then θ by ½η(v − s).
With the diffusion as chain the maximum 1/s is the only rest; with ULA of a fixed step γ, where ULA's invariant variance
is s, off by γ/2s² to first order; with steps γ/√t that goes, too.
"""

import math
from dataclasses import dataclass

from _chains import kernel

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.report import figures
from verify.samplers import ULA, ExactLangevin

DATA, BEGIN = 0.7, 2.5
PACE = 4.0  # η = PACE·γ: slower than the chains, whose rate is 2θ
STEPS, SETTLED, COARSE = (0.025, 0.05, 0.1), 800, 0.2
ROUNDS = (800, 1600, 3200)
# θ(1 − γθ/2) = 1/s has the root 1/s + γ/2s²·(1 + γ/s + …): between steps up to 0.1 that bends the slope by 0.1/s.
BENT = 0.1 / DATA
# With steps γ/√t the rest moves on by 1/2t a round and θ follows at the rate γθ/√t, hence late by 1.8/√t ≤ 0.062.
LATE = 0.062
SETTLING = 1e-11  # e^{−γT/s} is 4e-13 for γ = 0.025 and T = 800; the first gap is 1, and v starts as far off


@dataclass(frozen=True)
class Training:
    """Persistent chains of one step size, and a number of rounds."""

    step: float
    rounds: int

    def gap(self, sampler, power):
        """Return θ − 1/s after the rounds, with steps γ/t^power."""
        theta, moment = BEGIN, 1.0
        for t in range(1, self.rounds + 1):
            step = self.step / t**power
            square, noise = kernel(sampler, theta, step)
            moment = square * moment + noise
            theta += 0.5 * PACE * step * (moment - DATA)
        return abs(theta - 1 / DATA)


def subject(step, rounds):
    return Training(step, rounds)


def only(step, rounds):
    return step == COARSE or rounds == SETTLED


def balance(training, cell):
    """The distance from 1/s of the root of θ(1 − γθ/2) = 1/s."""
    return (1 - math.sqrt(1 - 2 * training.step / DATA)) / training.step - 1 / DATA


STUDY = vf.Study(
    name="energy_based/persistent",
    question="Does persistent contrastive divergence come to the maximum of the likelihood?",
    subject=subject,
    sweep={"step": (*STEPS, COARSE), "rounds": ROUNDS},
    only=only,
    observe={
        "exact_gap": lambda training, cell: training.gap(ExactLangevin, 0.0),
        "ula_gap": lambda training, cell: training.gap(ULA, 0.0),
        "balance": balance,
        "falling_gap": lambda training, cell: training.gap(ULA, 0.5),
    },
    claims={
        "S4-14": [
            claims.Identity(
                "exact_gap",
                0.0,
                SETTLING,
                statement="Persistent chains of the diffusion itself come to the maximum of the likelihood",
            ),
            claims.Identity(
                "ula_gap",
                "balance",
                SETTLING,
                statement="Persistent ULA chains of a fixed step γ come to rest where θ(1 − γθ/2) = 1/s",
            ),
            claims.Rate(
                "ula_gap",
                "step",
                1.0,
                BENT,
                where={"rounds": SETTLED, "step": STEPS},
                statement="Persistent ULA chains miss the maximum by the first order of their step",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "ula_gap",
                    0.0,
                    1e-3,
                    statement="Persistent ULA chains of a fixed step come to the maximum of the likelihood",
                )
            ),
            claims.Rate(
                "falling_gap",
                "rounds",
                -0.5,
                LATE,
                where={"step": COARSE},
                statement="With steps γ/√t persistent ULA chains come to the maximum, at the rate t^{−1/2}",
            ),
            claims.NegativeControl(
                claims.Rate(
                    "ula_gap",
                    "rounds",
                    -0.5,
                    LATE,
                    where={"step": COARSE},
                    statement="With a fixed step more rounds bring persistent ULA chains closer to the maximum",
                )
            ),
        ]
    },
    figures=[figures.Lines("rounds", ("ula_gap", "falling_gap"), within="step", where={"step": COARSE})],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
