"""Which weights make the terms of a multi-scale denoising loss equal in size?

x̃ = x + σ_i z: the term E½‖s + z/σ_i‖² is d/2σ_i² for an untrained s = 0. With the weight λ_i = σ_i² it is
½E‖σ_i s + z‖², d/2 at every level, and never more at the optimum, where it is ½(d − σ_i²J_i), J_i the Fisher
information of p * N(0, σ_i²): flat, too, as long as σ_i is below the data's scale. Far above that scale x̃ tells the
noise, and what is left of the term falls as σ_i⁻².
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from _identity import MIXTURE, ROUNDING, minus

import verify as vf
from verify import claims, matching
from verify.cli import main_study
from verify.matching.average import expected_pair
from verify.report import figures

FINE, COARSE = (0.01, 0.02, 0.04), (10.0, 20.0, 40.0)
LINEAR = vf.scores.Linear(MIXTURE)
FIELDS = {
    "none": lambda sigma: matching.Formula(np.zeros_like, lambda x: np.zeros(np.shape(x)[:-1])),
    "affine": lambda sigma: matching.At.exploding(LINEAR, sigma),
    "exact": lambda sigma: matching.Own(matching.Kernel.exploding(sigma).noised(MIXTURE)),
}
# a share σ²J is missing from d/2, J ≤ 1/v = 3.4 for the narrowest variance v = 0.3: below 0.005, over log 4
NEARLY = 0.01
# v/(v + σ²) for the total variance v < 2 falls as σ⁻² but for v/σ² = 0.02, over log 4, twice
FAR = 0.03


@dataclass(frozen=True, eq=False)
class Level:
    """A field at a noise level."""

    field: Any
    sigma: float

    @property
    def kernel(self):
        return matching.Kernel.exploding(self.sigma)

    @property
    def scale(self):
        """The length over which fields vary."""
        return max(0.5, self.sigma)

    def noise_error(self, factor):
        """½E‖factor·s(x̃) + z‖²."""

        def terms(x, z):
            return 0.5 * ((factor * self.field(self.kernel.apply(x, z)) + z) ** 2)[:, 0]

        return expected_pair(terms, MIXTURE, self.scale / self.sigma, self.scale)

    def term(self, weight):
        """λ E½‖s + z/σ‖²."""
        return matching.per_level([self.field], MIXTURE, [self.kernel], [weight], self.scale)[0]


def subject(field, sigma):
    return Level(FIELDS[field](sigma), sigma)


def weighted(at, cell):
    """The term with λ = σ²."""
    return at.term(at.sigma**2)


def plain(at, cell):
    """The term with λ = 1."""
    return at.term(1.0)


def noise_error(at, cell):
    """½E‖σ s(x̃) + z‖²."""
    return at.noise_error(at.sigma)


def left_over(at, cell):
    """½E‖s(x̃) + z‖²: the factor σ lost."""
    return at.noise_error(1.0)


def missing(at, cell):
    """½σ²J, J by quadrature over x̃: what is missing from ½."""
    information = matching.hyvarinen_constant(at.kernel.noised(MIXTURE))
    return information.map(lambda half: at.sigma**2 * half)


def short(at, cell):
    """½ less the weighted term."""
    return minus(vf.Estimate.exact(0.5), weighted(at, cell))


def half(at, cell):
    """d/2."""
    return 0.5


def goes(column, exponent, margin, words, **where):
    """Return the claim that a column goes as a power of σ."""
    return claims.Rate(column, "sigma", exponent, margin, statement=words, where=where)


STUDY = vf.Study(
    name="score_matching/levels",
    question="Which weights make the terms of a multi-scale denoising loss equal in size?",
    subject=subject,
    sweep={
        "field": tuple(FIELDS),
        "sigma": vf.Budgeted(
            smoke=(*FINE, 0.3, 1.0, *COARSE),
            ci=(*FINE, 0.1, 0.3, 1.0, 3.0, *COARSE),
            full=(*FINE, 0.1, 0.3, 1.0, 3.0, *COARSE),
        ),
    },
    observe={
        "weighted": weighted,
        "plain": plain,
        "noise_error": noise_error,
        "left_over": left_over,
        "missing": missing,
        "short": short,
        "half": half,
    },
    claims={
        "S2-19": [
            claims.Identity(
                "weighted",
                "noise_error",
                ROUNDING,
                statement="With the weight λ = σ² a term of the denoising loss is ½E‖σ s(x̃) + z‖²",
            ),
            goes(
                "weighted",
                0.0,
                ROUNDING,
                "At s = 0 the terms of the denoising loss with λ = σ² are equal at all levels",
                field="none",
            ),
            goes(
                "weighted",
                0.0,
                NEARLY,
                "At the optimum the terms with λ = σ² are equal at the levels below the data's scale",
                field=("affine", "exact"),
                sigma=FINE,
            ),
            claims.UpperBound(
                "weighted",
                by="half",
                slack=ROUNDING,
                statement="No term with λ = σ² exceeds d/2 at s = 0, at the best affine s and at the score",
            ),
            claims.Identity(
                "short",
                "missing",
                ROUNDING,
                where={"field": "exact"},
                statement="At the score the term with λ = σ² is ½(d − σ²J), J the Fisher information of the noised law",
            ),
            goes(
                "weighted",
                -2.0,
                FAR,
                "Far above the data's scale, the least term with λ = σ² falls as σ⁻²",
                field=("affine", "exact"),
                sigma=COARSE,
            ),
            claims.NegativeControl(
                goes(
                    "plain",
                    0.0,
                    NEARLY,
                    "At s = 0 the terms of the denoising loss with λ = 1 are equal at all levels",
                    field="none",
                )
            ),
            claims.NegativeControl(
                goes(
                    "plain",
                    0.0,
                    NEARLY,
                    "At the optimum the terms with λ = 1 are equal at the levels below the data's scale",
                    field="exact",
                    sigma=FINE,
                )
            ),
            claims.NegativeControl(
                claims.Identity(
                    "left_over",
                    "weighted",
                    ROUNDING,
                    statement="With the weight λ = σ² a term of the denoising loss is ½E‖s(x̃) + z‖², no σ before s",
                )
            ),
        ]
    },
    figures=[figures.Lines("sigma", ("weighted", "plain"), within="field")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
