"""What is the law of the OU process at time t, and how fast does it approach γ?

X_t = e^{−t}X_0 + √(1 − e^{−2t}) Z. The closed form is compared with particles moved by that formula and with the
semigroup property; TV, W2 and KL to γ are followed until the mean's e^{−t} is all that is left. Distances that should
vanish are in units of the root mean square √E‖X_t‖² (particles: √tr Cov X_t), so that one tolerance fits all laws.
"""

import math
from dataclasses import dataclass

import numpy as np

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.processes import OrnsteinUhlenbeck
from verify.report import figures
from verify.targets import gallery

CASES = {"correlated": gallery.correlated, "wide": gallery.wide, "degenerate": lambda: gallery.flat(3)}
PARTICLES = vf.Budgeted(smoke=400_000, ci=1_000_000, full=2_000_000)
LATE = (3.0, 4.0, 5.0, 6.0)
# The Gaussian fitted to n draws is off by √(tr Σ/n)·(ξ² + ½η²)^½ in W2, ξ and η standard normal (in more dimensions
# less). The estimate and the reach of its interval are each below z√(tr Σ/n), z = 5 for some 70 intervals at 99.9 %
# jointly (Bonferroni).
RESOLUTION = 2 * 5 / math.sqrt(PARTICLES["smoke"])
# Two half steps round twice what one rounds once: at most 16 ε of every mean and standard deviation, and their norm.
ROUNDING = 32 * np.finfo(float).eps
# W2 = e^{−t}‖m‖(1 + R e^{−2t})^½ with R = Σ(λ − 1)²/4‖m‖² ≤ 1 here bends the slope by R e^{−2t}; for TV, whose first
# correction is also of order e^{−2t} as the leading density is odd, the factor is at most 4. The earliest time is 3.
BENT = 4 * math.exp(-2 * LATE[0])


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


def w2_of(rate):
    """Return bias-corrected W2 between q_t and particles over √tr Cov X_t; compared with zero, so no null to clear."""

    def measure(at, cell):
        radius = math.sqrt(float(at.law.eigenvalues.sum()))
        found = vf.wasserstein2(at.law, moved(at, cell, rate), confidence=0.999)
        ends = (end / radius for end in (found.value, found.low, found.high))
        return vf.Estimate(*ends, found.confidence, found.method)

    return measure


def semigroup_gap(share):
    """Return W2 between q_t and the law of steps of t/2 and share·t over √E‖X_t‖²: P_{t/2}P_{t/2} = P_t."""

    def measure(at, cell):
        half = at.process.law(at.time / 2)
        gap = vf.wasserstein2(at.law, OrnsteinUhlenbeck(half).law(share * at.time))
        radius = math.sqrt(float(at.process.second_moment(at.time)))
        return gap.map(lambda distance: distance / radius)

    return measure


def to_noise(divergence):
    """Return the observable divergence(q_t, γ)."""

    def measure(at, cell):
        return divergence(at.law, laws.Gaussian.standard(at.law.dim))

    return measure


def contracted(rate):
    """Return the observable e^{−rate·t} W2(p, γ)."""

    def measure(at, cell):
        target = at.process.target
        start = vf.wasserstein2(target, laws.Gaussian.standard(target.dim))
        return start.map(lambda distance: math.exp(-rate * at.time) * distance)

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
        "w2_particles": w2_of(2.0),
        "w2_slow_noise": w2_of(1.0),
        "semigroup": semigroup_gap(1 / 2),
        "semigroup_short": semigroup_gap(1 / 3),
        "kl": to_noise(vf.kl),
        "kl_closed": kl_closed,
        "tv": to_noise(vf.total_variation),
        "w2": to_noise(vf.wasserstein2),
        "w2_contracted": contracted(1.0),
        "w2_contracted_twice": contracted(2.0),
    },
    claims={
        "S3-04": [
            claims.Identity(
                "w2_particles", 0.0, RESOLUTION, statement="Particles moved by the formula have the law q_t"
            ),
            claims.Identity(
                "semigroup", 0.0, ROUNDING, statement="Two half steps make a whole one: P_{t/2} P_{t/2} = P_t"
            ),
            claims.NegativeControl(
                claims.Identity("w2_slow_noise", 0.0, RESOLUTION, statement="The kernel's variance is 1 − e^{−t}")
            ),
            claims.NegativeControl(
                claims.Identity("semigroup_short", 0.0, ROUNDING, statement="P_{t/3} P_{t/2} = P_t")
            ),
        ],
        "S3-06": [
            claims.Identity(
                "kl",
                "kl_closed",
                8 * ROUNDING,  # sums of at most six terms by two routes
                relative=True,
                statement="KL(q_t‖γ) from the two laws is its closed form along the path",
            ),
            claims.UpperBound(
                "w2",
                by="w2_contracted",
                slack=ROUNDING,
                statement="W2(q_t, γ) ≤ e^{−t} W2(p, γ), from two copies driven by one noise",
            ),
            claims.NegativeControl(
                claims.UpperBound("w2", by="w2_contracted_twice", statement="W2(q_t, γ) ≤ e^{−2t} W2(p, γ)")
            ),
            claims.Rate(
                "tv", "time", -1.0, BENT, scale="linear", where={"time": LATE}, statement="TV(q_t, γ) falls as e^{−t}"
            ),
            claims.Rate(
                "w2", "time", -1.0, BENT, scale="linear", where={"time": LATE}, statement="W2(q_t, γ) falls as e^{−t}"
            ),
            claims.NegativeControl(
                claims.Rate(
                    "tv",
                    "time",
                    -2.0,
                    BENT,
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
