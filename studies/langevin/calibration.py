"""Do the 95 % intervals of particles contain the exact value in 95 % of the cases?

Each sampler is run from many seeds, and W2 and both KL of its particles to a known law are compared with those of its
exact law: probed for affine chains, π itself for Metropolis chains that start in π. The share of intervals that contain
the exact value must lie between 92 % and 98 %, as far as the number of seeds can tell (exact binomial interval at
99 %); that of 60 % intervals taken for 95 % ones must not.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import stats

import verify as vf
from verify import claims, laws, samplers
from verify.cli import main_study
from verify.targets import Gaussian

TARGET = Gaussian(np.array([1.0, -0.5]), np.array([[1.0, 0.4], [0.4, 0.6]]))
ELSEWHERE = Gaussian(TARGET.mean + np.array([0.2, 0.1]), 1.2 * TARGET.cov)  # what Metropolis chains are compared with
PENALTY = Gaussian(np.zeros(2), np.diag([0.5, 2.0]))
STEPS, N = 15, 500
SEEDS = vf.Budgeted(smoke=40, ci=100, full=2000)
SAMPLERS = {
    "ULA": samplers.ULA(TARGET, 0.3, STEPS),
    "BAOAB": samplers.BAOAB(TARGET, 0.6, STEPS),
    "UBU": samplers.UBU(TARGET, 0.6, STEPS),
    "proximal": samplers.ProximalLangevin(TARGET, 0.3, STEPS, penalty=PENALTY),
    "MALA": samplers.MALA(TARGET, 0.3, STEPS),
    "random walk": samplers.RandomWalkMetropolis(TARGET, 0.3, STEPS),
}
DISTANCES = {
    "w2": lambda known, law, level: vf.wasserstein2(known, law, confidence=level),
    "kl": lambda known, law, level: vf.kl(law, known, confidence=level),
    "kl_reverse": lambda known, law, level: vf.kl(known, law, confidence=level),
}
STATED, RANGE = 0.95, (0.92, 0.98)
SHORT = 0.6  # confidence of the control


@dataclass(frozen=True, eq=False)
class At:
    """A sampler, the law that its particles are compared with, and its exact law."""

    name: str

    @property
    def sampler(self):
        """The chain."""
        return SAMPLERS[self.name]

    @cached_property
    def pair(self):
        """(known law, exact law of the last iterate)."""
        if isinstance(self.sampler, (samplers.MALA, samplers.RandomWalkMetropolis)):
            return ELSEWHERE, TARGET
        return self.sampler.goal(), self.sampler.run()

    @cached_property
    def clouds(self):
        """The particles of each seed, made once."""
        return {}

    def cloud(self, seed):
        """The particles of one seed."""
        if seed not in self.clouds:
            start = TARGET.law if self.pair[1] is TARGET else self.sampler.start()
            self.clouds[seed] = self.sampler.run(laws.Particles.sampled(start, N, seed))
        return self.clouds[seed]


def hits(at, cell, distance, level):
    """Return how many intervals of confidence `level` contain the exact distance, and of how many."""
    known, exact = at.pair
    truth = float(DISTANCES[distance](known, exact, level))
    found = [DISTANCES[distance](known, at.cloud(seed), level) for seed in range(SEEDS[cell.budget])]
    return sum(e.low <= truth <= e.high for e in found), len(found)


def coverage(distance, level=STATED):
    """Return the observable: the share of intervals that contain the exact distance; binomial interval at 99 %."""

    def measure(at, cell):
        inside, count = hits(at, cell, distance, level)
        low = stats.beta.ppf(0.005, inside, count - inside + 1) if inside else 0.0
        high = stats.beta.ppf(0.995, inside + 1, count - inside) if inside < count else 1.0
        return vf.Estimate(inside / count, low, high, 0.99, "monte carlo")

    return measure


def miss(distance, level=STATED):
    """Return how far the interval of the coverage stays outside [92 %, 98 %]; 0 where it does not."""
    share = coverage(distance, level)

    def measure(at, cell):
        found = share(at, cell)
        return max(0.0, RANGE[0] - found.high, found.low - RANGE[1])

    return measure


def stated(name, words):
    """Return the claim that a coverage is 95 % ± 3 %."""
    return claims.Identity(f"{name}_miss", 0.0, 0.0, statement=words)


STUDY = vf.Study(
    name="langevin/calibration",
    question="Do the 95 % intervals of particles contain the exact value in 95 % of the cases?",
    subject=At,
    sweep={"name": tuple(SAMPLERS)},
    observe={
        **{name: coverage(name) for name in DISTANCES},
        **{f"{name}_miss": miss(name) for name in DISTANCES},
        "w2_short": coverage("w2", SHORT),
        "w2_short_miss": miss("w2", SHORT),
    },
    claims={
        "S4-04": [
            stated("w2", "Intervals of W2 from particles cover"),
            stated("kl", "Intervals of KL(particles‖known law) cover"),
            stated("kl_reverse", "Intervals of KL(known law‖particles) cover"),
            claims.NegativeControl(stated("w2_short", "Intervals at 60 % cover in 95 % of the cases")),
        ]
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
