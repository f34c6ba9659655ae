"""What does the inverse temperature do to Langevin dynamics, and to ULA's bias?

dX = −∇f dt + √(2/β) dB leaves ∝ e^{−βf} invariant, N(m, Σ/β) on a quadratic, and gathers at argmin f as β → ∞. ULA's
law is N(m, (1/β)Σ(I − γΣ⁻¹/2)⁻¹): its stability limit does not know β, its W2 bias falls as β^{−1/2}, its KL bias not
at all.
"""

import math

import numpy as np

import verify as vf
from verify import claims, observables
from verify.cli import main_study
from verify.report import figures
from verify.samplers import ULA
from verify.targets import DoubleWell, gallery

STEP = 0.02  # γL/2
RELAXED = 60.0


class Warm(ULA):
    """ULA that ignores β in its noise: to be refuted."""

    def step(self, k, x, noise):
        """Return x + γ∇log π(x) + √(2γ) ξ."""
        return x + self.step_size * self.target.score(x) + math.sqrt(2 * self.step_size) * noise.normal()


def subject(beta):
    p = gallery.correlated()
    gamma = 2 * STEP * float(p.eigenvalues.min())
    steps = math.ceil(RELAXED * float(p.eigenvalues.max()) / gamma)
    return ULA(p, gamma, steps, inverse_temperature=beta)


def variance(cls):
    """Return the largest relative distance of the variances from (1/β)s/(1 − γ/(2s))."""

    def measure(chain, cell):
        law = cls(chain.target, chain.step_size, chain.steps, inverse_temperature=chain.inverse_temperature).run()
        s = np.sort(chain.target.eigenvalues)
        want = s / (1 - chain.step_size / (2 * s)) / chain.inverse_temperature
        return vf.Estimate.exact(float(np.abs(np.sort(law.eigenvalues) / want - 1).max()), 1e-11, least=0.0)

    return measure


def to_minimiser(chain, cell):
    """E|X − argmin f|² at stationarity."""
    law = observables.output(chain)
    value = float(law.eigenvalues.sum() + ((law.mean - chain.target.mean) ** 2).sum())
    return vf.Estimate.exact(value, 1e-11 * value, least=0.0)


def diverges(chain, cell):
    """1 if a step of 1.01·2/L leaves the covariance growing without bound, 0 if not: whatever β."""
    over = ULA(chain.target, 1.01 * 2 * float(chain.target.eigenvalues.min()), 2000, None, chain.inverse_temperature)
    start = float(chain.target.eigenvalues.max() + 1 + 1 / chain.inverse_temperature)
    return 1.0 if float(over.run().eigenvalues.max()) > 1e6 * start else 0.0


def lower_well(chain, cell):
    """The mass of e^{−βV} within ½ of the lower of two wells, V = (x² − 1)² + 0.3x, by quadrature."""
    beta = chain.inverse_temperature
    if beta not in WELLS["beta"]:
        return vf.Estimate.exact(math.inf, 0.0)  # not asked
    return DoubleWell(beta, 0.3 * beta).expectation(lambda x: ((x > LOWER - 0.5) & (x < LOWER + 0.5)).astype(float))


def higher_well(chain, cell):
    """The same of the higher well."""
    beta = chain.inverse_temperature
    if beta not in WELLS["beta"]:
        return vf.Estimate.exact(math.inf, 0.0)
    return DoubleWell(beta, 0.3 * beta).expectation(lambda x: ((x > 0.46) & (x < 1.46)).astype(float))


def laplace(chain, cell):
    """1 − (mass of the higher well over that of the lower), from e^{−βΔV}√(V''/V''): what is not in the lower well."""
    beta, well = chain.inverse_temperature, DoubleWell(1.0, 0.3)
    low, _, high = well.critical_points
    gap = float(well.value(high) - well.value(low))
    ratio = math.exp(-beta * gap) * math.sqrt(float(well.curvature(low)) / float(well.curvature(high)))
    return 1 / (1 + ratio)


LOWER = float(DoubleWell(1.0, 0.3).critical_points[0])
WELLS = {"beta": (1.0, 4.0, 16.0, 64.0)}
COLD = {"beta": (16.0, 64.0)}
STUDY = vf.Study(
    name="langevin/temperature",
    question="What does the inverse temperature do to Langevin dynamics, and to ULA's bias?",
    subject=subject,
    sweep={
        "beta": vf.Budgeted(
            smoke=(1e-8, 1.0, 4.0, 16.0, 64.0, 1e8),
            ci=(1e-8, 1e-4, 1e-2, 0.25, 1.0, 4.0, 16.0, 64.0, 1e4, 1e8),
            full=(*(10.0**k for k in range(-12, 0)), 0.25, 1.0, 4.0, 16.0, 64.0, *(10.0**k for k in range(3, 13))),
        )
    },
    observe={
        "w2": observables.SamplingError(vf.wasserstein2),
        "kl": observables.SamplingError(vf.kl, reverse=True),
        "variance": variance(ULA),
        "variance_warm": variance(Warm),
        "to_minimiser": to_minimiser,
        "diverges": diverges,
        "lower_well": lower_well,
        "higher_well": higher_well,
        "laplace": laplace,
    },
    claims={
        "S0-13": [
            claims.Identity("variance", 0.0, 1e-9, statement="ULA's invariant covariance is (1/β)Σ(I − γΣ⁻¹/2)⁻¹"),
            claims.Rate("w2", "beta", -0.5, 0.01, statement="ULA's W2 bias falls as β^{−1/2}"),
            claims.Rate("kl", "beta", 0.0, 0.01, statement="ULA's KL bias does not depend on β"),
            claims.Identity("diverges", 1.0, 0.0, statement="Beyond γ = 2/L the chain diverges at every temperature"),
            claims.NegativeControl(
                claims.Identity("variance_warm", 0.0, 1e-9, statement="So it is with noise √(2γ) ξ at every β")
            ),
        ],
        "S4-08": [
            claims.Rate("to_minimiser", "beta", -1.0, 0.01, statement="E|X − argmin f|² falls as 1/β on a quadratic"),
            claims.Identity(
                "lower_well",
                "laplace",
                0.03,
                where=COLD,
                statement="Of two wells the lower one takes all as β → ∞, at Laplace's rate",
            ),
            claims.NegativeControl(
                claims.UpperBound("lower_well", by="higher_well", where=COLD, statement="Both wells keep their mass")
            ),
        ],
    },
    figures=[figures.Lines("beta", ("w2", "kl", "to_minimiser"))],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
