"""By which factor is each bound on ULA larger than the exact error, once the start is forgotten?

Gaussian targets, half of the precisions 1 and half κ, γ a fraction of 2/(m + L), after so many steps that the laws are
stationary; the exact error is that of the running step. A column is bound/error: 1 would be sharp. The bounds of order
½ in γ are loose by a factor that grows as γ^−½ (W2) or γ^−1 (KL): S4-06 is true and far from sharp on a Gaussian.
"""

import math

import _gaussian as gaussian
import numpy as np

import verify as vf
from verify import claims, samplers
from verify.bounds import langevin as bounds
from verify.cli import main_study
from verify.report import figures
from verify.targets import Gaussian

HALF = (
    bounds.Dalalyan2017Theorem1,
    bounds.Dalalyan2019Theorem1,
    bounds.Durmus2019W2,
    bounds.Durmus2019Last,
    bounds.ULAOrderHalf,
)
ONE = (
    bounds.Dalalyan2019Theorem5,
    bounds.Durmus2019W2Hessian,
    bounds.ULAOrderOneLipschitz,
    bounds.ULAOrderOne,
)
KL = (bounds.Vempala2019Theorem1, bounds.Durmus2019BurnIn)
# 40 relaxation times of the slowest coordinate: what is left of the start is below 10^−17
TIMES = 40.0
SMALL = (0.001, 0.003, 0.01)
# the exact W2 is γ(1 + O(γL)) and the bounds √γ or γ(1 + O(γL)); γL ≤ 0.02 here
MARGIN = 0.02


def column(kind):
    return kind.name.replace("-", "_")


def subject(dim, kappa, fraction):
    precisions = np.where(np.arange(dim) < dim / 2, 1.0, kappa)
    target = Gaussian.from_spectrum(np.linspace(-1.0, 2.0, dim), 1 / precisions, None)
    step = fraction * 2 / (1 + kappa)
    begin = gaussian.isotropic(target, np.ones(dim), 0.0)
    return samplers.ULA(target, step, 2 * math.ceil(TIMES / step), begin)


def error(divergence):
    def measure(sampler, cell):
        return divergence(sampler.run(), sampler.goal())

    return measure


def looseness(kind, divergence):
    """Return bound/error; the hypotheses on the start are left to the bounds, which have forgotten it."""

    def measure(sampler, cell):
        bound, error = stationary(kind, sampler), divergence(sampler.run(), sampler.goal())
        ends = (bound / end for end in (error.value, error.high, error.low))
        return vf.Estimate(*ends, error.confidence, error.method)

    return measure


def stationary(kind, sampler):
    """Return the bound, from a start at distance 1 where a theorem needs a finite KL."""
    quantities = {
        name: 1.0 if name == "start_kl" else bounds.chain.quantity(name, sampler)
        for name in bounds.chain.arguments(kind.formula)
    }
    return math.inf if kind.outside(quantities) else kind.total(kind.formula(**quantities))


def loose(kinds, error):
    """Return the claims "no bound is below the error"."""
    return [claims.UpperBound(error, by=f"{column(k)}_value", statement=f"{k.statement}, stationary") for k in kinds]


def value(kind):
    def measure(sampler, cell):
        return stationary(kind, sampler)

    return measure


def rate(kind, power):
    """Return the claim that a looseness goes as γ^power; `durmus2019-w2` has a term in κγL beside: κ is small there."""
    where = {"fraction": SMALL} | ({"kappa": (1.0, 4.0)} if kind is bounds.Durmus2019W2 else {})
    statement = f"Looseness of {kind.name}: γ^{power:g}"
    return claims.Rate(column(kind), "fraction", power, MARGIN, where=where, statement=statement)


def ordered(better, worse):
    return claims.UpperBound(
        f"{column(better)}_value", by=f"{column(worse)}_value", statement=f"{better.name} is below {worse.name}"
    )


STUDY = vf.Study(
    name="langevin/looseness",
    question="By which factor is each bound on ULA larger than the exact error, once the start is forgotten?",
    subject=subject,
    sweep={
        "dim": vf.Budgeted(smoke=(10,), ci=(1, 10, 100), full=(1, 10, 100, 1000)),
        "kappa": (1.0, 4.0, 40.0, 100.0),
        "fraction": vf.Budgeted(smoke=SMALL, ci=(*SMALL, 0.03, 0.1), full=(*SMALL, 0.03, 0.1, 0.3)),
    },
    only=lambda dim, kappa, fraction: dim > 1 or kappa == 1,
    observe={
        "w2": error(vf.wasserstein2),
        "kl": error(vf.kl),
        **{column(kind): looseness(kind, vf.wasserstein2) for kind in (*HALF, *ONE)},
        **{column(kind): looseness(kind, vf.kl) for kind in KL},
        **{f"{column(kind)}_value": value(kind) for kind in (*HALF, *ONE, *KL)},
    },
    claims={
        "S4-07": [*loose((*HALF, *ONE), "w2"), *loose(KL, "kl")],
        "S4-06": [
            claims.Rate("w2", "fraction", 1.0, MARGIN, where={"fraction": SMALL}, statement="W2(π_γ, π) goes as γ"),
            claims.NegativeControl(
                claims.Rate(
                    "w2", "fraction", 0.5, MARGIN, where={"fraction": SMALL}, statement="W2(π_γ, π) goes as γ^½"
                )
            ),
            *(rate(kind, -0.5) for kind in HALF),
            *(rate(kind, 0.0) for kind in ONE),
            rate(bounds.Vempala2019Theorem1, -1.0),
            ordered(bounds.ULAOrderOne, bounds.ULAOrderOneLipschitz),
            ordered(bounds.ULAOrderOneLipschitz, bounds.Dalalyan2019Theorem5),
            ordered(bounds.ULAOrderHalf, bounds.Dalalyan2017Theorem1),
            claims.NegativeControl(ordered(bounds.ULAOrderHalf, bounds.ULAOrderOne)),
        ],
    },
    figures=[
        figures.Lines("kappa", tuple(column(k) for k in (*HALF, *ONE)), where={"dim": 10, "fraction": 0.01}),
        figures.Lines("fraction", tuple(column(k) for k in (*HALF, *ONE)), where={"dim": 10, "kappa": 40.0}),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
