"""Is a mixture Σ w_k N(m_k, Σ_k) what its parts make it, and does it stay one under the OU process?

Density, score and Hessian of targets.GaussianMixture in one, two and three dimensions, weights unequal and covariances
full, against densities of other software and differences; mean and covariance against a Gauss–Hermite rule under each
part. Under the OU process the density is ∫p(y)N(x; e^{−t}y, 1 − e^{−2t})dy, by quadrature over y; it solves
∂_t log q = Δlog q + |∇log q|² + d + ⟨x, ∇log q⟩, and two half times make a whole one. A mixture over the nodes of a
Gauss–Hermite rule tends to the continuous ∫N(x; h, s²)N(dh; 0, 1) = N(0, 1 + s²). A score without the weights is
caught.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.report import figures
from verify.targets import GaussianMixture

LAWS = {
    "line": GaussianMixture((0.15, 0.6, 0.25), (-2.0, 0.3, 1.9), (0.3, 0.5, 0.8)),
    "plane": GaussianMixture(
        (0.8, 0.2), ((-1.0, 0.4), (1.5, -0.6)), (((0.7, 0.3), (0.3, 0.5)), ((0.6, -0.4), (-0.4, 0.9)))
    ),
    "space": GaussianMixture(
        (0.5, 0.4, 0.1),
        ((0.0, 1.0, -1.0), (1.2, 0.0, 0.5), (-1.0, -1.0, 0.0)),
        (
            ((1.0, 0.2, 0.0), (0.2, 0.6, -0.3), (0.0, -0.3, 0.8)),
            ((0.5, 0.0, 0.1), (0.0, 0.7, 0.2), (0.1, 0.2, 0.9)),
            ((0.8, -0.5, 0.2), (-0.5, 0.9, 0.0), (0.2, 0.0, 0.6)),
        ),
    ),
}
PLACES = 24
ROUNDING = 1e-12  # of logarithms up to 50 and of matrices with condition numbers below 20
# Differences over r = 10⁻³ and r/2, extrapolated: r⁴/480 times fifth derivatives below 10⁴, and rounding 50ε/r
DIFFERENCE = 1e-10
# A Gauss–Hermite rule of n nodes for E N(x; e^{−t}y, s²): geometric with ratio λ/(λ + e^{2t}s²), λ ≤ 1.2 and s² ≥ 0.45
# for t ≥ 0.3: (0.6)^{40} < 2e-9 of a density.
ORDER, KERNEL = 40, 1e-8
WIDTH = 0.8  # s of the parts of a mixture over nodes


@dataclass(frozen=True, eq=False)
class At:
    """A mixture, and the time for which it follows the OU process."""

    law: str
    time: float

    @property
    def target(self):
        """q_0."""
        return LAWS[self.law]

    @cached_property
    def diffused(self):
        """q_t as a mixture of its own."""
        return self.target.diffused(self.time)

    @cached_property
    def places(self):
        """Draws of q_0 and a few places far out, (n, d)."""
        rng = np.random.default_rng(5)
        near, far = self.target.sample(PLACES, rng), 3 * rng.standard_normal((4, self.target.dim))
        return np.concatenate([near, far])

    def parts(self):
        """Return (w_k, nodes, weights) of a Gauss–Hermite rule under each part."""
        z, weights = np.polynomial.hermite_e.hermegauss(ORDER if self.target.dim < 3 else 8)
        dim = self.target.dim
        whole = np.stack(np.meshgrid(*[z] * dim, indexing="ij"), axis=-1).reshape(-1, dim)
        share = np.prod(np.meshgrid(*[weights / weights.sum()] * dim, indexing="ij"), axis=0).ravel()
        for w, m, cov in zip(self.target.weights, self.target.means, self.target.covs, strict=True):
            yield w, m + whole @ np.linalg.cholesky(cov).T, share


def density_defect(at, cell):
    """max |log q_t − log Σ w_k N(x; …)| with the parts' densities by SciPy."""
    decay = math.exp(-at.time)
    parts = [
        math.log(w) + multivariate_normal(decay * m, decay**2 * c + (1 - decay**2) * np.eye(len(m))).logpdf(at.places)
        for w, m, c in zip(at.target.weights, at.target.means, at.target.covs, strict=True)
    ]
    return float(np.abs(at.target.log_density_at(at.places, at.time) - logsumexp(np.stack(parts), axis=0)).max())


