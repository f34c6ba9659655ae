"""Law: declared orders, stability limits and invariant laws are those of the running steps."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

import verify as vf
from tests.langevin import cases
from verify import laws, samplers, targets
from verify.errors import Diverged
from verify.noise import Impulse
from verify.observables.line_chain import LineChain

FOREVER = 10**9
LINEAR = ("KineticExponentialEuler", "PreconditionedLangevin", "SGD", "SGLD", "ULA")
SECOND = ("BAOAB", "OBABO", "UBU")
STEPPED = ("BAOAB", "GradientDescent", "KineticExponentialEuler", "OBABO", "SGD", "SGLD", "UBU", "ULA")


def settled(name, step, correlated=True, **more):
    """Return the sampler and its law after 10⁹ steps."""
    sampler = cases.build(name, cases.target(correlated), step, FOREVER, **more)
    return sampler, sampler.run()


@pytest.mark.parametrize("name", LINEAR + SECOND)
def test_order_is_that_of_the_invariant_law(name):
    """log₂ of the ratio of W2 at two steps is the order plus O(hλ), hλ ≤ 2.6/128 for λ ≤ 2.6."""
    bias = [vf.wasserstein2(law, s.goal()).value for s, law in (settled(name, 2.0**-k) for k in (7, 8))]
    assert abs(math.log2(bias[0] / bias[1]) - cases.SAMPLERS[name].order) < 0.03


@pytest.mark.parametrize("name", ["ExactLangevin", "GradientDescent", "ProximalSampler"])
def test_no_order_is_no_bias(name):
    sampler, law = settled(name, 0.3)
    assert cases.SAMPLERS[name].order is None
    np.testing.assert_allclose(law.mean, sampler.goal().mean, atol=1e-13)
    np.testing.assert_allclose(law.cov, sampler.goal().cov, atol=1e-12)


LAM, H, U = cases.PRECISIONS, 0.3, 0.8
CLOSED = {  # invariant variances along each curvature, found by hand; position and velocity for kinetic ones
    "ULA": 0.5 / (LAM * (1 - H * LAM / 2)),
    "SGLD": (0.5 + H * 1.3**2 / 2) / (LAM * (1 - H * LAM / 2)),
    "SGD": H * 1.3**2 / (LAM * (2 - H * LAM)),
    "PreconditionedLangevin": 1 / (LAM * (1 - H / 2)),
    "BAOAB": np.concatenate([1 / LAM, U * (1 - H**2 * U * LAM / 4)]),
    "OBABO": np.concatenate([1 / (LAM * (1 - H**2 * U * LAM / 4)), np.full(3, U)]),
}


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("correlated", [True, False])
def test_invariant_law_is_its_closed_form(name, correlated):
    more = {"preconditioner": None} if name == "PreconditionedLangevin" else {}
    sampler, law = settled(name, H, correlated, **more)
    basis = np.eye(sampler.dim) if sampler.goal().eigenvectors is None else sampler.goal().eigenvectors
    np.testing.assert_allclose(basis.T @ law.cov @ basis, np.diag(CLOSED[name]), atol=1e-12)
    np.testing.assert_allclose(law.mean, sampler.goal().mean, atol=1e-12)


def test_ubu_is_biased_by_a_sixth_and_a_twelfth():
    h = 1e-3
    _, law = settled("UBU", h, correlated=False)
    square, excess = h**2 * U * LAM, law.deviation.cov
    np.testing.assert_allclose(np.diag(excess)[:3] * LAM, -square / 6, rtol=1e-5)
    np.testing.assert_allclose(np.diag(excess)[3:] / U, square / 12, rtol=1e-5)
    assert np.abs(np.diag(excess, 3)).min() > 0  # position and velocity are correlated


@pytest.mark.parametrize(
    ("name", "step", "friction"),
    [(name, 0.3, 2.0) for name in STEPPED] + [(name, *v) for name in cases.KINETIC for v in ((0.1, 0.1), (0.5, 20.0))],
)
def test_stability_limit(name, step, friction):
    """The gain's spectral radius, read off the growth of a mean far from the goal, crosses 1 at the limit."""
    more = {"friction": friction, "inverse_mass": 0.8} if name in cases.KINETIC else {}
    limit = cases.build(name, cases.target(), step, 1, **more).curvature_limit
    for share, contracts in ((0.98, True), (1.02, False)):
        p = targets.Gaussian.from_spectrum(np.zeros(1), np.array([1 / (share * limit)]))
        size = 2 * p.dim if name in cases.KINETIC else 1
        begin = laws.Gaussian(np.ones(size), np.zeros((size, size)))
        chain = [cases.SAMPLERS[name](p, step, n, begin, **more) for n in (20_000, 40_000)]
        if not contracts:
            try:
                far = [np.abs(s.run().mean).max() for s in chain]
            except Diverged:
                continue
            assert far[1] > 1.5 * far[0]
        else:
            far = [np.abs(s.run().mean).max() for s in chain]
            assert far[1] < 0.7 * far[0] or far[1] < 1e-12


