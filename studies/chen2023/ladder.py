"""Where is the slack of Theorem 2? The ladder TV ≤ Pinsker ≤ skeleton ≤ path ≤ explicit ≤ printed, rung by rung.

Every rung is a TV bound: √(·/2) of KL(p‖p_T), of KL(q_T‖γ) + skeleton KL (grid times only), of KL(q_T‖γ) + path KL
(Girsanov, factor one), then the explicit theorem and the printed one over √2.
"""

import math

import verify as vf
from verify import bounds, claims, observables, samplers, scores
from verify.bounds.path_kl import path_kl
from verify.cli import main_study
from verify.report import figures
from verify.targets import gallery

CASES = {
    "correlated": gallery.correlated,
    "narrow": gallery.narrow,
    "wide": gallery.wide,
    "standard": gallery.standard,
    "power law, d = 64": lambda: gallery.power_law(64, 20.0),
}
SHARPEST = 1.25  # near the maximum of (1 − e^{−T})²/T, where Girsanov's factor shows


def subject(target, horizon, step, score_error):
    score = scores.Shifted(CASES[target](), score_error)
    return samplers.ExponentialIntegrator(score, vf.TimeGrid.uniform(horizon=horizon, step=step))


def start_kl(sampler):
    return float(sampler.process.kl(sampler.grid.horizon))


def as_tv(estimate, extra):
    """√((KL + extra)/2), Pinsker's map of a KL bound to a TV bound."""
    return estimate.map(lambda v: math.sqrt((max(v, 0.0) + extra) / 2))


def skeleton_rung(sampler, cell):
    return as_tv(observables.SkeletonKL()(sampler, cell), start_kl(sampler))


def path_rung(sampler, cell):
    return as_tv(observables.PathKL()(sampler, cell), start_kl(sampler))


def half_path(sampler, cell):
    """KL(q_T‖γ) + ½ path KL: Girsanov with the factor of unit diffusion, to be refuted."""
    return start_kl(sampler) + 0.5 * path_kl(sampler)[0]


def explicit_rung(sampler, cell):
    return math.sqrt(bounds.Chen2023Explicit()(sampler) / 2)


STUDY = vf.Study(
    name="chen2023/ladder",
    question="Through which inequality does Theorem 2 lose what it loses?",
    subject=subject,
    sweep={
        "target": tuple(CASES),
        "horizon": vf.Budgeted(smoke=(SHARPEST, 4.0), ci=(SHARPEST, 4.0), full=(0.5, SHARPEST, 2.0, 4.0, 8.0)),
        "step": vf.Budgeted(
            smoke=(0.25, 2.0**-6, 2.0**-10),
            ci=(0.25, 2.0**-4, 2.0**-6, 2.0**-8, 2.0**-10),
            full=tuple(2.0**-k for k in range(2, 13)),
        ),
        "score_error": (0.0, 0.1, 1.0),
    },
    observe={
        "kl": observables.SamplingError(vf.kl),
        "tv": observables.SamplingError(vf.total_variation),
        "pinsker": bounds.Pinsker(),
        "skeleton": skeleton_rung,
        "path": path_rung,
        "half_path": half_path,
        "path_kl": bounds.PathKL(),
        "explicit_rung": explicit_rung,
        "infidelity": observables.Infidelity(),
        "explicit": bounds.Chen2023Explicit(),
        "explicit_tv": bounds.Chen2023ExplicitTV(),
        "printed": bounds.Chen2023Theorem2(),
    },
    claims={
        "S3-12": [claims.UpperBound("tv", by="pinsker", statement="TV(p, p_T) ≤ √(KL(p‖p_T)/2)")],
        "S3-07": [
            claims.Identity("infidelity", 0.0, 1e-9, statement="The running step is the exponential integrator's")
        ],
        "S3-18": [
            claims.UpperBound(
                "kl", by="path_kl", axis="step", statement="KL(p‖p_T) ≤ KL(q_T‖γ) + path KL with Girsanov's factor one"
            ),
            claims.UpperBound("pinsker", by="skeleton", slack=1e-9, statement="True KL ≤ KL(q_T‖γ) + skeleton KL"),
            claims.UpperBound("skeleton", by="path", slack=1e-9, statement="Skeleton KL ≤ path KL"),
            claims.UpperBound(
                "path", by="explicit_rung", slack=1e-9, axis="step", statement="Path KL ≤ explicit theorem"
            ),
            claims.NegativeControl(
                claims.UpperBound("kl", by="half_path", statement="KL(p‖p_T) ≤ KL(q_T‖γ) + ½ path KL")
            ),
        ],
        "S3-10": [
            claims.UpperBound("kl", by="explicit", axis="step", statement="KL(p‖p_T) is below the explicit bound"),
            claims.UpperBound(
                "path", by="explicit_tv", slack=1e-9, statement="Path rung ≤ TV form of the explicit theorem"
            ),
        ],
    },
    figures=[
        figures.Ladder(
            ("tv", "pinsker", "skeleton", "path", "explicit_rung", "explicit_tv", "printed"),
            where={"horizon": 4.0, "score_error": 0.1, "step": 2.0**-10},
        ),
        figures.Ladder(
            ("tv", "pinsker", "skeleton", "path", "explicit_rung", "explicit_tv", "printed"),
            along="step",
            where={"horizon": 4.0, "score_error": 0.0, "target": "correlated"},
        ),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
