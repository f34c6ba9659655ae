"""Is e^{t𝓛} on a double well a semigroup, and do a jump process on cells and a chain of ULA steps tend to it?

dX = −V′(X) dt + √(2/β) dB with two wells on the line, P_t collocated on 400 nodes. P_0 = id, P_{t/2}P_{t/2} = P_t and
∫P_t g dπ = ∫g dπ are checked on g = tanh 2x. Two programs that share nothing with the collocation follow the law from a
normal start: jumps between neighbouring cells with rates √(π_{i±1}/π_i)/(βw²), second order in the cells' width w, and
ULA in n steps of t/n, its law pushed through the running step on a grid, first order in 1/n in TV.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from _wells import WELLS, flow, norm, normal
from scipy.linalg import eigh_tridiagonal

import verify as vf
from verify import claims, laws, samplers, targets
from verify.cli import main_study
from verify.processes import LineSemigroup
from verify.report import figures

TARGETS = {**WELLS, "mixture": targets.GaussianMixture((0.3, 0.7), (-1.2, 1.0), (0.36, 0.25))}
MEAN, WIDTH = 0.8, 0.3  # of the start
# Largest entry (π/spacing)²/3β of the matrix, below 2e5, times ε and t = 1: what eigenvectors leave of an identity
ROUNDING = 2e5 * np.finfo(float).eps
# Errors Cn^{−p}(1 + c/n + …): the slope bends by the share of the second term in the first at the smallest n, or less.
# Extrapolation from n and n/2 leaves about twice that: at steps t/n ≤ 0.01, a twelfth of the wells' relaxation time
# 1/V″ = ⅛, `…_left` are below 0.1 of the errors, which is a claim; at t/n = 0.02 it is 0.2.
BENT = 0.1


@dataclass(frozen=True, eq=False)
class At:
    """The semigroup of a well at time t, and what is computed in n cells or steps."""

    well: str
    dynamics: LineSemigroup
    time: float
    refinement: int

    @property
    def start(self):
        """The density of N(0.8, 0.3²) at the nodes."""
        return normal(self.dynamics, MEAN, WIDTH)

    @property
    def g(self):
        """tanh 2x at the nodes."""
        return np.tanh(2 * self.dynamics.nodes)

    @cached_property
    def exact(self):
        """E g(X_t)."""
        return self.dynamics.integral(self.dynamics.law(self.start, self.time) * self.g)

    def cells(self, count):
        """Return E g(X_t) and the first eigenvalues of the jump process on 2·count cells."""
        low, high = self.dynamics.nodes[[0, -1]]
        width = (high - low) / (2 * count)
        x = low + width * (np.arange(2 * count) + 0.5)
        v = self.dynamics.inverse_temperature * self.dynamics.potential.value(x)
        up, down = np.exp(-0.5 * np.diff(v)), np.exp(0.5 * np.diff(v))
        out = np.append(up, 0.0) + np.append(0.0, down)
        scale = self.dynamics.inverse_temperature * width**2
        values, vectors = eigh_tridiagonal(out / scale, -np.ones(x.size - 1) / scale)
        p = np.exp(-0.5 * ((x - MEAN) / WIDTH) ** 2)
        root = np.exp(-0.5 * (v - v.min()))
        moved = (vectors.T @ (root * np.tanh(2 * x))) * np.exp(-self.time * values)
        return float((p / p.sum() / root) @ (vectors @ moved)), values[1:4]

    def chain(self, count):
        """Return the density after `count` steps of ULA of length t/count at the nodes, pushed through a grid."""
        if count not in self.chains:
            begin = laws.Gaussian(np.array([MEAN]), np.array([[WIDTH**2]]))
            beta = self.dynamics.inverse_temperature
            sampler = samplers.ULA(TARGETS[self.well], self.time / count, count, begin, beta)
            law = laws.GridDensity.of(begin).through(sampler)
            self.chains[count] = np.exp(law.log_density(self.dynamics.nodes[:, None]))
        return self.chains[count]

    def distance(self, density):
        """TV between a density at the nodes and the law at time t."""
        return 0.5 * self.dynamics.integral(np.abs(density - self.dynamics.law(self.start, self.time)))

    @cached_property
    def chains(self):
        """The densities that are known already."""
        return {}


def subject(well, time, refinement):
    return At(well, flow(well, 2.0), time, refinement)


def identity_defect(at, cell):
    """‖P_0 g − g‖ in L²(π)."""
    return norm(at.dynamics, at.dynamics.observable(at.g, 0.0) - at.g)


def split_defect(share):
    """Return ‖P_{share·t}P_{t/2} g − P_t g‖ in L²(π)."""

    def measure(at, cell):
        twice = at.dynamics.observable(at.dynamics.observable(at.g, at.time / 2), share * at.time)
        return norm(at.dynamics, twice - at.dynamics.observable(at.g, at.time))

    return measure


def invariance_defect(at, cell):
    """∫P_t g dπ − ∫g dπ."""
    moved = at.dynamics.observable(at.g, at.time)
    return at.dynamics.integral((moved - at.g) * at.dynamics.stationary)


def jump_error(at, cell):
    """|E g of the jump process − E g|."""
    return abs(at.cells(at.refinement)[0] - at.exact)


def jump_left(at, cell):
    """The same, extrapolated from n and n/2."""
    fine, coarse = (at.cells(n)[0] for n in (at.refinement, at.refinement // 2))
    return abs((4 * fine - coarse) / 3 - at.exact)


def eigenvalue_error(at, cell):
    """The largest relative error of the first three rates of the jump process."""
    want = at.dynamics.spectrum[0][1:4]
    return float(np.abs(at.cells(at.refinement)[1] / want - 1).max())


def chain_error(at, cell):
    """TV between ULA after n steps and the law at time t."""
    return at.distance(at.chain(at.refinement))


def tenth(at, cell):
    """A tenth of it."""
    return 0.1 * chain_error(at, cell)


def chain_left(at, cell):
    """The same, extrapolated from n and n/2."""
    return at.distance(2 * at.chain(at.refinement) - at.chain(at.refinement // 2))


def vanishes(name, words):
    """Return the claim that a defect is zero."""
    return claims.Identity(name, 0.0, ROUNDING, statement=words)


def converges(name, order, words):
    """Return the claim that an error falls as n^{−order}."""
    return claims.Rate(name, "refinement", -order, BENT, statement=words)


STUDY = vf.Study(
    name="semigroup/semigroup",
    question="Is e^{t𝓛} on a double well a semigroup, and do jumps on cells and ULA steps tend to it?",
    subject=subject,
    sweep={
        "well": tuple(WELLS),
        "time": vf.Budgeted(smoke=(0.5,), ci=(0.2, 0.5), full=(0.1, 0.2, 0.5)),
        "refinement": vf.Budgeted(smoke=(50, 56, 64), ci=(50, 70, 100), full=(50, 100, 200)),
    },
    observe={
        "identity_defect": identity_defect,
        "two_halves": split_defect(1 / 2),
        "half_and_third": split_defect(1 / 3),
        "invariance_defect": invariance_defect,
        "jump_error": jump_error,
        "jump_left": jump_left,
        "eigenvalue_error": eigenvalue_error,
        "chain_error": chain_error,
        "chain_left": chain_left,
        "tenth": tenth,
    },
    claims={
        "S0-09": [
            vanishes("identity_defect", "P_0 g = g on a double well"),
            vanishes("two_halves", "P_{t/2}P_{t/2} g = P_t g on a double well"),
            vanishes("invariance_defect", "∫P_t g dπ = ∫g dπ"),
            converges("jump_error", 2.0, "Jumps between neighbouring cells tend to P_t at the rate w²"),
            converges(
                "eigenvalue_error",
                2.0,
                "The three slowest rates of jumps between neighbouring cells tend to those of 𝓛 at the rate w²",
            ),
            converges(
                "chain_error", 1.0, "In TV the law after n steps of ULA of length t/n tends to that of P_t as 1/n"
            ),
            claims.UpperBound(
                "chain_left",
                by="tenth",
                statement="At steps up to 0.01 extrapolation takes away nine tenths of ULA's error",
            ),
            claims.NegativeControl(vanishes("half_and_third", "P_{t/3}P_{t/2} g = P_t g on a double well")),
            claims.NegativeControl(converges("chain_error", 2.0, "In TV the law of ULA tends to that of P_t as 1/n²")),
        ],
    },
    figures=[figures.Lines("refinement", ("jump_error", "chain_error", "eigenvalue_error"), within="well")],
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
