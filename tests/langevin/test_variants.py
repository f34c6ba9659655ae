"""Law: what each variant leaves invariant – the target, or its own closed form – and its order in the step size.

Gaussian targets go through exact probing; others on the line through LineChain, which runs the step itself on nodes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

from verify import laws, samplers, targets
from verify.errors import Diverged, InvalidInput, NotAffine
from verify.laws import dense
from verify.observables import LineChain
from verify.samplers import mirror_map
from verify.samplers.mirror_map import MirrorMap

LASSO = (targets.Gaussian(np.array([1.0]), np.array([[1.0]])), targets.Laplace())  # f = (x − 1)²/2, g = |x|


def normal_cdf(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


def lasso_moments():
    """Mean and variance of e^{−(x−1)²/2 − |x|}: N(0, 1) on x > 0 with weight e^{−½}, N(2, 1) on x < 0 with e^{3/2}."""
    right, left = math.exp(-0.5) * 0.5, math.exp(1.5) * normal_cdf(-2)
    tail, tip = math.exp(1.5) * math.exp(-2) / math.sqrt(2 * math.pi), math.exp(-0.5) / math.sqrt(2 * math.pi)
    first = tip + 2 * left - tail
    # E[x²; x < 0] under N(2, 1) is 5Φ(−2) − 2φ(2), as E z² 1{z<−2} = Φ(−2) + 2φ(2) and E z 1{z<−2} = −φ(2)
    second = right + 5 * left - 2 * tail
    mean = first / (right + left)
    return mean, second / (right + left) - mean**2


def moments(chain):
    mean = chain.expectation(lambda x: x)
    return mean, chain.expectation(lambda x: (x - mean) ** 2)


def orders(biases):
    """Return log2 of the ratios of biases at halved steps."""
    return [math.log2(a / b) for a, b in pairwise(biases)]


def test_the_oracle_knows_ula():
    target = targets.Gaussian(np.array([0.7]), np.array([[0.5]]))
    mean, variance = moments(LineChain(samplers.ULA(target, 0.2, 1), -6.0, 7.0))
    assert abs(mean - 0.7) < 1e-12
    assert abs(variance - 0.5 / (1 - 0.2)) < 1e-12  # λ = 2: 1/(λ(1 − γλ/2))


def test_the_oracle_refuses_what_it_cannot_see():
    with pytest.raises(Exception, match="uniform"):
        _ = LineChain(samplers.MALA(targets.Laplace(), 0.1, 1), -5.0, 5.0).law


# --- position-dependent metric ---------------------------------------------------------------------------------------


def riemannian(target, h, corrected):
    return samplers.RiemannianLangevin(target, h, 1, metric=samplers.DiagonalMetric.newton(target), corrected=corrected)


def metric_moment(h, corrected):
    return LineChain(riemannian(targets.Quartic(1.0), h, corrected), -8.0, 8.0).expectation(lambda x: x * x)


def test_the_metric_needs_its_divergence():
    """E x² of e^{−x²/2−x⁴/4}: 0.46792 with div G; without, that of V″e^{−V}, 0.85872, and no step helps (S2-05)."""
    q = targets.Quartic(1.0)
    want = q.variance.value
    other = q.expectation(lambda x: x * x * q.curvature(x)).value / q.expectation(q.curvature).value
    assert (round(want, 5), round(other, 5)) == (0.46792, 0.85872)
    steps = (0.02, 0.01, 0.005)
    right = [metric_moment(h, True) - want for h in steps]
    # order 1; the next term of the bias is about 4h of the first
    assert all(abs(p - 1) < 4 * steps[0] for p in orders(right))
    missing = [metric_moment(h, False) for h in steps]
    assert min(abs(m - want) for m in missing) > 0.3
    assert all(abs(p - 1) < 4 * steps[0] for p in orders([m - other for m in missing]))


def test_a_constant_metric_is_affine_and_free_of_the_condition():
    """On N(m, Σ) with H = Σ⁻¹: contraction 1 − γ in every direction, covariance Σ/(1 − γ/2), κ = 1e8."""
    target, h = targets.Gaussian(np.array([1.0, -2.0]), np.diag([1e-4, 1e4])), 0.3
    metric = samplers.DiagonalMetric(lambda x: np.array([1e-4, 1e4]) + 0.0 * x, lambda x: 0.0 * x)
    for corrected in (True, False):
        chain = samplers.RiemannianLangevin(target, h, 2000, metric=metric, corrected=corrected)
        out = chain.run()
        np.testing.assert_allclose(out.mean, target.mean, rtol=1e-12)
        np.testing.assert_allclose(np.diag(out.cov), np.diag(target.cov) / (1 - h / 2), rtol=1e-10)
    newton = samplers.MirrorLangevin(target, h, 2000, mirror=mirror_map.newton(target)).run()
    np.testing.assert_allclose(np.diag(newton.cov), np.diag(target.cov) / (1 - h / 2), rtol=1e-10)


# --- proximal ---------------------------------------------------------------------------------------------------------


def proximal(h):
    return moments(LineChain(samplers.ProximalLangevin(LASSO[0], h, 1, penalty=LASSO[1]), -8.0, 9.0, draws=3000))


def test_proximal_langevin_is_biased_of_order_one():
    mean, variance = lasso_moments()
    assert (round(mean, 6), round(variance, 6)) == (0.503223, 0.558957)
    found = [proximal(h) for h in (0.04, 0.02, 0.01)]
    # the kinks leave O(√γ) corrections to the slope, and 2/draws of the noise grid
    assert all(abs(p - 1) < 0.15 for p in orders([v - variance for _, v in found]))
    assert all(abs(p - 1) < 0.25 for p in orders([mean - m for m, _ in found]))
    assert all(abs(v - variance) < 0.15 * h for (_, v), h in zip(found, (0.04, 0.02, 0.01), strict=True))


@dataclass(frozen=True, eq=False)
class FixedThreshold(samplers.ProximalLangevin):
    """Fault: prox_{λg} with λ = 0.2 whatever the step."""

    def step(self, k, x, noise):
        h = self.step_size
        return self.penalty.prox(x + h * self.target.score(x) + math.sqrt(2 * h) * noise.normal(), 0.2)


def test_a_free_threshold_is_caught():
    _, variance = lasso_moments()
    off = [
        moments(LineChain(FixedThreshold(LASSO[0], h, 1, penalty=LASSO[1]), -8.0, 9.0, draws=2000))[1] - variance
        for h in (0.02, 0.01)
    ]
    assert min(map(abs, off)) > 0.2
    assert abs(off[1]) > abs(off[0])  # and worse with smaller steps


def test_proximal_langevin_on_gaussians_is_its_closed_form():
    a, b, h = np.array([1.0, 4.0, 0.3]), np.array([3.0, 0.5, 10.0]), 0.2
    f = targets.Gaussian(np.array([1.0, 0.0, -2.0]), np.diag(1 / a))
    g = targets.Gaussian(np.array([0.5, 1.0, 0.0]), np.diag(1 / b))
    chain = samplers.ProximalLangevin(f, h, 500, penalty=g)
    out, rate = chain.run(), (1 - h * a) / (1 + h * b)
    np.testing.assert_allclose(np.diag(out.cov), 2 * h / (1 + h * b) ** 2 / (1 - rate**2), rtol=1e-12)
    np.testing.assert_allclose(out.mean, (a * f.mean + b * g.mean) / (a + b), rtol=1e-12)  # the mean is right
    np.testing.assert_allclose(np.diag(chain.goal().cov), 1 / (a + b), rtol=1e-12)


def test_myula_is_ula_on_the_envelope():
    a, b, h, lam = 1.0, 3.0, 0.05, 0.4
    f, g = targets.Gaussian(np.zeros(1), np.eye(1) / a), targets.Gaussian(np.zeros(1), np.eye(1) / b)
    out = samplers.MYULA(f, h, 2000, penalty=g, smoothing=lam).run()
    total = a + b / (1 + lam * b)
    assert out.cov[0, 0] == pytest.approx(1 / (total * (1 - h * total / 2)), rel=1e-12)


class Envelope(targets.Line):
    """e^{−(x−1)²/2 − g^λ(x)}, g = |·|: g^λ is Huber's function, written here apart from the sampler."""

    def __init__(self, lam):
        self.lam = lam

    kinks = property(lambda self: (-self.lam, self.lam))
    constants = property(lambda self: None)
    critical_points = property(lambda self: np.array([self.lam / (1 + self.lam)]))

    def value(self, x):
        bent = np.where(np.abs(x) <= self.lam, x * x / (2 * self.lam), np.abs(x) - self.lam / 2)
        return 0.5 * (x - 1) ** 2 + bent

    def slope(self, x):
        return x - 1 + np.clip(x / self.lam, -1, 1)


