"""Does simulated annealing find the deeper of two wells, and when is it too fast?

X' = X − γV'(X) + √(2γ/β_k) ξ on V = b(x² − 1)² + cx, the deeper well at −1, started in the other one. Where β grows
slowly the chain climbs out while it can (Gelfand, Mitter, 1991); cooled at once, or in too short a time, it freezes
where it is, and at β = 1 it never settles. On a Gaussian target the law of the annealed chain is exact.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import beta as beta_law

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.report import figures
from verify.samplers import AnnealedULA
from verify.targets import DoubleWell, gallery

BARRIER, TILT = 1.0, 0.3  # the barrier from the shallow side is 0.72
STEP = 0.02
PARTICLES = vf.Budgeted(smoke=3_000, ci=4_000, full=20_000)
FINAL = 12.0  # β at the end
DEEP = 0.8  # what is asked of the deeper well: above its Gibbs share at β = 1, 0.62, below that at the last β, 0.999

SCHEDULES = {
    "slow": lambda s: 1 + (FINAL - 1) * s**3,
    "quench": lambda s: np.full_like(s, FINAL),
    "constant": lambda s: np.ones_like(s),
}


@dataclass(frozen=True, eq=False)
class Annealed:
    """One schedule on both targets."""

    wells: Any
    gaussian: Any
    betas: np.ndarray


def subject(schedule, steps):
    betas = SCHEDULES[schedule]((np.arange(steps) + 1.0) / steps)
    wells = AnnealedULA(DoubleWell(BARRIER, TILT), STEP, steps, inverse_temperature=betas)
    gaussian = AnnealedULA(gallery.correlated(), STEP, steps, inverse_temperature=betas)
    return Annealed(wells, gaussian, betas)


def share(chain, cell):
    """The share of particles in the deeper well at the end, with its Clopper–Pearson interval."""
    n = PARTICLES[cell.budget]
    begin = np.full((n, 1), 0.95)
    cloud = chain.wells.run(laws.Particles(begin, seed=int(cell.rng.integers(2**63))))
    found = int((cloud.points < 0).sum())
    tail = 0.5e-3
    low = 0.0 if found == 0 else float(beta_law.ppf(tail, found, n - found + 1))
    high = 1.0 if found == n else float(beta_law.ppf(1 - tail, found + 1, n - found))
    return vf.Estimate(found / n, low, high, 0.999, "monte carlo, Clopper–Pearson")


def gibbs(chain, cell):
    """The share of the deeper well under e^{−βV} at the last β, by quadrature."""
    b = float(chain.betas[-1])
    target = DoubleWell(b * BARRIER, b * TILT)
    return target.expectation(lambda x: (x < 0).astype(float))


def recursion(chain, cell):
    """Return how far the exact law on a Gaussian is from the recursion v' = (1 − γλ)²v + 2γ/β, m' = (1 − γλ)m."""
    rates = 1 / chain.gaussian.target.eigenvalues
    start = chain.gaussian.start()
    basis = chain.gaussian.target.eigenvectors
    turn = np.eye(rates.size) if basis is None else basis
    mean, cov = turn.T @ (start.mean - chain.gaussian.target.mean), turn.T @ start.cov @ turn
    gain = 1 - STEP * rates
    for b in chain.betas:
        mean, cov = gain * mean, gain[:, None] * cov * gain + 2 * STEP / b * np.eye(rates.size)
    law = laws.Gaussian(chain.gaussian.target.mean + turn @ mean, turn @ (0.5 * (cov + cov.T)) @ turn.T)
    value = float(np.abs(law.cov - chain.gaussian.run().cov).max() + np.abs(law.mean - chain.gaussian.run().mean).max())
    return vf.Estimate.exact(value, 1e-12, least=0.0)


def lag(chain, cell):
    """W2 between the annealed chain's law and N(m, Σ/β) at the last β."""
    return vf.wasserstein2(chain.gaussian.goal(), chain.gaussian.run())


STUDY = vf.Study(
    name="langevin/annealing",
    question="Does simulated annealing find the deeper of two wells, and when is it too fast?",
    subject=subject,
    sweep={
        "schedule": tuple(SCHEDULES),
        "steps": vf.Budgeted(smoke=(100, 10_000), ci=(100, 1_000, 10_000), full=(100, 1_000, 10_000, 30_000)),
    },
    observe={"share": share, "gibbs": gibbs, "recursion": recursion, "lag": lag, "deep": lambda chain, cell: DEEP},
    claims={
        "S4-08b": [
            claims.UpperBound(
                "deep",
                by="share",
                where={"schedule": "slow", "steps": (10_000,)},
                statement="Cooled slowly four chains of five end in the deeper well",
            ),
            claims.UpperBound(
                "share",
                by="gibbs",
                slack=0.2,
                axis="steps",
                statement="No schedule puts a fifth more there than the Gibbs law at its last β",
            ),
            claims.Identity("recursion", 0.0, 1e-10, statement="On Gaussians the law follows v' = (1 − γλ)²v + 2γ/β_k"),
            claims.NegativeControl(
                claims.UpperBound(
                    "deep",
                    by="share",
                    where={"schedule": "quench", "steps": (10_000,)},
                    statement="Quenched at once they do, too",
                )
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "deep",
                    by="share",
                    where={"schedule": "constant", "steps": (10_000,)},
                    statement="At β = 1 they do, too",
                )
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "deep",
                    by="share",
                    where={"schedule": "slow", "steps": (100,)},
                    statement="Cooled in a hundredth of the time they do, too",
                )
            ),
        ],
    },
    figures=[figures.Lines("steps", ("share", "gibbs"), within="schedule")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