def derivative(function, x, dim):
    """Return the derivatives of a function along the axes, the last axis new."""
    quotients = []
    for r in (1e-3, 5e-4):
        steps = r * np.eye(dim)
        quotients.append(np.stack([(function(x + e) - function(x - e)) / (2 * r) for e in steps], axis=-1))
    return (4 * quotients[1] - quotients[0]) / 3


def score_defect(weighted):
    """Return max |score − ∇log q_t by differences|/max |∇log q_t|; a score with equal weights where not `weighted`."""

    def measure(at, cell):
        target = at.target
        found = derivative(lambda x: target.log_density_at(x, at.time), at.places, target.dim)
        if not weighted:
            target = GaussianMixture(np.full(target.weights.size, 1 / target.weights.size), target.means, target.covs)
        return float(np.abs(target.score_at(at.places, at.time) - found).max() / np.abs(found).max())

    return measure


def hessian_defect(at, cell):
    """max |−∇²log q_t + derivative of the score|."""
    found = derivative(at.diffused.score, at.places, at.target.dim)
    return float(np.abs(at.diffused.hessian(at.places) + found).max() / np.abs(found).max())


def moment_defect(centred):
    """Return how far mean and covariance are from those of the rule; where not `centred`, without the means' spread."""

    def measure(at, cell):
        mean = sum(w * share @ x for w, x, share in at.parts())
        cov = sum(w * (share[:, None] * (x - mean)).T @ (x - mean) for w, x, share in at.parts())
        ours = at.target.cov if centred else np.tensordot(at.target.weights, at.target.covs, 1)
        return float(max(np.abs(at.target.mean - mean).max(), np.abs(ours - cov).max()))

    return measure


def kernel_defect(rate):
    """Return max |q_t − ∫p(y)N(x; e^{−t}y, 1 − e^{−rate·t})dy| on the line and the plane; infinite elsewhere."""

    def measure(at, cell):
        if at.target.dim > 2:
            return math.inf
        spread, dim = -math.expm1(-rate * at.time), at.target.dim
        total = np.zeros(len(at.places))
        for w, y, share in at.parts():
            off = at.places[:, None] - math.exp(-at.time) * y
            total += w * np.exp(-0.5 * (off**2).sum(axis=-1) / spread) @ share / (2 * math.pi * spread) ** (dim / 2)
        return float(np.abs(total - np.exp(at.diffused.log_density(at.places))).max())

    return measure


def equation_defect(sign):
    """Return max |∂_t log q − Δlog q − |∇log q|² − sign·(d + ⟨x, ∇log q⟩)| over the size of its terms."""

    def measure(at, cell):
        x, tau = at.places, 1e-3
        wide, narrow = (
            (at.target.log_density_at(x, at.time + r) - at.target.log_density_at(x, at.time - r)) / (2 * r)
            for r in (tau, tau / 2)
        )
        score = at.target.score_at(x, at.time)
        laplacian = -np.trace(at.diffused.hessian(x), axis1=-2, axis2=-1)
        drift = at.target.dim + (x * score).sum(axis=-1)
        right = laplacian + (score**2).sum(axis=-1) + sign * drift
        return float(np.abs((4 * narrow - wide) / 3 - right).max() / np.abs(drift).max())

    return measure


def halves_defect(at, cell):
    """max |log-density after two half times − log q_t|."""
    twice = at.target.diffused(at.time / 2).diffused(at.time / 2)
    return float(np.abs(twice.log_density(at.places) - at.diffused.log_density(at.places)).max())


