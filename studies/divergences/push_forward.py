"""What is the density of T(X), and which way round is the determinant?

q(y) = p(T⁻¹y)|det DT⁻¹(y)|: for x ↦ ax + b, for the sinh–arcsinh map x ↦ sinh((arsinh x + ε)/δ) (Jones, Pewsey, 2009)
and, in the plane, for a rotation, sinh–arcsinh in each coordinate and a shear. q must integrate to one, E_q χ = E_p χ∘T
for test functions χ, KL must be left alone, and the law that the package pushes through a running step must have this
density. With det DT in place of det DT⁻¹, or with the norm of DT⁻¹ in place of its determinant, that fails.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from scipy.special import ndtr

import verify as vf
from verify import claims, laws, samplers
from verify.cli import main_study
from verify.targets import Gaussian, GaussianMixture, Laplace

LINE = {
    "affine": (-1.7, 0.4),
    "light tails": (0.5, 1.4),
    "heavy tails": (-0.3, 0.8),
}
BASE = GaussianMixture((0.3, 0.7), (-1.2, 1.0), (0.36, 0.25))
OTHER = Gaussian(np.array([0.2]), np.array([[1.5]]))
PLANE = Gaussian(np.array([0.3, -0.2]), np.array([[0.9, 0.4], [0.4, 0.6]]))
TURN = np.array([[0.8, -0.6], [0.6, 0.8]])
SHEAR = np.array([[1.4, 0.9], [0.0, 0.7]])
NODES = {1: 4001, 2: 241}
# Trapezoid sums in u with y = sinh u: the integrands decay doubly exponentially and are analytic for |Im u| < 0.7, so
# that they err by e^{−2π·0.7/spacing}, 14/240 at most: by nothing. What is left is rounding of up to 241² terms.
ROUNDING = 241 * 64 * np.finfo(float).eps
GRID = 1e-9  # relative: what is promised for laws on grids


@dataclass(frozen=True, eq=False)
class Map:
    """T: affine or sinh–arcsinh on the line, or the map of the plane."""

    name: str

    @property
    def dim(self):
        """1 or 2."""
        return 2 if self.name == "plane" else 1

    def bend(self, x):
        """Coordinatewise sinh((arsinh x + ε)/δ)."""
        epsilon, delta = LINE["light tails" if self.name == "plane" else self.name]
        return np.sinh((np.arcsinh(x) + epsilon) / delta)

    def unbend(self, y):
        """Its inverse, and the derivative of the inverse."""
        epsilon, delta = LINE["light tails" if self.name == "plane" else self.name]
        u = delta * np.arcsinh(y) - epsilon
        return np.sinh(u), np.cosh(u) * delta / np.sqrt(1 + y * y)

    def forward(self, x):
        """T(x), (…, d) -> (…, d)."""
        if self.name == "affine":
            return LINE["affine"][0] * x + LINE["affine"][1]
        if self.dim == 1:
            return self.bend(x)
        return self.bend(x @ TURN.T) @ SHEAR.T

    def backward(self, y):
        """T⁻¹(y) and DT⁻¹(y), (…, d) -> (…, d), (…, d, d)."""
        if self.name == "affine":
            slope, shift = LINE["affine"]
            return (y - shift) / slope, np.full((*y.shape, 1), 1 / slope)
        if self.dim == 1:
            x, slope = self.unbend(y)
            return x, slope[..., None]
        x, slope = self.unbend(y @ np.linalg.inv(SHEAR).T)
        return x @ TURN, TURN.T @ (slope[..., None] * np.linalg.inv(SHEAR))


@dataclass(frozen=True, eq=False)
class Pushed:
    """The law of T(X), its density written out with a factor for the change of volume."""

    map: Map

    @property
    def base(self):
        """p."""
        return PLANE if self.map.dim == 2 else BASE

    def density(self, y, volume="inverse", base=None):
        """p(T⁻¹y) times |det DT⁻¹|, |det DT| or the norm of DT⁻¹."""
        x, slope = self.map.backward(y)
        determinant = np.abs(np.linalg.det(slope))
        factor = {
            "inverse": determinant,
            "forward": 1 / determinant,
            "norm": np.linalg.norm(slope, 2, axis=(-2, -1)),
        }[volume]
        return np.exp((base or self.base).log_density(x)) * factor

    @cached_property
    def nodes(self):
        """Places y and weights with Σ w q(y) = ∫q: equal steps in arsinh of the coordinates."""
        u = np.linspace(-7.0, 7.0, NODES[self.map.dim])
        line, weight = np.sinh(u), np.cosh(u) * (u[1] - u[0])
        if self.map.dim == 1:
            return line[:, None], weight
        whole = np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)
        return whole, np.outer(weight, weight).ravel()


@dataclass(frozen=True, eq=False)
class Step:
    """A sampler of one step, T, without noise."""

    map: Map
    target: Any = OTHER
    steps: ClassVar[int] = 1
    dim: ClassVar[int] = 1

    def step(self, k, x, noise):
        """T(x)."""
        return self.map.forward(x)


def subject(map_name):
    return Pushed(Map(map_name))


def mass_defect(volume):
    """Return |∫q − 1|."""

    def measure(at, cell):
        y, weights = at.nodes
        return abs(float(weights @ at.density(y, volume)) - 1)

    return measure


def tests(y):
    """χ_1, χ_2, χ_3: bounded, not even, (…, d) -> (…, 3)."""
    s = y @ np.arange(1.0, y.shape[-1] + 1)
    return np.stack([np.tanh(s), np.cos(s), 1 / (1 + (y[..., 0] - 0.5) ** 2)], axis=-1)


def expectation_defect(volume):
    """Return max |E_q χ − E_p χ∘T|, both sides by sums over nodes of their own."""

    def measure(at, cell):
        y, weights = at.nodes
        left = (weights * at.density(y, volume)) @ tests(y)
        right = (weights * np.exp(at.base.log_density(y))) @ tests(at.map.forward(y))
        return float(np.abs(left - right).max())

    return measure


def kl_defect(volume):
    """Return |KL(T#p‖T#r) − KL(p‖r)| on the line, one density of T#p with `volume`; infinite in the plane."""

    def measure(at, cell):
        if at.map.dim == 2:
            return math.inf
        y, weights = at.nodes
        p, r = at.density(y, volume), at.density(y, base=OTHER)
        live = p > 1e-290
        found = float((weights[live] * p[live]) @ np.log(p[live] / r[live]))
        return abs(found - vf.kl(BASE, OTHER).value)

    return measure


def grid_defect(volume):
    """Return max |density of the grid law pushed through T / q − 1| at quantiles on the line; infinite in the plane."""

    def measure(at, cell):
        if at.map.dim == 2:
            return math.inf
        law = laws.GridDensity.of(BASE).through(Step(at.map))
        y = law.quantile(np.linspace(0.01, 0.99, 33))[:, None]
        return float(np.abs(np.exp(law.log_density(y)) / at.density(y, volume) - 1).max())

    return measure


def atom_defect(at, cell):
    """|probability of 0 − P(|y| ≤ γ)| behind a soft threshold at γ of y = x − γ(x − m)/v + √(2γ)z, on a grid."""
    size, m, v = 0.3, OTHER.mean[0], OTHER.cov[0, 0]
    law = laws.GridDensity.of(BASE).through(samplers.ProximalLangevin(OTHER, size, 1, penalty=Laplace()))
    means = BASE.means[:, 0] - size * (BASE.means[:, 0] - m) / v
    deviations = np.sqrt((1 - size / v) ** 2 * BASE.covs[:, 0, 0] + 2 * size)
    below = BASE.weights @ ndtr((np.array([[size], [-size]]) - means[:, None].T) / deviations).T
    return abs(float(law.spots[law.spots[:, 0] == 0, 1].sum()) - float(below[0] - below[1]))


def vanishes(name, words, tolerance=ROUNDING, **where):
    """Return the claim that a defect is zero."""
    return claims.Identity(name, 0.0, tolerance, statement=words, where=where)


FLAT = {"map_name": tuple(LINE)}

STUDY = vf.Study(
    name="divergences/push_forward",
    question="What is the density of T(X), and which way round is the determinant?",
    subject=subject,
    sweep={"map_name": (*LINE, "plane")},
    observe={
        **{f"mass_{v}": mass_defect(v) for v in ("inverse", "forward", "norm")},
        **{f"expectation_{v}": expectation_defect(v) for v in ("inverse", "forward")},
        **{f"kl_{v}": kl_defect(v) for v in ("inverse", "forward")},
        **{f"grid_{v}": grid_defect(v) for v in ("inverse", "forward")},
        "atom": atom_defect,
    },
    claims={
        "S0-06": [
            vanishes("mass_inverse", "p(T⁻¹y)|det DT⁻¹(y)| integrates to one"),
            vanishes("expectation_inverse", "E_q χ = E_p χ∘T for three test functions"),
            vanishes("kl_inverse", "KL(T#p‖T#r) = KL(p‖r)", **FLAT),
            vanishes("grid_inverse", "A grid law pushed through the step T has this density", GRID, **FLAT),
            vanishes("atom", "A soft threshold at γ gives a grid law an atom of the probability P(|y| ≤ γ)", GRID),
            claims.NegativeControl(vanishes("mass_forward", "p(T⁻¹y)|det DT| integrates to one")),
            claims.NegativeControl(
                vanishes("mass_norm", "In the plane p(T⁻¹y)‖DT⁻¹(y)‖ integrates to one", map_name="plane")
            ),
            claims.NegativeControl(vanishes("expectation_forward", "E_q χ = E_p χ∘T with det DT in q")),
            claims.NegativeControl(vanishes("kl_forward", "KL is left alone with det DT in T#p", **FLAT)),
            claims.NegativeControl(
                vanishes("grid_forward", "A grid law pushed through T has a density with det DT", GRID, **FLAT)
            ),
        ],
    },
)

if __name__ == "__main__":
    raise SystemExit(main_study(__file__))
