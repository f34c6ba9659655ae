"""A made-up subject with known answers: error = size·step^order/dim, a bound above it, and a Monte Carlo version."""

from __future__ import annotations

TOY = '''"""How fast does the toy error fall?"""
from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from verify.claims import Identity, ImpliedConstant, NegativeControl, Rate, UpperBound
from verify.estimate import Estimate
from verify.finding import Finding, Verdict
from verify.study import Budgeted, Study

ORDER = 2.0
PAUSE = 0.0


@dataclass(frozen=True)
class Toy:
    step: float
    dim: int


@dataclass(frozen=True)
class Error:
    order: float = ORDER

    def __call__(self, toy, cell):
        time.sleep(PAUSE)
        return Estimate.exact(toy.step**self.order / 3, 1e-13 * toy.step**self.order)


@dataclass(frozen=True)
class Sampled:
    n: Budgeted

    def __call__(self, toy, cell):
        n = self.n[cell.budget]
        draws = toy.step**2 * (1 + 0.1 * cell.rng.standard_normal(n))
        mean, half = draws.mean(), 1.96 * draws.std(ddof=1) / math.sqrt(n)
        return Estimate(float(mean), float(mean - half), float(mean + half), 0.95, "monte carlo")


def infinite(toy, cell):
    return math.inf


class Linear:
    reference = "chen2023sampling"
    divergence = "tv"

    def __call__(self, toy):
        return math.fsum(self.terms(toy).values())

    def terms(self, toy):
        return {"first": toy.step * toy.dim / 2, "second": toy.step**2}

    def failed_assumptions(self, toy):
        small = toy.step <= 1
        return () if small else (Finding(Verdict.VIOLATED, None, "h <= 1: h is %g" % toy.step),)


STUDY = Study(
    name="toy/steps",
    question="How fast does the toy error fall?",
    subject=Toy,
    sweep={"step": [2.0**-k for k in range(6)], "dim": Budgeted(smoke=(1, 2), ci=(1, 2, 4), full=(1, 2, 4, 8))},
    observe={"kl": Error(), "mc": Sampled(Budgeted(smoke=50, ci=200, full=1000)), "inf": infinite, "line": Linear()},
    claims={
        "T-1": [UpperBound("kl", "line", axis="step"), Rate("kl", "step", 2.0, 0.01)],
        "T-2": [ImpliedConstant("kl", "line", ceiling=1.0, axes=("dim",)), Identity("mc", "kl", 1.0)],
        "T-3": [NegativeControl(Rate("kl", "step", 1.0, 0.1)), NegativeControl(UpperBound("line", "kl"))],
    },
)

if __name__ == "__main__":
    from verify.cli import main_study

    raise SystemExit(main_study(__file__))
'''