def test_stable_limits_that_theory_gives():
    p = cases.target()
    assert samplers.ULA(p, 0.5, 1).curvature_limit == 4
    assert samplers.BAOAB(p, 0.5, 1).curvature_limit == 16
    assert samplers.UBU(p, 0.5, 1, friction=1e-9).curvature_limit == pytest.approx(16, rel=1e-8)
    little = samplers.KineticExponentialEuler(p, 0.01, 1, friction=1e-3)
    assert little.curvature_limit == pytest.approx(2 * 1e-3 / 0.01, rel=1e-4)  # 2ρ/h as ρh → 0


def test_flow_of_the_velocity_is_exact():
    """Mean and covariance over t by quadrature; over two halves; and without loss of digits for ρt → 0."""
    for rho, t in ((1.3, 0.7), (0.4, 4.0), (1e-3, 1e-4), (2.0, 0.5)):
        flow = samplers.kinetic.Flow(rho, U, t)

        def reach(s, rho=rho):
            return -math.expm1(-rho * s) / rho

        v, shared, own = flow.spreads
        rate = 2 * rho * U
        assert flow.pushed == pytest.approx(quad(reach, 0, t, epsrel=1e-13)[0], rel=1e-12)
        assert v**2 == pytest.approx(rate * quad(lambda s, r=rho: math.exp(-2 * r * s), 0, t)[0], rel=1e-12)
        cross = rate * quad(lambda s, r=rho, g=reach: math.exp(-r * s) * g(s), 0, t)[0]
        assert v * shared == pytest.approx(cross, rel=1e-12)
        square = rate * quad(lambda s, g=reach: g(s) ** 2, 0, t, epsrel=1e-13)[0]
        assert shared**2 + own**2 == pytest.approx(square, rel=1e-11)


class OneAlpha:
    """Noise of a randomised midpoint with a given α: impulses for the normals."""

    def __init__(self, alpha, impulse):
        self.alpha, self.impulse = alpha, impulse

    def uniform(self, width=None):
        return np.full_like(self.impulse.state, self.alpha)[..., :width]

    def normal(self):
        return self.impulse.normal()


def second_moments(step, precision):
    """Return E of squared gain and of the noise's variance over α, from the running step; exact for polynomials."""
    p = targets.Gaussian.from_spectrum(np.zeros(1), np.array([1 / precision]))
    sampler, one, zero = samplers.RandomisedMidpoint(p, step, 1), np.ones(1), np.zeros(1)
    nodes, weights = np.polynomial.legendre.leggauss(8)
    gain = [sampler.step(0, one, OneAlpha((1 + a) / 2, Impulse(one)))[0] for a in nodes]
    noise = [
        sum(sampler.step(0, zero, OneAlpha((1 + a) / 2, Impulse(zero, one, j)))[0] ** 2 for j in (0, 1)) for a in nodes
    ]
    return np.dot(weights, np.square(gain)) / 2, np.dot(weights, noise) / 2


