"""Do the Kolmogorov equations and the decay of χ² hold beyond Gaussians, and where does the stationary law sit?

dX = −V′(X) dt + √(2/β) dB with two wells on the line: even, tilted by 0.4·x, or a mixture of normals. Densities and
functions are moved by P_t, collocated on 400 nodes, and compared with differences in t and x; the λ₁ in the bound on
χ² comes from a method of its own. For the tilted well the mass of the shallow side falls as e^{−βΔV} when β grows.
"""

import math
from dataclasses import dataclass

import numpy as np

import verify as vf
from verify import claims
from verify.cli import main_study
from verify.processes import LineSemigroup, Mixture, spectral_gap
from verify.report import figures
from verify.targets.double_well import DoubleWell

WELLS = {
    "even": DoubleWell(1.0),
    "tilted": DoubleWell(1.0, 0.4),
    "mixture": Mixture((0.3, 0.7), (-1.2, 1.0), (0.6, 0.5)),
}
START, WIDTH = 0.8, 0.3
LATE = (4.0, 5.0, 6.0)  # in relaxation times
# Sixth-order differences on a spacing below 0.02 of functions that vary over 0.2, relative to their own size: (0.1)⁶
# times ten. In t, τ = 0.01 t: a mode of rate r that is alive, rt ≤ 5, errs by (rτ)⁴/480. Rounding is 1e-14/0.01².
DIFFERENCE, TAU = 1e-5, 0.01
# λ₁ of the collocated generator is off by 1e-11, of at least 1e-5; the next mode is e^{−2·4(λ₂/λ₁ − 1)} below, λ₂ > 2λ₁
SLOPE = 2e-3
# the shallow side holds e^{−βΔV} times a ratio of curvatures 1 + O(1/β): its logarithm bends the slope by below 0.1
BENT = 0.1
STENCILS = {
    1: np.array([-1, 9, -45, 0, 45, -9, 1]) / 60,
    2: np.array([2, -27, 270, -490, 270, -27, 2]) / 180,
}


@dataclass(frozen=True, eq=False)
class At:
    """The semigroup of a potential after a number of relaxation times 1/λ₁."""

    flow: LineSemigroup
    gap: float
    times: float

    @property
    def time(self):
        """t."""
        return self.times / self.gap

    @property
    def beta(self):
        """β."""
        return self.flow.inverse_temperature

    @property
    def slope(self):
        """V′ at the nodes."""
        return self.flow.potential.slope(self.flow.nodes)

    @property
    def start(self):
        """A normal density in the right-hand well, at the nodes."""
        p = np.exp(-0.5 * ((self.flow.nodes - START) / WIDTH) ** 2)
        return p / self.flow.integral(p)

    def chi2(self):
        """∫ p_t²/π − 1 at this time and at the start, as ∫ (p − π)²/π."""
        return tuple(
            self.flow.integral((self.flow.law(self.start, t) - self.flow.stationary) ** 2 / self.flow.stationary)
            for t in (self.time, 0.0)
        )


def subject(well, inverse_temperature, time):
    gap = float(spectral_gap(WELLS[well], inverse_temperature))
    return At(LineSemigroup(WELLS[well], inverse_temperature, count=400), gap, time)


def differentiated(values, order, spacing):
    """Sixth-order central differences; zero at the three nodes next to each end, where laws vanish."""
    out = np.zeros_like(values)
    out[3:-3] = np.convolve(values, STENCILS[order][::-1], mode="valid") / spacing**order
    return out


def derivative(function, time):
    """∂_t by central differences over τ and τ/2, extrapolated."""
    tau = TAU * time
    wide, narrow = ((function(time + r) - function(time - r)) / (2 * r) for r in (tau, tau / 2))
    return (4 * narrow - wide) / 3


def backward_defect(share):
    """Return ‖∂_t P_t g − 𝓛P_t g‖/‖V′(P_t g)′‖ in L²(π) for g = tanh, with `share` of β⁻¹∂² in 𝓛."""

    def measure(at, cell):
        flow = at.flow
        g = np.tanh(flow.nodes)
        found = derivative(lambda t: flow.observable(g, t), at.time)
        moved = flow.observable(g, at.time)
        first, second = (differentiated(moved, k, flow.spacing) for k in (1, 2))
        gap = found - (share * second / at.beta - at.slope * first)
        inside = flow.stationary > 1e-12 * flow.stationary.max()  # √π of it is above rounding
        size, scale = (flow.integral((f**2 * flow.stationary)[inside]) for f in (gap, at.slope * first))
        return math.sqrt(size / scale)

    return measure


def forward_defect(sign):
    """Return ‖∂_t p − β⁻¹p″ − sign·(pV′)′‖/‖(pV′)′‖ in L¹ for the density p at time t."""

    def measure(at, cell):
        flow = at.flow
        found = derivative(lambda t: flow.law(at.start, t), at.time)
        p = flow.law(at.start, at.time)
        push = differentiated(p * at.slope, 1, flow.spacing)
        gap = found - differentiated(p, 2, flow.spacing) / at.beta - sign * push
        return flow.integral(np.abs(gap)) / flow.integral(np.abs(push))

    return measure


