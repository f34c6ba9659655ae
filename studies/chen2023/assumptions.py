"""Which hypotheses of Theorem 2 matter? Its smoothness is the whole path's; its step-size condition is a convenience.

Steps run from far above 1/L to far below. The printed theorem counts only where its hypotheses hold; the explicit one
has no condition on h. A wide Gaussian shows that the Lipschitz constant of ∇log p alone is not enough.
"""

import verify as vf
from verify import bounds, claims, observables, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import gallery

CASES = {"correlated": gallery.correlated, "narrow": gallery.narrow, "wide": gallery.wide}


def subject(target, step, score_error):
    score = scores.Scaled(CASES[target](), score_error)
    return samplers.ExponentialIntegrator(score, vf.TimeGrid.uniform(horizon=4.0, step=step))


def with_target_smoothness(sampler, cell):
    """The discretisation bound with L = Lip(∇log p) in place of the supremum over the path."""
    wrong = {"smoothness": sampler.target.constants.target_smoothness}
    quantities = dict(bounds.Chen2023Explicit().quantities(sampler)) | wrong
    return bounds.Chen2023Explicit.formula(**quantities)["discretisation"]


EXACT = {"score_error": 0.0}
STUDY = vf.Study(
    name="chen2023/assumptions",
    question="Which hypotheses of Theorem 2 matter on Gaussian data?",
    subject=subject,
    sweep={
        "target": tuple(CASES),
        "step": vf.Budgeted(
            smoke=(2.0, 1.0, 0.5, 0.25, 2.0**-4, 2.0**-6, 2.0**-8),
            ci=tuple(2.0**-k for k in range(-1, 11)),
            full=tuple(2.0**-k for k in range(-2, 14)),
        ),
        "score_error": (0.0, 0.05),
    },
    observe={
        "kl": observables.SamplingError(vf.kl),
        "reverse_kl": observables.SamplingError(vf.kl, reverse=True),
        "tv": observables.SamplingError(vf.total_variation),
        "path": observables.PathKL(),
        "declared": observables.ScoreError(),
        "infidelity": observables.Infidelity(),
        "printed": bounds.Chen2023Theorem2(),
        "explicit": bounds.Chen2023Explicit(),
        "explicit_tv": bounds.Chen2023ExplicitTV(),
        "target_smoothness": with_target_smoothness,
    },
    claims={
        "S3-07": [
            claims.Identity("infidelity", 0.0, 1e-9, statement="The running step is the exponential integrator's")
        ],
        "S3-09": [
            claims.ImpliedConstant(
                "tv",
                by="printed",
                ceiling=0.5**0.5,
                statement="Where its hypotheses hold, Theorem 2 holds with the constant 1/√2",
            ),
            claims.UpperBound(
                "kl", by="explicit", statement="The explicit bound needs no h ≲ 1/L: it holds for steps up to 2 as well"
            ),
            claims.UpperBound(
                "kl",
                by="explicit",
                where={"step": (2.0, 1.0, 0.5), "score_error": 0.05},
                statement="Nor does it need h ≤ ε",
            ),
            claims.UpperBound(
                "path",
                by="explicit.discretisation",
                slack=1e-9,
                where=EXACT,
                statement="The path KL is below the discretisation bound with L the supremum over the path",
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "path",
                    by="target_smoothness",
                    where=EXACT | {"target": "wide"},
                    statement="L may be taken as the Lipschitz constant of ∇log p alone",
                )
            ),
        ],
        "S3-10": [
            claims.NegativeControl(
                claims.UpperBound(
                    "reverse_kl", by="explicit", statement="The bound controls KL(p_T‖p) as well as KL(p‖p_T)"
                )
            ),
        ],
    },
    figures=[
        figures.ErrorAgainstBound(
            "step", errors=("tv",), bounds=("printed", "explicit_tv"), within="target", where=EXACT
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
