"""How fast do KL and gradients decay along the Langevin diffusion of a double well, and what does convexity give?

dX = −V′(X) dt + √(2/β) dB with two wells or with V″ = 1 + 3x². d/dt KL(p_t‖π) = −β⁻¹ I(p_t‖π) for every V. A
log-Sobolev inequality with rate κ gives KL ≤ e^{−2κt}KL: κ = min V″ where V is convex (Bakry, Émery, 1985); for
b(x² − 1)² + cx, which exceeds a convex function by b(x² − u)² on x² < u, κ = 4b(u − 1)e^{−βbu²} at the best u > 1
(Holley, Stroock, 1987). Late, KL falls as e^{−2λ₁t}: κ ≤ λ₁. And |(P_t g)′| ≤ e^{−mt}P_t|g′| with m = min V″, negative
between two wells: the form in which W1 and W2 contract as e^{−mt} (Kuwada, 2010).
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from _wells import WELLS, flow, gap, normal

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.processes import LineSemigroup
from verify.report import figures
from verify.targets import DoubleWell

LATE = (4.0, 5.0, 6.0)  # in relaxation times
# What lies where π, or for I where p_t, is below these shares of its maximum is left out: (1e-12) times squares of
# logarithmic slopes below 10³. What is kept is right to 1e-14 of the maximum; KL and I are at least 1e-6.
RATIO, SHARE = 1e-14, 1e-12
# Differences over τ = 0.01t and τ/2, extrapolated: (rτ)⁴/480 for rt ≤ 2·6, and faster rates are gone, is 5e-7
DIFFERENCE = 1e-6
# KL = ½χ²(1 + O(√χ²)), χ² ≤ e^{−2·4}χ²_0 with χ²_0 < 20 here; over two relaxation times a share √(χ²)/3 bends by half
# of it, and the next mode by e^{−4(λ₂/λ₁ − 1)}, λ₂ > 2λ₁.
SLOPE = 0.03


@dataclass(frozen=True, eq=False)
class At:
    """The semigroup of a potential after `times` relaxation times 1/λ₁."""

    well: str
    dynamics: LineSemigroup
    times: float

    @property
    def beta(self):
        """β."""
        return self.dynamics.inverse_temperature

    @cached_property
    def gap(self):
        """λ₁."""
        return gap(self.well, self.beta)

    @property
    def time(self):
        """t."""
        return self.times / self.gap

    @cached_property
    def curvature(self):
        """m = min V″."""
        return float(self.dynamics.potential.curvature(np.linspace(-2.5, 2.5, 100_001)).min())

    @cached_property
    def rate(self):
        """κ of the log-Sobolev inequality; 0 where none is proved."""
        well = self.dynamics.potential
        if isinstance(well, DoubleWell):
            u = 0.5 * (1 + math.sqrt(1 + 2 / (self.beta * well.barrier)))
            return 4 * well.barrier * (u - 1) * math.exp(-self.beta * well.barrier * u**2)
        return max(self.curvature, 0.0)

    def ratio(self, t):
        """p_t/π and its logarithm's derivative where π counts, and the weights of π there."""
        at = self.dynamics
        inside = at.stationary > RATIO * at.stationary.max()
        bump = normal(at, 0.8, 0.35)  # dp_0/dπ up to a constant: bounded, as the rounding in L²(π) asks for
        relative = at.observable(bump / at.integral(bump * at.stationary), t)  # P_t is symmetric in L²(π)
        log = np.log(np.maximum(relative, 1e-300))
        slope = np.zeros_like(log)
        slope[3:-3] = np.convolve(log, STENCIL[::-1], mode="valid") / at.spacing
        density = relative * at.stationary
        slope[density < SHARE * density.max()] = 0.0
        return relative[inside], log[inside], slope[inside], (at.spacing * at.stationary)[inside]

    def kl(self, t):
        """KL(p_t‖π) = ∫(ρ log ρ − ρ + 1)dπ, ρ = p_t/π."""
        rho, log, _, weights = self.ratio(t)
        return float(weights @ (rho * log - rho + 1))


STENCIL = np.array([-1, 9, -45, 0, 45, -9, 1]) / 60


def subject(well, inverse_temperature, times):
    return At(well, flow(well, inverse_temperature), times)


def kl(at, cell):
    """KL(p_t‖π)."""
    return at.kl(at.time)


def contracted(rate):
    """Return e^{−2·rate·t}KL(p_0‖π) with rate(at)."""
    return lambda at, cell: math.exp(-2 * rate(at) * at.time) * at.kl(0.0)


