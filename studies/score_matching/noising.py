"""Does the chain x' = √(1 − β_k) x + √β_k z have the law of √ᾱ_k x + √(1 − ᾱ_k) z after k steps, ᾱ_k = Π(1 − β_i)?

The running chain's exact law (covariances, or densities and atoms on the line) against the closed form, for constant,
linear and cosine schedules. Noise of size β_k in place of √β_k gives another law; so does Π√(1 − β_i) taken for ᾱ_k.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from _identity import MIXTURE, atoms

import verify as vf
from verify import claims, matching, samplers
from verify.cli import main_study
from verify.targets import gallery

LAWS = {"gaussian": gallery.correlated(), "mixture": MIXTURE, "atoms": atoms()}
SCHEDULES = {
    "constant": lambda n: np.full(n, 2.0 / n),
    "linear": lambda n: -np.expm1(-np.linspace(0.1, 4.0, n) / n),
    "cosine": lambda n: np.minimum(0.999, 1 - np.cos(np.arange(1, n + 1) / n * 1.5) ** 2
                                   / np.cos(np.arange(n) / n * 1.5) ** 2),
}  # fmt: skip
# Bisection finds quantiles to 1e-13 of a width of 10, and W2 of two laws a rounding of 1e-15 apart is about its root
# times a quantile's error; the chain's densities are good to 1e-12
RESOLVED = 1e-6
ROUNDING = 1e-12


class Faint(samplers.Noising):
    """The chain with noise β_k z."""

    def step(self, k, x, noise):
        return self._scales[k] * x + float(np.asarray(self.betas)[k]) * noise.normal()


@dataclass(frozen=True, eq=False)
class Chain:
    """A law and a schedule."""

    law: Any
    betas: np.ndarray

    @property
    def level(self):
        """ᾱ_N."""
        return float(np.prod(1 - self.betas))


def subject(law, schedule, steps):
    return Chain(LAWS[law], SCHEDULES[schedule](steps))


def w2(kind, root=False):
    """Return the observable W2(law of the chain, closed form), the level ᾱ_N or its root."""

    def measure(at, cell):
        level = math.sqrt(at.level) if root else at.level
        closed = matching.Kernel(math.sqrt(level), math.sqrt(1 - level)).noised(at.law)
        return vf.wasserstein2(kind(at.law, at.betas).run(), closed)

    return measure


def composed(at, cell):
    """Scale of the composed kernels over √ᾱ_N, less one."""
    kernel = matching.Kernel.step(float(at.betas[0]))
    for beta in at.betas[1:]:
        kernel = kernel.then(matching.Kernel.step(float(beta)))
    return max(abs(kernel.scale**2 / at.level - 1), abs(kernel.noise**2 / (1 - at.level) - 1))


def kept(at, cell):
    """|a² + σ² − 1| of one step."""
    return max(abs(k.scale**2 + k.noise**2 - 1) for k in map(matching.Kernel.step, map(float, at.betas)))


def lost(at, cell):
    """|a² + σ² − 1| of one step with noise of size β."""
    return max(abs((1 - beta) + beta**2 - 1) for beta in at.betas)


def vanishes(column, tolerance, words):
    """Return the claim that a distance is zero."""
    return claims.Identity(column, 0.0, tolerance, statement=words)


STUDY = vf.Study(
    name="score_matching/noising",
    question="What law has the forward chain after k steps, in closed form?",
    subject=subject,
    sweep={
        "law": tuple(LAWS),
        "schedule": vf.Budgeted(smoke=("constant", "cosine"), ci=tuple(SCHEDULES), full=tuple(SCHEDULES)),
        "steps": vf.Budgeted(smoke=(4, 1000), ci=(4, 12, 1000), full=(4, 12, 50, 1000)),
    },
    only=lambda law, schedule, steps: steps < 1000 or law == "gaussian",
    observe={
        "w2": w2(samplers.Noising),
        "w2_faint": w2(Faint),
        "w2_root": w2(samplers.Noising, root=True),
        "composed": composed,
        "kept": kept,
        "lost": lost,
    },
    claims={
        "S1-04": [
            vanishes("kept", ROUNDING, "A step of noising keeps unit variance: (1 − β) + β = 1"),
            claims.NegativeControl(
                vanishes("lost", ROUNDING, "A step with the noise β z keeps unit variance: (1 − β) + β² = 1")
            ),
        ],
        "S1-08": [
            vanishes("w2", RESOLVED, "The chain's law after N steps is that of √ᾱ_N x + √(1 − ᾱ_N) z"),
            vanishes("composed", ROUNDING, "Kernels compose to scale √ᾱ_N and variance 1 − ᾱ_N, ᾱ_N = Π(1 − β_i)"),
            claims.NegativeControl(
                vanishes(
                    "w2_faint", RESOLVED, "With the noise β z, too, the chain's law is that of √ᾱ_N x + √(1 − ᾱ_N) z"
                )
            ),
            claims.NegativeControl(
                vanishes("w2_root", RESOLVED, "The chain's law is that of √ᾱ_N x + √(1 − ᾱ_N) z with ᾱ_N = Π√(1 − β_i)")
            ),
        ],
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
