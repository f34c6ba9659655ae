"""How do the errors grow with the dimension and with the conditioning?

Theorem 2 charges L√(dh): a factor √d and a factor L. On Gaussians KL grows as d and TV, W2 as √d; to leading order
KL = (h²/4) Σ λ_i^{−2}, so it grows as the square of the condition number when the largest variance is held at one.
"""

import verify as vf
from verify import bounds, claims, observables, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import gallery

HORIZON = 6.0  # e^{−2T} is below the discretisation error at every step used


def subject(dim, condition, step):
    target = gallery.two_scales(dim, condition)
    return samplers.ExponentialIntegrator(scores.Exact(target), vf.TimeGrid.uniform(horizon=HORIZON, step=step))


def powers(last):
    return tuple(2**k for k in range(1, last + 1))


def leading_kl(sampler, cell):
    """(h²/4) Σ λ_i^{−2}: the leading term of KL(p‖p_T)."""
    return float(sampler.grid.step_sizes[0]) ** 2 / 4 * float((sampler.target.eigenvalues**-2.0).sum())


def path_without_dimension(sampler, cell):
    """L²hT + Lh²T/3: the discretisation bound with the dimension lost, to be refuted."""
    quantities = dict(bounds.Chen2023Explicit().quantities(sampler)) | {"dim": 1}
    return bounds.Chen2023Explicit.formula(**quantities)["discretisation"]


WELL = {"condition": (1.0, 4.0), "step": 2.0**-8}
FINEST = {"step": 2.0**-10}
STUDY = vf.Study(
    name="chen2023/dimension",
    question="How do the errors grow with the dimension and the condition number, and how do the bounds?",
    subject=subject,
    sweep={
        "dim": vf.Budgeted(smoke=powers(7), ci=powers(8), full=powers(10)),
        "condition": (1.0, 4.0, 16.0, 64.0),
        "step": vf.Budgeted(
            smoke=(2.0**-8, 2.0**-10), ci=(2.0**-6, 2.0**-8, 2.0**-10), full=(2.0**-6, 2.0**-8, 2.0**-10, 2.0**-12)
        ),
    },
    observe={
        "kl": observables.SamplingError(vf.kl),
        "tv": observables.SamplingError(vf.total_variation),
        "w2": observables.SamplingError(vf.wasserstein2),
        "path": observables.PathKL(),
        "leading_kl": leading_kl,
        "printed": bounds.Chen2023Theorem2(),
        "explicit": bounds.Chen2023Explicit(),
        "explicit_tv": bounds.Chen2023ExplicitTV(),
        "path_without_dim": path_without_dimension,
    },
    claims={
        "S3-10": [
            claims.UpperBound(
                "kl", by="explicit", axis="dim", statement="KL(p‖p_T) is below the explicit bound in every dimension"
            ),
            claims.UpperBound(
                "path",
                by="explicit.discretisation",
                slack=1e-9,
                axis="condition",
                statement="The path KL is below LdhT·min{L + h/3, 1/T + 2 + h/3}",
            ),
            claims.ImpliedConstant(
                "tv",
                by="printed",
                ceiling=0.5**0.5,
                axes=("dim",),
                statement="The constant of Theorem 2 does not drift with the dimension",
            ),
            claims.Rate("kl", "dim", 1.0, 0.02, where=WELL, statement="KL grows as d"),
            claims.Rate("w2", "dim", 0.5, 0.02, where=WELL, statement="W2 grows as √d"),
            claims.Rate(
                "tv", "dim", 0.5, 0.05, where=WELL, statement="TV grows as √d: the bound's exponent in d is right"
            ),
            claims.Identity(
                "kl", "leading_kl", 0.1, relative=True, where=FINEST, statement="KL is (h²/4) Σ λ^{−2} to leading order"
            ),
            claims.Rate(
                "kl",
                "condition",
                2.0,
                0.25,
                where=FINEST | {"condition": (4.0, 16.0, 64.0)},
                statement="KL grows as the square of the condition number",
            ),
            claims.NegativeControl(claims.Rate("tv", "dim", 1.0, 0.05, where=WELL, statement="TV grows as d")),
            claims.NegativeControl(
                claims.UpperBound(
                    "path", by="path_without_dim", statement="The path KL is below a bound without the dimension"
                )
            ),
        ],
    },
    figures=[
        figures.ErrorAgainstBound(
            "dim", errors=("tv", "w2"), bounds=("explicit_tv",), within="condition", where={"step": 2.0**-8}
        ),
        figures.TightnessHeatmap("dim", "step", error="tv", bound="explicit_tv", where={"condition": 4.0}),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
