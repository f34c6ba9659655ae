"""Does the normaliser of p_θ = e^{f_θ}/Z(θ) matter: to its gradient in x, in θ, and to score matching?

∇_x log p_θ = ∇_x f_θ, for Z does not depend on x; but ∂_θ log p_θ = ∂_θ f_θ − E_θ ∂_θ f_θ. Here f_θ is −(x² − 1)² − θx,
Z is found by quadrature and log p_θ differenced. Hyvärinen's loss needs ∇_x f_θ only and is least at the θ of the data.
"""

import math
from dataclasses import dataclass

import numpy as np

import verify as vf
from verify import claims, matching
from verify.cli import main_study
from verify.targets import DoubleWell

# sixth-order differences of a spacing of 0.02, exact for polynomials of degree six such as f; log Z(θ) errs by its
# seventh cumulant, below 100, times 0.02⁶/140; rounding is 1e-14/0.02 times the size of log p, below 10
SPACING, ROUNDING = 0.02, 1e-9
STENCIL = ((1, 45.0), (2, -9.0), (3, 1.0))
PLACES = np.linspace(-2.0, 2.0, 41)[:, None]


@dataclass(frozen=True, eq=False)
class Family:
    """The law at a tilt θ."""

    tilt: float

    def law(self, shift=0.0):
        """p_{θ + shift}."""
        return DoubleWell(1.0, self.tilt + shift)


def subject(tilt):
    return Family(tilt)


def differenced(g):
    """g′(0) by sixth-order central differences."""
    return sum(weight * (g(k * SPACING) - g(-k * SPACING)) for k, weight in STENCIL) / (60 * SPACING)


def in_place(family, cell):
    """max |∂_x log p_θ − ∂_x f_θ|."""
    law = family.law()
    gap = differenced(lambda h: law.log_density(PLACES + h)) - law.score(PLACES)[:, 0]
    return float(np.abs(gap).max())


def in_parameter(counted):
    """Return max |∂_θ log p_θ − ∂_θ f_θ + counted·E_θ ∂_θ f_θ|, with ∂_θ f = −x."""

    def measure(family, cell):
        slope = differenced(lambda h: family.law(h).log_density(PLACES))
        expected = -family.law().mean.value
        return float(np.abs(slope + PLACES[:, 0] + counted * expected).max())

    return measure


def chosen(family, cell):
    """The tilt of least Hyvärinen loss under the law, with fields ∇_x f."""
    law = family.law()
    losses = [matching.hyvarinen(matching.Own(DoubleWell(1.0, tilt)), law).value for tilt in (-1.0, 0.0, 1.0)]
    return 0.5 * (losses[0] - losses[2]) / (losses[0] - 2 * losses[1] + losses[2])


def scaled_away(family, cell):
    """max |∂_x log(c e^{f}) − ∂_x f| for c = 1000."""
    law = family.law()
    found = differenced(lambda h: law.log_density(PLACES + h, normalised=False) + math.log(1000.0))
    return float(np.abs(found - law.score(PLACES)[:, 0]).max())


def vanishes(column, words):
    """Return the claim that a defect is zero."""
    return claims.Identity(column, 0.0, ROUNDING, statement=words)


STUDY = vf.Study(
    name="score_matching/normaliser",
    question="Does the normaliser of a density matter to its score?",
    subject=subject,
    sweep={"tilt": (-0.7, 0.3, 1.2)},
    observe={
        "in_place": in_place,
        "scaled_away": scaled_away,
        "in_parameter": in_parameter(1.0),
        "in_parameter_dropped": in_parameter(0.0),
        "chosen": chosen,
    },
    claims={
        "S1-02": [
            vanishes("in_place", "∇_x log p_θ = ∇_x f_θ: the normaliser drops out"),
            vanishes("scaled_away", "e^{f_θ} times 1000, not normalised, has the score ∇_x f_θ as well"),
            vanishes(
                "in_parameter", "To the gradient in θ the normaliser matters: ∂_θ log p_θ = ∂_θ f_θ − E_θ ∂_θ f_θ"
            ),
            claims.Identity(
                "chosen", "tilt", ROUNDING, statement="Hyvärinen's loss of ∇_x f_θ is least at the θ of the data"
            ),
            claims.NegativeControl(vanishes("in_parameter_dropped", "∂_θ log p_θ = ∂_θ f_θ")),
        ]
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