def test_myula_targets_the_envelope_with_order_one():
    lam = 0.5
    want = Envelope(lam).variance.value
    steps = (0.04, 0.02, 0.01)
    found = [
        moments(LineChain(samplers.MYULA(LASSO[0], h, 1, penalty=LASSO[1], smoothing=lam), -8.0, 9.0, draws=800))[1]
        for h in steps
    ]
    assert all(abs(p - 1) < 3 * steps[0] for p in orders([v - want for v in found]))
    assert abs(want - lasso_moments()[1]) > 0.01  # and not the target: λ stays


@pytest.mark.parametrize("size", [0.05, 2.0, 100.0])
def test_the_proximal_sampler_is_exact_and_contracts(size):
    """W2 shrinks by 1/(1 + αη) at least, with equality for the mean along the slowest direction (Chen et al., 2022)."""
    target = targets.Gaussian(np.array([1.0, -0.5]), np.array([[1.0, 0.4], [0.4, 0.8]]))
    alpha = target.constants.strong_convexity
    kept = samplers.ProximalSampler(target, size, 40).run(target.law)
    np.testing.assert_allclose(kept.cov, target.cov, atol=1e-12)
    slow = target.eigenvectors[:, np.argmax(target.eigenvalues)]
    begin = laws.Gaussian(target.mean + slow, target.cov)
    moved = samplers.ProximalSampler(target, size, 1, begin=begin).run()
    np.testing.assert_allclose(moved.mean - target.mean, slow / (1 + alpha * size), atol=1e-13)


