"""Is the score of far modes linear around each of them, and how fast does it become so?

Two Gaussians N(±c, Σ) of one covariance, a = ½ of their Mahalanobis distance, weights (1 − w, w). Around c the score
misses −Σ⁻¹(x − c) by exactly Δ(x) = −2 r(x) Σ⁻¹c, r the posterior weight of the other mode: ‖Δ(c)‖ falls as e^{−2a²},
but its mean square under N(c, Σ) only as e^{−a²/2}, since that is how likely the middle is. In whitened coordinates
along c all is one-dimensional: E‖Δ‖² = 4‖Σ⁻¹c‖² E σ(−2a(a + Z) + ℓ)², σ logistic, ℓ the log-odds of the weights.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.laws.panels import Panels
from verify.report import figures
from verify.targets import GaussianMixture

# covariance, and weight of the mode at +c
CASES = {
    "line": (np.array([[1.0]]), 0.5),
    "uneven line": (np.array([[0.3]]), 0.8),
    "correlated plane": (np.array([[1.5, 0.6], [0.6, 0.5]]), 0.3),
}
DIRECTION = {1: np.array([1.0]), 2: np.array([0.6, -0.8])}
REACH = 13.0  # standard deviations: the rest has probability 1e-38, and the mean square is 1e-15 at least
FAR = (16.0, 36.0, 64.0)
# With u = a(a + Z) the integrand is e^{−a²/2} times σ(ℓ − 2u)² e^{u − u²/2a²}/a: the last factor bends the slope in a²
# by E u²/2a⁴, and E u² < 6 for log-odds up to log 4
BENT = 6 / (2 * FAR[0] ** 2)
ROUNDING = 1e-11  # relative: two quadratures of positive terms; the exponent 2a² + ℓ < 150 loses three digits of 16


@dataclass(frozen=True, eq=False)
class Modes:
    """Two Gaussian modes at ±c, ½ of their Mahalanobis distance being `half`."""

    cov: np.ndarray
    weight: float
    half: float

    @property
    def centre(self):
        """C, at Mahalanobis distance `half` from 0."""
        v = DIRECTION[len(self.cov)]
        return self.half * v / math.sqrt(v @ np.linalg.solve(self.cov, v))

    @property
    def odds(self):
        """Log-odds of the other mode, the one at −c."""
        return math.log((1 - self.weight) / self.weight)

    @property
    def pull(self):
        """‖2Σ⁻¹c‖, the largest deviation there is."""
        return 2 * float(np.linalg.norm(np.linalg.solve(self.cov, self.centre)))

    @property
    def law(self):
        """The mixture."""
        means = np.stack([-self.centre, self.centre])
        return GaussianMixture((1 - self.weight, self.weight), means, np.stack([self.cov, self.cov]))


def subject(case, square):
    return Modes(*CASES[case], math.sqrt(square))


def deviation(modes, score, x):
    """‖s(x) + Σ⁻¹(x − c)‖² at places (n, d)."""
    return ((score(x) + np.linalg.solve(modes.cov, (x - modes.centre).T).T) ** 2).sum(axis=-1)


def normal_rule(half):
    """Nodes and weights of N(0, 1): Gauss panels, narrow where the posterior turns over within 1/a."""
    panels = Panels(np.linspace(-REACH, REACH, math.ceil(2 * REACH * max(half, 2.0)) + 1))
    z, weights = panels.nodes.ravel(), panels.weights.ravel()
    return z, weights * np.exp(-0.5 * z * z) / math.sqrt(2 * math.pi)


def mean_square(share):
    """Return E‖Δ‖² under N(c, Σ) of the mixture's score, in the plane by a product rule; `share` of c in it."""

    def measure(modes, cell):
        z, weights = normal_rule(modes.half)
        root = np.linalg.cholesky(modes.cov)
        if len(modes.cov) == 2:
            # the posterior depends on one direction only: first axis along it, few nodes across
            along = np.linalg.solve(root, modes.centre) / modes.half
            across, across_weights = np.polynomial.hermite_e.hermegauss(4)
            turned = np.stack([along, np.array([-along[1], along[0]])])
            grid = np.stack([a.ravel() for a in np.meshgrid(z, across, indexing="ij")], axis=-1) @ turned
            weights = np.outer(weights, across_weights / across_weights.sum()).ravel()
        else:
            grid = z[:, None]
        x = modes.centre + grid @ root.T
        return share * float(weights @ deviation(modes, modes.law.score, x))

    return measure


