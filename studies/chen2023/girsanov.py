"""Is the path KL of the proof right: its order in h, its split, its per-step estimate?

The path KL, Σ_k ∫ E‖s_k(Y_k) − ∇log q_{T−t}(Y_t)‖² dt, is followed over step sizes for three schemes and set against
the skeleton KL, the proof's three-way split and its per-step estimate ε² + L²dh + L²m_2²h², pointwise in time. The
factor in front is settled by Monte Carlo in chen2023/particles.
"""

import numpy as np

import verify as vf
from verify import bounds, claims, laws, observables, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import gallery

SCHEMES = {
    "exponential": samplers.ExponentialIntegrator,
    "relative": samplers.RelativeIntegrator,
    "euler": samplers.EulerMaruyama,
}
CASES = {"correlated": gallery.correlated, "narrow": gallery.narrow, "power law": lambda: gallery.power_law(16, 10.0)}
EXACT = {"score_error": 0.0}


def subject(scheme, target, step, score_error):
    score = scores.Dilated(CASES[target](), score_error, -1)
    return SCHEMES[scheme](score, vf.TimeGrid.uniform(horizon=2.0, step=step))


def split(sampler, cell, factor=3.0):
    """factor·(score + movement of the score in time + in space): the three-way split of the proof, in closed form.

    ‖s_k(Y_k) − v_τ(Y_t)‖² ≤ 3‖s_k(Y_k) − v_{τ_k}(Y_k)‖² + 3‖v_{τ_k}(Y_k) − v_τ(Y_k)‖² + 3‖v_τ(Y_k) − v_τ(Y_t)‖²,
    integrated by Gauss–Legendre with 12 nodes a step.
    """
    target, grid = sampler.target, sampler.grid
    nodes, weights = np.polynomial.legendre.leggauss(12)
    total = 0.0
    for k, h in enumerate(grid.step_sizes):
        s = 0.5 * h * (nodes[:, None] + 1)
        tau = grid.tau[k]
        at_k, at_t, mean = target.variances_at(tau), target.variances_at(tau - s), target.mean_at(tau)
        error = sampler.score.error(float(tau)).value ** 2
        in_time = ((1 / at_k - 1 / at_t) ** 2 * at_k + (np.expm1(s) * mean / at_t) ** 2).sum(axis=1)
        gap = np.expm1(-s) ** 2 * at_t - np.expm1(-2 * s) + (np.expm1(s) * mean) ** 2
        in_space = (gap / at_t**2).sum(axis=1)
        total += factor * float(0.5 * h * (weights @ (error + in_time + in_space)))
    return total


def plain_split(sampler, cell):
    """The sum of the three parts without the factor three, to be refuted: the parts are correlated."""
    return split(sampler, cell, 1.0)


def pushed(share):
    """Return the observable W2(q_{τ_k}, (e^{−h})_# q_{τ_{k+1}} * N(0, (1 − e^{−share·h})I)) over the last step."""

    def measure(sampler, cell):
        law, h = sampler.goal(), float(sampler.grid.step_sizes[-1])
        cov = np.exp(-2 * h) * law.cov - np.expm1(-share * h) * np.eye(law.dim)
        gap = vf.wasserstein2(sampler.marginal(sampler.steps - 1), laws.Gaussian(np.exp(-h) * law.mean, cov))
        return vf.Estimate.exact(gap.value, 1e-13, "closed form", least=0.0)  # both laws are rounded

    return measure


def one_step_without_smoothness(sampler, cell):
    """ε² + dh + m_2²h²: the per-step estimate with L² dropped, to be refuted."""
    quantities = dict(bounds.Chen2023OneStep().quantities(sampler)) | {"smoothness": 1.0}
    return sum(bounds.Chen2023OneStep.formula(**quantities).values())


def steps(finest):
    return tuple(2.0**-k for k in range(6, finest + 1))


EXPONENTIAL = {"scheme": "exponential"}
STUDY = vf.Study(
    name="chen2023/girsanov",
    question="Is the path KL of the proof right: its order in h, its split and its per-step estimate?",
    subject=subject,
    sweep={
        "scheme": tuple(SCHEMES),
        "target": tuple(CASES),
        "step": vf.Budgeted(smoke=steps(8), ci=steps(9), full=steps(12)),
        "score_error": (0.0, 0.3),
    },
    observe={
        "path": observables.PathKL(),
        "infidelity": observables.Infidelity(),
        "skeleton": observables.SkeletonKL(),
        "split": split,
        "plain_split": plain_split,
        "pushed": pushed(2.0),
        "pushed_wrongly": pushed(1.0),
        "rate": observables.LargestPathKLRate(),
        "one_step": bounds.Chen2023OneStep(),
        "one_step_without_L": one_step_without_smoothness,
        "relative_bound": bounds.Conforti2025Explicit(),
        "path_kl": bounds.PathKL(),
    },
    claims={
        "S3-24": [
            claims.Identity("infidelity", 0.0, 1e-9, statement="Each running step is the scheme that it declares")
        ],
        "S3-18": [
            claims.Rate(
                "path", "step", 1.0, 0.06, where=EXACT, statement="The path KL falls as h for all three schemes"
            ),
            claims.UpperBound("skeleton", by="path", slack=1e-9, statement="The skeleton KL is below the path KL"),
            claims.UpperBound(
                "path_kl",
                by="relative_bound",
                where={"scheme": "relative"},
                axis="step",
                statement="The relative integrator obeys e^{−2T}KL + hI(p‖γ) + Tε² + cross term, without L",
            ),
        ],
        "S3-19": [
            claims.UpperBound(
                "path",
                by="split",
                where=EXPONENTIAL,
                axis="step",
                statement="The path KL is below three times the sum of its three parts",
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "path",
                    by="plain_split",
                    where=EXPONENTIAL,
                    statement="The path KL is below the sum of its three parts, without the factor three",
                )
            ),
        ],
        "S3-20": [
            claims.Identity(
                "pushed", 0.0, 1e-12, statement="q_{τ+s} is q_τ contracted by e^{−s} and blurred by 1 − e^{−2s}"
            ),
            claims.NegativeControl(claims.Identity("pushed_wrongly", 0.0, 1e-12, statement="The blur is 1 − e^{−s}")),
        ],
        "S3-23": [
            claims.ImpliedConstant(
                "rate",
                by="one_step",
                ceiling=2.0,
                where=EXPONENTIAL,
                statement="One step costs at most 2(ε² + L²dh + L²m_2²h²) a unit of time",
            ),
            claims.NegativeControl(
                claims.ImpliedConstant(
                    "rate",
                    by="one_step_without_L",
                    ceiling=2.0,
                    where=EXPONENTIAL | EXACT,
                    statement="One step costs at most 2(ε² + dh + m_2²h²)",
                )
            ),
        ],
    },
    figures=[
        figures.ErrorAgainstBound(
            "step",
            errors=("path", "skeleton"),
            bounds=("split",),
            within="scheme",
            where={"target": "correlated", "score_error": 0.0},
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
