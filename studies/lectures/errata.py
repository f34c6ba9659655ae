"""Which formulas are printed wrong in the lecture notes, and what do they give against the right ones?

One row a formula: a number by the printed one, the same by the corrected one, and the truth by a third way. For an
inequality the truth is the left side. The numbers come from running samplers, whose steps are probed, from the
observables of other studies, or, for score matching, denoising and energies, from quadrature and closed forms.

Three rows on energy-based models (S4-10, S4-13, S4-16) are covered here only, as errata: no study trains such a model.
"Unavoidable" (S0-15) is no formula; its number is the least TV after as many score evaluations. Not in the table,
because they are true but loose: √KL for √(KL/2) (S3-12), r for r² (S3-22),
O(γ^{1/2}) for O(γ) (S4-06), h ≤ min{1/L, ε} (S3-09), the mean over x given x' where that over both is meant (S1-07);
slips of notation: t for h (S3-07), 2√(ah) (S3-10); names without a number (S0-01: "cross-entropy" without its sign).
"""

import _energies as energies
import _formulas as formulas
import _levels as levels
import _matching as matching
from _formulas import SMALL, STUDIES, RootNoise, Uphill, UphillRootNoise, coordinate, measured
from _row import Row

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.report.claim_pairs import ClaimPairs
from verify.targets import gallery

