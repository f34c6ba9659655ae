"""How far is ULA's invariant law from the target, and how does that fall with the step size?

On N(m, Σ) the chain X' = X + γ∇log π(X) + √(2γ) ξ leaves N(m, Σ(I − γΣ⁻¹/2)⁻¹) invariant. KL falls as γ², TV and W2 as
γ; the theorems for smooth strongly convex potentials promise γ, √γ and √γ. Noise √γ samples e^{−2f} instead.
"""

import math

import numpy as np

import verify as vf
from verify import claims, observables
from verify.cli import main_study
from verify.report import figures
from verify.samplers import ULA
from verify.targets import gallery

CASES = {
    "correlated": gallery.correlated,
    "narrow": gallery.narrow,
    "two scales": lambda: gallery.two_scales(6, 30.0),
    "power law": lambda: gallery.power_law(64, 100.0),
}
RELAXED = 60.0  # mγN: e^{−60} of the start is left
FINE = tuple(2.0**-k for k in range(6, 15))  # in units of the stability limit 2/L
ROUNDING = 1e-10


class Quiet(ULA):
    """ULA with noise √γ, as it is sometimes printed: to be refuted."""

    def step(self, k, x, noise):
        """Return x + γ∇log π(x) + √γ ξ."""
        return x + self.step_size * self.target.score(x) + math.sqrt(self.step_size) * noise.normal()


class Uphill(ULA):
    """ULA with the sign of the gradient of f = −log π mistaken for that of log π: to be refuted."""

    def step(self, k, x, noise):
        """Return x − γ∇log π(x) + √(2γ) ξ."""
        return x - self.step_size * self.target.score(x) + math.sqrt(2 * self.step_size) * noise.normal()


def subject(target, step):
    p = CASES[target]()
    gamma = 2 * step * float(p.eigenvalues.min())
    return ULA(p, gamma, math.ceil(RELAXED * float(p.eigenvalues.max()) / gamma))


def steps(finest):
    return tuple(2.0**-k for k in range(1, finest + 1))


def precision(chain):
    return 1 / chain.target.eigenvalues


def leading_w2(chain, cell):
    """(γ/4)√tr Λ, Λ = Σ⁻¹."""
    return chain.step_size / 4 * math.sqrt(precision(chain).sum())


def leading_kl(chain, cell):
    """(γ²/16) tr Λ²."""
    return chain.step_size**2 / 16 * float((precision(chain) ** 2).sum())


def half_order(chain, cell):
    """(L/m)√(5γd/3): the stationary part of Dalalyan (2017), Theorem 1."""
    rates = precision(chain)
    return float(rates.max() / rates.min()) * math.sqrt(5 * chain.step_size * chain.dim / 3)


def variance_against(formula):
    """Return the largest relative distance of the chain's variances from a formula of γ and the eigenvalues of Σ."""

    def measure(chain, cell):
        want = np.sort(formula(chain.step_size, chain.target.eigenvalues))
        got = np.sort(observables.output(chain).eigenvalues)
        return vf.Estimate.exact(float(np.abs(got / want - 1).max()), 1e-12, least=0.0)

    return measure


def with_chain(cls, formula):
    """Return the same of another chain."""

    def measure(chain, cell):
        other = cls(chain.target, chain.step_size, chain.steps)
        return variance_against(formula)(other, cell)

    return measure


def w2_of(cls, steps=None):
    """Return W2 between the target and another chain's last law, after `steps` (None: as many as ULA's)."""

    def measure(chain, cell):
        return vf.wasserstein2(chain.target, cls(chain.target, chain.step_size, steps or chain.steps).run())

    return measure


def biased(h, s):
    return s / (1 - h / (2 * s))


STUDY = vf.Study(
    name="langevin/step_size",
    question="How far is ULA's invariant law from the target, and how does that fall with the step size?",
    subject=subject,
    sweep={"target": tuple(CASES), "step": vf.Budgeted(smoke=steps(9), ci=steps(12), full=steps(14))},
    observe={
        "kl": observables.SamplingError(vf.kl, reverse=True),
        "tv": observables.SamplingError(vf.total_variation),
        "w2": observables.SamplingError(vf.wasserstein2),
        "leading_w2": leading_w2,
        "leading_kl": leading_kl,
        "half_order": half_order,
        "variance": variance_against(biased),
        "variance_unbiased": variance_against(lambda h, s: s),
        "quiet": with_chain(Quiet, lambda h, s: 0.5 * biased(h, s)),
        "w2_quiet": w2_of(Quiet),
        "w2_uphill": w2_of(Uphill, steps=20),
    },
    claims={
        "S4-04": [
            claims.Identity(
                "variance", 0.0, ROUNDING, statement="ULA's invariant covariance is Σ(I − γΣ⁻¹/2)⁻¹, at any stable step"
            ),
            claims.NegativeControl(
                claims.Identity("variance_unbiased", 0.0, ROUNDING, statement="ULA's invariant covariance is Σ")
            ),
        ],
        "S4-06": [
            claims.Rate("w2", "step", 1.0, 0.05, where={"step": FINE}, statement="W2(π_γ, π) falls as γ"),
            claims.Rate("tv", "step", 1.0, 0.05, where={"step": FINE}, statement="TV(π_γ, π) falls as γ"),
            claims.Rate("kl", "step", 2.0, 0.1, where={"step": FINE}, statement="KL(π_γ‖π) falls as γ²"),
            claims.Identity(
                "w2",
                "leading_w2",
                0.02,
                relative=True,
                where={"step": FINE},
                statement="W2(π_γ, π) is (γ/4)√tr Λ to leading order",
            ),
            claims.Identity(
                "kl",
                "leading_kl",
                0.04,
                relative=True,
                where={"step": FINE},
                statement="KL(π_γ‖π) is (γ²/16) tr Λ² to leading order",
            ),
            claims.UpperBound("w2", by="half_order", axis="step", statement="W2(π_γ, π) ≤ (L/m)√(5γd/3)"),
            claims.NegativeControl(
                claims.Rate("w2", "step", 0.5, 0.05, where={"step": FINE}, statement="W2(π_γ, π) falls as √γ")
            ),
            claims.NegativeControl(
                claims.Rate("kl", "step", 1.0, 0.1, where={"step": FINE}, statement="KL(π_γ‖π) falls as γ")
            ),
        ],
        "S0-08": [
            claims.Identity(
                "quiet", 0.0, ROUNDING, statement="With noise √γ instead of √(2γ) the covariance is halved: e^{−2f}"
            ),
            claims.NegativeControl(
                claims.Rate(
                    "w2_quiet", "step", 1.0, 0.05, where={"step": FINE}, statement="With noise √γ W2 falls as γ"
                )
            ),
        ],
        "S2-02": [
            claims.Rate(
                "w2",
                "step",
                1.0,
                0.05,
                where={"step": FINE, "target": ("correlated", "narrow")},
                statement="x − (ε/2)∇f + √ε z tends to e^{−f} at order one in ε = 2γ",
            ),
            claims.NegativeControl(
                claims.Rate(
                    "w2_uphill",
                    "step",
                    1.0,
                    0.05,
                    where={"step": FINE, "target": ("correlated", "narrow")},
                    statement="x + (ε/2)∇f + √ε z tends to e^{−f}",
                )
            ),
        ],
    },
    figures=[
        figures.ErrorAgainstBound("step", errors=("w2", "tv"), bounds=("half_order",), within="target"),
        figures.ErrorAgainstBound("step", errors=("kl",), bounds=("leading_kl",), within="target"),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
