"""What does the horizon buy? The start at γ instead of q_T, and an error that saturates where the bound grows.

Theorem 2 pays √KL(p‖γ) e^{−T} for starting at γ and a factor √T for discretising longer. On Gaussians the noise gap
KL(q_T‖γ) falls as e^{−2T} for a shifted mean and e^{−4T} for a centred law; the reverse SDE contracts it once more on
the way back; and the discretisation error stops growing with T.
"""

import math
from dataclasses import replace

import numpy as np

import verify as vf
from verify import bounds, claims, observables, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import Gaussian

STEP = 2.0**-7
CASES = {
    "shifted": lambda: Gaussian(np.array([1.0, -0.5]), np.array([[1.5, 0.62], [0.62, 0.8]])),
    "centred": lambda: Gaussian(np.zeros(2), np.array([[1.5, 0.62], [0.62, 0.8]])),
}
LATE = (3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0)


def subject(target, horizon):
    return samplers.ExponentialIntegrator(
        scores.Exact(CASES[target]()), vf.TimeGrid.uniform(horizon=horizon, step=STEP)
    )


def dissipated(sampler, cell):
    """∫_T^∞ I(t) dt with u = e^{−2t}, by Gauss–Legendre: I vanishes with u, so I/(2u) is smooth."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    end = math.exp(-2 * sampler.grid.horizon)
    u = 0.5 * end * (nodes + 1)
    integrand = sampler.process.relative_fisher(-0.5 * np.log(u)) / (2 * u)
    value = 0.5 * end * float(weights @ integrand)
    return vf.Estimate.exact(value, 1e-12 * value, "quadrature")


def contraction_e4(sampler, cell):
    """e^{−4T} KL(p‖γ): true for centred Gaussians far out, claimed for all."""
    return math.exp(-4 * sampler.grid.horizon) * float(sampler.process.kl(0.0))


def noise_tv_pinsker(sampler, cell):
    """√(KL(q_T‖γ)/2) through the contraction: the initialisation term that Theorem 2 pays, with its constant."""
    return bounds.Chen2023ExplicitTV().terms(sampler)["initialisation"]


def no_start_error(sampler, cell):
    """TV between the target and the exact reverse chain started at q_T itself."""
    chain = samplers.OptimalAncestral(sampler.score, sampler.grid, "marginal")
    return vf.total_variation(sampler.target, chain.run())


def start_effect(sampler, cell):
    """TV between the outputs of the sampler from γ and from q_T."""
    return vf.total_variation(replace(sampler, begin="marginal").run(), sampler.run())


tv = vf.total_variation
STUDY = vf.Study(
    name="chen2023/horizon",
    question="How does the error depend on the horizon, and what does starting at γ cost?",
    subject=subject,
    sweep={
        "target": tuple(CASES),
        "horizon": vf.Budgeted(
            smoke=(0.5, 1.0, 1.5, 2.0, *LATE),
            ci=(0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, *LATE),
            full=(0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, *LATE, 8.0, 10.0),
        ),
    },
    observe={
        "tv": observables.SamplingError(tv),
        "noise_kl": observables.NoiseKL(),
        "noise_kl_integral": dissipated,
        "infidelity": observables.Infidelity(),
        "noise_tv": observables.NoiseGap(tv),
        "start_tv": observables.InitialisationOnly(tv),
        "no_start_tv": no_start_error,
        "start_effect": start_effect,
        "discretisation_tv": observables.DiscretisationOnly(tv),
        "contraction": bounds.OUContraction(),
        "regularisation": bounds.OURegularisation(),
        "contraction_e4": contraction_e4,
        "start_bound": noise_tv_pinsker,
        "explicit_tv": bounds.Chen2023ExplicitTV(),
        "printed": bounds.Chen2023Theorem2(),
    },
    claims={
        "S3-13": [
            claims.UpperBound("noise_kl", by="contraction", statement="KL(q_T‖γ) ≤ e^{−2T} KL(p‖γ)"),
            claims.UpperBound(
                "noise_kl", by="regularisation", statement="KL(q_T‖γ) ≤ ½m_2²e^{−2T} + (d/4)e^{−4T}/(1 − e^{−2T})"
            ),
            claims.Rate(
                "noise_kl",
                "horizon",
                -2.0,
                0.02,
                scale="linear",
                where={"target": "shifted", "horizon": LATE},
                statement="A shifted law forgets as e^{−2T}: the contraction is sharp",
            ),
            claims.Rate(
                "noise_kl",
                "horizon",
                -4.0,
                0.02,
                scale="linear",
                where={"target": "centred", "horizon": LATE},
                statement="A centred law forgets as e^{−4T}: the contraction is not sharp",
            ),
            claims.Identity(
                "noise_kl",
                "noise_kl_integral",
                1e-10,
                relative=True,
                statement="KL(q_T‖γ) is the Fisher information dissipated after T: ∫_T^∞ I dt",
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "noise_kl",
                    by="contraction_e4",
                    where={"target": "shifted"},
                    statement="KL(q_T‖γ) ≤ e^{−4T} KL(p‖γ) for a shifted law",
                )
            ),
        ],
        "S3-08": [
            claims.UpperBound(
                "noise_tv", by="start_bound", statement="TV(q_T, γ) is below the initialisation term of Theorem 2"
            ),
            claims.UpperBound(
                "start_tv", by="noise_tv", slack=1e-9, statement="Exact reverse transitions do not increase TV(q_T, γ)"
            ),
            claims.Identity(
                "no_start_tv", 0.0, 1e-9, statement="Started at q_T, exact transitions make no error at all"
            ),
            claims.Rate(
                "start_tv",
                "horizon",
                -2.0,
                0.03,
                scale="linear",
                where={"target": "shifted", "horizon": LATE},
                statement="Starting at γ costs e^{−2T} in TV at the output, not e^{−T}",
            ),
            claims.Rate(
                "start_tv",
                "horizon",
                -4.0,
                0.03,
                scale="linear",
                where={"target": "centred", "horizon": LATE},
                statement="Starting at γ costs e^{−4T} in TV for a centred law",
            ),
            claims.Rate(
                "start_effect",
                "horizon",
                -2.0,
                0.03,
                scale="linear",
                where={"target": "shifted", "horizon": LATE},
                statement="The exponential integrator itself forgets its start as e^{−2T}",
            ),
            claims.NegativeControl(
                claims.Rate(
                    "start_tv",
                    "horizon",
                    -1.0,
                    0.03,
                    scale="linear",
                    where={"horizon": LATE},
                    statement="Starting at γ costs e^{−T} at the output",
                )
            ),
            claims.NegativeControl(claims.Identity("start_tv", 0.0, 1e-9, statement="Starting at γ is free")),
        ],
        "S3-07": [
            claims.Identity("infidelity", 0.0, 1e-9, statement="The running step is the exponential integrator's")
        ],
        "S3-10": [
            claims.UpperBound(
                "discretisation_tv",
                by="explicit_tv.discretisation",
                axis="horizon",
                statement="The discretisation error alone is below the bound's discretisation term",
            ),
            claims.UpperBound(
                "tv",
                by="explicit_tv",
                axis="horizon",
                statement="TV(p, p_T) is below the explicit form of Theorem 2 at every horizon",
            ),
            claims.Rate(
                "discretisation_tv",
                "horizon",
                0.0,
                0.02,
                where={"horizon": LATE},
                statement="The discretisation error saturates in T",
            ),
            claims.NegativeControl(
                claims.Rate(
                    "discretisation_tv",
                    "horizon",
                    "explicit_tv.discretisation",
                    0.02,
                    where={"horizon": LATE},
                    statement="The discretisation error grows at the bound's rate √T",
                )
            ),
        ],
    },
    figures=[
        figures.Lines(
            "horizon",
            ("noise_tv", "start_tv", "discretisation_tv", "tv", "start_bound"),
            scale="semilog",
            within="target",
        ),
        figures.StackedTerms(
            "horizon",
            "explicit_tv",
            exact={"initialisation": "start_tv", "discretisation": "discretisation_tv"},
            where={"target": "shifted"},
        ),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
