"""What is the law of the OU process at time t, and how fast does it approach γ?

X_t = e^{−t}X_0 + √(1 − e^{−2t}) Z. The closed form is compared with particles moved by that formula and with the
semigroup property; TV, W2 and KL to γ are followed until the mean's e^{−t} is all that is left.
"""

from dataclasses import dataclass, replace

import numpy as np

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.processes import OrnsteinUhlenbeck
from verify.report import figures
from verify.targets import gallery

CASES = {"correlated": gallery.correlated, "wide": gallery.wide, "degenerate": lambda: gallery.flat(3)}
PARTICLES = vf.Budgeted(smoke=20_000, ci=100_000, full=1_000_000)
LATE = (3.0, 4.0, 5.0, 6.0)


@dataclass(frozen=True)
class At:
    """The OU process of a target at one time."""

    process: OrnsteinUhlenbeck
    time: float

    @property
    def law(self):
        """q_t."""
        return self.process.law(self.time)


def subject(target, time):
    return At(OrnsteinUhlenbeck(CASES[target]()), time)


def moved(at, cell, rate):
    """Particles of X_t = e^{−t}X_0 + √(1 − e^{−rate·t}) Z."""
    n = PARTICLES[cell.budget]
    start = at.process.target.sample(n, cell.rng)
    noise = np.sqrt(-np.expm1(-rate * at.time)) * cell.rng.standard_normal(start.shape)
    return laws.Particles(np.exp(-at.time) * start + noise, seed=0)


def w2_of_particles(at, cell):
    """Bias-corrected W2 between q_t and particles; compared with zero, so no null has to be cleared first."""
    return replace(vf.wasserstein2(at.law, moved(at, cell, 2.0)), null=None)


def w2_of_slow_noise(at, cell):
    """The same with the variance 1 − e^{−t} in the kernel, to be refuted."""
    return replace(vf.wasserstein2(at.law, moved(at, cell, 1.0)), null=None)


def semigroup_gap(at, cell):
    """W2 between q_t and the law that two half steps give: P_{t/2}P_{t/2} = P_t."""
    half = at.process.law(at.time / 2)
    gap = vf.wasserstein2(at.law, OrnsteinUhlenbeck(half).law(at.time / 2))
    return vf.Estimate.exact(gap.value, 1e-12, least=0.0)  # the two laws are themselves rounded


def to_noise(divergence):
    """Return the observable divergence(q_t, γ)."""

    def measure(at, cell):
        return divergence(at.law, laws.Gaussian.standard(at.law.dim))

    return measure


def kl_closed(at, cell):
    """½ Σ [λ(t) − 1 − log λ(t)] + ½e^{−2t}‖m‖²."""
    return float(at.process.kl(at.time))


STUDY = vf.Study(
    name="ou/marginals",
    question="What is the law of the OU process at time t, and how fast does it approach γ?",
    subject=subject,
    sweep={
        "target": tuple(CASES),
        "time": vf.Budgeted(
            smoke=(0.1, 0.5, 1.0, *LATE),
            ci=(0.01, 0.1, 0.5, 1.0, 2.0, *LATE),
            full=(0.001, 0.01, 0.1, 0.5, 1.0, 2.0, *LATE, 8.0),
        ),
    },
    observe={
        "w2_particles": w2_of_particles,
        "w2_slow_noise": w2_of_slow_noise,
        "semigroup": semigroup_gap,
        "kl": to_noise(vf.kl),
        "kl_closed": kl_closed,
        "tv": to_noise(vf.total_variation),
        "w2": to_noise(vf.wasserstein2),
    },
    claims={
        "S3-04": [
            claims.Identity("w2_particles", 0.0, 0.1, statement="Particles moved by the formula have the law q_t"),
            claims.Identity("semigroup", 0.0, 1e-7, statement="Two half steps make a whole one: P_{t/2} P_{t/2} = P_t"),
            claims.NegativeControl(
                claims.Identity(
                    "w2_slow_noise",
                    0.0,
                    0.1,
                    where={"time": (0.5, 1.0)},
                    statement="The kernel's variance is 1 − e^{−t}",
                )
            ),
        ],
        "S3-06": [
            claims.Identity(
                "kl",
                "kl_closed",
                1e-9,
                relative=True,
                statement="KL(q_t‖γ) from the two laws is its closed form along the path",
            ),
            claims.Rate(
                "tv", "time", -1.0, 0.02, scale="linear", where={"time": LATE}, statement="TV(q_t, γ) falls as e^{−t}"
            ),
            claims.Rate(
                "w2", "time", -1.0, 0.02, scale="linear", where={"time": LATE}, statement="W2(q_t, γ) falls as e^{−t}"
            ),
            claims.NegativeControl(
                claims.Rate(
                    "tv",
                    "time",
                    -2.0,
                    0.02,
                    scale="linear",
                    where={"time": LATE},
                    statement="TV(q_t, γ) falls as e^{−2t} for shifted targets",
                )
            ),
        ],
    },
    figures=[figures.Lines("time", ("tv", "w2", "kl"), scale="semilog", within="target")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
