"""Is regression on the added noise the explicit loss at p_σ but for a constant, which is the same for every field s?

x̃ = a x + σ z: ½E‖s(x̃) + z/σ‖² = ½E_{p_σ}‖s − ∇log p_σ‖² + C (Vincent, 2011), since E[∇log p(x̃|x) | x̃] = ∇log p_σ(x̃):
the cross term is E⟨s, ∇log p(x̃|x)⟩ = E⟨s, ∇log p_σ⟩, not a product of expectations, which is zero. The left-hand side
is integrated over x and z, the right-hand one over x̃ alone. C = d/2σ² − ½E‖∇log p_σ‖² is half the mean variance of
∇log p(x̃|x) given x̃, found by Bayes' rule.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from _identity import MIXTURE, ROUNDING, affine, atoms, bend, bumps, cosines, gaussian, minus, wave

import verify as vf
from verify import claims, matching
from verify.cli import main_study
from verify.matching.average import expected, expected_pair
from verify.targets import DoubleWell, Empirical, Gaussian

LAWS = {"gaussian": gaussian(), "mixture": MIXTURE, "atoms": atoms()}
KERNELS = {
    "preserving, t = 0.05": matching.Kernel.preserving(0.05),
    "preserving, t = 0.5": matching.Kernel.preserving(0.5),
    "exploding, σ = 0.3": matching.Kernel.exploding(0.3),
    "exploding, σ = 1.5": matching.Kernel.exploding(1.5),
}
FIELDS = {
    "affine": affine,
    "wave": wave,
    "bend": bend,
    "cosines": cosines,
    "bumps": bumps,
    "another score": lambda: matching.Own(DoubleWell(0.3, 0.4)),
}
NOISE = Gaussian(np.zeros(1), np.eye(1))
FINEST = 0.5  # over which a field varies


@dataclass(frozen=True, eq=False)
class Noised:
    """A law, the noise, and a field."""

    law: Any
    kernel: matching.Kernel
    field: Any

    def jointly(self, g, finest=FINEST):
        """E g(x̃, z) over x and z, g of features no finer than `finest`."""
        kernel = self.kernel

        def values(x, z):
            return g(kernel.apply(x, z), z)

        return expected_pair(values, self.law, finest / kernel.noise, finest / kernel.scale)

    def marginally(self, g):
        """E g(x̃) over the law of x̃."""
        return expected(g, self.kernel.noised(self.law), FINEST)

    @cached_property
    def denoising(self):
        """½E‖s(x̃) + z/σ‖²."""
        return matching.denoising(self.field, self.law, self.kernel, FINEST)

    @cached_property
    def explicit(self):
        """½E‖s − ∇log p_σ‖²."""
        return matching.explicit(self.field, self.kernel.noised(self.law), FINEST)


def subject(law, kernel, field):
    return Noised(LAWS[law], KERNELS[kernel], FIELDS[field]())


def denoising(at, cell):
    """½E‖s(x̃) + z/σ‖²."""
    return at.denoising


def explicit(at, cell):
    """½E‖s − ∇log p_σ‖²."""
    return at.explicit


def gap(at, cell):
    """The first less the second."""
    return minus(at.denoising, at.explicit)


def constant(at, cell):
    """C = 1/2σ² − ½E‖∇log p_σ‖²."""
    return matching.denoising_constant(at.law, at.kernel)


def variance(at, cell):
    """½E Var(∇log p(x̃|x) | x̃)."""
    kernel = at.kernel

    def spread(noised):
        mean = matching.posterior(lambda x, seen: kernel.conditional_score(seen, x), at.law, kernel, noised)
        square = matching.posterior(lambda x, seen: kernel.conditional_score(seen, x) ** 2, at.law, kernel, noised)
        return 0.5 * (square - mean**2)[:, 0]

    return at.marginally(spread)


def cross(at, cell):
    """E⟨s(x̃), −z/σ⟩."""
    return at.jointly(lambda noised, z: -(at.field(noised) * z)[:, 0] / at.kernel.noise)


def cross_marginal(at, cell):
    """E⟨s(x̃), ∇log p_σ(x̃)⟩."""
    law = at.kernel.noised(at.law)
    return at.marginally(lambda noised: (at.field(noised) * law.score(noised))[:, 0])


def cross_product(at, cell):
    """⟨E s(x̃), E(−z/σ)⟩."""
    mean = at.marginally(lambda noised: at.field(noised)[:, 0])
    push = expected(lambda z: -z[:, 0] / at.kernel.noise, NOISE)
    return vf.Estimate.exact(mean.value * push.value, ROUNDING * abs(mean.value), "quadrature")


def gap_turned(at, cell):
    """½E‖s(x̃) − z/σ‖² less the explicit loss."""
    turned = at.jointly(lambda noised, z: 0.5 * ((at.field(noised) - z / at.kernel.noise) ** 2)[:, 0])
    return minus(turned, at.explicit)


def slope(sign):
    """Return the slope in c of ½E‖∇log p_σ(x̃) + c s(x̃) + sign·z/σ‖² at 0, a convex parabola in c.

    The score of blurred atoms turns over within σ² over their distance, 0.07 at the least.
    """

    def measure(at, cell):
        score = at.kernel.noised(at.law).score

        def loss(c):
            def terms(noised, z):
                return 0.5 * ((score(noised) + c * at.field(noised) + sign * z / at.kernel.noise) ** 2)[:, 0]

            return at.jointly(terms, FINEST / 5 if isinstance(at.law, Empirical) else FINEST)

        return minus(loss(1.0), loss(-1.0)).map(lambda value: 0.5 * value)

    return measure


def equal(left, right, words, **where):
    """Return the claim that two columns agree to rounding."""
    return claims.Identity(left, right, ROUNDING, statement=words, where=where)


STUDY = vf.Study(
    name="score_matching/denoising",
    question="Is regression on the added noise the explicit loss but for a constant that no field changes?",
    subject=subject,
    sweep={
        "law": tuple(LAWS),
        "kernel": vf.Budgeted(smoke=tuple(KERNELS)[::2], ci=tuple(KERNELS), full=tuple(KERNELS)),
        "field": vf.Budgeted(smoke=("affine", "wave", "bumps"), ci=tuple(FIELDS), full=tuple(FIELDS)),
    },
    observe={
        "denoising": denoising,
        "explicit": explicit,
        "gap": gap,
        "constant": constant,
        "variance": variance,
        "cross": cross,
        "cross_marginal": cross_marginal,
        "cross_product": cross_product,
        "gap_turned": gap_turned,
        "slope": slope(1.0),
        "slope_turned": slope(-1.0),
    },
    claims={
        "S1-07": [
            equal("gap", "constant", "½E‖s(x̃) + z/σ‖² = ½E‖s − ∇log p_σ‖² + 1/2σ² − ½E‖∇log p_σ‖² for every field s"),
            equal(
                "constant",
                "variance",
                "Denoising loss less explicit loss is half the mean variance of ∇log p(x̃|x) given x̃",
            ),
            equal("cross", "cross_marginal", "E⟨s, ∇log p(x̃|x)⟩ = E⟨s, ∇log p_σ⟩: the tower property"),
            claims.NegativeControl(
                equal("cross", "cross_product", "The cross term is the product of expectations ⟨E s, E∇log p(x̃|x)⟩")
            ),
            claims.NegativeControl(
                equal("denoising", "explicit", "The denoising loss equals the explicit one, without any constant")
            ),
        ],
        "S2-17": [
            equal("slope", 0.0, "The denoising loss is least at ∇log p_σ: its slope there is zero along every field s"),
            equal(
                "gap",
                "constant",
                "Denoising loss less explicit loss is the same for all fields under variance-exploding noise",
                kernel=("exploding, σ = 0.3", "exploding, σ = 1.5"),
            ),
            equal(
                "gap",
                "constant",
                "Denoising loss less explicit loss is the same for all fields on atoms, which have no score",
                law="atoms",
            ),
            claims.NegativeControl(
                equal(
                    "slope_turned",
                    0.0,
                    "½E‖s(x̃) − z/σ‖², with plus the noise as target, is least at ∇log p_σ",
                )
            ),
            claims.NegativeControl(
                equal(
                    "gap_turned",
                    "constant",
                    "½E‖s(x̃) − z/σ‖², with plus the noise as target, is the explicit loss but for the same constant",
                )
            ),
        ],
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
