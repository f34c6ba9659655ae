"""Law: P_t on the line by collocation is the semigroup of dX = −V′dt + √(2/β)dB, against OU and finite volumes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.linalg import expm
from scipy.stats import norm

from verify.errors import InvalidInput
from verify.processes import LineSemigroup, Mixture, Polynomial, spectral_gap
from verify.targets.double_well import DoubleWell
from verify.targets.huber import Huber

WELLS = {
    "even": DoubleWell(1.5),
    "tilted": DoubleWell(1.0, 0.6),
    "skewed": Polynomial((0.0, 0.4, -1.0, 0.3, 0.5)),
    "mixture": Mixture((0.3, 0.7), (-2.0, 1.5), (0.6, 0.5)),
}


@pytest.mark.parametrize(("mean", "variance", "beta"), [(0.0, 1.0, 1.0), (1.3, 0.2, 0.7), (-2.0, 5.0, 6.0)])
def test_quadratic_potentials_are_ou(mean, variance, beta):
    """Eigenvalues k/variance whatever β, and normal laws: catches β in the clock, ½V″ with a β, a shift left out."""
    v = Polynomial((0.5 * mean**2 / variance, -mean / variance, 0.5 / variance))
    flow = LineSemigroup(v, beta)
    np.testing.assert_allclose(flow.spectrum[0][:6], np.arange(6) / variance, atol=1e-9 / variance)
    sd = math.sqrt(variance / beta)
    start, t, x = (mean + 1.2 * sd, 0.6 * sd), 0.7 * variance, flow.nodes
    decay = math.exp(-0.7)
    goal = norm(mean + 1.2 * sd * decay, math.sqrt(sd**2 + decay**2 * ((0.6 * sd) ** 2 - sd**2)))
    np.testing.assert_allclose(flow.law(norm.pdf(x, *start), t), goal.pdf(x), rtol=0, atol=1e-10 / sd)
    near = np.abs(x - mean) < 4 * sd
    want = mean + decay * (x - mean)
    np.testing.assert_allclose(flow.observable(x, t)[near], want[near], rtol=0, atol=1e-9 * (1 + abs(mean) + sd))


@pytest.mark.parametrize("beta", [0.6, 3.0])
@pytest.mark.parametrize("name", WELLS)
def test_laws_of_a_semigroup(name, beta):
    """Mass and π stay, P_sP_t = P_{s+t}, P_t is symmetric in L²(π), and its second eigenvalue is the spectral gap."""
    flow = LineSemigroup(WELLS[name], beta, count=400)
    x, pi = flow.nodes, flow.stationary
    start = norm.pdf(x, 0.9, 0.15)
    g, h = np.tanh(x), np.cos(2 * x)
    assert flow.integral(pi) == pytest.approx(1, abs=1e-12)
    for t in (0.01, 0.4, 7.0):
        assert flow.integral(flow.law(start, t)) == pytest.approx(1, abs=1e-9)
        np.testing.assert_allclose(flow.law(pi, t), pi, rtol=0, atol=1e-10 * pi.max())
        once = flow.law(flow.law(start, 0.3 * t), 0.7 * t)
        np.testing.assert_allclose(once, flow.law(start, t), rtol=0, atol=1e-10 * start.max())
        left, right = (flow.integral(pi * a * flow.observable(b, t)) for a, b in ((g, h), (h, g)))
        assert left == pytest.approx(right, abs=1e-11)
        dual = flow.integral(start * flow.observable(g, t)), flow.integral(flow.law(start, t) * g)
        assert dual[0] == pytest.approx(dual[1], abs=1e-10)
    assert flow.spectrum[0][0] == pytest.approx(0, abs=1e-9)
    assert flow.spectrum[0][1] == pytest.approx(spectral_gap(WELLS[name], beta).value, abs=1e-9)


@pytest.mark.parametrize("name", ["even", "tilted", "mixture"])
def test_against_a_jump_process_on_cells(name):
    """Rates √(π_{i+1}/π_i)/(βh²) between neighbouring cells: the Fokker–Planck equation up to O(h²), extrapolated."""
    potential, beta, t = WELLS[name], 1.4, 0.35
    flow = LineSemigroup(potential, beta, count=400)
    low, high = -3.2, 3.2

    def moments(cells):
        h = (high - low) / cells
        x = low + h * (np.arange(cells) + 0.5)
        v = beta * potential.value(x)
        up = np.exp(-0.5 * np.diff(v)) / (beta * h**2)
        down = np.exp(0.5 * np.diff(v)) / (beta * h**2)
        rates = np.diag(up, -1) + np.diag(down, 1)
        rates -= np.diag(rates.sum(axis=0))
        p = expm(t * rates) @ norm.pdf(x, 0.5, 0.3) * h
        return np.array([p @ x, p @ x**2, p @ np.tanh(3 * x)])

    coarse, fine = moments(160), moments(320)
    want = (4 * fine - coarse) / 3
    p = flow.law(norm.pdf(flow.nodes, 0.5, 0.3), t)
    found = [flow.integral(p * f) for f in (flow.nodes, flow.nodes**2, np.tanh(3 * flow.nodes))]
    np.testing.assert_allclose(found, want, rtol=0, atol=1e-4)


def test_chi2_decays_at_twice_the_gap_from_any_start():
    well, beta = DoubleWell(1.0, 0.4), 4.0
    flow, gap = LineSemigroup(well, beta, count=400), spectral_gap(well, beta).value
    x, pi = flow.nodes, flow.stationary
    start = norm.pdf(x, 0.8, 0.15)
    chi2 = [flow.integral((flow.law(start, t / gap) - pi) ** 2 / pi) for t in (0.0, 0.5, 4.0, 5.0)]
    assert chi2[1] <= math.exp(-1.0) * chi2[0]
    assert chi2[3] / chi2[2] == pytest.approx(math.exp(-2.0), rel=1e-6)


def test_bad_input():
    flow = LineSemigroup(DoubleWell(1.0))
    for call in (
        lambda: LineSemigroup(DoubleWell(1.0), -1.0),
        lambda: LineSemigroup(DoubleWell(1.0), math.inf),
        lambda: LineSemigroup(DoubleWell(1.0), 1.0, count=4),
        lambda: flow.law(flow.stationary, -0.1),
        lambda: flow.observable(flow.nodes, math.nan),
    ):
        with pytest.raises(InvalidInput) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_a_potential_that_the_nodes_do_not_resolve_is_refused() -> None:
    """√π is the ground state with the eigenvalue 0: where it comes out as another, nothing else can be right."""
    with pytest.raises(InvalidInput, match="do not resolve"):
        LineSemigroup(Huber(0.5)).observable(np.ones(240), 1.0)
