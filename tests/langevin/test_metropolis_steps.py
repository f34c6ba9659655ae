"""Law: a Metropolis step is in detailed balance with π, whatever it proposes, and stays put where it rejects.

The acceptance probability is read off the running step: for a given noise the least uniform that rejects is found by
bisection. Balance is then checked with transition densities written here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import array_api_strict
import numpy as np
import pytest

from verify import laws, metropolis, samplers, targets
from verify.backend import to_host
from verify.errors import InvalidInput, NotAffine

EPS = float(np.finfo(float).eps)
CORRELATED = targets.Gaussian(np.array([1.0, -0.5, 0.0]), np.array([[1.0, 0.4, 0], [0.4, 0.6, 0.1], [0, 0.1, 2.0]]))
TARGETS = {
    "gaussian": CORRELATED,
    "log cosh": targets.Separable(targets.LogCosh(3.0), [1.0, -2.0, 0.0], [0.5, 2.0, 1.0]),
    "laplace": targets.Laplace(),
    "gamma": targets.Gamma(3.0, 1.0),
    "quartic": targets.Quartic(1.0),
}


class Given:
    """Feeds given normals, and one uniform to all."""

    def __init__(self, normal, uniform):
        self.xi, self.u = normal, uniform

    def normal(self):
        return self.xi

    def uniform(self, width=None):
        return self.u[..., :width]


def log_acceptance(sampler, x, xi):
    """Return log of the probability that the step from x with noise xi moves, (…)."""
    low, high = np.zeros(x.shape[0]), np.ones(x.shape[0])
    for _ in range(60):
        u = 0.5 * (low + high)
        with np.errstate(all="ignore"):
            moved = (sampler.step(0, x, Given(xi, np.broadcast_to(u[:, None], x.shape))) != x).any(axis=-1)
        low, high = np.where(moved, u, low), np.where(moved, high, u)
    with np.errstate(divide="ignore"):
        return np.log(high)


def gaussian_proposal(drift, variance):
    """Return (log q(x, y), the noise that leads from x to y) of y = x + drift(x) + √variance(x) ξ."""

    def log_q(x, y):
        v = np.broadcast_to(variance(x), x.shape)
        return -0.5 * ((y - x - drift(x)) ** 2 / v + np.log(v)).sum(axis=-1)

    return log_q, lambda x, y: (y - x - drift(x)) / np.sqrt(variance(x))


def imbalance(sampler, log_q, noise_of, seed=0, count=400):
    """Return max |log π(x)q(x, y)a(x, y) − log π(y)q(y, x)a(y, x)| over pairs x ~ π, y ~ q(x, ·) in the support."""
    rng = np.random.default_rng(seed)
    x = sampler.target.sample(count, rng)
    xi = rng.standard_normal(x.shape)
    v = noise_of(x, x)  # −drift/√v: y = x + √v(ξ − noise_of(x, x))
    root = 1 / (noise_of(x, x + 1.0) - v)
    y = x + root * (xi - v)
    keep = np.isfinite(sampler.target.potential(y))
    x, y, xi = x[keep], y[keep], xi[keep]
    there, back = log_acceptance(sampler, x, xi), log_acceptance(sampler, y, noise_of(y, x))
    both = np.minimum(there, back) > -14  # the bisection resolves 2⁻⁵³: below e^{−14} digits are lost
    u = sampler.target.potential
    gap = (-u(x) + log_q(x, y) + there) - (-u(y) + log_q(y, x) + back)
    assert both.sum() > 50
    return float(np.abs(gap)[both].max())


def mala_proposal(target, h):
    return gaussian_proposal(lambda x: h * target.score(x), lambda x: np.full_like(x, 2 * h))


def walk_proposal(h):
    return gaussian_proposal(np.zeros_like, lambda x: np.full_like(x, 2 * h))


@pytest.mark.parametrize("h", [0.05, 0.7])
@pytest.mark.parametrize("name", TARGETS)
def test_balance(name, h):
    target = TARGETS[name]
    h = h / 4 if name == "gamma" else h
    assert imbalance(samplers.RandomWalkMetropolis(target, h, 1), *walk_proposal(h)) < 1e-8
    assert imbalance(samplers.MALA(target, h, 1), *mala_proposal(target, h)) < 1e-8


@pytest.mark.parametrize("corrected", [True, False])
def test_any_proposal_is_made_exact(corrected):
    """Position-dependent proposals too, with and without the drift that they lack; ½ log det must be in q."""
    target, h = targets.Quartic(1.0), 0.3
    chain = samplers.RiemannianLangevin(
        target, h, 1, metric=samplers.DiagonalMetric.newton(target), corrected=corrected
    )
    g = lambda x: 1 / (1 + 3 * x * x)  # noqa: E731
    drift = lambda x: h * (-(x + x**3) * g(x) - corrected * 6 * x * g(x) ** 2)  # noqa: E731
    proposal = gaussian_proposal(drift, lambda x: 2 * h * g(x))
    assert imbalance(samplers.Adjusted(target, h, 1, proposal=chain), *proposal) < 1e-8


def test_the_hot_proposal_of_the_lectures_is_made_exact():
    """x + η∇log p + √η z targets p² on its own; it is ULA at β = 2."""
    target, h = TARGETS["log cosh"], 0.3
    chain = samplers.Adjusted(target, h, 1, proposal=samplers.ULA(target, h, 1, inverse_temperature=2.0))
    proposal = gaussian_proposal(lambda x: h * target.score(x), lambda x: np.full_like(x, h))
    assert imbalance(chain, *proposal) < 1e-8


def test_adjusted_ula_is_mala():
    target, rng = CORRELATED, np.random.default_rng(2)
    x, noise = rng.standard_normal((500, 3)), Given(rng.standard_normal((500, 3)), rng.random((500, 3)))
    one = samplers.MALA(target, 0.6, 1).step(0, x, noise)
    two = samplers.Adjusted(target, 0.6, 1, proposal=samplers.ULA(target, 0.6, 1)).step(0, x, noise)
    np.testing.assert_array_equal(one, two)
    assert 0.2 < (one == x).all(axis=1).mean() < 0.8  # rejections stay put, bit for bit
    assert (((one == x).all(axis=1)) | ((one != x).all(axis=1))).all()  # no coordinate moves alone


@dataclass(frozen=True, eq=False)
class NoRatio(samplers.MALA):
    """Fault: min(1, π(y)/π(x))."""

    def log_ratio(self, k, x, y):
        return self.target.potential(x) - self.target.potential(y)


@dataclass(frozen=True, eq=False)
class OldGradient(samplers.MALA):
    """Fault: ∇log π(x) stands in q(y, x) as well."""

    def log_ratio(self, k, x, y):
        h, old = self.step_size, self.step_size * self.target.score(x)
        back, there = ((x - y - old) ** 2).sum(axis=-1), ((y - x - old) ** 2).sum(axis=-1)
        return self.target.potential(x) - self.target.potential(y) - (back - there) / (4 * h)


@dataclass(frozen=True, eq=False)
class Inverted(samplers.MALA):
    """Fault: q(x, y)/q(y, x)."""

    def log_ratio(self, k, x, y):
        return 2 * NoRatio.log_ratio(self, k, x, y) - super().log_ratio(k, x, y)


@dataclass(frozen=True, eq=False)
class NoRepeats(samplers.MALA):
    """Fault: rejected moves do not count; the chain proposes until one is accepted."""

    def step(self, k, x, noise):
        fresh, todo = x, np.ones(x.shape[0], bool)
        while todo.any():
            tried = super().step(k, x, noise)
            moved = (tried != x).any(axis=-1) & todo
            fresh = np.where(moved[:, None], tried, fresh)
            todo &= ~moved
        return fresh


@pytest.mark.parametrize("fault", [NoRatio, OldGradient, Inverted])
@pytest.mark.parametrize("name", ["gaussian", "log cosh", "quartic"])
def test_wrong_ratios_are_caught(fault, name):
    target, h = TARGETS[name], 0.3
    assert imbalance(fault(target, h, 1), *mala_proposal(target, h)) > 0.05


def second_moment(sampler, n=40_000, seed=9):
    """Return E x² of the first coordinate and its standard error, from exact draws of the target."""
    start = sampler.target.sample(n, np.random.default_rng(seed))
    points = sampler.run(laws.Particles(start, seed)).points[:, 0]
    return float((points**2).mean()), float((points**2).std() / math.sqrt(n))


@pytest.mark.parametrize("fault", [NoRatio, OldGradient, Inverted, NoRepeats])
def test_faults_move_the_law(fault):
    """From exact draws the true chain keeps E x² within five standard errors; each fault is out by more than eight."""
    target = targets.Logistic()
    truth = target.variance.value
    right, error = second_moment(samplers.MALA(target, 2.0, 30))
    assert abs(right - truth) <= 5 * error
    wrong, error = second_moment(fault(target, 2.0, 30))
    assert abs(wrong - truth) > 8 * error


@pytest.mark.parametrize("name", ["mala", "walk"])
@pytest.mark.parametrize("dim", [1, 5, 100])
def test_acceptance_is_the_closed_form(name, dim):
    h, n = 0.8 * dim ** (-1 / 3 if name == "mala" else -1.0), 40_000 // dim + 2000
    target = targets.Gaussian(np.zeros(dim), np.eye(dim))
    sampler = (samplers.MALA if name == "mala" else samplers.RandomWalkMetropolis)(target, h, 1)
    start = target.sample(n, np.random.default_rng(3))
    moved = (sampler.run(laws.Particles(start, 3)).points != start).any(axis=1)
    kind = metropolis.Proposal.mala if name == "mala" else metropolis.Proposal.random_walk
    want = float(metropolis.acceptance(kind(np.ones(dim), h if name == "mala" else math.sqrt(2 * h))))
    assert abs(moved.mean() - want) <= 5 * math.sqrt(want * (1 - want) / n)


@pytest.mark.parametrize("name", TARGETS)
def test_any_array_namespace(name):
    target, rng, xp = TARGETS[name], np.random.default_rng(4), array_api_strict
    x, z, u = target.sample(200, rng), rng.standard_normal((200, target.dim)), rng.random((200, target.dim))
    for sampler in (samplers.MALA(target, 0.3, 1), samplers.RandomWalkMetropolis(target, 0.3, 1)):
        with np.errstate(all="ignore"):
            want = sampler.step(0, x, Given(z, u))
            got = to_host(sampler.step(0, xp.asarray(x), Given(xp.asarray(z), xp.asarray(u))))
        np.testing.assert_allclose(got, want, rtol=0, atol=64 * EPS * np.abs(x).max())
        single = x.astype(np.float32)
        with np.errstate(all="ignore"):
            assert sampler.step(0, single, Given(z.astype(np.float32), u.astype(np.float32))).dtype == np.float32


def test_a_wall_is_never_crossed():
    target = targets.Gamma(1.5, 1.0)
    start = target.sample(20_000, np.random.default_rng(0))
    for sampler in (samplers.MALA(target, 2.0, 50), samplers.RandomWalkMetropolis(target, 8.0, 50)):
        assert (sampler.run(laws.Particles(start, 1)).points > 0).all()


def test_bad_input_is_one_clear_line():
    with pytest.raises(InvalidInput, match="log_transition"):
        samplers.Adjusted(CORRELATED, 0.1, 1, proposal=3)
    with pytest.raises(NotAffine, match="Particles"):
        samplers.MALA(CORRELATED, 0.1, 3).run()

    class NoPotential:
        dim = 1

        def score(self, x):
            return -x

    with pytest.raises(InvalidInput, match="potential"):
        samplers.MALA(NoPotential(), 0.1, 1)
