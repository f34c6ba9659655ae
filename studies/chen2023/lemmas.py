"""Do the lemmas behind Theorem 2 hold, with the exponents and the dimensions that they should have?

Second moments, movement, Fisher information and the score-perturbation lemma, on isotropic Gaussians of precision L
with a mean, so that each lemma is nearly attained somewhere. The last lemma is tested at the edge of its range,
L‖M_1‖ = ¼; printed without the dimension it is refuted.
"""

import math

import numpy as np

import verify as vf
from verify import bounds, claims, observables, samplers, scores
from verify.cli import main_study
from verify.report import figures
from verify.targets import Gaussian


def subject(dim, precision, shift):
    mean = np.full(dim, shift / math.sqrt(dim))
    target = Gaussian.from_spectrum(mean, np.full(dim, 1 / precision))
    last = -0.5 * math.log1p(-0.25 / max(precision, 1.0))  # L‖M_1‖ = ¼
    return samplers.ExponentialIntegrator(scores.Exact(target), vf.TimeGrid.uniform(horizon=8 * last, steps=8))


def movement_cubed(sampler, cell):
    """r³(d ∨ m_2²) + 2rd: a wrong exponent in the first term."""
    q = bounds.Movement().quantities(sampler)
    return q["step"] ** 3 * max(q["dim"], q["second_moment"]) + 2 * q["step"] * q["dim"]


def movement_without_dimension(sampler, cell):
    """r²m_2² + 2r: the dimension lost in the second term."""
    q = bounds.Movement().quantities(sampler)
    return q["step"] ** 2 * q["second_moment"] + 2 * q["step"]


def moment_without_mean(sampler, cell):
    """d ∨ tr Σ: m_2² without the mean."""
    return max(float(sampler.dim), float(sampler.target.eigenvalues.sum()))


def fisher_without_dimension(sampler, cell):
    """L for Ld."""
    return bounds.FisherInformation().quantities(sampler)["smoothness"]


STUDY = vf.Study(
    name="chen2023/lemmas",
    question="Do the lemmas behind Theorem 2 hold, with the exponents and dimensions that they should have?",
    subject=subject,
    sweep={
        "dim": vf.Budgeted(smoke=(1, 4, 16, 64), ci=(1, 4, 16, 64, 256), full=(1, 4, 16, 64, 256, 1024)),
        "precision": (0.25, 1.0, 4.0, 16.0, 256.0, 4096.0),
        "shift": (0.0, 1.0, 100.0),
    },
    observe={
        "moment": observables.LargestSecondMoment(),
        "moment_bound": bounds.SecondMoment(),
        "moment_centred": moment_without_mean,
        "movement": observables.LargestMovement(),
        "movement_bound": bounds.Movement(),
        "movement_cubed": movement_cubed,
        "movement_without_dim": movement_without_dimension,
        "fisher": observables.LargestFisher(),
        "fisher_bound": bounds.FisherInformation(),
        "fisher_without_dim": fisher_without_dimension,
        "fisher_late": observables.FisherAtHorizon(),
        "fisher_convolution": bounds.FisherConvolution(),
        "score_change": observables.ScoreChange(),
        "perturbation": bounds.ScorePerturbation(),
        "perturbation_printed": bounds.ScorePerturbationPrinted(),
        "perturbation_explicit": bounds.ScorePerturbationExplicit(),
    },
    claims={
        "S3-22": [
            claims.UpperBound("moment", by="moment_bound", slack=1e-9, statement="E‖X_t‖² ≤ d ∨ m_2²"),
            claims.UpperBound("movement", by="movement_bound", statement="E‖X_t − X_s‖² ≤ r²(d ∨ m_2²) + 2rd"),
            claims.UpperBound("fisher", by="fisher_bound", slack=1e-9, statement="E‖∇log q_t‖² ≤ Ld"),
            claims.UpperBound(
                "fisher_late",
                by="fisher_convolution",
                slack=1e-9,
                statement="J(t) ≤ [e^{−2t}/J(0) + (1 − e^{−2t})/d]^{−1}, with equality for isotropic Gaussians",
            ),
            claims.Identity(
                "fisher_late",
                "fisher_convolution",
                1e-12,
                relative=True,
                statement="Stam's inequality is an equality for isotropic Gaussians",
            ),
            claims.NegativeControl(
                claims.UpperBound("moment", by="moment_centred", statement="E‖X_t‖² ≤ d ∨ tr Σ, the mean left out")
            ),
            claims.NegativeControl(
                claims.UpperBound("movement", by="movement_cubed", statement="E‖X_t − X_s‖² ≤ r³(d ∨ m_2²) + 2rd")
            ),
            claims.NegativeControl(
                claims.UpperBound("movement", by="movement_without_dim", statement="E‖X_t − X_s‖² ≤ r²m_2² + 2r")
            ),
            claims.NegativeControl(claims.UpperBound("fisher", by="fisher_without_dim", statement="E‖∇log q_t‖² ≤ L")),
        ],
        "S3-21": [
            claims.UpperBound(
                "score_change",
                by="perturbation_explicit",
                statement="The score changes by less than the explicit perturbation lemma allows",
            ),
            claims.ImpliedConstant(
                "score_change",
                by="perturbation",
                ceiling=1.0,
                axes=("dim", "precision"),
                where={"precision": (16.0, 256.0, 4096.0)},
                statement="The perturbation lemma holds with a constant of at most one, steady in d and L",
            ),
            claims.NegativeControl(
                claims.ImpliedConstant(
                    "score_change",
                    by="perturbation_printed",
                    ceiling=1.0,
                    statement="The lemma holds as misprinted, without d in its first term",
                )
            ),
        ],
    },
    figures=[
        figures.ErrorAgainstBound(
            "dim",
            errors=("score_change",),
            bounds=("perturbation", "perturbation_printed"),
            within="precision",
            where={"shift": 1.0},
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