POINT = {"target": "correlated", "inverse_temperature": 1.0, "start": "general", "time": 0.3}
BIASED = 2 * SMALL  # ULA's variance is off by γ/2 in units of the variance where that is ≤ 1, and by e^{−2t}
ROWS = {
    "S0-03": Row(
        "N(±½, 1)", "sup over |f| ≤ 1 is TV", "sup over |f| ≤ 1 of ∫f d(p − q) is 2 TV", formulas.integral_metric, 1e-10
    ),
    "S0-04": Row(
        "log p(2)/p(1) of N(1, 2)",
        "N(m, Σ) is e^{−f}/Z with f = −(x − m)ᵀΣ⁻¹(x − m)",
        "N(m, Σ) is e^{−f}/Z with f = ½(x − m)ᵀΣ⁻¹(x − m)",
        formulas.gibbs,
    ),
    "S0-06": Row(
        "density at T(1, ½), T linear", "T_#p(y) = p(T⁻¹y)‖DT⁻¹‖", "T_#p(y) = p(T⁻¹y)|det DT⁻¹(y)|", formulas.pushed
    ),
    "S0-08": Row(
        "E x² for N(0, 1) from N(3, 4), η = 0.01, time 10",
        "x − η∇f + √η ξ samples e^{−f}",
        "x − η∇f + √(2η) ξ samples e^{−f} up to O(η)",
        coordinate(RootNoise, gallery.standard, 10),
        BIASED,
    ),
    "S0-10": Row(
        "∂_t P_t x² at 0, x = ½",
        "X_t ≈ x − t∇f + √t B_t, hence 𝓛g = −⟨∇g, ∇f⟩",
        "X_t ≈ x − t∇f + √2 B_t, hence 𝓛g = Δg − ⟨∇g, ∇f⟩",
        formulas.taylor,
        1e-6,
    ),
    "S0-16": Row(
        "largest relative error, by differences",
        "∇log μ = ∇f",
        "∇log μ = −∇f",
        lambda: measured("langevin/kolmogorov", "score_defect_sign", "score_defect", 0.0, **POINT),
    ),
    "S0-17": Row(
        "W2 to the data",
        "The reverse drift in the sampler's clock is f − g²∇log π",
        "The reverse drift in the sampler's clock is −f + g²∇log π",
        lambda: measured("ou/reversal", "w2_printed", "w2", 0.0, target="correlated", stop=0.0, step=2.0**-8),
        0.01,
    ),
    "S1-01": Row(
        "E y² from N(0, 1), η = ½",
        "y = x + η∇log p + √η ξ samples p",
        "y = x + η∇log p + √η ξ, accepted by the Metropolis–Hastings ratio, samples p",
        formulas.metropolis,
        1e-10,
    ),
    "S2-03": Row(
        "E(x_1 − μ_1)² from N(μ_1 + 3, 4), time 20",
        "x − εΣ⁻¹(x − μ) + √ε ξ samples N(μ, Σ)",
        "x − εΣ⁻¹(x − μ) + √(2ε) ξ samples N(μ, Σ) up to O(ε)",
        coordinate(RootNoise, gallery.correlated, 20),
        BIASED,
    ),
    "S2-05": Row(
        "error of E x² for x²/2 + x⁴/4, γ = 0.01",
        "x − γH⁻¹∇f + √(2γ)H^{−1/2} ξ samples e^{−f} up to O(γ)",
        "x − γH⁻¹∇f + γ div H⁻¹ + √(2γ)H^{−1/2} ξ samples e^{−f} up to O(γ)",
        lambda: measured("langevin/preconditioning", "bias_printed", "bias", 0.0, potential="steep", step=SMALL),
        BIASED,
    ),
    "S2-06": Row(
        "error of the variance for (x − 1)²/2 + |x|, γ = 0.01, λ = 0.2",
        "prox_{λg}(x − γ∇f + √(2γ) ξ) samples e^{−f−g} for any λ",
        "prox_{γg}(x − γ∇f + √(2γ) ξ) samples e^{−f−g} up to O(γ)",
        lambda: measured("langevin/proximal", "variance_bias_free", "variance_bias", 0.0, step=SMALL),
        BIASED,
    ),
    "S2-07": Row(
        "variance for x²/2 + 3x²/2, σ = 10⁴γ, γ = 10⁻⁷",
        "Primal–dual Langevin has the dual step prox_{σg}(u + σD(2x' − x))",
        "Primal–dual Langevin has the dual step prox_{σg*}(u + σD(2x' − x)), σ ≫ γ",
        lambda: measured("langevin/primal_dual", "variance_printed", "variance", "target_variance", ratio=10_000.0),
        1e-3,  # γ/σ = 1e-4, times curvatures up to 4
    ),
    "S2-09": Row(
        "E x² for N(0, 1) from N(3, 4), time 10",
        "x − ε∇log p + √ε ξ samples p up to O(ε)",
        "x + ε∇log p + √(2ε) ξ samples p up to O(ε)",
        coordinate(UphillRootNoise, gallery.standard, 10),
        BIASED,
    ),
    "S2-10": Row(
        "score of N(1, ¼) at 3/2",
        "The score of N(μ, Σ) is Σ⁻¹(x − μ)",
        "The score of N(μ, Σ) is −Σ⁻¹(x − μ)",
        formulas.score_of_gaussian,
    ),
    "S2-11": Row(
        "distance to the mode",
        "x + η(score = Σ⁻¹(x − μ)) climbs to the mode",
        "x + η(score = −Σ⁻¹(x − μ)) climbs to the mode",
        formulas.climbed,
    ),
    "S2-15": Row(
        "E|∇log π|² for N(0, I_3)",
        "The score almost vanishes at samples: E|∇log π|² = 0",
        "E|∇log π|² = −E tr ∇²log π, which is d for N(0, I)",
        formulas.score_size,
        1e-6,
    ),
    "S3-14": Row(
        "E[M X_1], drift 0.7",
        "dLaw(Y)/dLaw(X) = exp(−∫u·dB − ½∫|u|²) along X",
        "dLaw(Y)/dLaw(X) = exp(∫u·dB − ½∫|u|²) along X",
        lambda: measured(
            "ou/change_of_measure", "weighted_printed", "weighted", "displaced", push=0.7, pull=0.0, time=1.0
        ),
        1e-9,
    ),
    "S4-04": Row(
        "E x² for N(0, 1) from N(3, 4), time 10",
        "x − γ∇U + √(2γ) ξ samples e^U up to O(γ)",
        "x − γ∇U + √(2γ) ξ samples e^{−U} up to O(γ)",
        coordinate(Uphill, gallery.standard, 10),
        BIASED,
    ),
    "S4-07": Row(
        "W2 (truth ≤ number)",
        "W2(δ_xRⁿ, π) ≤ e^{−mγn}/√n + bias",
        "W2(δ_xRⁿ, π) ≤ e^{−mγn}(|x − x*| + √(d/m)) + bias",
        formulas.from_a_point,
        None,
    ),
    **matching.ROWS,
    **levels.ROWS,
    **energies.ROWS,
}


def verdicts(name, row):
    """Return the claim that the corrected formula holds and the control that the printed one does not."""

    def claim(column, words):
        options = {"where": {"formula": name}, "statement": words}
        if row.tolerance is None:
            return claims.UpperBound("truth", by=column, **options)
        return claims.Identity(column, "truth", row.tolerance, **options)

    return claim("corrected", row.corrected), claims.NegativeControl(claim("printed", row.printed))


def column(index):
    """Return the observable that is one of (printed, corrected, truth); its key knows the studies that it reads."""
    versions = tuple(study.version for study in STUDIES.values())

    def measure(values, cell):
        assert versions
        return values[index]

    return measure


STUDY = vf.Study(
    name="lectures/errata",
    question="Which formulas are printed wrong in the lecture notes, and what do they give against the right ones?",
    subject=lambda formula: ROWS[formula].values(),
    sweep={"formula": tuple(ROWS)},
    observe={"printed": column(0), "corrected": column(1), "truth": column(2)},
    claims={name: verdicts(name, row) for name, row in ROWS.items()},
    tables=[
        ClaimPairs(
            "Errata",
            axis="formula",
            false="printed",
            true="corrected",
            truth="truth",
            words=("as printed", "corrected"),
            quantities={name: row.quantity for name, row in ROWS.items()},
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
