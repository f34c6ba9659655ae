"""How slow is Langevin between two wells, and does Eyring–Kramers say so, prefactor included?

λ₁ is the spectral gap of dX = −V′(X) dt + √(2/β) dB on the line, by inverse iteration on a positive operator: to full
relative accuracy, however small. V is a double well b(x² − 1)², the same tilted by b/5·x, a mixture of two normals at
±√(2b), or a single well b·x⁴. λ₁ is compared with Muckenhoupt's bounds 1/(4βB) ≤ λ₁ ≤ 2/(βB), with the Rayleigh
quotient 1/(β Var X) of the identity, with the collocated generator where that has digits left, and with Eyring–Kramers.
For the mixture, whose modes part while their width stays, that formula is off by √(2/π): next to its saddle π is like
cosh(ax), not like the exponential of a parabola.
"""

import math
from dataclasses import dataclass

import numpy as np

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.processes import (
    LineSemigroup,
    Mixture,
    Polynomial,
    eyring_kramers,
    highest_barrier,
    muckenhoupt,
    spectral_gap,
)
from verify.report import figures
from verify.targets.double_well import DoubleWell

FAMILIES = {
    "double well": DoubleWell,
    "tilted well": lambda b: DoubleWell(b, b / 5),
    "mixture": lambda b: Mixture((0.5, 0.5), (-math.sqrt(2 * b), math.sqrt(2 * b)), (1.0, 1.0)),
    "single well": lambda b: Polynomial((0.0, 0.0, 0.0, 0.0, b)),
}
DOUBLE = ("double well", "tilted well")
POLYNOMIAL = (*DOUBLE, "single well")
LOW, HIGH = (2.0, 4.0, 8.0), (16.0, 24.0, 32.0)
# log λ₁ = −b + log b + const − c/b + …, so that the slope against b is −1 + 1/b + c/b²; c = 3/8, b ≥ 16
SLOPE = 1 / HIGH[0] + 1 / HIGH[0] ** 2
# Laplace's method to the next order gives 1 + (3/16)/b for each well and for the saddle of b(x² − 1)², so that λ₁/EK is
# 1 − (3/8)/b + O(1/b²), where the last term is below 1/b²: b(1 − λ₁/EK) is 3/8 up to 1/b, its slope −1 up to 1/(3/8·b)
CORRECTION = 3 / 8
# Between the modes ±a of the mixture 1/π = √(2π)e^{(a² + x²)/2}/cosh(ax), and ∫ dx/cosh(ax) = π/a where Laplace's
# method says √(2π)/a. The next term, of e^{x²/2} and of V″(0) = 1 − a², is −(π²/16 − 1/4)/b, b = a²/2: below 1/(2b).
SECH = math.sqrt(2 / math.pi)
# The collocated generator is right to about ε times its largest entry (π/spacing)²/3 < 1e5, and λ₁ > 1e-3 for b ≤ 8.
COLLOCATED = 1e5 * np.finfo(float).eps / 1e-3
ROUNDING = 1e-10  # the ten digits that are promised


@dataclass(frozen=True)
class Well:
    """A potential of a family, at β = 1."""

    family: str
    potential: object

    @property
    def gap(self):
        """λ₁ with its interval."""
        return spectral_gap(self.potential)

    @property
    def dynamics(self):
        """The semigroup by collocation."""
        return LineSemigroup(self.potential, count=400)


def subject(family, barrier):
    return Well(family, FAMILIES[family](barrier))


def gap(well, cell):
    """λ₁ by inverse iteration on a positive operator."""
    return well.gap


def cooled(well, cell):
    """λ₁ of V/2 at twice β, times 2: the same law, moved half as far in a unit of time."""
    if well.family == "mixture":
        return well.gap
    halved = FAMILIES[well.family](0.5 * cell.point["barrier"])
    return spectral_gap(halved, 2.0).map(lambda v: 2 * v)


def formula(well, cell):
    """Eyring–Kramers; infinite where there is no saddle."""
    if highest_barrier(well.potential) == 0:
        return math.inf
    return eyring_kramers(well.potential)


def formula_half(well, cell):
    """Half of Eyring–Kramers: the rate out of one of two equal wells instead of the gap."""
    return 0.5 * formula(well, cell)


def formula_bare(well, cell):
    """e^{−β·barrier}: Arrhenius' law without a prefactor."""
    return math.exp(-highest_barrier(well.potential))


def formula_mixture(well, cell):
    """√(2/π) times Eyring–Kramers: the formula with ∫ dx/cosh(ax) for the Gaussian integral over the saddle."""
    return SECH * formula(well, cell)


def shortfall(scale):
    """Return scale(barrier)·(1 − λ₁/Eyring–Kramers) with the interval of λ₁."""

    def measure(well, cell):
        factor, kramers, found = scale(cell.point["barrier"]), formula(well, cell), well.gap
        value, low, high = (factor * (1 - v / kramers) for v in (found.value, found.high, found.low))
        return vf.Estimate(value, low, high, found.confidence, found.method)

    return measure


def muckenhoupt_bound(share):
    """Return share/(βB): ¼ and 2 bound λ₁ from below and above."""

    def measure(well, cell):
        b = muckenhoupt(well.potential)
        value, low, high = (share / v for v in (b.value, b.high, b.low))
        return vf.Estimate(value, low, high, b.confidence, b.method)

    return measure


