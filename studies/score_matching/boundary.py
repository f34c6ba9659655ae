"""Which field does Hyvärinen's loss select where the density does not vanish at the ends of its support?

Integration by parts leaves −[p s] behind: ½E‖s − ∇log p‖² = E[½‖s‖² + div s] − [p s] + ½E‖∇log p‖². For Exp(1) and
constant fields s = c the loss is ½c², least at c = 0, while the score is −1. With the term it is ½c² + c.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from _identity import ROUNDING, affine, bend, minus, plus, vertex, wave

import verify as vf
from verify import claims, matching
from verify.cli import main_study
from verify.targets import Gamma, Logistic


@dataclass(frozen=True)
class Exponential:
    """rate·e^{−rate·x} on x > 0."""

    rate: float
    dim: int = 1
    landmarks: tuple[float, ...] = (0.0,)
    support: tuple[float, float] = (0.0, math.inf)

    def log_density(self, x):
        return math.log(self.rate) - self.rate * x[..., 0]

    def score(self, x):
        return np.full(np.shape(x), -self.rate)


@dataclass(frozen=True)
class Ramp:
    """2x on [0, 1], or 1: a density that vanishes at one end, or at none."""

    slanted: bool
    dim: int = 1
    landmarks: tuple[float, ...] = (0.0,)
    support: tuple[float, float] = (0.0, 1.0)

    def log_density(self, x):
        with np.errstate(divide="ignore"):
            return np.log(2 * x[..., 0]) if self.slanted else np.zeros(np.shape(x)[:-1])

    def score(self, x):
        return 1 / x if self.slanted else np.zeros(np.shape(x))


LAWS = {
    "exponential": Exponential(1.0),
    "fast exponential": Exponential(2.5),
    "uniform": Ramp(False),
    "gamma": Gamma(4.0, 1.5),
    "logistic": Logistic(),
}
FIELDS = {"affine": affine(), "wave": wave(), "bend": bend()}
OPEN, CLOSED = ("exponential", "fast exponential"), ("gamma", "logistic")


@dataclass(frozen=True, eq=False)
class Pair:
    """A law and a field."""

    law: Any
    field: Any


def subject(law, field):
    return Pair(LAWS[law], FIELDS[field])


def constant_field(c):
    """s = c."""
    return matching.Formula(lambda x: np.full(np.shape(x), c), lambda x: np.zeros(np.shape(x)[:-1]))


def chosen(with_ends):
    """Return the observable: the c of least Hyvärinen loss, the ends counted or not."""

    def measure(at, cell):
        def loss(c):
            ends = matching.boundary(constant_field(c), at.law) if with_ends else 0.0
            return matching.hyvarinen(constant_field(c), at.law).value + ends

        return vertex(loss)

    return measure


def truth(at, cell):
    """The c of least explicit loss."""
    return vertex(lambda c: matching.explicit(constant_field(c), at.law).value)


def gap(at, cell):
    """½E‖s − ∇log p‖² − E[½‖s‖² + div s]."""
    return minus(matching.explicit(at.field, at.law, 0.3), matching.hyvarinen(at.field, at.law, 0.3))


def expected_gap(at, cell):
    """−[p s] + ½E‖∇log p‖²."""
    return plus(matching.hyvarinen_constant(at.law), vf.Estimate.exact(matching.boundary(at.field, at.law)))


def without_ends(at, cell):
    """½E‖∇log p‖²."""
    return matching.hyvarinen_constant(at.law)


def equal(left, right, words, **where):
    """Return the claim that two columns agree to rounding."""
    return claims.Identity(left, right, ROUNDING, statement=words, where=where)


STUDY = vf.Study(
    name="score_matching/boundary",
    question="Which field does Hyvärinen's loss select where the density does not vanish at the ends of its support?",
    subject=subject,
    sweep={"law": tuple(LAWS), "field": tuple(FIELDS)},
    observe={
        "chosen": chosen(False),
        "chosen_with_ends": chosen(True),
        "truth": truth,
        "gap": gap,
        "expected_gap": expected_gap,
        "without_ends": without_ends,
    },
    claims={
        "S3-03": [
            equal("truth", -1.0, "The best constant score of Exp(1) is −1", law="exponential"),
            equal("chosen", 0.0, "Hyvärinen's loss selects 0 for Exp(1)", law="exponential"),
            equal(
                "chosen_with_ends",
                "truth",
                "With −[p s] added Hyvärinen's loss selects the best constant for every law",
            ),
            equal(
                "chosen",
                "truth",
                "Hyvärinen's loss selects the best constant without −[p s] where the density vanishes at the ends",
                law=CLOSED,
            ),
            equal("gap", "expected_gap", "½E‖s − ∇log p‖² = E[½‖s‖² + div s] − [p s] + ½E‖∇log p‖² for every field"),
            claims.NegativeControl(
                equal("chosen", "truth", "Hyvärinen's loss selects the best constant for densities cut at 0", law=OPEN)
            ),
            claims.NegativeControl(
                equal(
                    "gap",
                    "without_ends",
                    "½E‖s − ∇log p‖² = E[½‖s‖² + div s] + ½E‖∇log p‖² for densities cut off at an end",
                    law=(*OPEN, "uniform"),
                )
            ),
        ]
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