@pytest.mark.parametrize("target", [targets.Laplace(), targets.LogCosh(3.0), targets.Gamma(3.0, 1.0)])
def test_the_proximal_sampler_keeps_what_is_not_gaussian(target):
    n = 40_000
    start = laws.Particles(target.sample(n, np.random.default_rng(1)), 1)
    points = samplers.ProximalSampler(target, 0.8, 8).run(start).points[:, 0]
    truth = target.variance.value
    square = (points - target.mean.value) ** 2
    assert abs(square.mean() - truth) <= 5 * square.std() / math.sqrt(n)
    assert abs(points.mean() - target.mean.value) <= 5 * math.sqrt(truth / n)


@pytest.mark.parametrize("share", [0.95, 1.05])
@pytest.mark.parametrize("name", ["proximal", "myula", "mirror", "metric"])
def test_stability_limits(name, share):
    """|gain| crosses 1 at γ(a − b) = 2 after prox, γ(a + b/(1 + λb)) = 2 for MYULA, γ = 2 in the Newton metric."""
    a, b, lam = 5.0, 1.5, 0.4
    f, g = targets.Gaussian(np.zeros(1), np.eye(1) / a), targets.Gaussian(np.zeros(1), np.eye(1) / b)
    limit = {"proximal": 2 / (a - b), "myula": 2 / (a + b / (1 + lam * b))}.get(name, 2.0)
    chain = {
        "proximal": lambda h: samplers.ProximalLangevin(f, h, 40_000, penalty=g),
        "myula": lambda h: samplers.MYULA(f, h, 40_000, penalty=g, smoothing=lam),
        "mirror": lambda h: samplers.MirrorLangevin(f, h, 40_000, mirror=mirror_map.newton(f)),
        "metric": lambda h: samplers.RiemannianLangevin(
            f, h, 40_000, metric=samplers.DiagonalMetric(lambda x: 1 / a + 0 * x, lambda x: 0 * x)
        ),
    }[name](share * limit)
    assert chain.order == 1
    assert chain.stability == (2.0 if name in ("proximal", "myula") else None)
    assert chain.stability is None or share * limit * (a + b) >= chain.stability * share  # never later than declared
    if share > 1:  # a clear error, no NaN: |gain| ≥ 1.05 leaves float64
        with pytest.raises(Diverged):
            chain.run()
    else:
        assert 0 < chain.run().cov[0, 0] < 100


