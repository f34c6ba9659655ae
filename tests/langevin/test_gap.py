"""Law: λ₁ of −𝓛g = −β⁻¹g″ + V′g′ on the line, to ten digits from 1 down to 1e-250, against Taylor series in mpmath."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest

from verify.errors import InvalidInput
from verify.processes import (
    LineSemigroup,
    Mixture,
    Polynomial,
    double_well,
    eyring_kramers,
    highest_barrier,
    muckenhoupt,
    spectral_gap,
)


def shot(potential: Polynomial, guess: float, left: float, right: float, digits: int = 250) -> float:
    """Return the eigenvalue next to `guess` with g′ = 0 at both ends, from the Taylor series of g about the left end.

    The series is entire; cutting the line where V is 80 above its saddle changes λ₁ by e^{−80} of itself.
    """
    with mp.workdps(digits):
        slope = [mp.mpf(c) * k for k, c in enumerate(potential.coefficients)][1:]
        degree = len(slope) - 1
        shifted = [
            mp.fsum(slope[n] * mp.binomial(n, k) * mp.mpf(left) ** (n - k) for n in range(k, degree + 1))
            for k in range(degree + 1)
        ]
        length = mp.mpf(right) - mp.mpf(left)

        def flux(lam):
            # b_n = (n-th Taylor coefficient of g)·length^n
            scaled = [s * length ** (k + 1) for k, s in enumerate(shifted)]
            b, total, n = [mp.mpf(1), mp.mpf(0)], mp.mpf(0), 0
            quiet = 0
            while quiet < 12:
                push = mp.fsum(scaled[k] * (n - k + 1) * b[n - k + 1] for k in range(min(degree, n) + 1))
                b.append((push - lam * length**2 * b[n]) / ((n + 2) * (n + 1)))
                term = (n + 2) * b[-1]
                total += term
                quiet = quiet + 1 if n > 50 and abs(term) < mp.mpf(10) ** -digits * (1 + abs(total)) else 0
                n += 1
            return total

        return float(mp.findroot(flux, (mp.mpf(guess) * (1 + mp.mpf(10) ** -6), mp.mpf(guess)), tol=0, verify=False, maxsteps=6))


CASES = {
    "even": (double_well(4.0), 2.4),
    "high": (double_well(12.0), 2.0),
    "tilted": (double_well(6.0, 1.3), 2.2),
    "skewed": (Polynomial((0.0, 0.4, -3.0, 0.7, 1.5)), 3.2),
    "three wells": (Polynomial((0.0, 0.2, 3.0, 0.0, -4.0, 0.0, 1.2)), 2.4),
    "shifted oscillator": (Polynomial((0.0, -0.9, 0.7)), 12.0),
}


@pytest.mark.parametrize("name", CASES)
def test_ten_digits(name):
    """Catches a lost mean-zero condition, one-sided flux, and cumulated sums from the wrong end."""
    potential, reach = CASES[name]
    found = spectral_gap(potential)
    want = shot(potential, found.value, -reach, reach)
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


@pytest.mark.parametrize(
    "potential",
    [double_well(3.0), double_well(2.0, 1.0), Mixture((0.3, 0.7), (-2.0, 1.5), (0.6, 0.5)), Mixture((1.0,), (2.0,), (3.0,))],
)
def test_collocated_generator_agrees_where_it_has_digits(potential):
    found = spectral_gap(potential).value
    assert float(LineSemigroup(potential, count=500).spectrum[0][1]) == pytest.approx(found, rel=0, abs=1e-9)


def test_tiny_gaps_against_the_committor():
    """1/λ₁ = ∫e^V Z₁Z₂/Z up to λ₁/λ₂, here below 1e-12: a trapezoid rule of 4e5 points, O(h²) = 1e-9."""
    for potential in (double_well(30.0, 2.0), double_well(90.0)):
        low, top, high = potential.critical_points
        x = np.linspace(-2.2, 2.2, 400_001)
        v = potential.value(x) - potential.value(low)
        step = x[1] - x[0]
        inside = np.where((x > low) & (x < high), np.exp(v - v.max()), 0.0)
        committor = np.cumsum(inside) - 0.5 * inside
        weight = np.exp(-v)
        weight /= weight.sum()
        mean = (weight * committor).sum()
        variance = (weight * (committor - mean) ** 2).sum()
        # Dirichlet form: ∫ (g′)² dπ with g′ = e^{V − max}/step
        log_gap = math.log((inside * inside * weight).sum() / variance) - 2 * math.log(step)
        assert log_gap == pytest.approx(math.log(spectral_gap(potential).value), abs=1e-7)


def test_the_smallest_gaps_float64_can_hold():
    for barrier in (100.0, 300.0, 590.0):
        ratio = spectral_gap(double_well(barrier)).value / eyring_kramers(double_well(barrier))
        assert abs(barrier * (1 - ratio) - 3 / 8) < 0.5 / barrier
    with pytest.raises(InvalidInput, match="barrier must be at most 600"):
        spectral_gap(double_well(601.0))


def test_eyring_kramers_ratios():
    for barrier, quoted in ((4, 0.9030), (10, 0.9585), (20, 0.9804), (30, 0.9871)):
        well = double_well(barrier)
        assert eyring_kramers(well) == pytest.approx(4 * math.sqrt(2) * barrier / math.pi * math.exp(-barrier), rel=1e-13)
        assert spectral_gap(well).value / eyring_kramers(well) == pytest.approx(quoted, abs=5.1e-5)


def test_eyring_kramers_at_low_temperature_in_unequal_wells():
    """Catches the rate of the deep well alone, a missing second well and a prefactor with β in it."""
    well = double_well(1.0, 0.3)
    for beta in (20.0, 40.0, 80.0):
        ratio = spectral_gap(well, beta).value / eyring_kramers(well, beta)
        assert abs(1 - ratio) < 1 / beta
    shallow = well.critical_points[2]
    low, top, high = well.value(well.critical_points)
    assert low < high < top and shallow > 0
    assert highest_barrier(well) == pytest.approx(top - high + 0.0) or highest_barrier(well) == pytest.approx(top - low)


def test_scaling():
    """dX = −V′dt + √(2/β) dB: βV decides the law and 1/β the clock; stretching space by c slows by c²."""
    well, c = double_well(3.0, 0.4), 1.7
    for beta in (0.5, 4.0):
        scaled = Polynomial(tuple(beta * v for v in well.coefficients))
        assert spectral_gap(well, beta).value == pytest.approx(spectral_gap(scaled).value / beta, rel=1e-12)
    stretched = Polynomial(tuple(v / c**k for k, v in enumerate(well.coefficients)))
    assert spectral_gap(stretched).value == pytest.approx(spectral_gap(well).value / c**2, rel=1e-12)
    mirrored = Polynomial(tuple(v * (-1) ** k for k, v in enumerate(well.coefficients)))
    assert spectral_gap(mirrored).value == pytest.approx(spectral_gap(well).value, rel=1e-13)


@pytest.mark.parametrize("beta", [0.3, 1.0, 5.0])
@pytest.mark.parametrize("name", CASES)
def test_muckenhoupt(name, beta):
    potential, _ = CASES[name]
    constant, gap = muckenhoupt(potential, beta), spectral_gap(potential, beta)
    assert 1 / (4 * beta * constant.low) <= gap.value <= 2.001 / (beta * constant.high)


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
        lambda: double_well(0.0),
        lambda: Mixture((0.5, 0.4), (0.0, 1.0), (1.0, 1.0)),
        lambda: Mixture((0.5, 0.5), (0.0,), (1.0, 1.0)),
        lambda: Mixture((1.0,), (0.0,), (0.0,)),
        lambda: spectral_gap(double_well(1.0), 0.0),
        lambda: spectral_gap(double_well(1.0), math.inf),
        lambda: eyring_kramers(Polynomial((0.0, 0.0, 1.0))),
        lambda: eyring_kramers(double_well(1.0), -1.0),
    ):
        with pytest.raises(InvalidInput) as caught:
            call()
        assert "\n" not in str(caught.value)
