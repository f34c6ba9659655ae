"""Are the density, score and moments of a mixture what its hidden variable says, and is it one under the OU process?

p(x) = Σ w_k N(x; m_k, Σ_k). Its law at time t is computed once more without knowing that: as the convolution of p,
written out from the hidden variable, with the kernel of e^{−t}x + √(1 − e^{−2t})z, by the trapezoid rule. The score is
compared with sixth-order differences of log p. Faults: weights dropped from the score, kernel variance 1 − e^{−t}.
"""

import itertools
import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import multivariate_normal

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.report import figures
from verify.targets import GaussianMixture

CASES = {
    "line": GaussianMixture((0.3, 0.7), (-1.5, 1.0), (0.3, 0.5)),
    "plane": GaussianMixture(
        (0.2, 0.5, 0.3),
        ((-1.0, 0.5), (1.0, -0.3), (0.4, 1.2)),
        (((0.6, 0.2), (0.2, 0.4)), ((0.5, -0.2), (-0.2, 0.7)), ((0.4, 0.0), (0.0, 0.9))),
    ),
}
# The outermost mean is 1.5, the largest deviation 0.95: beyond 10.1 = 1.5 + 9·0.95 the probability is 2e-19, the second
# moment 2e-17. The trapezoid rule errs by 2e^{−2π²v/spacing²} for the smallest variance v = 0.3: by nothing.
REACH, SPACING = 10.1, {1: 0.01, 2: 0.1}
ACCURACY = 1e-12  # sums over 41 209 nodes of numbers below 100 round to 1e-13
STEP = 5e-3
# The score turns over within s = v/|m_1 − m_2| = 0.1 at the least: (STEP/s)⁶ = 2e-8, times derivatives of tanh below 20
DIFFERENCE = 1e-6
STENCIL = ((1, 0.75), (2, -0.15), (3, 1 / 60))


@dataclass(frozen=True, eq=False)
class At:
    """A mixture at a time."""

    target: GaussianMixture
    time: float

    @property
    def places(self):
        """Some places (n, d), none of them special."""
        ticks = np.linspace(-2.3, 2.1, 5 if self.target.dim > 1 else 9)
        return np.array(list(itertools.product(ticks, repeat=self.target.dim)))

    @property
    def nodes(self):
        """Nodes of the trapezoid rule (n, d)."""
        ticks = np.arange(-REACH, REACH + 1e-9, SPACING[self.target.dim])
        return np.array(list(itertools.product(ticks, repeat=self.target.dim)))

    @property
    def cell(self):
        """Weight of a node."""
        return SPACING[self.target.dim] ** self.target.dim


def subject(case, time):
    return At(CASES[case], time)


def written_out(target, x):
    """Σ w_k N(x; m_k, Σ_k), from another library's normal density."""
    parts = zip(target.weights, target.means, target.covs, strict=True)
    return sum(w * np.atleast_1d(multivariate_normal(m, c).pdf(x)) for w, m, c in parts)


def density_gap(rate):
    """Return max |q_t − convolution|/max q_t, the kernel's variance being 1 − e^{−rate·t}."""

    def measure(at, cell):
        found = np.exp(at.target.diffused(at.time).log_density(at.places))
        if at.time == 0:
            return float(np.abs(found - written_out(at.target, at.places)).max() / found.max())
        variance, dim = -math.expm1(-rate * at.time), at.target.dim
        mass = written_out(at.target, at.nodes) * at.cell
        square = ((at.places[:, None, :] - math.exp(-at.time) * at.nodes) ** 2).sum(axis=-1)
        kernel = np.exp(-0.5 * square / variance) / (2 * math.pi * variance) ** (dim / 2)
        return float(np.abs(found - kernel @ mass).max() / found.max())

    return measure


def score_gap(change):
    """Return max |score − difference of log q_t|/max |score|, the score that of a changed mixture."""

    def measure(at, cell):
        law, x, score = at.target.diffused(at.time), at.places, change(at.target).score_at(at.places, at.time)
        differences = np.zeros_like(x)
        for axis, (k, weight) in itertools.product(range(x.shape[1]), STENCIL):
            shift = k * STEP * np.eye(x.shape[1])[axis]
            differences[:, axis] += weight * (law.log_density(x + shift) - law.log_density(x - shift)) / STEP
        return float(np.abs(score - differences).max() / np.abs(differences).max())

    return measure


def without_weights(target):
    """The mixture with equal weights."""
    return GaussianMixture(np.full(target.weights.size, 1 / target.weights.size), target.means, target.covs)


def moment_gap(between):
    """Return the largest error of the mean and covariance at time t against sums over the written-out density.

    `between` multiplies the part of the covariance that comes from the means.
    """

    def measure(at, cell):
        target, decay = at.target, math.exp(-at.time)
        mass = written_out(target, at.nodes) * at.cell
        mean = mass @ at.nodes
        off = at.nodes - mean
        cov = decay**2 * (off * mass[:, None]).T @ off - math.expm1(-2 * at.time) * np.eye(target.dim)
        found = target.diffused(at.time)
        within = np.tensordot(found.weights, found.covs, 1)
        claimed = within + between * (found.cov - within)
        return float(max(np.abs(found.mean - decay * mean).max(), np.abs(claimed - cov).max()))

    return measure


def vanishes(column, tolerance, words):
    """Return the claim that a gap is zero."""
    return claims.Identity(column, 0.0, tolerance, statement=words)


STUDY = vf.Study(
    name="score_matching/mixture",
    question="Are the density, score and moments of a mixture what its hidden variable says, and does it stay one?",
    subject=subject,
    sweep={
        "case": tuple(CASES),
        "time": vf.Budgeted(smoke=(0.0, 0.1, 1.0), ci=(0.0, 0.1, 0.3, 1.0, 3.0), full=(0.0, 0.1, 0.3, 1.0, 3.0)),
    },
    observe={
        "density_gap": density_gap(2.0),
        "density_gap_slow": density_gap(1.0),
        "score_gap": score_gap(lambda target: target),
        "score_gap_dropped": score_gap(without_weights),
        "moment_gap": moment_gap(1.0),
        "moment_gap_within": moment_gap(0.0),
    },
    claims={
        "S0-05": [
            vanishes("density_gap", ACCURACY, "Under the OU process a mixture stays one, with the same weights"),
            vanishes("score_gap", DIFFERENCE, "Its score is the gradient of the logarithm of its density"),
            vanishes("moment_gap", ACCURACY, "Its covariance is that within the modes plus that between their means"),
            claims.NegativeControl(vanishes("score_gap_dropped", DIFFERENCE, "The weights do not matter to its score")),
            claims.NegativeControl(vanishes("density_gap_slow", ACCURACY, "The kernel's variance is 1 − e^{−t}")),
            claims.NegativeControl(vanishes("moment_gap_within", ACCURACY, "Its covariance is that within the modes")),
        ],
    },
    figures=[figures.Lines("time", ("score_gap", "score_gap_dropped"), scale="semilog", within="case")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
