"""Do particles, paths and exact laws of one sampler object agree?

The same `step` is fed with impulses (exact Gaussian law), with random particles (Monte Carlo), and its score with
forward trajectories (Monte Carlo of the path KL). Steps are coarse, so that the errors stand well above sampling
noise. The path KL settles Girsanov's factor: it is one, since the drift carries 2s and the diffusion is √2.
"""

import verify as vf
from verify import claims, observables, samplers, scores
from verify.bounds import PathKL
from verify.cli import main_study
from verify.report import figures
from verify.targets import gallery

SCHEMES = {
    "exponential": samplers.ExponentialIntegrator,
    "relative": samplers.RelativeIntegrator,
    "euler": samplers.EulerMaruyama,
}
CASES = {"correlated": gallery.correlated, "narrow": gallery.narrow}
PARTICLES = vf.Budgeted(smoke=400_000, ci=1_000_000, full=10_000_000)
PATHS = vf.Budgeted(smoke=100_000, ci=200_000, full=1_000_000)
# half-widths at the smallest budget, widened for all points, are 4 % of W2, 7 % of KL and 2 % of the path KL
W2_RESOLUTION, KL_RESOLUTION, PATH_RESOLUTION = 0.08, 0.15, 0.04


def subject(scheme, target, score_error):
    score = scores.Shifted(CASES[target](), score_error)
    return SCHEMES[scheme](score, vf.TimeGrid.uniform(horizon=2.0, steps=8))


def half_path(sampler, cell):
    """Half of the path KL: the factor of a unit diffusion, to be refuted."""
    return 0.5 * observables.PathKL()(sampler, cell).value


w2_particles = observables.ParticleError(vf.wasserstein2, PARTICLES)
EXPONENTIAL = {"scheme": "exponential"}

STUDY = vf.Study(
    name="chen2023/particles",
    question="Do particles, paths and exact laws of one sampler object agree?",
    subject=subject,
    sweep={"scheme": tuple(SCHEMES), "target": tuple(CASES), "score_error": (0.0, 0.2, 0.4, 0.8)},
    observe={
        "w2": observables.SamplingError(vf.wasserstein2),
        "w2_particles": w2_particles,
        "w2_weak_drift": observables.OnPerturbed(w2_particles, drift=1.9),
        "kl": observables.SamplingError(vf.kl),
        "kl_particles": observables.ParticleError(vf.kl, PARTICLES),
        "path": observables.PathKL(),
        "path_mc": observables.PathKLMonteCarlo(PATHS, confidence=0.999),
        "half_path": half_path,
        "path_bound": PathKL(),
    },
    claims={
        "S3-07": [
            claims.Identity(
                "w2_particles",
                "w2",
                W2_RESOLUTION,
                relative=True,
                statement="Particles have the W2 error of the exact law",
            ),
            claims.Identity(
                "kl_particles", "kl", KL_RESOLUTION, relative=True, statement="Particles have the KL of the exact law"
            ),
            claims.NegativeControl(
                claims.Identity(
                    "w2_weak_drift",
                    "w2",
                    W2_RESOLUTION,
                    relative=True,
                    where=EXPONENTIAL,
                    statement="So have particles with the drift coefficient 1.9 for 2",
                )
            ),
        ],
        "S3-18": [
            claims.Identity(
                "path_mc",
                "path",
                PATH_RESOLUTION,
                relative=True,
                statement="Monte Carlo over forward paths gives the closed-form path KL, factor one",
            ),
            claims.UpperBound("kl_particles", by="path_bound", statement="KL of the particles ≤ KL(q_T‖γ) + path KL"),
            claims.NegativeControl(
                claims.Identity(
                    "path_mc", "half_path", PATH_RESOLUTION, relative=True, statement="The path KL carries the factor ½"
                )
            ),
        ],
        "S3-10": [
            claims.Rate(
                "path_mc",
                "score_error",
                "path",
                0.05,
                where={"score_error": (0.2, 0.4, 0.8)},
                statement="The simulated path KL grows with ε at the rate of the closed form",
            ),
        ],
    },
    figures=[
        figures.ErrorAgainstBound(
            "score_error",
            errors=("w2", "w2_particles", "path", "path_mc"),
            within="scheme",
            where={"target": "correlated"},
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
