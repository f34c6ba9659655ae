"""How tight is Theorem 2 over step size, horizon and score error together?

With the exact score the implied constant falls with the horizon. With a score error it first falls, while the start
dominates, then rises to a maximum near T = 4, while the error saturates, and falls as 1/√T beyond: no drift, but no
power of T either, so a claim about its slope is made for the exact score alone.
"""

import verify as vf
from verify import bounds, claims, observables, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import gallery


def subject(horizon, step, score_error):
    score = scores.Shifted(gallery.correlated(), score_error)
    return samplers.ExponentialIntegrator(score, vf.TimeGrid.uniform(horizon=horizon, step=step))


def halves(first, last):
    return tuple(2.0**-k for k in range(first, last + 1))


STUDY = vf.Study(
    name="chen2023/tightness",
    question="How tight is Theorem 2 over step size, horizon and score error together?",
    subject=subject,
    sweep={
        "horizon": vf.Budgeted(
            smoke=(0.5, 1.0, 2.0, 4.0), ci=(0.5, 1.0, 2.0, 3.0, 4.0, 6.0), full=(0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
        ),
        "step": vf.Budgeted(smoke=halves(5, 10), ci=halves(3, 12), full=halves(3, 14)),
        "score_error": (0.0, 0.01, 0.03, 0.1),
    },
    observe={
        "tv": observables.SamplingError(vf.total_variation),
        "kl": observables.SamplingError(vf.kl),
        "infidelity": observables.Infidelity(),
        "printed": bounds.Chen2023Theorem2(),
        "explicit": bounds.Chen2023Explicit(),
        "explicit_tv": bounds.Chen2023ExplicitTV(),
    },
    claims={
        "S3-07": [
            claims.Identity("infidelity", 0.0, 1e-9, statement="The running step is the exponential integrator's")
        ],
        "S3-10": [
            claims.UpperBound(
                "tv", by="explicit_tv", axis="step", statement="TV(p, p_T) is below the explicit form on the whole grid"
            ),
            claims.UpperBound(
                "kl", by="explicit", axis="step", statement="KL(p‖p_T) is below the explicit form on the whole grid"
            ),
            claims.ImpliedConstant(
                "tv",
                by="printed",
                ceiling=0.5**0.5,
                statement="The constant of Theorem 2 is at most 1/√2 on the whole grid",
            ),
            claims.ImpliedConstant(
                "tv",
                by="printed",
                ceiling=0.5**0.5,
                axes=("horizon",),
                where={"score_error": 0.0},
                statement="With the exact score the constant does not grow with the horizon",
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "tv",
                    by="explicit_tv.score",
                    where={"score_error": (0.01, 0.03, 0.1)},
                    statement="The score term alone covers the error",
                )
            ),
        ],
    },
    figures=[
        figures.TightnessHeatmap("step", "horizon", error="tv", bound="explicit_tv", where={"score_error": 0.0}),
        figures.TightnessHeatmap("step", "score_error", error="tv", bound="explicit_tv", where={"horizon": 4.0}),
        figures.StackedTerms("step", "explicit_tv", where={"horizon": 4.0, "score_error": 0.03}),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
