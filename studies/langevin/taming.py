"""What does taming the drift buy on a potential that grows like x⁴, and what does it cost?

V = (x² − 1)²: ∇V is not Lipschitz, and for every step size ULA's law leaves all bounds from far enough out. The tamed
chain's drift is at most 1 a step, γ|∇V|/(1 + γ|∇V|) (Brosse et al., 2019), so that it comes back from anywhere; taming
changes ULA's bias by the order γ, here for the better. Expectations are those of the transition matrix of the running
step on the line.
"""

import numpy as np

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.errors import Diverged
from verify.observables.line_chain import LineChain
from verify.report import figures
from verify.samplers import TamedULA
from verify.targets import DoubleWell

WELL = DoubleWell(1.0)
BETA = 2.0
COLD = DoubleWell(BETA)  # e^{−βV}
FAR = 40.0  # γV'(x) > 2x there, for every step used here
FINE = {"step": tuple(2.0**-k for k in range(9, 15))}


class Untamed(TamedULA):
    """The same with the whole drift: ULA."""

    def step(self, k, x, noise):
        """Return x + γ∇log π(x) + √(2γ/β) ξ."""
        spread = (2 * self.step_size / self.inverse_temperature) ** 0.5
        return x + self.step_size * self.target.score(x) + spread * noise.normal()


class Halved(TamedULA):
    """Half of the drift, without taming: another target, to be refuted."""

    def step(self, k, x, noise):
        """Return x + ½γ∇log π(x) + √(2γ/β) ξ."""
        spread = (2 * self.step_size / self.inverse_temperature) ** 0.5
        return x + 0.5 * self.step_size * self.target.score(x) + spread * noise.normal()


def subject(step):
    return TamedULA(WELL, step, 2000, inverse_temperature=BETA)


def bias(cls):
    """Return |E X² − E_π X²| at stationarity; the transition matrix knows it to 1e-9, ten times less at the end."""

    def measure(chain, cell):
        nodes = 400 if chain.step_size > 5e-4 else 800
        line = LineChain(cls(WELL, chain.step_size, 1, None, BETA), -3.5, 3.5, nodes, 160)
        value = abs(line.expectation(lambda x: x * x) - COLD.variance.value)
        return vf.Estimate.exact(value, 1e-8, least=0.0)

    return measure


def farthest(cls):
    """Return the largest |X| of ten chains from ±`FAR` after 2,000 steps; ∞ where they leave float64."""

    def measure(chain, cell):
        begin = laws.Particles(np.array([[FAR], [-FAR]] * 5), seed=int(cell.rng.integers(2**63)))
        try:
            cloud = begin.through(cls(WELL, max(chain.step_size, 2.0**-9), 2000, None, BETA))
        except Diverged:
            return vf.Estimate.exact(np.inf, 0.0)
        return float(np.abs(cloud.points).max())

    return measure


STUDY = vf.Study(
    name="langevin/taming",
    question="What does taming the drift buy on a potential that grows like x⁴, and what does it cost?",
    subject=subject,
    sweep={
        "step": vf.Budgeted(
            smoke=tuple(2.0**-k for k in range(8, 13)),
            ci=tuple(2.0**-k for k in range(5, 14)),
            full=tuple(2.0**-k for k in range(4, 15)),
        )
    },
    observe={
        "bias": bias(TamedULA),
        "bias_ula": bias(Untamed),
        "bias_halved": bias(Halved),
        "farthest": farthest(TamedULA),
        "farthest_ula": farthest(Untamed),
    },
    claims={
        "tamed": [
            claims.Rate("bias", "step", 1.0, 0.05, where=FINE, statement="The tamed chain's E X² is off by γ"),
            claims.Rate("bias_ula", "step", 1.0, 0.05, where=FINE, statement="ULA's is, inside, too"),
            claims.UpperBound("farthest", by=4.0, statement="From ±40 the tamed chain comes back"),
            claims.NegativeControl(claims.UpperBound("farthest_ula", by=4.0, statement="From ±40 ULA comes back")),
            claims.NegativeControl(
                claims.Rate(
                    "bias_halved", "step", 1.0, 0.05, where=FINE, statement="With half the drift it is off by γ"
                )
            ),
        ],
    },
    figures=[figures.Lines("step", ("bias", "bias_ula", "bias_halved"))],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