def test_exact_chains_say_so():
    for kind in (samplers.MALA, samplers.RandomWalkMetropolis, samplers.Adjusted, samplers.ProximalSampler):
        assert kind.order is None and kind.stability == math.inf
    assert samplers.PrimalDualLangevin.order == 0


# --- primal–dual -----------------------------------------------------------------------------------------------------


def stationary(chain):
    """Return the invariant covariance of an affine chain, from the probed step and a Lyapunov equation."""
    mean = np.zeros(chain.dim)
    _, slope, noise = dense.probe(chain, 0, mean)
    gain = np.eye(chain.dim) + slope
    assert np.abs(np.linalg.eigvals(gain)).max() < 1
    size = chain.dim**2
    flat = np.linalg.solve(np.eye(size) - np.kron(gain, gain), (noise @ noise.T).ravel())
    return flat.reshape(chain.dim, chain.dim)


def primal_dual(h, ratio, conjugate=True, a=1.0, b=3.0):
    f, g = targets.Gaussian(np.zeros(1), np.eye(1) / a), targets.Gaussian(np.zeros(1), np.eye(1) / b)
    return samplers.PrimalDualLangevin(f, h, 1, penalty=g, dual_step=ratio * h, conjugate=conjugate)


@pytest.mark.parametrize(("ratio", "printed"), [(1.0, 0.8125), (10.0, 0.42308), (100.0, 0.27184), (1e4, 0.25022)])
def test_the_primal_dual_limit_is_biased(ratio, printed):
    """Var x → 1/(a + τ/(a + b + τ/b)), τ = σ/γ, not 1/(a + b): the Lyapunov equation of the diffusion, by hand."""
    a, b, h = 1.0, 3.0, 1e-5
    limit = 1 / (a + ratio / (a + b + ratio / b))
    assert round(limit, 5) == printed
    found = stationary(primal_dual(h, ratio))[0, 0]
    assert abs(found - limit) < 10 * h * (1 + ratio)
    assert limit > 1 / (a + b)


def test_the_dual_prox_is_that_of_the_conjugate():
    """Fault: prox_{σg}; with σ = 1, far from the fixed point of the right one."""
    right = stationary(primal_dual(1e-3, 1000.0))[0, 0]
    assert abs(right - 0.25) < 0.05
    wrong = stationary(primal_dual(1e-3, 1000.0, conjugate=False))[0, 0]
    assert abs(wrong - 0.25) > 0.3


def test_moreau():
    """prox_{σg*}(v) of g = |·| is the projection on [−1, 1]: one step from u = v, x = 0 without noise shows it."""
    chain = samplers.PrimalDualLangevin(
        targets.Gaussian(np.zeros(1), np.eye(1)), 0.1, 1, penalty=targets.Laplace(), dual_step=0.7
    )

    class Still:
        def normal(self):
            return np.zeros((3, 2))

    v = np.array([-4.0, 0.3, 2.0])
    x = np.stack([np.zeros(3), v], axis=1)
    moved = -0.1 * v
    np.testing.assert_allclose(chain.step(0, x, Still())[:, 1], np.clip(v + 0.7 * 2 * moved, -1, 1), atol=1e-15)


# --- mirror ----------------------------------------------------------------------------------------------------------


LOGIT = mirror_map.binary_entropy()
WALLED = {
    "gamma": (targets.Gamma(3.0, 1.0), mirror_map.tamed_barrier(2.0, 1.0)),
    "beta": (targets.Beta(4.0, 3.0), mirror_map.interval_barrier()),
    "newton": (targets.Beta(4.0, 3.0), mirror_map.interval_barrier(3.0, 2.0)),
}


def mirrored(name, h, kind=samplers.MirrorLangevin):
    """Variance of the invariant law; nodes are even in log x or log x/(1 − x), where the noise has one size."""
    target, mirror = WALLED[name]
    if name == "gamma":
        chain = LineChain(kind(target, h, 1, mirror=mirror), -12.0, 4.5, 700, place=np.exp, chart=np.log)
    else:
        place, chart = LOGIT.inverse, LOGIT.gradient
        chain = LineChain(kind(target, h, 1, mirror=mirror), -12.0, 12.0, 700, place=place, chart=chart)
    return moments(chain)[1]