def discrete(count):
    """Return TV between N(0, 1 + s²) and the mixture of N(node, s²) over `count` nodes of a rule for N(0, 1)."""

    def measure(at, cell):
        nodes, weights = np.polynomial.hermite_e.hermegauss(count)
        mixture = GaussianMixture(weights / weights.sum(), nodes, np.full(count, WIDTH**2))
        return vf.total_variation(mixture, laws.Gaussian(np.zeros(1), np.array([[1 + WIDTH**2]])))

    return measure


def vanishes(name, words, tolerance=DIFFERENCE, **where):
    """Return the claim that a defect is zero."""
    return claims.Identity(name, 0.0, tolerance, statement=words, where=where)


FLAT = {"law": ("line", "plane")}

STUDY = vf.Study(
    name="divergences/mixtures",
    question="Is a mixture what its parts make it, and does it stay one under the OU process?",
    subject=At,
    sweep={
        "law": tuple(LAWS),
        "time": vf.Budgeted(smoke=(0.3, 1.0), ci=(0.3, 0.6, 1.0, 2.0), full=(0.3, 0.45, 0.6, 1.0, 2.0, 4.0)),
    },
    observe={
        "density_defect": density_defect,
        "score_defect": score_defect(weighted=True),
        "score_defect_unweighted": score_defect(weighted=False),
        "hessian_defect": hessian_defect,
        "moment_defect": moment_defect(centred=True),
        "moment_defect_within": moment_defect(centred=False),
        "kernel_defect": kernel_defect(2.0),
        "kernel_defect_slow": kernel_defect(1.0),
        "equation_defect": equation_defect(1.0),
        "equation_defect_sign": equation_defect(-1.0),
        "halves_defect": halves_defect,
        "discrete_2": discrete(2),
        "discrete_40": discrete(40),
    },
    claims={
        "S0-05": [
            vanishes("density_defect", "log q_t of a mixture is the log of the sum of its parts' densities", ROUNDING),
            vanishes("score_defect", "The score of a mixture is the gradient of its log-density"),
            vanishes("hessian_defect", "The Hessian of a mixture's −log-density is minus the derivative of its score"),
            vanishes(
                "moment_defect", "A mixture's covariance is the mean of its parts' plus that of their means", ROUNDING
            ),
            vanishes("kernel_defect", "q_t = ∫p(y)N(·; e^{−t}y, 1 − e^{−2t})dy: a mixture stays one", KERNEL, **FLAT),
            vanishes("equation_defect", "The density of a mixture under the OU process solves ∂_t q = Δq + div(xq)"),
            vanishes(
                "halves_defect", "A mixture taken through the OU process for t/2 twice is that taken for t", ROUNDING
            ),
            vanishes(
                "discrete_40", "A mixture over 40 nodes of N(0, 1) is the continuous mixture N(0, 1 + s²)", KERNEL
            ),
            claims.NegativeControl(
                vanishes("score_defect_unweighted", "The score of a mixture does without its weights")
            ),
            claims.NegativeControl(
                vanishes(
                    "moment_defect_within",
                    "The covariance of a mixture is the mean of its parts' covariances",
                    ROUNDING,
                )
            ),
            claims.NegativeControl(
                vanishes("kernel_defect_slow", "q_t = ∫p(y)N(·; e^{−t}y, 1 − e^{−t})dy", KERNEL, **FLAT)
            ),
            claims.NegativeControl(
                vanishes(
                    "equation_defect_sign", "The density of a mixture under the OU process solves ∂_t q = Δq − div(xq)"
                )
            ),
            claims.NegativeControl(
                vanishes(
                    "discrete_2", "A mixture over 2 nodes of N(0, 1) is the continuous mixture N(0, 1 + s²)", KERNEL
                )
            ),
        ],
    },
    figures=[figures.Lines("time", ("score_defect", "score_defect_unweighted", "equation_defect"), within="law")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
