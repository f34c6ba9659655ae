"""Is the path KL of the proof right: its factor, its order in h, its split, its per-step estimate?

The closed form, Σ_k ∫ E‖s_k(Y_k) − ∇log q_{T−t}(Y_t)‖² dt, is compared with Monte Carlo over forward paths; the true
law of q_{τ+s} with the contraction and blur of q_τ; the rate of the path KL in each step with ε² + L²dh + L²m_2²h².
"""

import numpy as np

import verify as vf
from verify import bounds, claims, observables, samplers, scores
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


def half_path(sampler, cell):
    """Half of the path KL: the factor of a unit diffusion, to be refuted."""
    return 0.5 * observables.PathKL()(sampler, cell).value


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


def small_split(sampler, cell):
    """A quarter of the sum of the three parts: a factor that is too small, to be refuted."""
    return split(sampler, cell, 0.25)


def pushed_variance(sampler, cell):
    """Largest gap between λ(τ+s) and e^{−2s}λ(τ) + 1 − e^{−2s} over the grid: contraction, then blur."""
    now, before = (
        sampler.target.variances_at(sampler.grid.tau[:-1, None]),
        sampler.target.variances_at(sampler.grid.tau[1:, None]),
    )
    h = sampler.grid.step_sizes[:, None]
    return vf.Estimate.exact(float(np.abs(now - (np.exp(-2 * h) * before - np.expm1(-2 * h))).max()), 2e-15)


def pushed_wrongly(sampler, cell):
    """The same with the blur 1 − e^{−s} in place of 1 − e^{−2s}."""
    now, before = (
        sampler.target.variances_at(sampler.grid.tau[:-1, None]),
        sampler.target.variances_at(sampler.grid.tau[1:, None]),
    )
    h = sampler.grid.step_sizes[:, None]
    return float(np.abs(now - (np.exp(-2 * h) * before - np.expm1(-h))).max())


def one_step_without_smoothness(sampler, cell):
    """ε² + dh + m_2²h²: the per-step estimate with L² dropped, to be refuted."""
    quantities = dict(bounds.Chen2023OneStep().quantities(sampler)) | {"smoothness": 1.0}
    return sum(bounds.Chen2023OneStep.formula(**quantities).values())


def steps(finest):
    return tuple(2.0**-k for k in range(6, finest + 1))


EXPONENTIAL = {"scheme": "exponential"}
STUDY = vf.Study(
    name="chen2023/girsanov",
    question="Is the path KL of the proof right: its factor, its order in h, its split and its per-step estimate?",
    subject=subject,
    sweep={
        "scheme": tuple(SCHEMES),
        "target": tuple(CASES),
        "step": vf.Budgeted(smoke=steps(8), ci=steps(9), full=steps(12)),
        "score_error": (0.0, 0.3),
    },
    observe={
        "path": observables.PathKL(),
        "path_mc": observables.PathKLMonteCarlo(vf.Budgeted(smoke=600, ci=2_000, full=20_000), confidence=0.999),
        "half_path": half_path,
        "skeleton": observables.SkeletonKL(),
        "split": split,
        "small_split": small_split,
        "pushed": pushed_variance,
        "pushed_wrongly": pushed_wrongly,
        "rate": observables.LargestStepPathKL(),
        "one_step": bounds.Chen2023OneStep(),
        "one_step_without_L": one_step_without_smoothness,
        "relative_bound": bounds.Conforti2025Explicit(),
        "path_kl": bounds.PathKL(),
    },
    claims={
        "S3-18": [
            claims.Identity(
                "path_mc",
                "path",
                0.2,
                relative=True,
                statement="Monte Carlo over forward paths gives the closed-form path KL",
            ),
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
            claims.NegativeControl(
                claims.Identity(
                    "path_mc", "half_path", 0.2, relative=True, statement="The path KL carries Girsanov's factor ½"
                )
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
                    by="small_split",
                    where=EXPONENTIAL,
                    statement="The path KL is below a quarter of the sum of its three parts",
                )
            ),
        ],
        "S3-20": [
            claims.Identity(
                "pushed", 0.0, 1e-14, statement="q_{τ+s} is q_τ contracted by e^{−s} and blurred by 1 − e^{−2s}"
            ),
            claims.NegativeControl(claims.Identity("pushed_wrongly", 0.0, 1e-14, statement="The blur is 1 − e^{−s}")),
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
            errors=("path", "skeleton", "path_mc"),
            bounds=("split",),
            within="scheme",
            where={"target": "correlated", "score_error": 0.0},
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
