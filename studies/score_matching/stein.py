"""Does integration by parts, on which Hyvärinen's loss rests, hold in the plane: E[s·∇log p + div s] = 0?

By draws from a mixture of correlated normals, for the exact score, a smoothed one, least-squares fits and an affine
field. The same draws give the gap between the explicit loss and Hyvärinen's, point by point.
"""

import functools

import numpy as np

import verify as vf
from verify import claims, matching
from verify.cli import main_study
from verify.matching.average import sampled
from verify.targets import GaussianMixture

LAW = GaussianMixture((0.4, 0.6), [(-1.0, 0.5), (1.2, 0.0)], [[(0.5, 0.2), (0.2, 0.7)], [(0.9, -0.3), (-0.3, 0.4)]])
DRAWS = vf.Budgeted(smoke=40_000, ci=100_000, full=2_000_000)
# the terms deviate by at most 6: five errors of the mean of 40000 draws and the mean itself, four at the most
CHANCE = 9 * 6 / 200


@functools.cache
def data():
    """300 draws to fit to."""
    return LAW.sample(300, np.random.default_rng(5))


FIELDS = {
    "exact": lambda: matching.Own(LAW),
    "smoothed": lambda: matching.Own(LAW.diffused(0.3)),
    "linear": lambda: matching.At(vf.scores.Linear(LAW, data()), 0.2),
    "cosines": lambda: matching.At(vf.scores.RandomFeatures(LAW, data(), count=40, ridge=1e-3), 0.2),
    "bumps": lambda: matching.At(vf.scores.Radial(LAW, data(), centres=data()[:30], ridge=1e-3), 0.2),
    "shear": lambda: matching.Formula(
        lambda x: np.stack([np.sin(2 * x[..., 1]) - x[..., 0], x[..., 0] ** 2], axis=-1),
        lambda x: np.full(x.shape[:-1], -1.0),
    ),
}


def subject(field):
    return FIELDS[field]()


def stein(sign):
    """Return the observable E[s·∇log p + sign·div s]."""

    def measure(field, cell):
        x = LAW.sample(DRAWS[cell.budget], cell.rng)
        return sampled((field(x) * LAW.score(x)).sum(axis=-1) + sign * field.divergence(x))

    return measure


def gap(field, cell):
    """½E‖s − ∇log p‖² − E[½‖s‖² + div s] − ½E‖∇log p‖², from one set of draws."""
    x = LAW.sample(DRAWS[cell.budget], cell.rng)
    apart = 0.5 * ((field(x) - LAW.score(x)) ** 2).sum(axis=-1)
    return sampled(apart - 0.5 * (field(x) ** 2).sum(axis=-1) - field.divergence(x) - 0.5 * (LAW.score(x) ** 2).sum(-1))


STUDY = vf.Study(
    name="score_matching/stein",
    question="Does integration by parts, on which Hyvärinen's loss rests, hold in the plane?",
    subject=subject,
    sweep={"field": tuple(FIELDS)},
    observe={"stein": stein(1.0), "stein_turned": stein(-1.0), "gap": gap},
    claims={
        "S3-02": [
            claims.Identity("stein", 0.0, CHANCE, statement="E[s·∇log p] = −E[div s] in the plane"),
            claims.Identity(
                "gap", 0.0, CHANCE, statement="In the plane, too, the explicit loss is Hyvärinen's plus ½E‖∇log p‖²"
            ),
            claims.NegativeControl(
                claims.Identity("stein_turned", 0.0, CHANCE, statement="E[s·∇log p] = E[div s] in the plane")
            ),
        ]
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