def test_randomised_midpoint_is_of_order_three():
    bias = []
    for u in (0.8, 0.02, 0.01):
        square, noise = second_moments(u / 1.7, 1.7)
        variance = noise / (1 - square)
        assert variance == pytest.approx(1 / (1.7 * (1 - u**3 / (3 * (2 - 2 * u + u * u)))), rel=1e-12)
        bias.append(math.sqrt(variance * 1.7) - 1)
    assert abs(math.log2(bias[1] / bias[2]) - samplers.RandomisedMidpoint.order) < 0.02
    for share, stable in ((0.999, True), (1.001, False)):
        square, _ = second_moments(share * samplers.RandomisedMidpoint.stability, 1.0)
        assert bool(square < 1) is stable


def test_tamed_ula_is_of_order_one_where_ula_has_no_invariant_law():
    """E x² on V = (x² − 1)² by the exact transition kernel; started far out ULA explodes, the tamed chain does not."""
    well = targets.DoubleWell(barrier=1.0)
    want = well.variance.value
    bias = []
    for step in (0.002, 0.001, 0.0005):
        chain = LineChain(samplers.TamedULA(well, step, 1), -3.5, 3.5, 500, 200)
        bias.append(chain.expectation(lambda x: x * x) - want)
    orders = [math.log2(bias[0] / bias[1]), math.log2(bias[1] / bias[2])]
    assert abs(2 * orders[1] - orders[0] - 1) < 0.03
    far = laws.Particles(np.full((10, 1), 40.0), seed=1)
    with pytest.raises(Diverged):
        far.through(samplers.ULA(well, 0.05, 100))
    assert np.abs(far.through(samplers.TamedULA(well, 0.05, 400)).points).max() < 6


@pytest.mark.parametrize("step", [0.05, 0.02])
def test_sgd_with_decaying_steps_falls_as_one_over_k(step):
    """kE|X_k − x*|² → Σ(γKσ)²/(2γKλ − 1) for γKλ > ½ (Chung, 1954), by its own scalar recursion and in the limit."""
    p, half, n = cases.target(), 1 / step * 4, 200_000
    sampler = samplers.DecayingSGD(p, step, n, gradient_noise=1.3, half_time=half)
    law = sampler.run()
    scale = step * half
    want = sum((scale * 1.3) ** 2 / (2 * scale * lam - 1) for lam in cases.PRECISIONS)
    error = float(np.trace(law.cov) + ((law.mean - p.mean) ** 2).sum())
    assert n * error == pytest.approx(want, rel=0.01)


def test_annealed_chain_is_the_recursion_of_its_schedule():
    p, n = cases.target(False), 50
    betas, sizes = np.geomspace(0.1, 10.0, n), np.linspace(0.5, 0.01, n)
    sampler = samplers.AnnealedULA(p, 0.5, n, inverse_temperature=betas, relative_step=sizes / 0.5)
    mean, var = np.zeros(3), np.ones(3)
    for beta, size in zip(betas, sizes, strict=True):
        gain = 1 - size * cases.PRECISIONS
        mean, var = p.mean + gain * (mean - p.mean), gain**2 * var + 2 * size / beta
    law = sampler.run()
    np.testing.assert_allclose(law.mean, mean, atol=1e-14)
    np.testing.assert_allclose(law.eigenvalues, var, atol=1e-14)
    np.testing.assert_allclose(sampler.goal().cov, p.cov / 10, atol=1e-15)
    level = samplers.AnnealedULA(p, 0.1, 9, inverse_temperature=2.0)
    np.testing.assert_allclose(level.run().cov, samplers.ULA(p, 0.1, 9, inverse_temperature=2.0).run().cov, atol=1e-14)
