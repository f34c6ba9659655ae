"""What does a bad condition number cost, and does a constant metric take the cost away?

At the step γ = 1/L ULA contracts by 1 − 1/κ, so that the steps to forget the start grow as κ; with γ as small as the
theorems ask for at a given accuracy, as κ and κ². In the metric Σ (the Newton step) every direction of a quadratic
contracts by 1 − γ, whatever κ. The noise has to be measured in the same metric.
"""

import math

import numpy as np

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.report import figures
from verify.samplers import ULA, PreconditionedLangevin
from verify.targets import Gaussian

TURN = np.array([[0.8, -0.6], [0.6, 0.8]])
CLOSE = 1e-3  # of the distance at the start
NEWTON = 0.1  # step of the preconditioned chain


class SameNoise(PreconditionedLangevin):
    """A preconditioned drift with the noise of ULA: to be refuted."""

    def step(self, k, x, noise):
        """Return x + γC∇log π(x) + √(2γ) ξ."""
        drift = self._scaled(self.target.score(x), self._metric[0])
        return x + self.step_size * drift + math.sqrt(2 * self.step_size) * noise.normal()


def subject(condition):
    return Gaussian.from_spectrum(TURN @ np.array([1.0, -2.0]), np.array([1.0, 1 / condition]), TURN)


def plain(target, steps):
    return ULA(target, float(target.eigenvalues.min()), steps, BEGIN)


def newton(target, steps):
    return PreconditionedLangevin(target, NEWTON, steps, BEGIN)


BEGIN = Gaussian(np.array([3.0, 3.0]), np.eye(2)).law


def relaxation(chain):
    """Return the least number of steps after which W2 to the invariant law is `CLOSE` of what it was."""

    def measure(target, cell):
        limit = chain(target, 10**9).run()
        first = float(vf.wasserstein2(limit, BEGIN))

        def near(steps):
            return float(vf.wasserstein2(limit, chain(target, steps).run())) <= CLOSE * first

        high = 1
        while not near(high):
            high *= 2
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if near(middle) else (middle, high)
        return vf.Estimate.exact(float(high), 1.0)

    return measure


def contraction_bound(target, cell):
    """⌈log(1/CLOSE)/−log(1 − 1/κ)⌉ + 1."""
    kappa = float(target.eigenvalues.max() / target.eigenvalues.min())
    return math.inf if kappa == 1 else math.ceil(math.log(1 / CLOSE) / -math.log1p(-1 / kappa)) + 1


def newton_bound(target, cell):
    """The steps that (1 − γ)^n √κ ≤ CLOSE asks for: W2 in the metric, and back."""
    kappa = float(target.eigenvalues.max() / target.eigenvalues.min())
    return math.ceil(math.log(math.sqrt(kappa) / CLOSE) / -math.log1p(-NEWTON)) + 1


def newton_variance(cls):
    """Return the largest relative distance of the chain's invariant covariance from Σ/(1 − γ/2)."""

    def measure(target, cell):
        law = cls(target, NEWTON, 10_000, BEGIN).run()
        want = target.cov / (1 - NEWTON / 2)
        whitened = TURN.T @ (law.cov - want) @ TURN / np.sqrt(np.outer(target.eigenvalues, target.eigenvalues))
        return vf.Estimate.exact(float(np.abs(whitened).max()), 1e-9, least=0.0)

    return measure


STEEP = {"condition": (64.0, 256.0, 1024.0, 4096.0, 16384.0)}
STUDY = vf.Study(
    name="langevin/conditioning",
    question="What does a bad condition number cost, and does a constant metric take the cost away?",
    subject=subject,
    sweep={
        "condition": vf.Budgeted(
            smoke=(4.0, 64.0, 256.0, 1024.0),
            ci=tuple(4.0**k for k in range(1, 8)),
            full=tuple(4.0**k for k in range(1, 13)),
        )
    },
    observe={
        "ula": relaxation(plain),
        "newton": relaxation(newton),
        "contraction": contraction_bound,
        "newton_contraction": newton_bound,
        "newton_variance": newton_variance(PreconditionedLangevin),
        "same_noise_variance": newton_variance(SameNoise),
    },
    claims={
        "S2-05": [
            claims.UpperBound(
                "newton",
                by="newton_contraction",
                axis="condition",
                statement="(1 − γ)^n √κ bounds the Newton chain's W2",
            ),
            claims.Rate(
                "newton", "condition", 0.0, 0.1, where=STEEP, statement="In the metric Σ the steps do not grow with κ"
            ),
            claims.Identity(
                "newton_variance", 0.0, 1e-8, statement="In the metric Σ the invariant covariance is Σ/(1 − γ/2)"
            ),
            claims.NegativeControl(
                claims.Identity(
                    "same_noise_variance", 0.0, 1e-8, statement="It is so with the noise √(2γ) ξ, not in the metric"
                )
            ),
            claims.NegativeControl(
                claims.Rate("ula", "condition", 0.0, 0.1, where=STEEP, statement="ULA's steps do not grow with κ")
            ),
        ],
        "S2-14": [
            claims.UpperBound(
                "ula",
                by="contraction",
                axis="condition",
                statement="log(1/δ)/−log(1 − 1/κ) steps of size 1/L are enough",
            ),
            claims.Rate("ula", "condition", 1.0, 0.02, where=STEEP, statement="At γ = 1/L ULA's steps grow as κ"),
            claims.NegativeControl(
                claims.Rate("ula", "condition", 2.0, 0.02, where=STEEP, statement="At γ = 1/L ULA's steps grow as κ²")
            ),
        ],
    },
    figures=[figures.ErrorAgainstBound("condition", errors=("ula", "newton"), bounds=("contraction",))],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
