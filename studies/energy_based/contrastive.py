"""How biased is contrastive divergence, and what does a short chain learn?

p_θ = N(0, 1/θ) and data of second moment s: the likelihood's gradient is ½(1/θ − s), its maximum θ = 1/s. CD-k puts
E X_k² of a chain of k steps from the data in place of 1/θ. With the diffusion itself as the chain (Mehler's formula)
its bias is e^{−2kγθ} times the gradient, so that it vanishes at the maximum only. A short chain from N(0, 1) is trained
until its own second moment is that of the data.
"""

import math
from dataclasses import dataclass

import numpy as np
from _chains import after
from scipy.optimize import brentq

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.report import figures
from verify.samplers import ULA, ExactLangevin

THETA, DATA, STEP = 2.0, 0.7, 0.1
GRADIENT = 0.5 * (1 / THETA - DATA)
EPS = np.finfo(float).eps
# k ≤ 32 steps round E X_k² by a few ε each; the bias, 2e-7 at the least, is their difference from ½(1/θ − s)
ROUNDING = 200 * EPS
ROOT = 1e-12  # of θ below 3: the roots are found to a few ε, as E X_k² has a slope above 0.02 there
LONG = (8, 12, 16, 24, 32)
# The gap δ is 0.065 at k = 8. e^{−2kγθ} differs from e^{−2kγ/s} by 2kγδ = 0.10 there and the factor 1/θ − 1 by 2.4δ
# = 0.16: over the eight steps to the next point that moves the slope by 0.033 at most.
BENT = 0.033


@dataclass(frozen=True)
class Chain:
    """A chain of k steps."""

    k: int

    def moment(self, sampler, theta, start):
        return after(sampler, theta, STEP, self.k, start)

    def solved(self, sampler, start):
        """Return the θ at which E X_k² = s."""
        return float(brentq(lambda t: self.moment(sampler, t, start) - DATA, 0.05, 9.0, xtol=1e-15, rtol=4 * EPS))


def subject(k):
    return Chain(k)


def contrastive(sampler):
    return lambda chain, cell: 0.5 * (chain.moment(sampler, THETA, DATA) - DATA)


def bias(sampler):
    return lambda chain, cell: abs(contrastive(sampler)(chain, cell) - GRADIENT)


STUDY = vf.Study(
    name="energy_based/contrastive",
    question="How biased is contrastive divergence, and what does a short chain learn?",
    subject=subject,
    sweep={"k": vf.Budgeted(smoke=(1, 4, 8, 16), ci=(1, 2, 4, 8, 16, 32), full=(1, 2, 3, 4, 6, 8, 12, 16, 24, 32))},
    observe={
        "contrastive": contrastive(ExactLangevin),
        "gradient": lambda chain, cell: GRADIENT,
        "bias": bias(ExactLangevin),
        "bias_closed": lambda chain, cell: abs(GRADIENT) * math.exp(-2 * chain.k * STEP * THETA),
        "bias_ula": bias(ULA),
        "fixed_point": lambda chain, cell: chain.solved(ExactLangevin, DATA),
        "fixed_point_ula": lambda chain, cell: chain.solved(ULA, DATA),
        "ula_balance": lambda chain, cell: (1 - math.sqrt(1 - 2 * STEP / DATA)) / STEP,
        "maximum": lambda chain, cell: 1 / DATA,
        "short_run": lambda chain, cell: chain.solved(ExactLangevin, 1.0),
        "short_run_variance": lambda chain, cell: chain.moment(ExactLangevin, chain.solved(ExactLangevin, 1.0), 1.0),
        "data_variance": lambda chain, cell: DATA,
        "short_run_gap": lambda chain, cell: abs(chain.solved(ExactLangevin, 1.0) - 1 / DATA),
    },
    claims={
        "S4-14": [
            claims.Identity(
                "bias",
                "bias_closed",
                ROUNDING,
                statement="The bias of CD-k with the Langevin diffusion as chain is e^{−2kγθ} times the gradient",
            ),
            claims.Rate(
                "bias",
                "k",
                -2 * STEP * THETA,
                1e-8,  # 1e-16 of rounding against a bias of 2e-7 at k = 32
                scale="linear",
                statement="The bias of CD-k falls as e^{−2kγθ} in the number k of steps",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "contrastive", "gradient", ROUNDING, statement="CD-k is the gradient of the likelihood for every k"
                )
            ),
            claims.NegativeControl(
                claims.Rate(
                    "bias_ula",
                    "k",
                    -2 * STEP * THETA,
                    1e-2,
                    scale="linear",
                    statement="With ULA as chain the bias of CD-k falls as e^{−2kγθ}, without a floor",
                )
            ),
            claims.Identity(
                "fixed_point",
                "maximum",
                ROOT,
                statement="CD-k comes to rest at the maximum of the likelihood for every k where its chain is exact",
            ),
            claims.Identity(
                "fixed_point_ula",
                "ula_balance",
                ROOT,
                statement="CD-k with ULA comes to rest where ULA's invariant variance is that of the data",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "fixed_point_ula",
                    "maximum",
                    ROOT,
                    statement="CD-k with ULA of a fixed step comes to rest at the maximum of the likelihood",
                )
            ),
            claims.Identity(
                "short_run_variance",
                "data_variance",
                ROOT,
                statement="A short chain from N(0, 1) can be trained to the second moment of the data for every k",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "short_run",
                    "maximum",
                    ROOT,
                    statement="The energy that a short chain learns is the maximum of the likelihood",
                )
            ),
            claims.Rate(
                "short_run_gap",
                "k",
                -2 * STEP / DATA,
                BENT,
                scale="linear",
                where={"k": LONG},
                statement="The energy that a short chain learns comes to the maximum as e^{−2kγ/s} for k ≥ 8",
            ),
        ]
    },
    figures=[figures.Lines("k", ("bias", "bias_ula", "short_run_gap"), scale="semilog")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
