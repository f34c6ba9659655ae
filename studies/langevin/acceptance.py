"""How often do MALA and the random walk accept on a Gaussian, and what happens to a fixed step when d grows?

The stationary acceptance on N(0, diag(s)) is ∫ min(P, Q), P the law of (x, y) for a proposal y, Q that of (y, x). It is
computed in four ways: as one real integral over the asymmetries k_i, for equal s as an incomplete beta function, as the
overlap of two Gaussian laws on R^{2d} by contour integrals, and by Monte Carlo of min(1, a) with both densities.
2Φ(−√Σk²) ≤ acceptance ≤ Π(1 + k²)^{−1/2}: at a fixed step it collapses exponentially in d. Steps are in units of the
smallest variance; the random walk's standard deviation is the square root of twice the step.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

import verify as vf
from verify import claims, laws
from verify.cli import main_study
from verify.divergences import overlap
from verify.metropolis import (
    Proposal,
    acceptance,
    acceptance_ceiling,
    acceptance_floor,
    isotropic_acceptance,
    isotropic_squared_jump,
    squared_jump,
)
from verify.report import figures

DRAWS = vf.Budgeted(smoke=40_000, ci=100_000, full=1_000_000)
SPECTRA = {"flat": lambda d: np.ones(d), "power": lambda d: np.arange(1.0, d + 1)}
FEW = (1, 2, 5, 10)  # dimensions in which there is enough acceptance for Monte Carlo, and overlaps are cheap
MANY = (200, 400, 800)
# Means of numbers with a standard deviation below ½ (acceptance) and, for the jump per coordinate in units of the
# proposed jump, below 2: estimate and half-width are each below 5 standard errors (100 intervals at 99.9 % jointly).
RESOLUTION = {name: 2 * 5 * sd / math.sqrt(DRAWS["smoke"]) for name, sd in (("rate", 0.5), ("jump", 2.0))}
# Sums over d ≤ 800 logarithms on one side, incomplete beta functions or Cholesky factors on the other
ROUNDING = 1e-10
# acceptance/ceiling = (2/π)∫ Π … falls as d^{−1/2}: ½·log 4/600 in the slope between 200 and 800, and k² log-slopes
COLLAPSE = 0.002


@dataclass(frozen=True, eq=False)
class Chain:
    """A Metropolis chain with the affine proposal y = gain·x + noise·ξ on N(0, diag(variances))."""

    variances: np.ndarray
    gain: np.ndarray
    noise: float
    step: float
    proposal: Proposal

    @property
    def equal(self):
        """True where all variances are one number."""
        return bool((self.variances == self.variances[0]).all())


def subject(chain, spectrum, step, dim):
    s = SPECTRA[spectrum](dim)
    noise = math.sqrt(2 * step)
    if chain == "mala":
        return Chain(s, 1 - step / s, noise, step, Proposal.mala(s, step))
    return Chain(s, np.ones(dim), noise, step, Proposal.random_walk(s, noise))


def rate(chain, cell):
    """Stationary acceptance, as one real integral over the asymmetries."""
    return acceptance(chain.proposal)


def jump(chain, cell):
    """Expected squared jump over that of the proposals, as one real integral."""
    return squared_jump(chain.proposal).map(lambda j: j / float(chain.proposal.jump.sum()))


def beta_rate(chain, cell):
    """The incomplete beta function of d and the asymmetry; of equal variances only, else the integral."""
    k = float(chain.proposal.asymmetry[0])
    return isotropic_acceptance(chain.variances.size, k) if chain.equal else rate(chain, cell)


def beta_jump(chain, cell):
    """The incomplete beta function of d + 2; of equal variances only, else the integral."""
    k = float(chain.proposal.asymmetry[0])
    return (
        isotropic_squared_jump(chain.variances.size, k, 1.0) / chain.variances.size
        if chain.equal
        else jump(chain, cell)
    )


def joint(chain, swapped=False):
    """Law of (x, y) in stationarity, or of (y, x)."""
    s, r = chain.variances, chain.gain
    mixed, proposed = np.diag(r * s), np.diag(r**2 * s + chain.noise**2)
    blocks = [[np.diag(s), mixed], [mixed, proposed]]
    if swapped:
        blocks = [[proposed, mixed], [mixed, np.diag(s)]]
    return laws.Gaussian(np.zeros(2 * s.size), np.block(blocks))


def overlap_rate(chain, cell):
    """∫ min(P, Q) as the overlap of two Gaussian laws; beyond d = 10 the integral."""
    return overlap(joint(chain), joint(chain, swapped=True)) if chain.variances.size <= FEW[-1] else rate(chain, cell)


def floor(chain, cell):
    """2Φ(−√Σk²)."""
    return acceptance_floor(chain.proposal)


def ceiling(chain, cell):
    """Π(1 + k²)^{−1/2}."""
    return acceptance_ceiling(chain.proposal)


def shrunk(chain, cell):
    """Acceptance with the step taken d^{−1/3} times as long."""
    step = chain.step * chain.variances.size ** (-1 / 3)
    return acceptance(Proposal.mala(chain.variances, step))


def moves(chain, cell, corrected=True):
    """Draws of x, the proposal y and min(1, a); without the ratio of proposal densities unless `corrected`."""
    n, d = DRAWS[cell.budget], chain.variances.size
    x = np.sqrt(chain.variances) * cell.rng.standard_normal((n, d))
    y = chain.gain * x + chain.noise * cell.rng.standard_normal((n, d))
    log = 0.5 * ((x**2 - y**2) / chain.variances).sum(axis=1)
    if corrected:
        there, back = y - chain.gain * x, x - chain.gain * y
        log += 0.5 * (there**2 - back**2).sum(axis=1) / chain.noise**2
    return x, y, np.exp(np.minimum(log, 0.0))


def average(value):
    """Mean with its 99.9 % normal interval."""
    mean, reach = float(value.mean()), float(norm.ppf(0.9995) * value.std(ddof=1) / math.sqrt(value.size))
    return vf.Estimate(mean, mean - reach, mean + reach, 0.999, "monte carlo")


def simulated_rate(corrected):
    """Return the acceptance by Monte Carlo."""

    def measure(chain, cell):
        return average(moves(chain, cell, corrected)[2]) if few(chain) else float(rate(chain, cell))

    return measure


def simulated_jump(chain, cell):
    """Expected squared jump over that of the proposals, by Monte Carlo."""
    if not few(chain):
        return float(jump(chain, cell))
    x, y, accepted = moves(chain, cell)
    return average(accepted * ((y - x) ** 2).sum(axis=1) / float(chain.proposal.jump.sum()))


def second_moment(repeats):
    """Return E Σx²/s over d after one step from stationarity, by Monte Carlo; only the accepted without `repeats`."""

    def measure(chain, cell):
        if not few(chain):
            return 1.0
        x, y, accepted = moves(chain, cell)
        before, after = ((z**2 / chain.variances).mean(axis=1) for z in (x, y))
        if repeats:
            return average(before + accepted * (after - before))
        moved = cell.rng.random(accepted.size) < accepted
        return average(after[moved])

    return measure


def few(chain):
    return chain.variances.size <= FEW[-1]


def same(left, right, words, tolerance=ROUNDING, relative=True, **where):
    """Return the claim that two columns are equal."""
    return claims.Identity(left, right, tolerance, relative=relative, statement=words, where=where)


def collapses(exponent, words, chain="mala"):
    """Return the claim that the acceptance of a fixed step is exponential in d, with a rate."""
    where = {"chain": chain, "spectrum": "flat", "step": 1.0, "dim": MANY}
    return claims.Rate("rate", "dim", exponent, COLLAPSE, scale="linear", where=where, statement=words)


STUDY = vf.Study(
    name="langevin/acceptance",
    question="How often do MALA and the random walk accept on a Gaussian, and what becomes of a fixed step as d grows?",
    subject=subject,
    sweep={
        "chain": ("mala", "random walk"),
        "spectrum": tuple(SPECTRA),
        "step": vf.Budgeted(smoke=(0.3, 1.0), ci=(0.1, 0.3, 1.0), full=(0.03, 0.1, 0.3, 1.0, 1.7)),
        "dim": vf.Budgeted(smoke=(*FEW, *MANY), ci=(*FEW, 30, 100, *MANY), full=(*FEW, 20, 30, 50, 100, *MANY)),
    },
    observe={
        "rate": rate,
        "beta_rate": beta_rate,
        "overlap_rate": overlap_rate,
        "simulated_rate": simulated_rate(True),
        "simulated_rate_targets": simulated_rate(False),
        "floor": floor,
        "ceiling": ceiling,
        "shrunk": shrunk,
        "jump": jump,
        "beta_jump": beta_jump,
        "simulated_jump": simulated_jump,
        "second_moment": second_moment(True),
        "second_moment_moved": second_moment(False),
    },
    claims={
        "S4-02": [
            same("rate", "beta_rate", "For equal variances the acceptance is 2 I_x(d/2, d/2)", spectrum="flat"),
            same("rate", "overlap_rate", "The acceptance is the overlap of the laws of (x, y) and (y, x)", dim=FEW),
            same("jump", "beta_jump", "For equal variances the jump is that of d + 2 coordinates", spectrum="flat"),
            same(
                "simulated_rate",
                "rate",
                "Simulated proposals are accepted as often",
                RESOLUTION["rate"],
                relative=False,
                dim=FEW,
            ),
            same("simulated_jump", "jump", "Simulated jumps are as long", RESOLUTION["jump"], relative=False, dim=FEW),
            same(
                "second_moment",
                1.0,
                "One step, the old state kept on rejection, leaves E|x|² as it is",
                RESOLUTION["jump"],
                relative=False,
                dim=FEW,
            ),
            claims.NegativeControl(
                same(
                    "simulated_rate_targets",
                    "rate",
                    "MALA's ratio of targets alone, without the proposals', accepts as often",
                    RESOLUTION["rate"],
                    relative=False,
                    dim=FEW,
                    chain="mala",
                )
            ),
            claims.NegativeControl(
                same(
                    "second_moment_moved",
                    1.0,
                    "With repeats dropped E|x|² stays, too",
                    RESOLUTION["jump"],
                    relative=False,
                    dim=FEW,
                )
            ),
        ],
        "S4-03": [
            claims.UpperBound("rate", by="ceiling", slack=ROUNDING, statement="Acceptance ≤ Π(1 + k²)^{−1/2}"),
            claims.UpperBound("floor", by="rate", slack=ROUNDING, statement="Acceptance ≥ 2Φ(−√Σk²)"),
            collapses("ceiling", "At h = 1 MALA's acceptance falls as (1 + h³/8)^{−d/2}: exponentially in d"),
            collapses("ceiling", "The random walk's falls as (1 + σ²/4)^{−d/2}", chain="random walk"),
            claims.Rate(
                "shrunk",
                "dim",
                0.0,
                0.05,
                where={"chain": "mala", "spectrum": "flat", "step": 1.0, "dim": MANY},
                statement="With h = d^{−1/3} MALA's acceptance does not fall",
            ),
            claims.NegativeControl(collapses(0.0, "At h = 1 MALA's acceptance does not fall with d")),
            claims.NegativeControl(
                claims.Rate(
                    "rate",
                    "dim",
                    -1.0,
                    0.5,
                    where={"chain": "mala", "spectrum": "flat", "step": 1.0, "dim": MANY},
                    statement="At h = 1 MALA's acceptance falls as a power of d near 1/d",
                )
            ),
            claims.NegativeControl(
                claims.UpperBound("rate", by="floor", statement="Acceptance ≤ 2Φ(−√Σk²), the limit, at every d")
            ),
        ],
    },
    figures=[
        figures.ErrorAgainstBound(
            "dim",
            errors=("rate",),
            bounds=("ceiling", "floor"),
            within="step",
            where={"chain": "mala", "spectrum": "flat"},
        ),
        figures.Lines("dim", ("rate", "shrunk"), where={"chain": "mala", "spectrum": "flat", "step": 1.0}),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
