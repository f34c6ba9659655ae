"""How does Theorem 2 depend on L, on T and on m_2?

Isotropic Gaussians of precision L in d = 1 and 2 with steps h = 1/(32 L²), so that the printed bound stays below one
for every L. The implied constant must not drift with L. The path KL needs both its factor L (or L²) and its factor T,
and does not depend on the mean at all: the term L m_2 h of the bound has no counterpart on Gaussian data.
"""

import math

import numpy as np

import verify as vf
from verify import bounds, claims, observables, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import Gaussian


def subject(dim, smoothness, horizon, shift):
    mean = np.full(dim, shift / math.sqrt(dim))
    target = Gaussian.from_spectrum(mean, np.full(dim, 1 / smoothness))
    step = 2.0**-5 / smoothness**2
    return samplers.ExponentialIntegrator(scores.Exact(target), vf.TimeGrid.uniform(horizon=horizon, step=step))


def path_of_centred(sampler, cell):
    """Path KL for the same covariance with mean zero."""
    target = Gaussian.from_spectrum(np.zeros(sampler.dim), sampler.target.eigenvalues)
    return observables.PathKL()(samplers.ExponentialIntegrator(scores.Exact(target), sampler.grid), cell)


def discretisation_with(**wrong):
    """Return the explicit discretisation term with some of its quantities replaced: a wrong bound, to be refuted."""

    def measure(sampler, cell):
        quantities = dict(bounds.Chen2023Explicit().quantities(sampler))
        if "horizon" in wrong:  # keep h while T changes
            quantities["steps"] = sampler.steps / sampler.grid.horizon * wrong["horizon"]
        return bounds.Chen2023Explicit.formula(**(quantities | wrong))["discretisation"]

    return measure


STUDY = vf.Study(
    name="chen2023/smoothness",
    question="How does Theorem 2 depend on the smoothness, the horizon and the mean?",
    subject=subject,
    sweep={
        "dim": (1, 2),
        "smoothness": vf.Budgeted(
            smoke=(1.0, 4.0, 16.0), ci=(1.0, 2.0, 4.0, 8.0, 16.0), full=(1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
        ),
        "horizon": (1.25, 2.5, 5.0),
        "shift": (0.0, 2.0),
    },
    observe={
        "tv": observables.SamplingError(vf.total_variation),
        "path": observables.PathKL(),
        "path_centred": path_of_centred,
        "infidelity": observables.Infidelity(),
        "without_L": discretisation_with(smoothness=1.0),
        "without_T": discretisation_with(horizon=1.0),
        "explicit": bounds.Chen2023Explicit(),
        "explicit_tv": bounds.Chen2023ExplicitTV(),
        "printed": bounds.Chen2023Theorem2(),
    },
    claims={
        "S3-10": [
            claims.ImpliedConstant(
                "tv",
                by="printed",
                ceiling=0.5**0.5,
                axes=("smoothness",),
                where={"shift": 0.0},
                statement="The constant of Theorem 2 does not grow with L",
            ),
            claims.UpperBound("tv", by="explicit_tv", statement="TV(p, p_T) is below the explicit form for every L"),
            claims.UpperBound(
                "path",
                by="explicit.discretisation",
                slack=1e-9,
                axis="smoothness",
                statement="The path KL is below LdhT·min{L + h/3, 1/T + 2 + h/3} for every L and T",
            ),
            claims.Identity(
                "path",
                "path_centred",
                1e-9,
                relative=True,
                statement="The path KL does not depend on the mean: L m_2 h has no counterpart here",
            ),
            claims.Rate(
                "path",
                "horizon",
                1.0,
                0.01,
                where={"smoothness": 1.0, "dim": 1},
                statement="For p = γ up to its mean the path KL grows as T: the factor T is sharp",
            ),
            claims.NegativeControl(
                claims.UpperBound("path", by="without_L", statement="The path KL is below a bound without L")
            ),
            claims.NegativeControl(
                claims.UpperBound("path", by="without_T", statement="The path KL is below a bound without T")
            ),
        ],
        "S3-07": [
            claims.Identity("infidelity", 0.0, 1e-9, statement="The running step is the exponential integrator's")
        ],
    },
    figures=[
        figures.ErrorAgainstBound(
            "smoothness",
            errors=("tv",),
            bounds=("explicit_tv", "printed"),
            within="horizon",
            where={"dim": 2, "shift": 0.0},
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
