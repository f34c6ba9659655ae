"""Law: a monotone map T carries p to p(T⁻¹y)/T′(T⁻¹y); where T is flat the mass becomes an atom."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize

from verify import divergences, laws, samplers, scores, targets
from verify.backend import namespace
from verify.errors import InvalidInput
from verify.laws import GridDensity, grid_maps
from verify.timegrid import TimeGrid

ZETA = 0.5825971579  # −ζ(1/2)/√(2π), the overshoot constant of a Gaussian walk
MIXTURE = targets.GaussianMixture([0.3, 0.7], [-2.0, 1.5], [0.4, 0.9])


def run(name, grid, target=MIXTURE, begin="standard"):
    return getattr(samplers, name)(scores.Exact(target), grid, begin)


def flow(sampler, x):
    """Return T(x) of all steps by running them, as a column."""
    from verify.noise import Impulse

    for k in range(sampler.steps):
        x = sampler.step(k, x, Impulse(x))
    return x


@pytest.mark.parametrize("name", ["DDIM", "FlowHeun", "FlowEuler"])
def test_the_density_of_a_flow(name):
    # p(y) = φ(x)/T′(x) at T(x) = y: T by running the steps, x by bisection, T′ by a central difference
    sampler = run(name, TimeGrid.uniform(2.0, 12, stop=0.05))
    law = sampler.run()
    for y in (-2.6, -1.4, -0.2, 0.9, 2.7):
        x = optimize.brentq(lambda x, y=y: flow(sampler, np.array([[x]]))[0, 0] - y, -9, 9, xtol=1e-14, rtol=1e-14)
        steps = np.array([[x - 2e-3], [x - 1e-3], [x + 1e-3], [x + 2e-3]])
        a, b, c, d = flow(sampler, steps)[:, 0]
        slope = (8 * (c - b) - (d - a)) / 12e-3  # error h⁴T⁽⁵⁾/30
        want = math.exp(-0.5 * x * x) / math.sqrt(2 * math.pi) / slope
        assert float(np.exp(law.log_density(np.array([y])))) == pytest.approx(want, rel=1e-8)
    wrong = math.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)  # planted: the Jacobian left out
    assert abs(wrong / want - 1) > 0.01


@pytest.mark.parametrize("name", ["DDIM", "FlowHeun"])
def test_quantiles_go_along(name):
    sampler = run(name, TimeGrid.uniform(2.0, 12, stop=0.05))
    law, u = sampler.run(), np.array([1e-9, 0.01, 0.3, 0.5, 0.98])
    start = GridDensity.of(laws.Gaussian.standard(1))
    want = flow(sampler, start.quantile(u)[:, None])[:, 0]
    assert law.quantile(u) == pytest.approx(want, rel=1e-9)
    assert law.cdf(want) == pytest.approx(u, rel=1e-8)


def test_far_modes_keep_their_digits():
    # between modes at ±8 the flow stretches 1e-13 of the mass over most of the line
    target = targets.GaussianMixture([0.3, 0.7], [-8.0, 8.0], [0.5, 1.2])
    law = run("FlowHeun", TimeGrid.uniform(4.0, 60, stop=0.01), target).run()
    tv = divergences.total_variation(law, target.diffused(0.01))
    assert abs(law.defect) < 1e-12 and tv.high - tv.low < 1e-11 and 0 < tv.value < 0.05
    left = law.cdf(np.array([0.0]))[0]
    sampler = run("FlowHeun", TimeGrid.uniform(4.0, 60, stop=0.01), target)
    divide = optimize.brentq(lambda x: flow(sampler, np.array([[x]]))[0, 0], -3, 3, xtol=1e-15)
    assert left == pytest.approx(0.5 * math.erfc(-divide / math.sqrt(2)), abs=1e-13)


def test_the_order_of_two_flows():
    # FlowHeun's bias is of second order in h, that of DDIM of first
    def bias(name, steps):
        law = run(name, TimeGrid.uniform(1.0, steps, stop=0.1), begin="marginal").run()
        return divergences.wasserstein1(law, MIXTURE.diffused(0.1)).value

    assert math.log2(bias("FlowHeun", 30) / bias("FlowHeun", 60)) == pytest.approx(2, abs=0.2)
    assert math.log2(bias("DDIM", 30) / bias("DDIM", 60)) == pytest.approx(1, abs=0.1)


class Flat:
    """The target whose score is zero."""

    dim = 1

    def score(self, x):
        return 0.0 * x


class Box:
    """The indicator of [0, 1], whose proximal map is the projection."""

    dim, support = 1, (0.0, 1.0)

    def prox(self, x, size):
        return namespace(x).clip(x, 0.0, 1.0)


def test_the_atom_of_a_proximal_chain_on_laplace():
    # 60 steps are not yet stationary; the start is close
    # to what is, so that the atom is off by 2e-5 at most
    sampler = samplers.ProximalLangevin(Flat(), 0.0125, 60, None, targets.Laplace())
    law = sampler.run(GridDensity.of(targets.Laplace()))
    assert law.atoms.shape == (1, 2) and law.atoms[0, 0] == 0
    assert law.atoms[0, 1] == pytest.approx(0.0114001396, abs=3e-5)
    assert divergences.kl(law, targets.Laplace()).value == math.inf
    assert divergences.total_variation(law, targets.Laplace()).value == pytest.approx(law.atoms[0, 1], abs=1e-4)
    assert 0 < divergences.wasserstein2(law, targets.Laplace()).value < 0.05
    assert abs(law.defect) < 1e-11


def test_a_proximal_chain_against_a_plain_trapezoid():
    # y ~ a·N(0, 2γ) + ∫ p N(x, 2γ) on an equal grid; the atom is ∫_{|y| < γ}, by a finer one; γ a multiple of the mesh
    step, mesh = 0.2, 0.01
    y = np.arange(-1400, 1401) * mesh

    def normal(z, variance):
        return np.exp(-0.5 * z * z / variance) / math.sqrt(2 * math.pi * variance)

    atom, p = 0.0, normal(y, 1.0)  # p at the places x + γ sign(x), where y = x before the map
    before = y
    for _ in range(3):
        keep = np.abs(before) >= step - 1e-12 if atom else np.ones(before.size, dtype=bool)
        x = before - step * np.sign(before) if atom else before
        weights = np.where(np.abs(np.abs(before) - step) < 1e-12, 0.5 if atom else 1.0, 1.0) * mesh * keep

        def density(at, x=x, p=p, weights=weights, atom=atom):
            return normal(at[:, None] - x, 2 * step) @ (p * weights) + atom * normal(at, 2 * step)

        z, w = np.polynomial.legendre.leggauss(40)
        atom, p, before = float(step * w @ density(step * z)), density(y), y
    law = samplers.ProximalLangevin(Flat(), step, 3, None, targets.Laplace()).run()
    # the trapezoid ends at a kink of the integrand: its error is mesh²/12 times the jump of the slope there
    assert law.atoms[0, 1] == pytest.approx(atom, abs=mesh**2 / 12)
    assert law.atoms[0, 1] > 0.05


@pytest.mark.parametrize("step", [0.01, 0.005])
def test_the_atoms_of_a_projected_chain(step):
    # each end of the box carries √γ/(1 + 2·0.58259…·√(2γ)) at stationarity, up to terms that are exponentially small
    steps = math.ceil(0.7 / step)  # the start is even about ½: e^{−4π²·0.7} ≈ 1e-12 of it is left
    start = GridDensity.of(targets.Beta(2.0, 2.0))
    law = samplers.ProximalLangevin(Flat(), step, steps, None, Box()).run(start)
    want = math.sqrt(step) / (1 + 2 * ZETA * math.sqrt(2 * step))
    assert law.atoms[:, 0] == pytest.approx([0.0, 1.0], abs=1e-15)
    assert law.atoms[:, 1] == pytest.approx([want, want], rel=2e-8)
    assert float(law.mean[0]) == pytest.approx(0.5, abs=1e-10)


def test_a_decreasing_map_turns_the_line_round():
    law = GridDensity.of(targets.Gamma(3.0, 1.0))
    turned = grid_maps.mapped(law, lambda x: -2 * x, np.zeros(0))
    x = np.array([-9.0, -3.0, -0.5])
    assert turned.cdf(x) == pytest.approx(law.probabilities(-x / 2)[1], rel=1e-10)
    assert float(turned.mean[0]) == pytest.approx(-6.0, rel=1e-12)


def test_a_map_that_folds_is_refused():
    with pytest.raises(Exception, match="folds the line"):
        grid_maps.mapped(GridDensity.of(targets.Gaussian([0.2], [[1.0]])), lambda x: x * x, np.zeros(0))


def test_a_map_that_overflows_is_refused():
    with pytest.raises(InvalidInput, match="float64"), np.errstate(over="ignore"):
        grid_maps.mapped(GridDensity.of(targets.Laplace()), lambda x: np.exp(40 * x), np.zeros(0))