def stationary_defect(noise):
    """Return ‖𝓛*π‖/‖(πV′)′‖ in L¹ for π ∝ e^{−βV}, with noise(β) in place of β⁻¹."""

    def measure(at, cell):
        flow = at.flow
        push = differentiated(flow.stationary * at.slope, 1, flow.spacing)
        gap = noise(at.beta) * differentiated(flow.stationary, 2, flow.spacing) + push
        return flow.integral(np.abs(gap)) / flow.integral(np.abs(push))

    return measure


def limit_defect(at, cell):
    """TV between e^{−βV}/Z and the law after 40/λ₁."""
    late = at.flow.law(at.start, 40 / at.gap)
    return 0.5 * at.flow.integral(np.abs(late - at.flow.stationary))


def chi2(at, cell):
    """χ²(p_t‖π)."""
    return at.chi2()[0]


def chi2_contracted(rate):
    """Return e^{−rate·λ₁t}χ²(p_0‖π), λ₁t the number of relaxation times."""

    def measure(at, cell):
        return at.chi2()[1] * math.exp(-rate * at.times)

    return measure


def shallow_mass(at, cell):
    """Stationary mass on the side x > 0, the shallow one of the tilted well."""
    flow = at.flow
    top = float(flow.potential.critical_points[1])
    x, share = flow.nodes, flow.stationary * flow.spacing
    # the node next to the saddle counts with the part of its cell that lies beyond it
    return float((share * np.clip((x - top) / flow.spacing + 0.5, 0.0, 1.0)).sum())


def depth():
    """ΔV between the two minima of the tilted well."""
    low, _, high = WELLS["tilted"].value(WELLS["tilted"].critical_points)
    return float(high - low)


def vanishes(name, words, **where):
    """Return the claim that a defect is zero."""
    return claims.Identity(name, 0.0, DIFFERENCE, statement=words, where=where)


def concentrates(well, words):
    """Return the claim that the mass at x > 0 falls as e^{−βΔV}, ΔV of the tilted well."""
    return claims.Rate(
        "shallow_mass",
        "inverse_temperature",
        -depth(),
        BENT,
        scale="linear",
        where={"well": well, "time": LATE[0]},
        statement=words,
    )


STUDY = vf.Study(
    name="langevin/double_well",
    question="Do the Kolmogorov equations and the decay of χ² hold beyond Gaussians, and where does the law end up?",
    subject=subject,
    sweep={
        "well": tuple(WELLS),
        "inverse_temperature": (2.0, 4.0, 8.0),
        "time": vf.Budgeted(
            smoke=(0.03, 0.3, *LATE),
            ci=(0.01, 0.03, 0.1, 0.3, 1.0, *LATE),
            full=(0.01, 0.02, 0.03, 0.1, 0.3, 1.0, 2.0, *LATE),
        ),
    },
    observe={
        "backward_defect": backward_defect(1.0),
        "backward_defect_half": backward_defect(0.5),
        "forward_defect": forward_defect(1.0),
        "forward_defect_sign": forward_defect(-1.0),
        "stationary_defect": stationary_defect(lambda beta: 1 / beta),
        "stationary_defect_hot": stationary_defect(lambda beta: 1.0),
        "limit_defect": limit_defect,
        "chi2": chi2,
        "chi2_contracted": chi2_contracted(2),
        "chi2_contracted_twice": chi2_contracted(4),
        "shallow_mass": shallow_mass,
    },
    claims={
        "S0-11": [
            vanishes("backward_defect", "∂_t P_t g = 𝓛P_t g with 𝓛g = β⁻¹g″ − V′g′"),
            claims.NegativeControl(vanishes("backward_defect_half", "∂_t P_t g = ½β⁻¹(P_t g)″ − V′(P_t g)′")),
        ],
        "S0-12": [
            vanishes("forward_defect", "∂_t p = β⁻¹p″ + (pV′)′"),
            claims.NegativeControl(vanishes("forward_defect_sign", "∂_t p = β⁻¹p″ − (pV′)′")),
        ],
        "S0-13": [
            vanishes("stationary_defect", "e^{−βV} solves β⁻¹p″ + (pV′)′ = 0"),
            vanishes("limit_defect", "The law tends to e^{−βV}/Z from one well"),
            claims.NegativeControl(
                vanishes("stationary_defect_hot", "e^{−βV} solves p″ + (pV′)′ = 0 for β = 8", inverse_temperature=8.0)
            ),
        ],
        "S0-14": [
            claims.UpperBound(
                "chi2", by="chi2_contracted", slack=DIFFERENCE, statement="χ² ≤ e^{−2λ₁t}χ² at the start, λ₁ the gap"
            ),
            claims.Rate(
                "chi2",
                "time",
                -2.0,
                SLOPE,
                scale="linear",
                where={"time": LATE},
                statement="Late χ² falls by e^{−2} in a relaxation time 1/λ₁: the gap is sharp",
            ),
            claims.NegativeControl(
                claims.UpperBound("chi2", by="chi2_contracted_twice", statement="χ² ≤ e^{−4λ₁t}χ² at the start")
            ),
        ],
        "S4-08": [
            concentrates("tilted", "As β grows the stationary law leaves the shallow well as e^{−βΔV}"),
            claims.NegativeControl(concentrates("even", "It leaves one of two equal wells at that rate, too")),
        ],
    },
    figures=[
        figures.Lines(
            "time", ("chi2", "chi2_contracted"), scale="semilog", within="well", where={"inverse_temperature": 4.0}
        ),
        figures.Lines("inverse_temperature", ("shallow_mass",), scale="semilog", where={"well": "tilted"}),
    ],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
