"""How slowly must one cool to find the deeper of two wells?

V = (x² − 1)² + 0.3x, begun in the shallow well at 0.95. Cooling as β(t) = log(e^c + t)/c, held over plateaus that
lengthen with t, leaves the well with certainty for c ≥ d, the depth of the shallow well, and is trapped with positive
probability for c < d (Hajek, 1988): escapes come at the rate e^{−βd} ~ t^{−d/c}. For c = 2d the law follows the Gibbs
law e^{−β(t)V}: what is left in the shallow well falls as t^{−ΔV/c} in the end, ΔV the difference of the wells. At β = 1
for good it stays at its Gibbs share. The density goes through the running steps, γ = 0.02, of annealed Langevin.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.report import figures
from verify.samplers import AnnealedULA
from verify.samplers.stage import stages
from verify.targets import DoubleWell

BARRIER, TILT = 1.0, 0.3
WELLS = DoubleWell(BARRIER, TILT)
DEEP, TOP, SHALLOW = WELLS.value(WELLS.critical_points)
DEPTH = float(TOP - SHALLOW)
STEP, RATIO = 0.02, 1.25  # of the lengths of plateaus
START = laws.Gaussian([0.95], [[0.01]])
ACCURACY = {"width": 6.0, "tail": 1e-12}  # probabilities to 1e-8
CONSTANTS = {"slow": 2 * DEPTH, "critical": DEPTH, "fast": 0.5 * DEPTH, "constant": math.inf, "quench": 0.0}
COLD = 12.0  # β of the quench
# The law lags behind the Gibbs law by a seventh at 300 steps, by less and less later, and the step's bias is O(γ): in
# the slope over a factor of 16 that makes 0.16/log 16.
LAG = 0.06
ULA = 0.02


@dataclass(frozen=True, eq=False)
class Cooling:
    """A schedule and so many steps."""

    schedule: str
    steps: int

    @functools.cached_property
    def plateaus(self):
        """The lengths of the plateaus and β on each."""
        count = max(2, round(math.log(self.steps / 4) / math.log(RATIO)) + 1)
        ends = np.unique(np.round(np.geomspace(4, self.steps, count)).astype(int))
        lengths = np.diff(np.concatenate([[0], ends]))
        times = STEP * (ends - 0.5 * lengths)
        c = CONSTANTS[self.schedule]
        if c == 0:
            return lengths, np.full(times.size, COLD)
        return lengths, np.ones(times.size) if math.isinf(c) else np.log(math.exp(c) + times) / c

    @functools.cached_property
    def law(self):
        """The law at the end."""
        lengths, betas = self.plateaus
        chain = AnnealedULA(WELLS, STEP, self.steps, START, inverse_temperature=np.repeat(betas, lengths))
        found = laws.GridDensity.of(START)
        for stage in stages(chain, lengths):
            found = found.through(stage, **ACCURACY)
        return found


def subject(schedule, steps):
    return Cooling(schedule, steps)


def fail(cooling, cell):
    """The probability of being on the shallow side of the barrier at the end."""
    law, top = cooling.law, WELLS.critical_points[1:2]
    values = [float(found.probabilities(top)[1][0]) for found in (law, law.coarse)]
    return vf.Estimate.exact(values[0], abs(values[0] - values[1]) + abs(law.defect), "grid")


def gibbs(cooling, cell):
    """That of the Gibbs law at the last β, by quadrature."""
    beta, top = float(cooling.plateaus[1][-1]), float(WELLS.critical_points[1])
    x = np.linspace(-3.0, 3.0, 60_001)  # 12 standard deviations beyond the wells at β = 1; cells of 1e-4
    weight = np.exp(-beta * (WELLS.value(x) - DEEP))
    return float(weight[x > top].sum() / weight.sum())


def follows(schedule, words):
    """Return the claim that the failures fall as the Gibbs law's at the last β."""
    return claims.Rate("fail", "steps", "gibbs", LAG, where={"schedule": schedule}, statement=words)


def finds(schedule, words):
    """Return the claim that after 4,800 steps one chain of four at most is left in the shallow well."""
    return claims.UpperBound("fail", by=0.25, where={"schedule": schedule, "steps": 4_800}, statement=words)


STUDY = vf.Study(
    name="annealing/global_minimum",
    question="How slowly must one cool to find the deeper of two wells?",
    subject=subject,
    sweep={
        "schedule": tuple(CONSTANTS),
        "steps": vf.Budgeted(
            smoke=(300, 1_200, 4_800), ci=(300, 1_200, 4_800, 19_200), full=(300, 1_200, 4_800, 19_200, 76_800)
        ),
    },
    only=lambda schedule, steps: schedule in ("slow", "fast") or steps >= 4_800,
    observe={"fail": fail, "gibbs": gibbs, "half": lambda cooling, cell: 0.5},
    claims={
        "S4-08b": [
            finds("slow", "Cooled as log t/2d, three chains of four are in the deeper well after 4,800 steps"),
            finds("critical", "Cooled as log t/d, three chains of four are in the deeper well after 4,800 steps"),
            follows("slow", "Cooled as log t/2d, failures fall as the Gibbs law's at the last β"),
            claims.UpperBound(
                "half",
                by="fail",
                where={"schedule": "fast"},
                statement="Cooled as 2 log t/d, more than half of the chains stay trapped",
            ),
            claims.Identity(
                "fail",
                "gibbs",
                ULA,
                where={"schedule": "constant", "steps": 4_800},
                statement="At β = 1 throughout, the share of chains in the shallow well is that of the Gibbs law",
            ),
            claims.NegativeControl(
                finds("constant", "At β = 1 throughout, three chains of four are in the deeper well after 4,800 steps")
            ),
            claims.NegativeControl(
                finds("fast", "Cooled as 2 log t/d, three chains of four are in the deeper well after 4,800 steps")
            ),
            claims.NegativeControl(
                finds(
                    "quench",
                    "Quenched to β = 12 at once, three chains of four are in the deeper well after 4,800 steps",
                )
            ),
            claims.NegativeControl(follows("fast", "Cooled as 2 log t/d, failures fall as the Gibbs law's")),
        ],
    },
    figures=[
        figures.Lines(
            "steps",
            ("fail", "gibbs"),
            within="schedule",
            where={"schedule": ("slow", "fast")},
            measured="probability of the shallow well",
            labels={"fail": "annealed Langevin", "gibbs": "the Gibbs law at the last β"},
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
