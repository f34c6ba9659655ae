"""Which operators are adjoint to each other on a double well, and which sign has Langevin's drift?

dX = −V′(X) dt + √(2/β) dB, 𝓛g = β⁻¹g″ − V′g′ and 𝓛*h = β⁻¹h″ + (hV′)′, π ∝ e^{−βV}. With smooth g and a density h,
∫𝓛g h = ∫g 𝓛*h; in L²(π) 𝓛 is its own adjoint, ∫𝓛g k dπ = −β⁻¹∫g′k′dπ. Derivatives are written out, integrals are
trapezoid sums of fast decaying functions, geometrically accurate. The drift is ∇log e^{−V} = −V′: by differences of the
target's log-density, by E_π 𝓛g = 0, and by ULA, which the printed sign +V′ drives away.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from _wells import WELLS, flow, normal
from scipy.stats import norm as gaussian

import verify as vf
from verify import claims, laws, samplers, targets
from verify.cli import main_study
from verify.errors import Diverged
from verify.processes import LineSemigroup

TARGETS = {**WELLS, "mixture": targets.GaussianMixture((0.3, 0.7), (-1.2, 1.0), (0.36, 0.25))}
# Sums of 400 products, each right to 100 ε of ∫|𝓛g h| at most. The trapezoid rule on spacings below 0.02 errs by
# e^{−2π²(width/spacing)²} for normal factors and by e^{−2π·(π/2)/spacing} for tanh, whose poles are π/2 away. Beyond
# the nodes the density has e^{−½8²} of its height.
WIDTH = 0.15
ROUNDING = 400 * 100 * np.finfo(float).eps
# Sixth-order differences with δ = 0.01 of functions that vary over 0.2: (δ/0.2)⁶, plus ε·|log π|/δ.
DELTA, DIFFERENCE = 0.01, 0.05**6 + 100 * np.finfo(float).eps / 0.01
STEP, STEPS, PARTICLES = 0.01, 200, vf.Budgeted(smoke=500, ci=4_000, full=20_000)


@dataclass(frozen=True, eq=False)
class At:
    """The generator of a well, with a function and a density."""

    well: str
    dynamics: LineSemigroup
    centre: float

    @property
    def beta(self):
        """β."""
        return self.dynamics.inverse_temperature

    @cached_property
    def slope(self):
        """V′ at the nodes."""
        return self.dynamics.potential.slope(self.dynamics.nodes)

    @cached_property
    def function(self):
        """g = tanh(x − c), g′, g″ at the nodes."""
        g = np.tanh(self.dynamics.nodes - self.centre)
        return g, 1 - g**2, -2 * g * (1 - g**2)

    @cached_property
    def density(self):
        """h = the density of N(c, 0.15²), h′, h″ at the nodes."""
        h, z = normal(self.dynamics, self.centre, WIDTH), (self.dynamics.nodes - self.centre) / WIDTH
        return h, -z / WIDTH * h, (z**2 - 1) / WIDTH**2 * h

    def generated(self, drift=-1.0):
        """𝓛g, the drift `drift`·V′."""
        _, first, second = self.function
        return second / self.beta + drift * self.slope * first

    def adjoint(self, sign=1.0):
        """𝓛*h, its divergence with a `sign`."""
        h, first, second = self.density
        curvature = self.dynamics.potential.curvature(self.dynamics.nodes)
        return second / self.beta + sign * (first * self.slope + h * curvature)


def subject(well, inverse_temperature, centre):
    return At(well, flow(well, inverse_temperature), centre)


def duality_defect(sign):
    """Return |∫𝓛g h − ∫g 𝓛*h|/∫|𝓛g h|, the divergence in 𝓛* with a `sign`."""

    def measure(at, cell):
        left, right = at.generated() * at.density[0], at.function[0] * at.adjoint(sign)
        return abs(at.dynamics.integral(left - right)) / at.dynamics.integral(np.abs(left))

    return measure


def dirichlet_defect(share):
    """Return |∫𝓛g k dπ + share·β⁻¹∫g′k′dπ| over ∫|𝓛g k|dπ, k = cos 2x."""

    def measure(at, cell):
        x, pi = at.dynamics.nodes, at.dynamics.stationary
        left = at.generated() * np.cos(2 * x) * pi
        right = -share / at.beta * at.function[1] * (-2 * np.sin(2 * x)) * pi
        return abs(at.dynamics.integral(left - right)) / at.dynamics.integral(np.abs(left))

    return measure


def stationarity_defect(drift):
    """Return |E_π 𝓛g|/E_π|𝓛g| with the drift `drift`·V′."""

    def measure(at, cell):
        left = at.generated(drift) * at.dynamics.stationary
        return abs(at.dynamics.integral(left)) / at.dynamics.integral(np.abs(left))

    return measure


def drift_defect(sign):
    """Return max |log-density's difference quotient − sign·V′|/max |V′| on |x| ≤ 2."""

    def measure(at, cell):
        x = np.linspace(-2.0, 2.0, 33)[:, None]
        log = TARGETS[at.well].log_density
        parts = (w * (log(x + k * DELTA) - log(x - k * DELTA)) for k, w in ((1, 45), (2, -9), (3, 1)))
        found, slope = sum(parts) / (60 * DELTA), at.dynamics.potential.slope(x[:, 0])
        return float(np.abs(found - sign * slope).max() / np.abs(slope).max())

    return measure