def dissipation_defect(share):
    """Return |d/dt KL + share·β⁻¹I|/(β⁻¹I), I = ∫ρ((log ρ)′)²dπ."""

    def measure(at, cell):
        rho, _, slope, weights = at.ratio(at.time)
        fisher = float(weights @ (rho * slope**2)) / at.beta
        tau = 0.01 * at.time
        wide, narrow = ((at.kl(at.time + r) - at.kl(at.time - r)) / (2 * r) for r in (tau, tau / 2))
        return abs((4 * narrow - wide) / 3 + share * fisher) / fisher

    return measure


def gradient_excess(rate):
    """Return max |(P_t g)′|/(e^{−rate·t}P_t|g′|) over the bulk, g = tanh 2x, rate(at) in place of m."""

    def measure(at, cell):
        flown, x = at.dynamics, at.dynamics.nodes
        moved = flown.observable(np.tanh(2 * x), at.time)
        slope = np.convolve(moved, STENCIL[::-1], mode="same") / flown.spacing
        bound = flown.observable(2 / np.cosh(2 * x) ** 2, at.time)
        bulk = flown.stationary > 1e-4 * flown.stationary.max()
        return float((np.abs(slope) / bound)[bulk].max() * math.exp(rate(at) * at.time))

    return measure


EARLY = (0.01, 0.1, 0.3)


STUDY = vf.Study(
    name="semigroup/entropy",
    question="How fast do KL and gradients decay along the Langevin diffusion of a double well?",
    subject=subject,
    sweep={
        "well": (*WELLS, "convex"),
        "inverse_temperature": (1.0, 2.0),
        "times": vf.Budgeted(
            smoke=(*EARLY, 1.0, *LATE), ci=(*EARLY, 0.03, 1.0, 2.0, *LATE), full=(*EARLY, 0.03, 0.6, 1.0, 2.0, *LATE)
        ),
    },
    observe={
        "kl": kl,
        "kl_contracted": contracted(lambda at: at.rate),
        "kl_contracted_twice": contracted(lambda at: 2 * at.gap),
        "dissipation_defect": dissipation_defect(1.0),
        "dissipation_defect_half": dissipation_defect(0.5),
        "rate": lambda at, cell: at.rate,
        "gap": lambda at, cell: at.gap,
        "gradient_excess": gradient_excess(lambda at: at.curvature),
        "gradient_excess_twice": gradient_excess(lambda at: 2 * at.curvature),
        "gradient_excess_convex": gradient_excess(lambda at: 0.0),
    },
    claims={
        "S0-14": [
            claims.UpperBound(
                "kl",
                by="kl_contracted",
                slack=DIFFERENCE,
                statement="KL ≤ e^{−2κt}KL at the start, κ by Holley and Stroock or by convexity",
            ),
            claims.UpperBound("rate", by="gap", statement="κ ≤ λ₁: a log-Sobolev inequality implies that of Poincaré"),
            claims.Identity("dissipation_defect", 0.0, DIFFERENCE, statement="d/dt KL(p_t‖π) = −β⁻¹I(p_t‖π)"),
            claims.Rate(
                "kl",
                "times",
                -2.0,
                SLOPE,
                scale="linear",
                where={"times": LATE},
                statement="Late KL falls by e^{−2} in a relaxation time 1/λ₁",
            ),
            claims.UpperBound(
                "gradient_excess", by=1.0, slack=DIFFERENCE, statement="|(P_t g)′| ≤ e^{−mt}P_t|g′| with m = min V″"
            ),
            claims.NegativeControl(
                claims.UpperBound("kl", by="kl_contracted_twice", statement="KL ≤ e^{−4λ₁t}KL at the start")
            ),
            claims.NegativeControl(
                claims.Identity("dissipation_defect_half", 0.0, DIFFERENCE, statement="d/dt KL = −½β⁻¹I")
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "gradient_excess_twice",
                    by=1.0,
                    where={"well": "convex"},
                    statement="|(P_t g)′| ≤ e^{−2mt}P_t|g′| for V″ = 1 + 3x²",
                )
            ),
            claims.NegativeControl(
                claims.UpperBound(
                    "gradient_excess_convex",
                    by=1.0,
                    where={"well": tuple(WELLS)},
                    statement="|(P_t g)′| ≤ P_t|g′| between two wells",
                )
            ),
        ],
    },
    figures=[
        figures.Lines(
            "times",
            ("kl", "kl_contracted", "kl_contracted_twice"),
            scale="semilog",
            within="well",
            where={"inverse_temperature": 2.0},
            labels={
                "times": "time in units of 1/λ₁",
                "kl_contracted": "e^{−2κt} times KL at the start",
                "kl_contracted_twice": "e^{−4λ₁t} times KL at the start",
            },
        )
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
