"""Do the lemmas behind Theorem 2 hold, with the exponents and the dimensions that they should have?

Second moments, movement, Fisher information and the score-perturbation lemma, on shifted Gaussians: isotropic ones of
precision L, which nearly attain each lemma somewhere, and rotated ones with half of their variances 1/L and half 3. The
left sides are closed forms; each is met again by Monte Carlo, with paths that are noised forward and with the score as
the samplers call it.

The perturbation lemma is tested at the edge of its range, L‖M_1‖ = ¼. For Gaussians its constant is at most one: in
each coordinate the slope's part, ‖M_1‖|λ − 1|/(√λ λ′), is at most that of the last term (λ′ ≥ 1/L where λ < 1, and
(λ − 1)/λ′ ≤ 4/3 ≤ (8/9)(½ + L) where λ > 1), and the mean's part, ζ|m|/λ′, at most that of the middle term. Hence what
Gaussians cannot refute is either misprint alone. Without d in the first term the other two still suffice; with 2‖M_1‖
for L‖M_1‖ in the last, the first makes up for it, as L‖M_1‖√J ≤ L√(‖M_1‖d)/2. Only a kinked density tells these apart.
With both, √d is lost once L ≫ d, and Gaussians refute it. Steadiness in L is claimed from L = 16 on: the change has the
factor |1 − λ| = 1 − 1/L, which vanishes at L = 1, where max(1, ·) has its kink, and is still ¾ at L = 4.
"""

import math

import numpy as np
from scipy.stats import norm

import verify as vf
from verify import bounds, claims, observables, samplers, scores
from verify.bounds.score_perturbation import lemma_terms
from verify.cli import main_study
from verify.report import figures
from verify.targets import Gaussian

NUMBERS = vf.Budgeted(smoke=100_000, ci=100_000, full=2_000_000)  # draws times dimension
# |Z|² of a Gaussian vector has relative variance 2/(number of equal coordinates), here at most 4/d. The half-width and
# the error of a mean over n draws are each below z√(4/nd), z = 5 for some 500 intervals at a joint 99.9 % (Bonferroni).
RESOLUTION = 2 * 5 * math.sqrt(4 / NUMBERS["smoke"])
# Where bounds are attained: observables enclose their own rounding by 64 ε, sums over d terms in pairs by a few ε more.
ROUNDING = 256 * np.finfo(float).eps


def subject(shape, dim, precision, shift):
    mean, spectrum, axes = np.full(dim, shift / math.sqrt(dim)), np.full(dim, 1 / precision), None
    if shape == "two scales":
        spectrum[1::2] = 3.0
        normal = np.arange(1.0, dim + 1) / np.linalg.norm(np.arange(1.0, dim + 1))
        axes = np.eye(dim) - 2 * np.outer(normal, normal)
    target = Gaussian.from_spectrum(mean, spectrum, axes)
    last = -0.5 * math.log1p(-0.25 / max(precision, 1.0))  # L‖M_1‖ = ¼
    return samplers.ExponentialIntegrator(scores.Exact(target), vf.TimeGrid.uniform(horizon=8 * last, steps=8))


def mean_square(vectors, confidence=0.999):
    """E|V|² from draws of V, with a normal interval; compared with a number, so there is no null to clear."""
    square = (vectors**2).sum(axis=-1)
    mean, error = float(square.mean()), float(square.std(ddof=1)) / math.sqrt(square.size)
    reach = float(norm.ppf(0.5 + confidence / 2)) * error
    return vf.Estimate(mean, mean - reach, mean + reach, confidence, "monte carlo")


