"""Is Hyvärinen's loss the explicit one but for a constant, which is the same for every field s?

½E‖s − ∇log p‖² = E[½‖s‖² + div s] + C with C = ½E‖∇log p‖² (Hyvärinen, 2005): both sides by quadrature, for laws whose
density vanishes at the ends, and for fields from an exact score to one with the sign turned and to waves that have
nothing to do with the law.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from _identity import MIXTURE, ROUNDING, affine, bend, bumps, cosines, gaussian, minus, plus, wave

import verify as vf
from verify import claims, matching
from verify.cli import main_study
from verify.targets import DoubleWell, Gamma, Logistic

LAWS = {
    "gaussian": gaussian,
    "mixture": lambda: MIXTURE,
    "logistic": Logistic,
    "double well": lambda: DoubleWell(1.0, 0.4),
    "gamma": lambda: Gamma(4.0, 1.5),
}
FIELDS = {
    "affine": lambda law: affine(),
    "wave": lambda law: wave(),
    "bend": lambda law: bend(),
    "cosines": lambda law: cosines(),
    "bumps": lambda law: bumps(),
    "another score": lambda law: matching.Own(Logistic()),
    "exact": matching.Own,
    "turned": lambda law: matching.Formula(lambda x: -matching.Own(law)(x), lambda x: -matching.Own(law).divergence(x)),
}


FINEST = 0.3  # over which a field varies


@dataclass(frozen=True, eq=False)
class Pair:
    """A law and a field."""

    law: Any
    field: Any

    @cached_property
    def explicit(self):
        """½E‖s − ∇log p‖²."""
        return matching.explicit(self.field, self.law, FINEST)

    @cached_property
    def hyvarinen(self):
        """E[½‖s‖² + div s]."""
        return matching.hyvarinen(self.field, self.law, FINEST)

    @cached_property
    def constant(self):
        """½E‖∇log p‖²."""
        return matching.hyvarinen_constant(self.law)


def subject(law, field):
    chosen = LAWS[law]()
    return Pair(chosen, FIELDS[field](chosen))


def explicit(at, cell):
    """½E‖s − ∇log p‖²."""
    return at.explicit


def hyvarinen(at, cell):
    """E[½‖s‖² + div s]."""
    return at.hyvarinen


def gap(at, cell):
    """The first less the second."""
    return minus(at.explicit, at.hyvarinen)


def constant(at, cell):
    """C = ½E‖∇log p‖²."""
    return at.constant


def mixed_drift(at, cell):
    """How much E‖s − ∇log p‖² − E[½‖s‖² + div s] changes from s = −2(x − 0.3) to this field."""
    other = Pair(at.law, affine())
    here, there = (minus(pair.explicit.map(lambda e: 2 * e), pair.hyvarinen) for pair in (at, other))
    return minus(here, there)


def least(at, cell):
    """−C."""
    found = at.constant
    return vf.Estimate(-found.value, -found.high, -found.low, 1.0, "quadrature")


def completed(at, cell):
    """E[½‖s‖² + div s] + C."""
    return plus(at.hyvarinen, at.constant)


STUDY = vf.Study(
    name="score_matching/hyvarinen",
    question="Is Hyvärinen's loss the explicit one but for a constant that no field changes?",
    subject=subject,
    sweep={"law": tuple(LAWS), "field": tuple(FIELDS)},
    observe={
        "explicit": explicit,
        "hyvarinen": hyvarinen,
        "gap": gap,
        "constant": constant,
        "least": least,
        "completed": completed,
        "mixed_drift": mixed_drift,
    },
    claims={
        "S3-02": [
            claims.Identity(
                "gap",
                "constant",
                ROUNDING,
                relative=True,
                statement="½E‖s − ∇log p‖² = E[½‖s‖² + div s] + ½E‖∇log p‖² for every field s",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "mixed_drift",
                    0.0,
                    ROUNDING,
                    statement="E‖s − ∇log p‖², without the ½, differs from E[½‖s‖² + div s] by a constant",
                )
            ),
        ],
        "S1-03": [
            claims.Identity(
                "gap",
                "constant",
                ROUNDING,
                relative=True,
                where={"field": ("turned", "wave", "another score")},
                statement="The losses differ by ½E‖∇log p‖² for scores turned round and for fields of no law",
            ),
            claims.Identity(
                "hyvarinen",
                "least",
                ROUNDING,
                relative=True,
                where={"field": "exact"},
                statement="At the exact score Hyvärinen's loss is −½E‖∇log p‖²",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "hyvarinen",
                    0.0,
                    ROUNDING,
                    where={"field": "exact"},
                    statement="At the exact score Hyvärinen's loss is zero",
                )
            ),
        ],
        "S4-17": [
            claims.Identity(
                "completed",
                "explicit",
                ROUNDING,
                statement="With ½E‖∇log p‖² added, Hyvärinen's loss is the explicit one",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "explicit",
                    "hyvarinen",
                    ROUNDING,
                    statement="Hyvärinen's loss equals the explicit one, without any constant",
                )
            ),
        ],
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
