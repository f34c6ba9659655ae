"""Which sign has the score, and where does it vanish?

∇log N(x; μ, Σ) = −Σ⁻¹(x − μ): it points towards the mean. That of every density is zero at its modes, which are found
here by a search that sees values of log p only. Scores are compared with sixth-order differences of log p. Faults: the
sign +, and the means of a mixture's components taken for its modes.
"""

import numpy as np
from scipy.optimize import minimize

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.targets import Gaussian, GaussianMixture, gallery

TARGETS = {
    "line": gallery.narrow,
    "plane": gallery.correlated,
    "mixture": lambda: GaussianMixture((0.3, 0.7), (-1.5, 1.0), (0.3, 0.5)),
    "plane mixture": lambda: GaussianMixture(
        (0.4, 0.6), ((-1.0, 0.5), (1.2, -0.3)), (((0.6, 0.2), (0.2, 0.4)), ((0.5, -0.2), (-0.2, 0.7)))
    ),
}
GAUSSIANS, MIXTURES = {"target": ("line", "plane")}, {"target": ("mixture", "plane mixture")}
STENCIL, SPACING = ((1, 0.75), (2, -0.15), (3, 1 / 60)), 5e-3
# (SPACING/s)⁶ = 2e-8 for a score that turns over within s = 0.1, as that of the mixture on the line does, and rounding
# of log p by ε/SPACING = 4e-14
DIFFERENCE = 1e-6
# A search that sees values only finds a mode to √ε = 1.5e-8 and no better: the score there is below L·1e-7, L ≤ 5
FLAT = 5e-7


def subject(target):
    return TARGETS[target]()


def places(target):
    """Some places (n, d), none of them special."""
    axes = [np.linspace(-2.3 + 0.1 * i, 2.1, 7) for i in range(target.dim)]
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, target.dim)


def differences(target, x):
    """∇log p by differences."""
    found = np.zeros_like(x)
    for axis in range(x.shape[1]):
        for k, weight in STENCIL:
            shift = k * SPACING * np.eye(x.shape[1])[axis]
            found[:, axis] += weight * (target.log_density(x + shift) - target.log_density(x - shift)) / SPACING
    return found


def score_gap(sign):
    """Return max |sign·score − differences|/max |differences|."""

    def measure(target, cell):
        x = places(target)
        found = differences(target, x)
        return float(np.abs(sign * target.score(x) - found).max() / np.abs(found).max())

    return measure


def formula_gap(sign):
    """Return max |score − sign·Σ⁻¹(x − μ)| of a Gaussian, solved with Σ as it stands."""

    def measure(target, cell):
        if not isinstance(target, Gaussian):
            return 0.0
        x = places(target)
        return float(np.abs(target.score(x) - sign * np.linalg.solve(target.cov, (x - target.mean).T).T).max())

    return measure


def modes(target):
    """The places of greatest density near each component, by search."""
    starts = target.means if isinstance(target, GaussianMixture) else target.mean[None] + 0.3
    fine = {"xatol": 1e-10, "fatol": 1e-15, "maxiter": 2000}
    return np.array(
        [minimize(lambda x: -target.log_density(x), s, method="Nelder-Mead", options=fine).x for s in starts]
    )


def at_modes(target, cell):
    """The largest |score| at a mode."""
    return float(np.abs(target.score(modes(target))).max())


def at_means(target, cell):
    """The largest |score| at the mean of a component."""
    centres = target.means if isinstance(target, GaussianMixture) else target.mean[None]
    return float(np.abs(target.score(centres)).max())


def vanishes(column, tolerance, words, where=None):
    """Return the claim that a column is zero."""
    return claims.Identity(column, 0.0, tolerance, statement=words, where=where or {})


STUDY = vf.Study(
    name="annealing/signs",
    question="Which sign has the score, and where does it vanish?",
    subject=subject,
    sweep={"target": tuple(TARGETS)},
    observe={
        "score_gap": score_gap(1.0),
        "printed_gap": score_gap(-1.0),
        "formula_gap": formula_gap(-1.0),
        "printed_formula_gap": formula_gap(1.0),
        "at_modes": at_modes,
        "at_means": at_means,
    },
    claims={
        "S2-10": [
            vanishes("formula_gap", 1e-12, "The score of N(μ, Σ) is −Σ⁻¹(x − μ)", GAUSSIANS),
            vanishes("score_gap", DIFFERENCE, "The scores of Gaussians and mixtures are the gradients of log p"),
            claims.NegativeControl(
                vanishes("printed_formula_gap", 1e-12, "The score of N(μ, Σ) is +Σ⁻¹(x − μ)", GAUSSIANS)
            ),
            claims.NegativeControl(
                vanishes(
                    "printed_gap", DIFFERENCE, "Minus the scores of Gaussians and mixtures are the gradients of log p"
                )
            ),
        ],
        "S2-11": [
            vanishes("at_modes", FLAT, "The score vanishes at the modes of Gaussians and mixtures"),
            claims.NegativeControl(
                vanishes("at_means", FLAT, "The score of a mixture vanishes at the means of its components", MIXTURES)
            ),
        ],
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
