"""Law: acceptance and squared jump on any Gaussian, against angles, Imhof, F laws and the running chains."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from scipy.stats import f as f_law

from verify import laws, samplers, targets
from verify.errors import InvalidInput
from verify.metropolis import (
    Proposal,
    acceptance,
    acceptance_ceiling,
    acceptance_floor,
    isotropic_acceptance,
    isotropic_squared_jump,
    rejection,
    squared_jump,
)
from verify.noise import Stream


def log_ratio_form(variance, gain, noise):
    """Return the matrix of log a(x, y) = log π(y)q(y, x) − log π(x)q(x, y) in x = √s z_1, y = gain·x + noise·z_2."""
    to_xy = np.array([[math.sqrt(variance), 0.0], [gain * math.sqrt(variance), noise]])
    target = np.diag([0.5, -0.5]) / variance
    there, back = np.array([-gain, 1.0]), np.array([1.0, -gain])
    proposal = 0.5 * (np.outer(there, there) - np.outer(back, back)) / noise**2
    return to_xy.T @ (target + proposal) @ to_xy, to_xy


@pytest.mark.parametrize(
    ("variance", "gain", "noise"),
    [(1.0, 0.7, math.sqrt(0.6)), (0.3, 1.0, 0.9), (4.0, -0.4, 1.1), (2.0, 1.3, 0.2), (1.0, 0.5, math.sqrt(0.75))],
)
def test_one_dimension_by_angles(variance, gain, noise):
    """With z = r(cos θ, sin θ), log a = r²q(θ): both means are integrals over θ. Catches a ratio left out."""
    form, to_xy = log_ratio_form(variance, gain, noise)
    move = to_xy[1] - to_xy[0]
    with mp.workdps(20):

        def mean(power):
            def integrand(theta):
                z = (mp.cos(theta), mp.sin(theta))
                q = sum(form[i, j] * z[i] * z[j] for i in range(2) for j in range(2))
                jump = (move[0] * z[0] + move[1] * z[1]) ** 2
                # ∫ r^{1 + 2p} e^{−r²/2} min(1, e^{r²q}) dr = 2^p p!/(1 − 2 min(q, 0))^{1 + p}
                return (2 * jump) ** power / (1 - 2 * min(q, 0)) ** (1 + power) / (2 * mp.pi)

            half = 0.5 * math.atan2(-(form[0, 0] - form[1, 1]), form[0, 1] + form[1, 0])
            kinks = sorted({0.0, math.pi, *(float(a) % math.pi for a in _zeros(form))} | {abs(half) % math.pi})
            return 2 * mp.quad(integrand, kinks)

        want, jump = float(mean(0)), float(mean(1))
    proposal = Proposal.affine([variance], gain, noise)
    assert acceptance(proposal).value == pytest.approx(want, rel=1e-12)
    assert squared_jump(proposal).value == pytest.approx(jump, rel=1e-11)
    assert rejection(proposal).value == pytest.approx(1 - want, abs=1e-13)


def _zeros(form):
    """The angles in [0, π) at which the quadratic form vanishes."""
    a, b, c = form[0, 0], form[0, 1] + form[1, 0], form[1, 1]
    if max(abs(a), abs(b), abs(c)) < 1e-13:
        return []
    rotation = math.atan2(b, a - c)
    reach = math.acos(max(-1.0, min(1.0, -(a + c) / math.hypot(a - c, b))))
    return [0.5 * (rotation + s * reach) for s in (-1, 1)]


@pytest.mark.parametrize("step", [0.05, 0.4, 1.3])
@pytest.mark.parametrize("variances", [(1.0, 2.0), (0.2, 1.0, 5.0), tuple(np.linspace(0.5, 3.0, 12))])
@pytest.mark.parametrize("kind", ["mala", "random walk"])
def test_any_spectrum_by_imhof(kind, variances, step):
    """acceptance = 2P(log a > 0), a weighted sum of χ²_1, from the eigenvalues of the forms above."""
    noise = math.sqrt(2 * step)
    gains = [1 - step / s if kind == "mala" else 1.0 for s in variances]
    forms = [log_ratio_form(s, r, noise)[0] for s, r in zip(variances, gains, strict=True)]
    weights = [w for form in forms for w in np.linalg.eigvalsh(form)]

    def integrand(u):
        angle = 0.5 * sum(mp.atan(2 * w * u) for w in weights)
        return mp.sin(angle) / (u * mp.exp(0.25 * sum(mp.log1p(4 * w * w * u * u) for w in weights)))

    with mp.workdps(15):
        scale = 1 / max(abs(w) for w in weights)
        want = 1 + 2 / mp.pi * mp.quad(integrand, [0, *(scale * 10.0**k for k in range(-2, 9)), mp.inf])
    found = Proposal.mala(variances, step) if kind == "mala" else Proposal.random_walk(variances, noise)
    assert acceptance(found).value == pytest.approx(float(want), abs=3e-8)
    assert acceptance_floor(found) <= acceptance(found).value <= acceptance_ceiling(found)


@pytest.mark.parametrize("dim", [1, 2, 3, 10, 100, 1000])
@pytest.mark.parametrize("step", [1e-3, 0.1, 0.8])
def test_equal_variances_by_f_laws(dim, step):
    """MALA: 2P(F_{d,d} > ρ), ρ = (√(h⁴ + 8h) + h²)/(√(h⁴ + 8h) − h²); the random walk with s⁴ + 4s² for it."""
    for square, root, k in (
        (step**2, math.sqrt(step**4 + 8 * step), math.sqrt(step**3 / 8)),
        (step**2, math.sqrt(step**4 + 4 * step**2), step / 2),
    ):
        rho = (root + square) / (root - square)
        assert isotropic_acceptance(dim, k) == pytest.approx(2 * f_law.sf(rho, dim, dim), rel=1e-10)
        same = Proposal(np.full(dim, k), np.full(dim, 1.7))
        assert acceptance(same).value == pytest.approx(isotropic_acceptance(dim, k), rel=1e-11)
        assert squared_jump(same).value == pytest.approx(isotropic_squared_jump(dim, k, 1.7), rel=1e-11)


def test_the_smallest_rejection_and_the_smallest_acceptance():
    """Against 60 digits: 1 − 2I_x keeps its digits at 1e-12, and 2I_x at 1e-200."""
    with mp.workdps(60):
        for dim, k in ((4, 1e-12), (50, 3e-9), (3000, 1e-7)):
            x = (1 - k / mp.sqrt(1 + mp.mpf(k) ** 2)) / 2
            # 1 − 2I_x(a, a) = 2∫_x^½ of the beta density, flat to k²d here
            want = 2 * (mp.mpf(1) / 2 - x) * mp.mpf(2) ** (2 - dim) / mp.beta(mp.mpf(dim) / 2, mp.mpf(dim) / 2)
            assert rejection(Proposal(np.full(dim, k), np.ones(dim))).value == pytest.approx(float(want), rel=1e-8)
        for dim, k in ((300, 2.0), (900, 1.0)):
            x = 1 / (1 + (mp.sqrt(1 + mp.mpf(k) ** 2) + k) ** 2)
            want = float(2 * mp.betainc(mp.mpf(dim) / 2, mp.mpf(dim) / 2, 0, x, regularized=True))
            assert acceptance(Proposal(np.full(dim, k), np.ones(dim))).value == pytest.approx(want, rel=1e-11)
            assert isotropic_acceptance(dim, k) == pytest.approx(want, rel=1e-11)


def test_a_thousand_dimensions_and_a_condition_number_of_1e8():
    variances = np.geomspace(1e-8, 1.0, 1000)
    for step in (1e-10, 1e-9, 1e-8):
        proposal = Proposal.mala(variances, step)
        found = acceptance(proposal)
        assert acceptance_floor(proposal) <= found.low <= found.high <= acceptance_ceiling(proposal)
        assert squared_jump(proposal).value <= float(proposal.jump.sum())


@pytest.mark.parametrize("chain", [samplers.mala.MALA, samplers.random_walk_metropolis.RandomWalkMetropolis])
def test_running_steps(chain):
    """One running step from stationarity, on a shifted and correlated target: moves and squared jumps within 5 s.e."""
    angle = 0.6
    basis = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    variances, step, n = np.array([0.4, 2.0]), 0.5, 200_000
    target = targets.Gaussian.from_spectrum(np.array([3.0, -1.0]), variances, basis)
    x = laws.Gaussian(target.mean, target.cov).sample(n, np.random.default_rng(5))
    y = chain(target, step, 1).step(0, x, Stream(np.random.default_rng(6), x))
    moved, jump = (y != x).any(axis=1), ((y - x) ** 2).sum(axis=1)
    noise = math.sqrt(2 * step)
    mala = chain is samplers.mala.MALA
    proposal = Proposal.mala(variances, step) if mala else Proposal.random_walk(variances, noise)
    assert moved.mean() == pytest.approx(acceptance(proposal).value, abs=5 * 0.5 / math.sqrt(n))
    assert jump.mean() == pytest.approx(squared_jump(proposal).value, abs=5 * jump.std() / math.sqrt(n))


def test_an_exact_proposal_is_always_accepted():
    """An autoregression that leaves the target invariant: k = 0 in every coordinate."""
    variances = np.array([0.1, 3.0, 40.0])
    proposal = Proposal.affine(variances, 0.6, np.sqrt(variances * (1 - 0.36)))
    assert acceptance(proposal).value == pytest.approx(1, abs=1e-14)
    assert rejection(proposal).value == pytest.approx(0, abs=1e-14)
    assert squared_jump(proposal).value == pytest.approx(2 * 0.4 * variances.sum(), rel=1e-13)


def test_bad_input():
    for call in (
        lambda: Proposal.mala([1.0, 0.0], 0.1),
        lambda: Proposal.mala([1.0], 0.0),
        lambda: Proposal.mala([1.0], math.nan),
        lambda: Proposal.random_walk([1.0], -1.0),
        lambda: Proposal.affine([1.0], 0.5, 0.0),
        lambda: Proposal(np.array([np.inf]), np.ones(1)),
        lambda: Proposal(np.ones(2), np.ones(3)),
        lambda: isotropic_acceptance(0, 0.1),
        lambda: isotropic_acceptance(3, -0.1),
    ):
        with pytest.raises(InvalidInput) as caught:
            call()
        assert "\n" not in str(caught.value)
