"""How many steps does ULA take to √KL ≤ ε, and how many do the theorems ask for?

Gaussian targets, half of the precisions 1 and half κ, from N(x* + (1, …, 1), I) (`cheng2018-kl` has its own start,
N(x*, I/m), which is nearer); or 1 and 10⁻³ ("convex": the theorem is told m = 0; the start is π moved by 50 along the
slow direction). The exact count is the least n over all γ at which the last iterate is as near; the search uses the
closed form of the law, the running sampler must agree at the n and γ that it finds. Every theorem has its best γ too.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import ClassVar

import _gaussian as gaussian
import numpy as np

import verify as vf
from verify import claims, samplers
from verify.bounds import langevin as bounds
from verify.bounds.langevin.plan import Plan, least_steps
from verify.cli import main_study
from verify.report import figures
from verify.targets import Gaussian

ACCURACIES = (0.2, 0.1, 0.05, 0.025, 0.0125, 0.00625)
WEAK = 1e-3
MOVE = 50.0


@dataclass(frozen=True)
class Case:
    """A target with two precisions, each d/2 times, a start, and an accuracy."""

    convex: bool
    dim: int
    kappa: float
    accuracy: float
    moved: ClassVar[float] = 1.0  # the squared offset of the start in every coordinate

    @property
    def m(self):
        return WEAK if self.convex else 1.0

    @property
    def smoothness(self):
        return 1.0 if self.convex else self.kappa

    @cached_property
    def precisions(self):
        return np.where(np.arange(self.dim) < self.dim / 2, self.m, self.smoothness)

    @cached_property
    def target(self):
        return Gaussian.from_spectrum(np.linspace(-1, 1, self.dim), 1 / self.precisions, None)

    @cached_property
    def begin(self):
        offset = MOVE * (np.arange(self.dim) == 0) if self.convex else np.ones(self.dim)
        variance = self.target.eigenvalues if self.convex else 1.0
        return gaussian.isotropic(self.target, offset, variance)

    @cached_property
    def distances(self):
        """W2 and KL of the start to the target."""
        return tuple(float(distance(self.begin, self.target).value) for distance in (vf.wasserstein2, vf.kl))

    def root_kl(self, step, steps):
        """√KL(ν_n‖π) in closed form for step sizes (J, 1)."""
        rates = np.array([self.m, self.smoothness])
        first, moved = (1 / rates, np.array([MOVE**2, 0.0])) if self.convex else (np.ones(2), self.moved * self.dim / 2)
        push, limit = step * rates, 1 / (rates * (1 - step * rates / 2))
        gain = (1 - push) ** (2 * steps)
        excess = rates * (limit + gain * (first - limit)) - 1
        each = self.dim / 2 * (excess - np.log1p(excess)) + rates * moved * gain
        return np.sqrt(np.maximum(0.5 * each.sum(axis=-1), 0.0))

    def best(self, steps):
        """Return the least √KL after n steps and its γ, by grids that close in on it."""
        low, high = math.log(1e-12), math.log(2 / self.smoothness)
        for _ in range(6):
            grid = np.linspace(low, high, 241)[:-1]
            values = self.root_kl(np.exp(grid)[:, None], steps)
            place = int(np.argmin(values))
            low, high = grid[max(place - 1, 0)], grid[min(place + 1, 239)]
        return float(values[place]), math.exp(grid[place])

    @cached_property
    def plan(self):
        """The exact count and its γ."""
        steps = least_steps(lambda n: self.best(n)[0] <= self.accuracy)
        return Plan(self.best(steps)[1], steps)

    @cached_property
    def near(self):
        """The same problem from N(x*, I/m)."""
        return Near(self.convex, self.dim, self.kappa, self.accuracy)

    def sampler(self, steps):
        return samplers.ULA(self.target, self.plan.step, steps, self.begin)


class Near(Case):
    """A strongly convex case whose start has the mean of the target."""

    @cached_property
    def begin(self):
        return gaussian.isotropic(self.target, np.zeros(self.dim), 1.0)

    moved = 0.0


@lru_cache(maxsize=64)
def count(bound, dim, m, smoothness, accuracy, start_w2, start_kl):
    known = {"dim": dim, "strong_convexity": m, "log_sobolev": m, "smoothness": smoothness}
    known |= {"start_w2": start_w2, "start_kl": start_kl}
    names = [n for n in bounds.chain.arguments(bound.formula) if n not in ("step", "steps")]
    return bound.steps_for(accuracy**2, **{n: known[n] for n in names}).steps


def asked(bound):
    """Return the observable "steps that the theorem asks for to KL ≤ ε²", infinite where it is about other targets."""

    def measure(case, cell):
        convex_only = bound is bounds.Durmus2019Average
        if case.convex is not convex_only:
            return math.inf
        return float(count(bound, case.dim, case.m, case.smoothness, case.accuracy, *case.distances))

    return measure


def exact(case, cell):
    return float(case.plan.steps)


def exact_near(case, cell):
    return math.inf if case.convex else float(case.near.plan.steps)


def root_kl(less):
    """Return the observable √KL(ν/π) of the running sampler after the exact count of steps, or `less` fewer."""

    def measure(case, cell):
        return vf.kl(case.sampler(case.plan.steps - less).run(), case.target).map(math.sqrt)

    return measure


def textbook(case, cell):
    """The closed form of `durmus2019-average` at its best γ = ε²/(2Ld): n = 2LdW2²/ε⁴, rounded up."""
    return 2 * case.smoothness * case.dim * MOVE**2 / case.accuracy**4 if case.convex else math.inf


def subject(case, dim, kappa, accuracy):
    return Case(case == "convex", dim, kappa, accuracy)


def only(case, dim, kappa, accuracy):
    """Sweep one axis at a time through d = 10, κ = 4 or 40, ε = 0.1; κ means nothing for the convex case."""
    if case == "convex":
        return kappa == 4.0 and (dim == 10 or accuracy == 0.1)
    moved = (dim != 10) + (kappa not in (4.0, 40.0)) + (accuracy != 0.1)
    return moved <= 1


def inverse(measure):
    """Return 1/measure: a count that grows no faster than x^p has an inverse that falls no faster than x^−p."""

    def measured(case, cell):
        return 1 / measure(case, cell)

    return measured


def at_most(column, axis, power, where, statement, margin=0.02):
    """Return the claim that a count grows no faster than axis^power as the axis gets harder (ε falls, d and κ grow)."""
    name, exponent = (column, power) if power < 0 else (f"inverse_{column}", -power)
    return claims.Rate(name, axis, exponent, margin, at_least=True, where=where, statement=statement)


def no_worse(column, words):
    """Return the claims that a count is at most of the order of κ(d/ε²)log(1/ε); the margin in ε is the logarithm's."""
    return (
        at_most(column, "accuracy", -2.0, ACCURACY, f"The {words} grows at most as ε^−2, up to a logarithm", 0.4),
        at_most(column, "dim", 1.0, DIM, f"The {words} grows at most as d, up to a logarithm", 0.2),
        at_most(column, "kappa", 1.0, KAPPA, f"The {words} grows at most as κ, up to a logarithm", 0.2),
    )


