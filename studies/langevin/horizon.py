"""How fast does ULA forget where it started, and what does it forget it for?

Run from two starts, the laws approach each other by the factor max|1 − γλ| a step: with γ ≤ 2/(m + L) this is 1 − mγ,
the contraction of Durmus, Moulines (2019) and Dalalyan (2017). The distance to the target stops falling at the bias.
"""

import math

import numpy as np

import verify as vf
from verify import claims, observables
from verify.cli import main_study
from verify.report import figures
from verify.samplers import ULA
from verify.targets import Gaussian

SPECTRUM = np.array([1.0, 2.5, 10.0])  # precisions: m = 1, L = 10
MEAN = np.array([1.0, -0.5, 0.3])


EARLY = {"steps": tuple(2**k for k in range(9))}  # later both sides are below the rounding of W2


def subject(step, steps):
    target = Gaussian(MEAN, np.diag(1 / SPECTRUM))
    begin = Gaussian(MEAN + np.array([2.0, -1.0, 3.0]), np.diag([0.2, 3.0, 0.7])).law
    return ULA(target, step, steps, begin)


def stationary(chain):
    """N(m, Σ(I − γΣ⁻¹/2)⁻¹)."""
    s = chain.target.eigenvalues
    return Gaussian.from_spectrum(chain.target.mean, s / (1 - chain.step_size / (2 * s)), None)


def forgotten(chain, cell):
    """W2 to the invariant law."""
    return vf.wasserstein2(stationary(chain), observables.output(chain))


def at_rate(rate):
    """Return the bound (1 − rate·γ)^n W2(ν_0, π_γ)."""

    def bound(chain, cell):
        return abs(1 - rate * chain.step_size) ** chain.steps * float(vf.wasserstein2(stationary(chain), chain.start()))

    return bound


def total_bound(chain, cell):
    """(1 − mγ)^n W2(ν_0, π) + (2√2/3)(L/m)√(γd)."""
    h = chain.step_size
    first = (1 - h * SPECTRUM.min()) ** chain.steps * float(vf.wasserstein2(chain.target, chain.start()))
    return first + 2 * math.sqrt(2) / 3 * SPECTRUM.max() / SPECTRUM.min() * math.sqrt(h * chain.dim)


def slowest(chain, cell):
    """n log(1 − mγ): what log W2 should fall by."""
    return chain.steps * math.log1p(-chain.step_size * SPECTRUM.min())


def fall(chain, cell):
    """log W2(ν_n, π_γ) − log W2(ν_2n, π_γ) over n log(1 − mγ), sign changed: 1 where the slowest direction is left."""
    later = ULA(chain.target, chain.step_size, 2 * chain.steps, chain.begin).run()
    now, then = float(forgotten(chain, cell)), float(vf.wasserstein2(stationary(chain), later))
    if not then > 1e-9:
        return vf.Estimate.exact(math.inf, 0.0)  # rounding is all that is left
    return vf.Estimate.exact(math.log(now / then) / -slowest(chain, cell), 1e-6)


STUDY = vf.Study(
    name="langevin/horizon",
    question="How fast does ULA forget where it started, and what does it forget it for?",
    subject=subject,
    sweep={
        "step": (2.0**-5, 2.0**-7, 2.0**-9),
        "steps": vf.Budgeted(
            smoke=(1, 4, 16, 64, 128, 256, 512),
            ci=tuple(2**k for k in range(11)),
            full=tuple(2**k for k in range(11)),
        ),
    },
    observe={
        "w2": observables.SamplingError(vf.wasserstein2),
        "kl": observables.SamplingError(vf.kl, reverse=True),
        "forgotten": forgotten,
        "contraction": at_rate(SPECTRUM.min()),
        "contraction_fast": at_rate(SPECTRUM.max()),
        "bound": total_bound,
        "fall": fall,
    },
    claims={
        "S4-07": [
            claims.UpperBound(
                "forgotten",
                by="contraction",
                slack=1e-9,
                axis="steps",
                where=EARLY,
                statement="W2(ν_n, π_γ) ≤ (1 − mγ)^n W2(ν_0, π_γ) for γ ≤ 2/(m + L)",
            ),
            claims.Identity(
                "fall",
                1.0,
                0.02,
                where={"step": 2.0**-5, "steps": (128, 256)},
                statement="In the long run W2 falls by 1 − mγ a step: the factor is sharp",
            ),
            claims.UpperBound(
                "w2",
                by="bound",
                axis="steps",
                statement="W2(ν_n, π) ≤ (1 − mγ)^n W2(ν_0, π) + (2√2/3)(L/m)√(γd)",
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "forgotten",
                    by="contraction_fast",
                    statement="W2(ν_n, π_γ) ≤ (1 − Lγ)^n W2(ν_0, π_γ)",
                )
            ),
        ],
    },
    figures=[
        figures.ErrorAgainstBound("steps", errors=("w2", "forgotten"), bounds=("bound", "contraction"), within="step")
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