def rayleigh(well, cell):
    """1/(β Var X): the Rayleigh quotient of the function x, an upper bound of λ₁."""
    flow = well.dynamics
    mean = flow.integral(flow.stationary * flow.nodes)
    return 1 / (flow.integral(flow.stationary * (flow.nodes - mean) ** 2))


def collocated(well, cell):
    """λ₁ as the second eigenvalue of the collocated generator, which has absolute accuracy only."""
    return float(well.dynamics.spectrum[0][1])


def same(left, right, words, tolerance=ROUNDING, **where):
    """Return the claim that two columns agree relatively."""
    return claims.Identity(left, right, tolerance, relative=True, statement=words, where=where)


def slowed(family, words, exponent=-1.0, margin=SLOPE):
    """Return the claim that log λ₁ falls linearly with the barrier."""
    where = {"family": family, "barrier": HIGH}
    return claims.Rate("gap", "barrier", exponent, margin, scale="linear", where=where, statement=words)


STUDY = vf.Study(
    name="langevin/spectral_gap",
    question="How slow is Langevin between two wells, and does Eyring–Kramers say so, prefactor included?",
    subject=subject,
    sweep={
        "family": tuple(FAMILIES),
        "barrier": vf.Budgeted(
            smoke=(*LOW, *HIGH), ci=(*LOW, 12.0, *HIGH, 48.0), full=(*LOW, 12.0, *HIGH, 48.0, 64.0, 128.0)
        ),
    },
    observe={
        "gap": gap,
        "cooled": cooled,
        "collocated": collocated,
        "rayleigh": rayleigh,
        "muckenhoupt_above": muckenhoupt_bound(2.0),
        "muckenhoupt_below": muckenhoupt_bound(0.25),
        "formula": formula,
        "formula_half": formula_half,
        "formula_bare": formula_bare,
        "formula_mixture": formula_mixture,
        "shortfall": shortfall(lambda b: 1.0),
        "correction": shortfall(lambda b: b),
    },
    claims={
        "S0-14": [
            claims.UpperBound("gap", by="muckenhoupt_above", statement="λ₁ ≤ 2/(βB), Muckenhoupt's constant B"),
            claims.UpperBound("muckenhoupt_below", by="gap", statement="λ₁ ≥ 1/(4βB)"),
            claims.UpperBound("gap", by="rayleigh", statement="λ₁ ≤ 1/(β Var X)"),
            same(
                "gap", "collocated", "λ₁ is the collocated generator's, where that has digits", COLLOCATED, barrier=LOW
            ),
            same("gap", "cooled", "At twice β in half of V everything takes twice as long", family=POLYNOMIAL),
            claims.NegativeControl(
                claims.UpperBound("muckenhoupt_above", by="gap", statement="λ₁ ≥ 2/(βB), Muckenhoupt's constant B")
            ),
        ],
        "S0-15": [
            slowed("double well", "λ₁ of the double well falls as e^{−b}"),
            claims.Rate(
                "gap",
                "barrier",
                "formula",
                1 / HIGH[0] ** 2,
                scale="linear",
                where={"family": DOUBLE, "barrier": HIGH},
                statement="λ₁ falls at the rate of Eyring–Kramers, tilted or not",
            ),
            same(
                "gap",
                "formula",
                "λ₁ of high barriers is Eyring–Kramers, prefactor included, up to 1/(2b)",
                0.5 / HIGH[0],
                family=DOUBLE,
                barrier=HIGH,
            ),
            same(
                "gap",
                "formula_mixture",
                "λ₁ of the mixture is √(2/π) times Eyring–Kramers up to 1/(2b)",
                0.5 / HIGH[0],
                family="mixture",
                barrier=HIGH,
            ),
            claims.Identity(
                "correction",
                CORRECTION,
                1 / HIGH[0],
                where={"family": "double well", "barrier": HIGH},
                statement="b(1 − λ₁/EK) is 3/8, the next term of Laplace's method",
            ),
            claims.Rate(
                "shortfall",
                "barrier",
                -1.0,
                1 / (CORRECTION * HIGH[0]),
                where={"family": "double well", "barrier": HIGH},
                statement="The error of Eyring–Kramers falls as 1/b",
            ),
            claims.Rate(
                "gap",
                "barrier",
                0.5,
                ROUNDING,
                where={"family": "single well"},
                statement="A single well b·x⁴ has no slowdown: λ₁ grows as √b",
            ),
            claims.NegativeControl(slowed("single well", "λ₁ of the single well falls as e^{−b}")),
            claims.NegativeControl(
                same(
                    "gap",
                    "formula",
                    "λ₁ of the mixture is Eyring–Kramers up to 1/(2b)",
                    0.5 / HIGH[0],
                    family="mixture",
                    barrier=HIGH,
                )
            ),
            claims.NegativeControl(
                same("gap", "formula_half", "λ₁ is half of Eyring–Kramers", 0.5 / HIGH[0], family=DOUBLE, barrier=HIGH)
            ),
            claims.NegativeControl(
                same("gap", "formula_bare", "λ₁ is e^{−βb} alone", 0.5 / HIGH[0], family=DOUBLE, barrier=HIGH)
            ),
        ],
    },
    figures=[
        figures.Lines(
            "barrier", ("gap", "formula", "muckenhoupt_above", "muckenhoupt_below"), scale="semilog", within="family"
        ),
        figures.Lines("barrier", ("shortfall",), where={"family": "double well"}),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