def draws(sampler, cell, time):
    """Draws of q_time, fewer in higher dimensions."""
    return sampler.process.law(float(time)).sample(NUMBERS[cell.budget] // sampler.dim, cell.rng)


def larger(first, second):
    """The larger of two expectations: the intervals, at half the error each, hold jointly."""
    ends = [max(a, b) for a, b in ((first.value, second.value), (first.low, second.low), (first.high, second.high))]
    return vf.Estimate(*ends, first.confidence + second.confidence - 1, "monte carlo")


def at_both_ends(measure):
    """Largest on the grid: M is linear and J convex in e^{−2t}, so each is largest on the first or the last step."""
    return lambda sampler, cell: larger(measure(sampler, cell, 0), measure(sampler, cell, -1))


def moved(sampler, cell, k):
    """E‖X_t − X_s‖² over step k from draws of X_s noised forward."""
    late, early = sampler.grid.tau[:-1][k], sampler.grid.tau[1:][k]
    x, r = draws(sampler, cell, early), late - early
    ahead = math.exp(-r) * x + math.sqrt(-math.expm1(-2 * r)) * cell.rng.standard_normal(x.shape)
    return mean_square(ahead - x, 0.9995)


def called(sampler, cell, k):
    """E‖∇log q_τ‖² at an end of the grid, the score called at draws of q_τ."""
    tau = sampler.grid.tau[k]
    return mean_square(sampler.score(draws(sampler, cell, tau), tau), 0.9995)


def score_change_called(sampler, cell):
    """‖∇log q_{τ+h} − ∇log q_τ‖ in L²(q_τ), the score called at the same draws at both times."""
    after, before = sampler.grid.tau[-2:]
    x = draws(sampler, cell, before)
    change = mean_square(sampler.score(x, after) - sampler.score(x, before))
    return change.map(lambda square: math.sqrt(max(square, 0.0)))


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


def lemma(first=True, last=True):
    """The perturbation lemma's right side with its terms right or misprinted: no d in the first, 2‖M_1‖ in the last."""

    def total(sampler, cell):
        q = dict(bounds.ScorePerturbation().quantities(sampler))
        terms = lemma_terms(**q)
        if not first:
            terms["blur"] /= math.sqrt(q["dim"])
        if not last:
            terms["score"] = (q["contraction"] + 2 * q["blur"]) * math.sqrt(q["fisher"])
        return sum(terms.values())

    return total


def over_printed(sampler, cell):
    """Score change over the bound with both misprints: the constant that it would need."""
    bound = bounds.ScorePerturbationPrinted()(sampler)
    return observables.ScoreChange()(sampler, cell).map(lambda change: change / bound)


STUDY = vf.Study(
    name="chen2023/lemmas",
    question="Do the lemmas behind Theorem 2 hold, with the exponents and dimensions that they should have?",
    subject=subject,
    sweep={
        "shape": ("isotropic", "two scales"),
        "dim": vf.Budgeted(smoke=(1, 4, 16, 64), ci=(1, 4, 16, 64, 256), full=(1, 4, 16, 64, 256, 1024)),
        "precision": (0.25, 1.0, 4.0, 16.0, 256.0, 4096.0),
        "shift": (0.0, 1.0, 100.0),
    },
    only=lambda shape, dim, precision, shift: shape == "isotropic" or dim > 1,
    observe={
        "moment": observables.LargestSecondMoment(),
        "moment_bound": bounds.SecondMoment(),
        "moment_centred": moment_without_mean,
        "movement": observables.LargestMovement(),
        "movement_paths": at_both_ends(moved),
        "movement_bound": bounds.Movement(),
        "movement_cubed": movement_cubed,
        "movement_without_dim": movement_without_dimension,
        "fisher": observables.LargestFisher(),
        "fisher_called": at_both_ends(called),
        "fisher_bound": bounds.FisherInformation(),
        "fisher_without_dim": fisher_without_dimension,
        "fisher_late": observables.FisherAtHorizon(),
        "fisher_convolution": bounds.FisherConvolution(),
        "score_change": observables.ScoreChange(),
        "score_change_called": score_change_called,
        "perturbation": bounds.ScorePerturbation(),
        "perturbation_printed": bounds.ScorePerturbationPrinted(),
        "perturbation_explicit": bounds.ScorePerturbationExplicit(),
        "without_dim": lemma(first=False),
        "last_doubled": lemma(last=False),
        "over_printed": over_printed,
    },
    claims={
        "S3-22": [
            claims.UpperBound("moment", by="moment_bound", slack=ROUNDING, statement="E‖X_t‖² ≤ d ∨ m_2²"),
            claims.UpperBound("movement", by="movement_bound", statement="E‖X_t − X_s‖² ≤ r²(d ∨ m_2²) + 2rd"),
            claims.Identity(
                "movement_paths",
                "movement",
                RESOLUTION,
                relative=True,
                statement="Paths noised forward move by the closed form of E‖X_t − X_s‖²",
            ),
            claims.UpperBound("fisher", by="fisher_bound", slack=ROUNDING, statement="E‖∇log q_t‖² ≤ Ld"),
            claims.Identity(
                "fisher_called",
                "fisher",
                RESOLUTION,
                relative=True,
                statement="The score, called at draws of q_t, has the mean square of the closed form J(t)",
            ),
            claims.UpperBound(
                "fisher_late",
                by="fisher_convolution",
                slack=ROUNDING,
                statement="J(t) ≤ [e^{−2t}/J(0) + (1 − e^{−2t})/d]^{−1}",
            ),
            claims.Identity(
                "fisher_late",
                "fisher_convolution",
                ROUNDING,
                relative=True,
                where={"shape": "isotropic"},
                statement="Stam's inequality is an equality for isotropic Gaussians",
            ),
            claims.NegativeControl(
                claims.Identity(
                    "fisher_late",
                    "fisher_convolution",
                    ROUNDING,
                    relative=True,
                    where={"shape": "two scales"},
                    statement="Stam's inequality is an equality for Gaussians of two scales",
                )
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
            claims.Identity(
                "score_change_called",
                "score_change",
                RESOLUTION,
                relative=True,
                statement="The score, called at both times, changes by the closed form in L²(q_τ)",
            ),
            claims.UpperBound(
                "score_change",
                by="perturbation_explicit",
                statement="The score changes by less than the explicit perturbation lemma allows",
            ),
            claims.ImpliedConstant(
                "score_change",
                by="perturbation",
                ceiling=1.0,
                statement="The perturbation lemma holds with a constant of at most one",
            ),
            claims.ImpliedConstant(
                "score_change",
                by="perturbation",
                ceiling=1.0,
                axes=("dim", "precision"),
                where={"precision": (16.0, 256.0, 4096.0)},
                statement="From L = 16 to 4096 the constant of the perturbation lemma is steady in d and L",
            ),
            claims.Rate(
                "score_change",
                "dim",
                0.5,
                ROUNDING,
                where={"shape": "isotropic", "shift": 0.0},
                statement="The score of a centred isotropic Gaussian changes as √d",
            ),
            claims.UpperBound(
                "score_change",
                by="without_dim",
                statement="Gaussians do not refute the lemma without d in its first term alone",
            ),
            claims.UpperBound(
                "score_change",
                by="last_doubled",
                statement="Gaussians do not refute the lemma with 2‖M_1‖ for L‖M_1‖ in its last term alone",
            ),
            claims.NegativeControl(
                claims.Rate(
                    "over_printed",
                    "dim",
                    0.0,
                    0.1,
                    where={"precision": 4096.0, "shift": 0.0},
                    statement="With both misprints the lemma's constant does not depend on d",
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
            where={"shape": "isotropic", "shift": 1.0},
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
