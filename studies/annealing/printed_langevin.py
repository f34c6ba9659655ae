"""Does Langevin go up or down log p, and with how much noise?

With f = −log p a step is x − ε∇f + √(2ε)z = x + ε∇log p + √(2ε)z. The form with f = log p walks away from N(m, σ²): a
step multiplies what is left of the start by 1 + ε/σ², its variance by the square of that, and nothing stops it. With
the right sign and √ε z the chain stays at half the variance. All laws are exact, of the running steps.
"""

import functools
from dataclasses import dataclass

import numpy as np

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.report import figures
from verify.samplers import ULA
from verify.targets import Gaussian

MEAN = 0.75
STEPS, LONG = 60, 4_000  # (1 − 0.05)^LONG of the start is left: nothing
START = laws.Gaussian([2.0], [[0.5]])
ROUNDING = 1e-12  # a step of numbers below 20, relative


@dataclass(frozen=True, eq=False)
class Away(Gaussian):
    """A Gaussian whose score points away from its mean: f = log p put where f = −log p belongs."""

    def score(self, x):
        """Return −∇log p."""
        return -super().score(x)


@dataclass(frozen=True, eq=False)
class Langevin:
    """N(MEAN, variance), a step size, and the chains with either sign and with less noise."""

    variance: float
    step: float

    def chain(self, kind=Gaussian, steps=STEPS, cold=1.0):
        """ULA on the target; with `cold` β its noise is √(2ε/β)."""
        return ULA(kind(np.array([MEAN]), np.array([[self.variance]])), self.step, steps, START, cold)

    @functools.cached_property
    def once(self):
        """The law after one step of the printed form x − ε∇log p + √ε z."""
        return self.chain(Away, 1, 2.0).run()


def subject(variance, ratio):
    return Langevin(variance, ratio * variance)


def variance_of(steps, kind=Gaussian, cold=1.0):
    """Return the observable: the variance after so many steps."""

    def measure(chains, cell):
        return float(chains.chain(kind, steps, cold).run().cov[0, 0])

    return measure


def stationary(beta):
    """Return the observable σ²/β(1 − ε/2σ²), what the variance tends to."""

    def measure(chains, cell):
        return chains.variance / (beta * (1 - chains.step / (2 * chains.variance)))

    return measure


def mean_factor(chains, cell):
    """By what one printed step multiplies the distance of the mean from m."""
    return float((chains.once.mean[0] - MEAN) / (START.mean[0] - MEAN))


def variance_factor(chains, cell):
    """By what one printed step multiplies the variance before its noise ε is added."""
    return float((chains.once.cov[0, 0] - chains.step) / START.cov[0, 0])


def gain(power):
    """Return the observable (1 + ε/σ²)^power."""

    def measure(chains, cell):
        return (1 + chains.step / chains.variance) ** power

    return measure


def exploded(chains, cell):
    """(1 + ε/σ²)^{2N} v_0: what the variance of the printed form is above, after N steps."""
    return gain(2 * STEPS)(chains, cell) * float(START.cov[0, 0])


def tv(kind, cold, steps):
    """Return the observable: TV to the target after so many steps."""

    def measure(chains, cell):
        return vf.total_variation(chains.chain().target, chains.chain(kind, steps, cold).run())

    return measure


def bias(chains, cell):
    """TV between N(m, σ²) and ULA's own invariant law."""
    return vf.total_variation(chains.chain().target, laws.Gaussian([MEAN], [[stationary(1.0)(chains, cell)]]))


def equal(left, right, words, tolerance=ROUNDING):
    """Return the claim that two columns agree, relatively."""
    return claims.Identity(left, right, tolerance, relative=True, statement=words)


STUDY = vf.Study(
    name="annealing/printed_langevin",
    question="Does Langevin go up or down log p, and with how much noise?",
    subject=subject,
    sweep={"variance": (0.25, 1.0, 4.0), "ratio": (0.05, 0.2, 0.8)},
    observe={
        "variance_right": variance_of(LONG),
        "variance_less_noise": variance_of(LONG, cold=2.0),
        "variance_printed": variance_of(STEPS, Away, 2.0),
        "stationary": stationary(1.0),
        "stationary_half": stationary(2.0),
        "mean_factor": mean_factor,
        "variance_factor": variance_factor,
        "gain": gain(1),
        "gain_squared": gain(2),
        "exploded": exploded,
        "tv_right": tv(Gaussian, 1.0, LONG),
        "tv_printed": tv(Away, 2.0, STEPS),
        "bias": bias,
    },
    claims={
        "S2-09": [
            equal("variance_right", "stationary", "x + ε∇log p + √(2ε)z tends to the variance σ²/(1 − ε/2σ²)"),
            equal(
                "variance_less_noise",
                "stationary_half",
                "x + ε∇log p + √ε z tends to half the variance, ½σ²/(1 − ε/2σ²)",
            ),
            equal("tv_right", "bias", "With f = −log p Langevin ends at ULA's own distance from N(m, σ²)", 1e-10),
            equal("mean_factor", "gain", "A step x − ε∇log p multiplies the distance from m by 1 + ε/σ²"),
            equal(
                "variance_factor",
                "gain_squared",
                "A step x − ε∇log p + √ε z multiplies the variance by (1 + ε/σ²)² and adds ε",
                20 * ROUNDING,
            ),
            claims.UpperBound(
                "exploded",
                by="variance_printed",
                statement="The variance of x − ε∇log p + √ε z outgrows (1 + ε/σ²)^{2N}v_0",
            ),
            claims.NegativeControl(
                equal(
                    "variance_factor",
                    "gain",
                    "A step x − ε∇log p + √ε z multiplies the variance by 1 + ε/σ² and adds ε",
                    20 * ROUNDING,
                )
            ),
            claims.NegativeControl(
                equal("tv_printed", "bias", "With f = log p Langevin ends at ULA's own distance from N(m, σ²)", 1e-10)
            ),
            claims.NegativeControl(
                equal("variance_less_noise", "stationary", "x + ε∇log p + √ε z tends to the variance σ²/(1 − ε/2σ²)")
            ),
        ],
    },
    figures=[figures.Lines("ratio", ("variance_right", "variance_less_noise", "variance_printed"), within="variance")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
