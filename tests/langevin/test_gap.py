"""Law: λ₁ of −𝓛g = −β⁻¹g″ + V′g′ on the line, to ten digits from 1 down to 1e-250, against Taylor series in mpmath."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

from verify.errors import InvalidInput
from verify.processes import (
    LineSemigroup,
    Mixture,
    Polynomial,
    eyring_kramers,
    highest_barrier,
    muckenhoupt,
    spectral_gap,
)
from verify.targets.double_well import DoubleWell

DIGITS = 220  # the series cancel e^{|V|} at complex arguments, e^{200} here


def well(barrier: float, tilt: float = 0.0) -> Polynomial:
    """Return b(x² − 1)² + c·x by its coefficients."""
    return Polynomial((barrier, tilt, -2 * barrier, 0.0, barrier))


def shot(potential: Polynomial, guess: float, reach: float) -> float:
    """Return the eigenvalue of g″ = V′g′ − λg next to `guess` with g′ = 0 at ±reach, by Taylor series about 0.

    g = Σ c_n x^n is entire: (n + 2)(n + 1)c_{n+2} = Σ_k v_k (n − k + 1)c_{n−k+1} − λc_n with V′ = Σ v_k x^k. The two
    solutions with (g, g′)(0) = (1, 0) and (0, 1) give a 2 × 2 determinant. Where V stands 40 above its highest saddle
    at the ends, cutting the line there changes λ₁ by e^{−40} of itself.
    """
    with mp.workdps(DIGITS):
        slope = [mp.mpf(c) * k for k, c in enumerate(potential.coefficients)][1:]
        end, terms = mp.mpf(reach), 4000 if len(slope) > 4 else 2600

        def derivative(lam, first):
            c = [mp.mpf(1 - first), mp.mpf(first)]
            for n in range(terms):
                push = sum((v * (n - k + 1) * c[n - k + 1] for k, v in enumerate(slope) if v and k <= n), mp.mpf(0))
                c.append((push - lam * c[n]) / ((n + 2) * (n + 1)))
            scaled = [n * c[n] * end ** (n - 1) for n in range(1, len(c))]
            assert abs(scaled[-1]) < mp.mpf(10) ** -100, "more terms"
            even, odd = sum(scaled[::2]), sum(scaled[1::2])
            return even - odd, even + odd  # at −reach and at reach

        def determinant(lam):
            (left, right), (left2, right2) = derivative(lam, 0), derivative(lam, 1)
            return left * right2 - right * left2

        near = mp.mpf(guess)
        return float(mp.findroot(determinant, (near * (1 + mp.mpf(10) ** -6), near), tol=0, verify=False, maxsteps=4))


CASES = {
    "even": (well(4.0), 2.1),
    "high": (well(12.0), 1.7),
    "tilted": (well(6.0, 1.3), 1.9),
    "skewed": (Polynomial((0.0, 0.4, -3.0, 0.7, 1.5)), 3.0),
    "three wells": (Polynomial((0.0, 0.2, 3.0, 0.0, -4.0, 0.0, 1.2)), 2.1),
    "shifted oscillator": (Polynomial((0.0, -0.9, 0.7)), 9.0),
}


@pytest.mark.parametrize("name", CASES)
def test_ten_digits(name):
    """Catches a lost mean-zero condition, one-sided flux, and cumulated sums from the wrong end."""
    potential, reach = CASES[name]
    found = spectral_gap(potential)
    want = shot(potential, found.value, reach)
    assert abs(found.value / want - 1) < 1e-11
    assert found.low <= want * (1 + 1e-15) and found.high >= want * (1 - 1e-15)
    assert found.high - found.low < 1e-10 * found.value


@pytest.mark.parametrize(("variance", "beta"), [(1.0, 1.0), (0.02, 1.0), (700.0, 0.3), (2.5, 40.0)])
def test_gap_of_an_oscillator_is_one_over_its_variance_at_every_temperature(variance, beta):
    """Catches β left out: the relaxation time of a quadratic does not depend on the noise."""
    found = spectral_gap(Polynomial((0.1, -0.7 / variance, 0.5 / variance)), beta)
    assert found.low <= 1 / variance <= found.high
    assert found.high - found.low < 1e-11 / variance


def test_quoted_gaps_of_mixtures():
    for a, quoted in ((1, 0.48507), (2, 0.11906), (3, 0.014317), (4, 6.2010e-4), (5, 8.9525e-6)):
        found = spectral_gap(Mixture((0.5, 0.5), (-a, a), (1.0, 1.0))).value
        assert abs(found - quoted) <= 0.5001 * 10 ** (math.floor(math.log10(quoted)) - 4)


def shot_mixture(weights, means, deviations, guess: float) -> float:
    """Return the λ next to `guess` at which the flux vanishes at both ends: g′ = −λψ/π, ψ′ = πg, g = 1 and ψ = 0 left.

    ψ = ∫ g dπ up to x stays of order one, so that double precision gives λ to its last digits but two, however small.
    """

    def density(x):
        parts = zip(weights, means, deviations, strict=True)
        return sum(w * math.exp(-0.5 * ((x - m) / s) ** 2) / (s * math.sqrt(2 * math.pi)) for w, m, s in parts)

    reach = [(m - 8.5 * s, m + 8.5 * s) for m, s in zip(means, deviations, strict=True)]
    ends = min(low for low, _ in reach), max(high for _, high in reach)

    def leftover(lam):
        def flow(x, y):
            return -lam * y[1] / density(x), density(x) * y[0]

        return solve_ivp(flow, ends, (1.0, 0.0), method="DOP853", rtol=3e-14, atol=1e-16).y[1, -1]

    return float(brentq(leftover, guess * (1 - 1e-6), guess * (1 + 1e-6), rtol=1e-14, xtol=1e-300))


@pytest.mark.parametrize(
    "parts",
    [
        ((0.5, 0.5), (-7.0, 7.0), (1.0, 1.0)),
        ((0.3, 0.7), (-4.0, 3.0), (0.6, 0.5)),
        ((0.2, 0.5, 0.3), (-5.0, 0.5, 6.0), (1.0, 0.7, 1.2)),
    ],
)
def test_twelve_digits_of_mixtures(parts):
    """Gaps of 8e-11, 2e-8 and 8e-3, by shooting: catches weights lost in V and a kernel for even V only."""
    found = spectral_gap(Mixture(*parts))
    want = shot_mixture(*parts, found.value)
    assert found.value == pytest.approx(want, rel=1e-12)
    assert found.high - found.low < 1e-11 * found.value


@pytest.mark.parametrize(
    "potential",
    [
        DoubleWell(3.0),
        DoubleWell(2.0, 1.0),
        Mixture((0.3, 0.7), (-2.0, 1.5), (0.6, 0.5)),
        Mixture((1.0,), (2.0,), (3.0,)),
    ],
)
def test_collocated_generator_agrees_where_it_has_digits(potential):
    found = spectral_gap(potential).value
    assert float(LineSemigroup(potential, count=500).spectrum[0][1]) == pytest.approx(found, rel=0, abs=1e-9)


def test_tiny_gaps_against_the_committor():
    """λ₁ = Dirichlet form over variance of the committor up to λ₁/λ₂ < 1e-12: midpoints of 4e5 cells, O(h²) = 1e-9."""
    for potential in (DoubleWell(30.0, 2.0), DoubleWell(90.0)):
        low, top, high = potential.critical_points
        step = 4.0 / 400_000
        x = -2.0 + step * (np.arange(400_000) + 0.5)
        v = potential.value(x) - potential.value(top)
        between = (x > low) & (x < high)
        rise = np.exp(np.where(between, v, -np.inf))  # g′ = e^{V − V(top)} between the wells
        committor = step * (np.cumsum(rise) - 0.5 * rise)
        weight = np.exp(-(v - v.min()))
        mean = (weight * committor).sum() / weight.sum()
        variance = (weight * (committor - mean) ** 2).sum()
        # ∫ (g′)²e^{−V} = e^{−V(top)} ∫ g′: no tiny numbers meet large ones
        found = math.log(rise.sum() / variance) + float(v.min())
        assert found == pytest.approx(math.log(spectral_gap(potential).value), abs=1e-7)


def test_the_smallest_gaps_float64_can_hold():
    for barrier in (100.0, 300.0, 590.0):
        ratio = spectral_gap(DoubleWell(barrier)).value / eyring_kramers(DoubleWell(barrier))
        assert abs(barrier * (1 - ratio) - 3 / 8) < 0.5 / barrier
    with pytest.raises(InvalidInput, match="barrier must be at most 600"):
        spectral_gap(DoubleWell(601.0))


def test_eyring_kramers_ratios():
    for barrier, quoted in ((4, 0.9030), (10, 0.9585), (20, 0.9804), (30, 0.9871)):
        deep = DoubleWell(barrier)
        assert eyring_kramers(deep) == pytest.approx(
            4 * math.sqrt(2) * barrier / math.pi * math.exp(-barrier), rel=1e-13
        )
        assert spectral_gap(deep).value / eyring_kramers(deep) == pytest.approx(quoted, abs=5.1e-5)


def test_eyring_kramers_at_low_temperature_in_unequal_wells():
    """Catches the rate of the deep well alone, a missing second well and a prefactor with β in it."""
    tilted = DoubleWell(1.0, 0.3)
    for beta in (20.0, 40.0, 80.0):
        assert abs(1 - spectral_gap(tilted, beta).value / eyring_kramers(tilted, beta)) < 1 / beta
    low, top, high = tilted.value(tilted.critical_points)
    assert low < high < top
    assert highest_barrier(tilted) == pytest.approx(top - low, rel=1e-14)


def test_scaling():
    """dX = −V′dt + √(2/β) dB: βV decides the law and 1/β the clock; stretching space by c slows by c²."""
    base, c = well(3.0, 0.4), 1.7
    for beta in (0.5, 4.0):
        scaled = Polynomial(tuple(beta * v for v in base.coefficients))
        assert spectral_gap(base, beta).value == pytest.approx(spectral_gap(scaled).value / beta, rel=1e-12)
    stretched = Polynomial(tuple(v / c**k for k, v in enumerate(base.coefficients)))
    assert spectral_gap(stretched).value == pytest.approx(spectral_gap(base).value / c**2, rel=1e-12)
    mirrored = Polynomial(tuple(v * (-1) ** k for k, v in enumerate(base.coefficients)))
    assert spectral_gap(mirrored).value == pytest.approx(spectral_gap(base).value, rel=1e-13)


@pytest.mark.parametrize("beta", [0.3, 1.0, 5.0])
@pytest.mark.parametrize("name", CASES)
def test_muckenhoupt(name, beta):
    potential, _ = CASES[name]
    constant, gap = muckenhoupt(potential, beta), spectral_gap(potential, beta)
    assert 1 / (4 * beta * constant.low) <= gap.value <= 2 / (beta * constant.high)


@pytest.mark.parametrize("barrier", [32.0, 40.0, 64.0, 100.0])
def test_muckenhoupt_of_deep_equal_wells(barrier):
    """Every place on the barrier is a median to rounding: catches a different one for each of the two panels."""
    constant, gap = muckenhoupt(DoubleWell(barrier)), spectral_gap(DoubleWell(barrier)).value
    assert constant.high - constant.low < 0.1 * constant.value
    assert 1 / (4 * constant.low) <= gap <= 2.001 / constant.high


@pytest.mark.parametrize("barrier", [40.0, 64.0, 590.0])
def test_muckenhoupt_needs_no_median(barrier):
    """On a barrier of less mass than rounding half of the mass is anywhere; two equal wells have λ₁B → 1 exactly.

    B₊ = B₋ at the top: half of ∫dx/π times half of the mass, and λ₁ = 4/∫dx/π, both up to e^{−barrier}.
    """
    even = DoubleWell(barrier)
    assert muckenhoupt(even).value * spectral_gap(even).value == pytest.approx(1, rel=1e-8)
    tilted = DoubleWell(barrier, barrier / 90)
    assert muckenhoupt(tilted).low * spectral_gap(tilted).value > 0.25
    assert muckenhoupt(tilted).high * spectral_gap(tilted).value < 2


def test_muckenhoupt_of_a_normal_law():
    """B = sup_x Φ(−x) ∫_0^x √(2π)e^{y²/2} dy = 0.4786…, by mpmath."""
    product = lambda x: mp.ncdf(-x) * mp.quad(lambda y: mp.sqrt(2 * mp.pi) * mp.e ** (y * y / 2), [0, x])  # noqa: E731
    with mp.workdps(20):
        top = mp.findroot(lambda x: mp.diff(product, x), 1.0)
        want = float(product(top))
    assert muckenhoupt(Polynomial((0.0, 0.0, 0.5))).value == pytest.approx(want, rel=2e-3)


def test_bad_input():
    for call in (
        lambda: Polynomial((1.0, 2.0)),
        lambda: Polynomial((0.0, 0.0, -1.0)),
        lambda: Polynomial((0.0, math.nan, 1.0)),
        lambda: DoubleWell(0.0),
        lambda: Mixture((0.5, 0.4), (0.0, 1.0), (1.0, 1.0)),
        lambda: Mixture((0.5, 0.5), (0.0,), (1.0, 1.0)),
        lambda: Mixture((1.0,), (0.0,), (0.0,)),
        lambda: spectral_gap(DoubleWell(1.0), 0.0),
        lambda: spectral_gap(DoubleWell(1.0), math.inf),
        lambda: eyring_kramers(Polynomial((0.0, 0.0, 1.0))),
        lambda: eyring_kramers(DoubleWell(1.0), -1.0),
    ):
        with pytest.raises(InvalidInput) as caught:
            call()
        assert "\n" not in str(caught.value)