STRONG, CONVEX = {"case": "strong"}, {"case": "convex"}
KAPPA = {**STRONG, "dim": 10, "accuracy": 0.1}
DIM = {**STRONG, "kappa": 4.0, "accuracy": 0.1}
ACCURACY = {**STRONG, "kappa": 4.0, "dim": 10}
BURN_IN, LSI, WIDE = bounds.Durmus2019BurnIn, bounds.Vempala2019Theorem1, bounds.Cheng2018KL

STUDY = vf.Study(
    name="langevin/complexity",
    question="How many steps does ULA take to √KL ≤ ε, and how many do the theorems ask for?",
    subject=subject,
    sweep={
        "case": ("strong", "convex"),
        "dim": vf.Budgeted(smoke=(10, 100, 1000), ci=(10, 40, 100, 400, 1000), full=(10, 20, 40, 100, 200, 400, 1000)),
        "kappa": (4.0, 40.0, 400.0, 4000.0),
        "accuracy": vf.Budgeted(smoke=ACCURACIES[1:4], ci=ACCURACIES[:4], full=ACCURACIES),
    },
    only=only,
    observe={
        "exact": exact,
        "inverse_exact": inverse(exact),
        "reached": root_kl(0),
        "before": root_kl(1),
        "burn_in": asked(BURN_IN),
        "inverse_burn_in": inverse(asked(BURN_IN)),
        "log_sobolev": asked(LSI),
        "inverse_log_sobolev": inverse(asked(LSI)),
        "exact_wide_start": exact_near,
        "wide_start": asked(WIDE),
        "average": asked(bounds.Durmus2019Average),
        "inverse_average": inverse(asked(bounds.Durmus2019Average)),
        "burn_in_short": lambda case, cell: asked(BURN_IN)(case, cell) / 1e5,
        "textbook": textbook,
    },
    claims={
        "S2-14": [
            claims.UpperBound(
                "reached",
                by="accuracy",
                slack=1e-9,
                statement="The running ULA is there after the exact count",
            ),
            claims.NegativeControl(claims.UpperBound("before", by="accuracy", statement="One step fewer is enough")),
            *(
                claims.UpperBound("exact", by=column, where=where, statement=f"The count of {kind.name} is enough")
                for column, where, kind in (
                    ("burn_in", STRONG, BURN_IN),
                    ("log_sobolev", STRONG, LSI),
                    ("average", CONVEX, bounds.Durmus2019Average),
                )
            ),
            claims.UpperBound(
                "exact_wide_start", by="wide_start", where=STRONG, statement=f"The count of {WIDE.name} is enough"
            ),
            claims.NegativeControl(
                claims.UpperBound("exact", by="burn_in_short", where=STRONG, statement="A hundred-thousandth of it is")
            ),
            claims.Identity(
                "average", "textbook", 1e-3, relative=True, where=CONVEX, statement="Convex: n = 2LdW2²/ε⁴ steps"
            ),
            *no_worse("exact", "exact count"),
            *no_worse("burn_in", f"count of {BURN_IN.name}"),
            at_most("average", "accuracy", -4.0, {**CONVEX, "dim": 10}, "Convex: the count asked for grows as ε^−4"),
            at_most("average", "dim", 1.0, {**CONVEX, "accuracy": 0.1}, "Convex: the count asked for grows as d"),
            at_most("exact", "accuracy", -4.0, {**CONVEX, "dim": 10}, "Convex: the exact count grows at most as ε^−4"),
            at_most("exact", "dim", 1.0, {**CONVEX, "accuracy": 0.1}, "Convex: the exact count grows at most as d"),
            claims.NegativeControl(
                at_most("log_sobolev", "kappa", 1.0, KAPPA, f"The count of {LSI.name} grows no faster than κ")
            ),
            claims.NegativeControl(
                at_most("burn_in", "accuracy", -1.0, ACCURACY, f"The count of {BURN_IN.name} grows no faster than ε^−1")
            ),
        ],
    },
    figures=[
        figures.Lines("kappa", ("exact", "burn_in", "log_sobolev", "exact_wide_start", "wide_start"), where={**KAPPA}),
        figures.Lines("accuracy", ("exact", "burn_in", "log_sobolev", "wide_start"), where={**ACCURACY}),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
