"""How do the errors of the exponential integrator fall with the step size, and how does Theorem 2 say they fall?

Chen, Chewi, Li, Li, Salim, Zhang (2023), Theorem 2, bounds TV by a term that falls as √h. On Gaussian data the exact
law of the output is known, and TV and W2 fall as h, KL as h²; the path KL, through which the proof goes, falls as h.
"""

import verify as vf
from verify import bounds, claims, observables, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import gallery

CASES = {"correlated": gallery.correlated, "narrow": gallery.narrow, "wide": gallery.wide, "skewed": gallery.skewed}
FINE = tuple(2.0**-k for k in range(6, 15))  # below 1/(2L) of every case: the asymptotic range
SMALL = (2.0**-9,)  # small enough for the O(h²) left by the extrapolation
HORIZON = 8.0  # e^{−2T} ~ 1e-7: the start at γ is invisible at the steps used here


def subject(target, step):
    return samplers.ExponentialIntegrator(
        scores.Exact(CASES[target]()), vf.TimeGrid.uniform(horizon=HORIZON, step=step)
    )


def steps(finest):
    return tuple(2.0**-k for k in range(3, finest + 1))


kl, tv, w2 = (observables.SamplingError(d) for d in (vf.kl, vf.total_variation, vf.wasserstein2))


def path_with_h_squared(sampler, cell):
    """The path KL bound L²dhT + Ldh²T/3 with one more power of h: a wrong exponent, to be refuted."""
    h = float(sampler.grid.step_sizes[0])
    return h * bounds.Chen2023Explicit().terms(sampler)["discretisation"]


STUDY = vf.Study(
    name="chen2023/step_size",
    question="How do KL, TV and W2 of the exponential integrator fall with the step size, and how do the bounds?",
    subject=subject,
    sweep={"target": tuple(CASES), "step": vf.Budgeted(smoke=steps(9), ci=steps(11), full=steps(14))},
    observe={
        "kl": kl,
        "tv": tv,
        "w2": w2,
        "path": observables.PathKL(),
        "infidelity": observables.Infidelity(),
        "bias": observables.VarianceBias(0),
        "bias_late": observables.OnPerturbed(observables.VarianceBias(0), lag=1.0),
        "bias_early": observables.OnPerturbed(observables.VarianceBias(0), lag=-1.0),
        "mean_defect": observables.OneStepDefect("mean"),
        "path_h2": path_with_h_squared,
        "tv_weak_drift": observables.OnPerturbed(tv, drift=1.0),
        "tv_loud_noise": observables.OnPerturbed(tv, noise_scale=1.01),
        "mean_defect_relaxed": observables.OnPerturbed(observables.OneStepDefect("mean"), relax=0.5),
        "printed": bounds.Chen2023Theorem2(),
        "explicit": bounds.Chen2023Explicit(),
        "explicit_tv": bounds.Chen2023ExplicitTV(),
    },
    claims={
        "S3-10": [
            claims.UpperBound(
                "tv", by="explicit_tv", axis="step", statement="TV(p, p_T) is below the explicit form of Theorem 2"
            ),
            claims.UpperBound(
                "kl", by="explicit", axis="step", statement="KL(p‖p_T) is below the explicit bound, for every step"
            ),
            claims.ImpliedConstant(
                "tv", by="printed", ceiling=0.5**0.5, statement="Theorem 2 as printed holds with the constant 1/√2"
            ),
            claims.NegativeControl(
                claims.UpperBound("path", by="path_h2", statement="The path KL is below a bound with h² for h")
            ),
        ],
        "S3-07": [
            claims.Identity("infidelity", 0.0, 1e-9, statement="The running step is the exponential integrator's"),
            claims.Identity(
                "bias",
                1.0,
                1e-3,
                where={"step": SMALL},
                statement="Its variance error is h for every Gaussian, to first order",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "bias_late", 1.0, 1e-3, where={"step": SMALL}, statement="So it is with the score one step late"
                )
            ),
            claims.NegativeControl(
                claims.Identity(
                    "bias_early", 1.0, 1e-3, where={"step": SMALL}, statement="So it is with the score one step early"
                )
            ),
            claims.NegativeControl(
                claims.Rate(
                    "tv",
                    "step",
                    "explicit_tv.discretisation",
                    0.05,
                    where={"step": FINE},
                    statement="TV falls at the bound's rate",
                )
            ),
            claims.Rate("tv", "step", 1.0, 0.05, where={"step": FINE}, statement="TV(p, p_T) falls as h, not as √h"),
            claims.Rate("kl", "step", 2.0, 0.1, where={"step": FINE}, statement="KL(p‖p_T) falls as h²"),
            claims.Rate("w2", "step", 1.0, 0.05, where={"step": FINE}, statement="W2(p, p_T) falls as h"),
            claims.Rate(
                "path",
                "step",
                1.0,
                0.05,
                where={"step": FINE},
                statement="The path KL falls as h: it is what the bound controls",
            ),
            claims.Identity(
                "mean_defect", 0.0, 1e-11, statement="A step maps the mean of q_τ exactly to that of q_{τ−h}"
            ),
            claims.NegativeControl(
                claims.Rate("tv", "step", 0.5, 0.05, where={"step": FINE}, statement="TV falls as √h")
            ),
            claims.NegativeControl(
                claims.Rate(
                    "tv_weak_drift",
                    "step",
                    1.0,
                    0.05,
                    where={"step": FINE},
                    statement="TV falls as h with the drift coefficient 1",
                )
            ),
            claims.NegativeControl(
                claims.Rate(
                    "tv_loud_noise",
                    "step",
                    1.0,
                    0.05,
                    where={"step": FINE},
                    statement="TV falls as h with 1 % too much noise",
                )
            ),
            claims.NegativeControl(
                claims.Identity(
                    "mean_defect_relaxed", 0.0, 1e-11, statement="The mean is exact with e^{h/2}X for e^h X"
                )
            ),
        ],
    },
    figures=[
        figures.ErrorAgainstBound("step", errors=("tv", "w2"), bounds=("explicit_tv", "printed"), within="target"),
        figures.ErrorAgainstBound("step", errors=("kl", "path"), bounds=("explicit",), within="target"),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
