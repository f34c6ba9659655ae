"""Law: the best step of MALA and the random walk on N(0, I_d) for every d, and 0.5742 and 0.2338 in the limit."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from verify.errors import InvalidInput
from verify.metropolis import isotropic_acceptance, isotropic_squared_jump, mala_limit, optimum, random_walk_limit

CHAINS = {
    "mala": (lambda h: math.sqrt(h**3 / 8), lambda h: h * (2 + h)),
    "random walk": (lambda s: s / 2, lambda s: s * s),
}


@pytest.mark.parametrize("dim", [1, 2, 7, 100, 10**4, 10**6])
@pytest.mark.parametrize("chain", CHAINS)
def test_no_step_is_better(chain, dim):
    """A search that knows no derivative; the optimum is flat: the value agrees to rounding, the step to its root."""
    asymmetry, jump = CHAINS[chain]
    best = optimum(dim, chain)
    found = minimize_scalar(
        lambda u: -isotropic_squared_jump(dim, asymmetry(math.exp(u)), jump(math.exp(u))),
        bracket=(math.log(best.step) - 0.7, math.log(best.step) + 0.1, math.log(best.step) + 0.7),
        tol=1e-10,
    )
    assert best.squared_jump == pytest.approx(-found.fun, rel=1e-11)
    assert best.step == pytest.approx(math.exp(found.x), rel=1e-4)
    assert best.acceptance == pytest.approx(isotropic_acceptance(dim, asymmetry(best.step)), rel=1e-14)


@pytest.mark.parametrize(
    ("chain", "quoted"),
    [
        ("mala", {1: 0.699, 10: 0.541, 100: 0.541, 1000: 0.556, 10**4: 0.566, 10**6: 0.572}),
        ("random walk", {1: 0.439, 10: 0.259, 100: 0.2364, 1000: 0.2341}),
    ],
)
def test_finite_dimensions(chain, quoted):
    """At practical d the best MALA accepts 0.54, not 0.574; five digits by mpmath at d = 10 in the next test."""
    for dim, value in quoted.items():
        digits = len(str(value)) - 2
        assert abs(optimum(dim, chain).acceptance - value) <= 0.5001 * 10**-digits


def test_ten_dimensions_by_mpmath():
    """max over h of 2h(2 + h)·I_x(6, 6)·10 with x by its definition, the root of a numerical derivative."""
    with mp.workdps(30):

        def jump(h):
            k = mp.sqrt(h**3 / 8)
            x = (1 - k / mp.sqrt(1 + k * k)) / 2
            return mp.log(h * (2 + h) * mp.betainc(6, 6, 0, x, regularized=True))

        h = mp.findroot(lambda u: mp.diff(jump, u), (0.8, 0.9))
        k = mp.sqrt(h**3 / 8)
        rate = 2 * mp.betainc(5, 5, 0, (1 - k / mp.sqrt(1 + k * k)) / 2, regularized=True)
    assert optimum(10, "mala").step == pytest.approx(float(h), rel=1e-10)
    assert optimum(10, "mala").acceptance == pytest.approx(float(rate), rel=1e-10)


def test_limits():
    """l, 2Φ at the maximum of l²Φ(−cl^p), by mpmath."""
    for limit, power, c, scale, rate in (
        (mala_limit(), 3, 0.125, 1.650302431, 0.5742356356),
        (random_walk_limit(), 1, 0.5, 2.381202497, 0.2338101613),
    ):
        with mp.workdps(25):
            best = mp.findroot(lambda x, c=c, p=power: mp.diff(lambda u: u * u * mp.ncdf(-c * u**p), x), scale)
            found = 2 * mp.ncdf(-c * best**power)
        assert limit.optimal_scale == pytest.approx(float(best), rel=1e-12) == pytest.approx(scale, rel=1e-9)
        assert limit.optimal_acceptance == pytest.approx(float(found), rel=1e-12) == pytest.approx(rate, rel=1e-9)
        assert limit.acceptance(limit.optimal_scale) == pytest.approx(limit.optimal_acceptance, rel=1e-13)
        speeds = [limit.speed(x * limit.optimal_scale) for x in (0.99, 1.0, 1.01)]
        assert speeds[1] == max(speeds)
        other = type(limit)(2 * limit.coefficient, limit.power, limit.exponent)
        assert other.optimal_acceptance == limit.optimal_acceptance  # whatever the roughness of the target
        assert other.optimal_scale == pytest.approx(limit.optimal_scale / 2 ** (1 / power), rel=1e-13)


@pytest.mark.parametrize("chain", CHAINS)
def test_finite_dimensions_tend_to_the_limit_from_one_side(chain):
    """At the limit's step the acceptance is above 2Φ(−Kl³/2), 2Φ(−l/2), and falls to it: by d^{−2/3}, d^{−1}."""
    limit, asymmetry = (mala_limit() if chain == "mala" else random_walk_limit()), CHAINS[chain][0]
    scale = limit.optimal_scale
    above = []
    for dim in (10**2, 10**4, 10**6):
        step = 0.5 * scale**2 * dim ** (-1 / 3) if chain == "mala" else scale / math.sqrt(dim)
        above.append(isotropic_acceptance(dim, asymmetry(step)) - limit.acceptance(scale))
    assert above[0] > above[1] > above[2] > 0
    falls = [math.log10(above[i] / above[i + 1]) / 2 for i in range(2)]
    np.testing.assert_allclose(falls, 1.0, atol=0.05)


def test_bad_input():
    for call in (
        lambda: optimum(0, "mala"),
        lambda: optimum(3, "hmc"),
        lambda: mala_limit(0.0),
        lambda: random_walk_limit(math.nan),
        lambda: mala_limit().acceptance(-1.0),
    ):
        with pytest.raises(InvalidInput) as caught:
            call()
        assert "\n" not in str(caught.value)
