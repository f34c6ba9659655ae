"""What are the true orders of nine reverse samplers, and the coefficients of their leading errors?

Started at q_T with the exact score, so that only the discretisation errs. The leading coefficient of the variance
error is ∫_0^∞ (ℓ/h²) W² dτ, ℓ the scheme's one-step defect and W² what is left at time 0 of a variance error made at
τ: under the SDE e^{−2τ}λ²/λ(τ)², under the probability flow λ/λ(τ). DDPM with the posterior variance and DDIM have
h(a + b log h) instead when equal steps run down to time 0, with b = 2 and b = ½ for every λ.
"""

import math

import verify as vf
from verify import claims, observables, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import gallery

SCHEMES = {
    s.__name__: s
    for s in (
        samplers.ExponentialIntegrator,
        samplers.RelativeIntegrator,
        samplers.EulerMaruyama,
        samplers.DDPM,
        samplers.DDPMPosterior,
        samplers.DDIM,
        samplers.FlowEuler,
        samplers.FlowExponential,
        samplers.FlowHeun,
    )
}
FIRST = ("ExponentialIntegrator", "RelativeIntegrator", "EulerMaruyama", "DDPM", "FlowEuler", "FlowExponential")
FINE = tuple(2.0**-k for k in range(6, 13))
LIMITS = {  # lim (variance − λ)/h for horizon → ∞, as functions of λ ≠ 1
    "ExponentialIntegrator": lambda lam: 1.0,
    "RelativeIntegrator": lambda lam: 1 - lam**2 * math.log(lam) / (lam - 1),
    "EulerMaruyama": lambda lam: 1 - lam**2 * math.log(lam) / (2 * (lam - 1)),
    "DDPM": lambda lam: 1 - lam,
    "FlowEuler": lambda lam: -(lam / 2) * (1 - 1 / lam + math.log(lam)),
    "FlowExponential": lambda lam: (1 - lam) / 2,
}


def subject(scheme, step):
    return SCHEMES[scheme](scores.Exact(gallery.skewed()), vf.TimeGrid.uniform(horizon=8.0, step=step), "marginal")


def bias_limit(index):
    """The closed form of the leading coefficient for coordinate `index`; zero where the scheme has no such term."""

    def limit(sampler, cell):
        formula = LIMITS.get(cell.point["scheme"], lambda lam: 0.0)
        return formula(float(sampler.target.eigenvalues[index]))

    return limit


def steps(finest):
    return tuple(2.0**-k for k in range(4, finest + 1))


kl, tv, w2 = (observables.SamplingError(d) for d in (vf.kl, vf.total_variation, vf.wasserstein2))
FIRST_FINE = {"scheme": FIRST, "step": FINE}
HEUN = {"scheme": "FlowHeun", "step": FINE}
LAST = {"scheme": FIRST, "step": 2.0**-9}

STUDY = vf.Study(
    name="chen2023/schemes",
    question="At which orders do nine reverse samplers really converge?",
    subject=subject,
    sweep={"scheme": tuple(SCHEMES), "step": vf.Budgeted(smoke=steps(9), ci=steps(10), full=steps(12))},
    observe={
        "kl": kl,
        "tv": tv,
        "w2": w2,
        "bias_narrow": observables.VarianceBias(0),
        "bias_wide": observables.VarianceBias(2),
        "limit_narrow": bias_limit(0),
        "limit_wide": bias_limit(2),
        "log_bias": observables.LogBias(1),
    },
    claims={
        "S3-24": [
            claims.Rate(
                "kl",
                "step",
                2.0,
                0.1,
                where=FIRST_FINE,
                statement="KL falls as h² for all first-order schemes, Euler–Maruyama included",
            ),
            claims.Rate(
                "tv", "step", 1.0, 0.06, where=FIRST_FINE, statement="TV falls as h for all first-order schemes"
            ),
            claims.Rate(
                "w2", "step", 1.0, 0.06, where=FIRST_FINE, statement="W2 falls as h for all first-order schemes"
            ),
            claims.Rate(
                "kl", "step", 4.0, 0.2, where=HEUN, statement="KL falls as h⁴ for Heun's method on the probability flow"
            ),
            claims.Rate("tv", "step", 2.0, 0.1, where=HEUN, statement="TV falls as h² for Heun's method"),
            claims.Rate("w2", "step", 2.0, 0.1, where=HEUN, statement="W2 falls as h² for Heun's method"),
            claims.Identity(
                "bias_narrow",
                "limit_narrow",
                2e-3,
                where=LAST,
                statement="The leading variance error at λ = 0.3 is its closed form",
            ),
            claims.Identity(
                "bias_wide",
                "limit_wide",
                2e-3,
                where=LAST,
                statement="The leading variance error at λ = 3 is its closed form",
            ),
            claims.Identity(
                "log_bias",
                2.0,
                0.03,
                where={"scheme": "DDPMPosterior", "step": 2.0**-9},
                statement="DDPM with posterior variance errs by h(a + 2 log h)",
            ),
            claims.Identity(
                "log_bias",
                0.5,
                0.03,
                where={"scheme": "DDIM", "step": 2.0**-9},
                statement="DDIM errs by h(a + ½ log h)",
            ),
            claims.NegativeControl(
                claims.Rate(
                    "tv",
                    "step",
                    1.0,
                    0.06,
                    where={"scheme": "DDPMPosterior", "step": FINE},
                    statement="TV falls as a pure h for DDPM with posterior variance",
                )
            ),
            claims.NegativeControl(
                claims.Rate("tv", "step", 1.0, 0.1, where=HEUN, statement="Heun's method is of order one")
            ),
            claims.NegativeControl(
                claims.Identity(
                    "log_bias",
                    0.5,
                    0.03,
                    where={"scheme": "DDPMPosterior", "step": 2.0**-9},
                    statement="b = ½ for DDPM with posterior variance",
                )
            ),
            claims.NegativeControl(
                claims.Identity(
                    "bias_wide",
                    "limit_narrow",
                    2e-3,
                    where={"scheme": "DDPM", "step": 2.0**-9},
                    statement="The leading error of DDPM does not depend on λ",
                )
            ),
        ],
    },
    figures=[figures.ErrorAgainstBound("step", errors=("tv",), within="scheme")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