@dataclass(frozen=True, eq=False)
class Turned:
    """A target whose score has the printed sign, ∇f in place of −∇f."""

    target: object

    @property
    def dim(self):
        """1."""
        return 1

    def score(self, x):
        """+V′."""
        return -self.target.score(x)


def late_square(turned):
    """Return E X² after 200 steps of ULA from N(c, 0.15²) by Monte Carlo, infinite where the chain leaves float64."""

    def measure(at, cell):
        target = Turned(TARGETS[at.well]) if turned else TARGETS[at.well]
        begin = laws.Gaussian(np.array([at.centre]), np.array([[WIDTH**2]]))
        sampler = samplers.ULA(target, STEP, STEPS, begin, at.beta)
        try:
            x = laws.Particles.sampled(begin, PARTICLES[cell.budget], seed=1).through(sampler).points[:, 0]
        except Diverged:
            return math.inf
        mean = float((x**2).mean())
        reach = float(gaussian.ppf(0.9995) * (x**2).std(ddof=1) / math.sqrt(x.size))
        return vf.Estimate(mean, mean - reach, mean + reach, 0.999, "monte carlo")

    return measure


def square(factor):
    """Return factor·(E_π X² + c²)."""

    def measure(at, cell):
        moment = at.dynamics.integral(at.dynamics.nodes**2 * at.dynamics.stationary)
        return factor * (moment + at.centre**2)

    return measure


def vanishes(name, words, tolerance=ROUNDING):
    """Return the claim that a defect is zero."""
    return claims.Identity(name, 0.0, tolerance, statement=words)


STUDY = vf.Study(
    name="semigroup/adjoint",
    question="Which operators are adjoint to each other on a double well, and which sign has Langevin's drift?",
    subject=subject,
    sweep={
        "well": tuple(WELLS),
        "inverse_temperature": (1.0, 2.0),
        "centre": vf.Budgeted(smoke=(0.8,), ci=(-0.7, 0.8), full=(-0.7, 0.3, 0.8, 1.2)),
    },
    observe={
        "duality_defect": duality_defect(1.0),
        "duality_defect_sign": duality_defect(-1.0),
        "dirichlet_defect": dirichlet_defect(1.0),
        "dirichlet_defect_half": dirichlet_defect(0.5),
        "stationarity_defect": stationarity_defect(-1.0),
        "stationarity_defect_sign": stationarity_defect(1.0),
        "drift_defect": drift_defect(-1.0),
        "drift_defect_sign": drift_defect(1.0),
        "late_square": late_square(turned=False),
        "late_square_sign": late_square(turned=True),
        "square": square(2.0),
    },
    claims={
        "S0-12": [
            vanishes("duality_defect", "∫𝓛g h = ∫g 𝓛*h with 𝓛*h = β⁻¹h″ + (hV′)′ on a double well"),
            vanishes("dirichlet_defect", "∫𝓛g k dπ = −β⁻¹∫g′k′dπ: 𝓛 is its own adjoint in L²(π)"),
            claims.NegativeControl(vanishes("duality_defect_sign", "∫𝓛g h = ∫g(β⁻¹h″ − (hV′)′)")),
            claims.NegativeControl(vanishes("dirichlet_defect_half", "∫𝓛g k dπ = −½β⁻¹∫g′k′dπ")),
        ],
        "S0-13": [
            vanishes("stationarity_defect", "E_π 𝓛g = 0 for π ∝ e^{−βV}"),
            claims.NegativeControl(vanishes("stationarity_defect_sign", "E_π[β⁻¹g″ + V′g′] = 0")),
        ],
        "S0-16": [
            vanishes("drift_defect", "The drift ∇log e^{−V} is −V′, by differences of the log-density", DIFFERENCE),
            claims.UpperBound(
                "late_square",
                by="square",
                statement="With the drift −V′ ULA stays near its wells: E X² ≤ 2(E_π X² + c²) after 200 steps from c",
            ),
            claims.NegativeControl(vanishes("drift_defect_sign", "∇log e^{−V} = V′", DIFFERENCE)),
            claims.NegativeControl(
                claims.UpperBound(
                    "late_square_sign",
                    by="square",
                    statement="With the drift +V′ E X² ≤ 2(E_π X² + c²) after 200 steps from c",
                )
            ),
        ],
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
