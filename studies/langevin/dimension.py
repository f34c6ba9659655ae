"""How do ULA's errors, and the steps that an accuracy asks for, grow with the dimension?

At stationarity KL = (γ²/16) tr Λ² grows as d, TV and W2 as √d. Hence the largest step with √KL ≤ ε falls as ε/√d, while
the theorems for smooth strongly log-concave targets ask for γ ~ ε²/d (Durmus, Majewski, Miasojedow, 2019).
"""

import math

import numpy as np
from scipy.optimize import brentq

import verify as vf
from verify import claims, observables
from verify.cli import main_study
from verify.report import figures
from verify.samplers import ULA
from verify.targets import gallery

STEP = 0.02
RELAXED = 60.0
ACCURACY = 0.05


def subject(dim, condition):
    p = gallery.two_scales(dim, condition)
    gamma = STEP * float(p.eigenvalues.min())
    return ULA(p, gamma, math.ceil(RELAXED * float(p.eigenvalues.max()) / gamma))


def stationary_kl(rates, gamma):
    """KL(π_γ‖π) = ½Σ(r − 1 − log r), r = 1/(1 − γλ/2)."""
    e = 0.5 * gamma * rates / (1 - 0.5 * gamma * rates)
    return 0.5 * float((e - np.log1p(e)).sum())


def kl_formula(chain, cell):
    """The same at the chain's step."""
    return stationary_kl(1 / chain.target.eigenvalues, chain.step_size)


def largest_step(chain, cell):
    """γL with √KL(π_γ‖π) = ε, from the closed form."""
    rates = 1 / chain.target.eigenvalues
    limit = 2 / rates.max()
    root = brentq(
        lambda g: math.sqrt(stationary_kl(rates, g)) - ACCURACY, 1e-12 * limit, limit * (1 - 1e-9), xtol=1e-15
    )
    return vf.Estimate.exact(root * rates.max(), 1e-9 * root * rates.max())


def promised_step(chain, cell):
    """γL = ε²/d: the step at which the stationary part γLd of the KL bound is ε²."""
    return ACCURACY**2 / chain.dim


def bias_bound(chain, cell):
    """γLd: KL of the averaged law at stationarity, Durmus, Majewski, Miasojedow (2019)."""
    return chain.step_size / float(chain.target.eigenvalues.min()) * chain.dim


def bias_bound_without_dimension(chain, cell):
    """(γL)²/16: the leading term of one coordinate, to be refuted."""
    return (chain.step_size / float(chain.target.eigenvalues.min())) ** 2 / 16


WELL = {"dim": tuple(2**k for k in range(4, 11))}
STUDY = vf.Study(
    name="langevin/dimension",
    question="How do ULA's errors, and the steps that an accuracy asks for, grow with the dimension?",
    subject=subject,
    sweep={
        "dim": vf.Budgeted(
            smoke=tuple(2**k for k in range(1, 8)),
            ci=tuple(2**k for k in range(1, 9)),
            full=tuple(2**k for k in range(1, 11)),
        ),
        "condition": (1.0, 10.0),
    },
    observe={
        "kl": observables.SamplingError(vf.kl, reverse=True),
        "tv": observables.SamplingError(vf.total_variation),
        "w2": observables.SamplingError(vf.wasserstein2),
        "kl_formula": kl_formula,
        "largest_step": largest_step,
        "promised_step": promised_step,
        "bias_bound": bias_bound,
        "bias_bound_flat": bias_bound_without_dimension,
    },
    claims={
        "S2-14": [
            claims.Identity(
                "kl",
                "kl_formula",
                1e-9,
                relative=True,
                statement="KL(π_γ‖π) = ½Σ(r − 1 − log r), r = 1/(1 − γλ/2)",
            ),
            claims.UpperBound("kl", by="bias_bound", axis="dim", statement="KL(π_γ‖π) ≤ γLd"),
            claims.Rate("kl", "dim", 1.0, 0.02, where=WELL, statement="KL(π_γ‖π) grows as d"),
            claims.Rate("tv", "dim", 0.5, 0.03, where=WELL, statement="TV(π_γ, π) grows as √d"),
            claims.Rate("w2", "dim", 0.5, 0.02, where=WELL, statement="W2(π_γ, π) grows as √d"),
            claims.Rate(
                "largest_step",
                "dim",
                -0.5,
                0.05,
                where=WELL,
                statement="The largest step with √KL ≤ ε falls as d^{−1/2}",
            ),
            claims.UpperBound(
                "promised_step", by="largest_step", axis="dim", statement="The step ε²/(Ld) is small enough for √KL ≤ ε"
            ),
            claims.NegativeControl(
                claims.Rate(
                    "largest_step",
                    "dim",
                    "promised_step",
                    0.05,
                    where=WELL,
                    statement="The largest step falls as 1/d, as that of the theorem does",
                )
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "kl", by="bias_bound_flat", statement="KL(π_γ‖π) is below its leading term in one dimension"
                )
            ),
        ],
    },
    figures=[
        figures.ErrorAgainstBound("dim", errors=("kl",), bounds=("bias_bound",), within="condition"),
        figures.Lines("dim", ("largest_step", "promised_step"), within="condition"),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