@pytest.mark.parametrize("name", WALLED)
def test_mirror_langevin_has_order_one(name):
    want = WALLED[name][0].variance.value
    biases = [mirrored(name, h) - want for h in (0.01, 0.005, 0.0025)]
    assert all(abs(p - 1) < 0.15 for p in orders(biases)), biases
    assert abs(biases[-1]) < 0.01 * want


@dataclass(frozen=True, eq=False)
class Euclidean(samplers.MirrorLangevin):
    """Fault: the noise without √∇²φ."""

    def step(self, k, x, noise):
        h = self.step_size
        moved = self.mirror.gradient(x) + h * self.target.score(x) + math.sqrt(2 * h) * noise.normal()
        return self.mirror.inverse(moved)


@pytest.mark.parametrize("name", WALLED)
def test_euclidean_noise_is_caught(name):
    want = WALLED[name][0].variance.value
    assert abs(mirrored(name, 0.01, Euclidean) - want) > 0.2 * want
    assert abs(mirrored(name, 0.01) - want) < 0.05 * want


@pytest.mark.parametrize(
    ("mirror", "x"),
    [
        (mirror_map.entropy(), np.geomspace(1e-9, 1e3, 60)),
        (mirror_map.binary_entropy(), np.linspace(1e-6, 1 - 1e-6, 61)),
        (mirror_map.log_barrier(2.0, 1.0), np.geomspace(1e-9, 1e3, 60)),
        (mirror_map.tamed_barrier(2.0, 0.7), np.geomspace(1e-9, 1e3, 60)),
        (mirror_map.interval_barrier(3.0, 0.5), np.linspace(1e-6, 1 - 1e-6, 61)),
        (mirror_map.newton(targets.Gaussian(np.ones(1), 2 * np.eye(1))), np.linspace(-3, 3, 11)),
    ],
)
def test_mirror_maps_are_consistent(mirror: MirrorMap, x, xp):
    y = mirror.gradient(xp.asarray(x))
    np.testing.assert_allclose(np.asarray(mirror.inverse(y)), x, rtol=1e-9)
    step = 1e-6 * np.minimum(np.abs(x) + 1e-3 * (x == 0), np.abs(1 - x) + (x >= 1) + (x == 1))
    slope = (mirror.gradient(x + step) - mirror.gradient(x - step)) / (2 * step)
    np.testing.assert_allclose(slope, mirror.curvature(x), rtol=1e-4)  # ε|∇φ|/step against φ″


def test_a_half_line_dual_can_be_left():
    """φ = −log x has ∇φ < 0: Euler's step leaves that range, one clear error and no NaN."""
    target = targets.Gamma(3.0, 1.0)
    start = laws.Particles(target.sample(20_000, np.random.default_rng(0)), 0)
    with pytest.raises(Diverged):
        samplers.MirrorLangevin(target, 0.2, 200, mirror=mirror_map.log_barrier()).run(start)


def test_starts_and_laws_are_refused_in_one_line():
    chain = samplers.MirrorLangevin(targets.Beta(2.0, 3.0), 0.01, 1, mirror=mirror_map.interval_barrier())
    with pytest.raises(InvalidInput, match="Particles"):
        chain.run()
    with pytest.raises(InvalidInput, match="MirrorMap"):
        samplers.MirrorLangevin(targets.Beta(2.0, 3.0), 0.01, 1)
    with pytest.raises(InvalidInput, match="DiagonalMetric"):
        samplers.RiemannianLangevin(targets.Quartic(), 0.01, 1)
    with pytest.raises(InvalidInput, match="prox"):
        samplers.MYULA(LASSO[0], 0.01, 1, penalty=3)
    with pytest.raises(InvalidInput, match="restricted"):
        samplers.ProximalSampler(type("T", (), {"dim": 1, "score": None})(), 0.1, 1)
    with pytest.raises(NotAffine):
        samplers.ULA(targets.Separable.copies(targets.LogCosh(), 2), 0.1, 1).run()
    with pytest.raises(InvalidInput, match="operator"):
        samplers.PrimalDualLangevin(LASSO[0], 0.1, 1, penalty=LASSO[1], operator=np.eye(2))