def mean_square_reduced(modes, cell):
    """4‖Σ⁻¹c‖² E σ(−2a(a + Z) + ℓ)²."""
    z, weights = normal_rule(modes.half)
    return modes.pull**2 * float(weights @ expit(modes.odds - 2 * modes.half * (modes.half + z)) ** 2)


def at_centre(modes, cell):
    """‖Δ(c)‖."""
    return math.sqrt(float(deviation(modes, modes.law.score, modes.centre[None])[0]))


def at_centre_closed(modes, cell):
    """‖2Σ⁻¹c‖ σ(ℓ − 2a²)."""
    return modes.pull * float(expit(modes.odds - 2 * modes.half**2))


def per_separation(measure, power):
    """Return a measure over a^power: what is left of it is an exponential."""

    def scaled(modes, cell):
        return measure(modes, cell) / modes.half**power

    return scaled


def at_centre_prior(modes, cell):
    """‖Δ(c)‖ of the sum of the modes' own scores with the prior weights in place of the posterior ones."""
    law = modes.law

    def score(x):
        pulls = [np.linalg.solve(cov, (mean - x).T).T for mean, cov in zip(law.means, law.covs, strict=True)]
        return sum(weight * pull for weight, pull in zip(law.weights, pulls, strict=True))

    return math.sqrt(float(deviation(modes, score, modes.centre[None])[0]))


def equal(left, right, words):
    """Return the claim that two columns agree to rounding, relative."""
    return claims.Identity(left, right, ROUNDING, relative=True, statement=words)


def falls(column, exponent, margin, words):
    """Return the claim that a column falls as e^{exponent·a²}."""
    return claims.Rate(
        column, "square", exponent, margin, scale="linear", within=("case",), where={"square": FAR}, statement=words
    )


STUDY = vf.Study(
    name="score_matching/local_linearity",
    question="Is the score of far modes linear around each of them, and how fast does it become so?",
    subject=subject,
    sweep={
        "case": tuple(CASES),
        "square": vf.Budgeted(smoke=(1.0, *FAR), ci=(1.0, 4.0, *FAR), full=(1.0, 2.0, 4.0, 9.0, *FAR)),
    },
    observe={
        "mean_square": mean_square(1.0),
        "mean_square_half": mean_square(0.5),
        "mean_square_reduced": mean_square_reduced,
        "mean_square_by_a": per_separation(mean_square(1.0), 1),
        "at_centre": at_centre,
        "at_centre_closed": at_centre_closed,
        "at_centre_by_a": per_separation(at_centre, 1),
        "at_centre_prior": at_centre_prior,
    },
    claims={
        "S2-13": [
            equal(
                "mean_square",
                "mean_square_reduced",
                "Around one of two modes the score misses the linear one by the other's posterior weight times 2Σ⁻¹c",
            ),
            equal("at_centre", "at_centre_closed", "At the centre of a mode the score is 2σ(ℓ − 2a²)‖Σ⁻¹c‖"),
            falls(
                "mean_square_by_a", -0.5, BENT, "The mean square deviation from the linear score falls as a·e^{−a²/2}"
            ),
            falls("at_centre_by_a", -2.0, ROUNDING, "At the centre of the mode the deviation falls as a·e^{−2a²}"),
            claims.NegativeControl(
                falls("mean_square_by_a", -4.0, BENT, "The mean square deviation falls as a·e^{−4a²}, as in the centre")
            ),
            claims.NegativeControl(
                equal("mean_square_half", "mean_square_reduced", "The mean square deviation is ½4‖Σ⁻¹c‖² E σ²")
            ),
            claims.NegativeControl(
                equal("at_centre_prior", "at_centre_closed", "With prior in place of posterior weights it is so, too")
            ),
        ],
    },
    figures=[figures.Lines("square", ("mean_square", "at_centre"), scale="semilog", within="case")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
