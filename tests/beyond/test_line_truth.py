"""Law: the interval of a divergence on the line holds the truth where log(p/q) turns, tails are heavy, atoms shared.

Truth: adaptive bisection of the textbook integrand, written here, in log-coordinates for heavy tails; sums for atoms.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from verify import divergences, samplers, scores, targets
from verify.laws import GridDensity
from verify.timegrid import TimeGrid

X, W = np.polynomial.legendre.leggauss(16)


def adaptive(f, edges, depth=60):
    """Return ∫f: every panel is halved until its two halves agree with it."""
    a, b, total = edges[:-1], edges[1:], 0.0

    def rule(a, b):
        half = 0.5 * (b - a)
        return (f((0.5 * (a + b)[:, None] + half[:, None] * X).ravel()).reshape(-1, 16) @ W) * half

    whole = rule(a, b)
    scale = np.abs(whole).sum()
    for _ in range(depth):
        middle = 0.5 * (a + b)
        left, right = rule(a, middle), rule(middle, b)
        rough = np.abs(left + right - whole) > 1e-14 * scale
        total += (left + right)[~rough].sum()
        if not rough.any():
            return total
        a, b = np.r_[a[rough], middle[rough]], np.r_[middle[rough], b[rough]]
        whole = np.r_[left[rough], right[rough]]
    raise AssertionError("the truth did not settle")


def log_density(law, x):
    weights, means, stds = law
    logs = np.log(weights) - 0.5 * ((x[:, None] - means) / stds) ** 2 - np.log(stds) - 0.5 * math.log(2 * math.pi)
    top = logs.max(axis=1)
    return top + np.log(np.exp(logs - top[:, None]).sum(axis=1))


def slope(law, x):
    weights, means, stds = law
    off = (x[:, None] - means) / stds
    logs = np.log(weights) - 0.5 * off**2 - np.log(stds)
    share = np.exp(logs - logs.max(axis=1, keepdims=True))
    return -(share / share.sum(axis=1, keepdims=True) * off / stds).sum(axis=1)


# the leading part of q changes, within 1e-4, where p has its mass and neither law has a panel to show it
TURNING = {
    "narrow parts": (
        ([0.3, 0.5, 0.2], [0.86, 0.7, 0.88], [0.53, 2.32, 0.32]),
        ([0.02, 0.47, 0.48, 0.03], [2.71, -2.88, -5.72, -6.49], [0.0163, 0.0167, 0.0161, 0.0186]),
    ),
    "one wide": (
        ([0.0014, 0.9986], [1.47, -0.16], [1.16, 3.87]),
        ([0.63, 0.25, 0.12], [-1.26, 1.31, 1.20], [0.0996, 0.105, 0.0215]),
    ),
    "a narrow law in a tail": (
        ([1.0], [3.51], [0.041]),
        ([2.2e-6, 1 - 2.2e-6], [1.33, -0.57], [6.83, 2.74]),
    ),
}


@pytest.mark.parametrize("name", TURNING)
def test_where_the_ratio_turns(name):
    p, q = (tuple(np.array(part) for part in law) for law in TURNING[name])
    first, second = (targets.GaussianMixture(w, m, s**2) for w, m, s in (p, q))
    edges = np.unique([m + s * k for law in (p, q) for _, m, s in zip(*law, strict=True) for k in range(-40, 41, 2)])

    def kl(x):
        a, b = log_density(p, x), log_density(q, x)
        return np.exp(a) * (a - b)

    def power(order):
        return lambda x: np.exp(order * log_density(p, x) + (1 - order) * log_density(q, x))

    def fisher(x):
        return np.exp(log_density(p, x)) * (slope(p, x) - slope(q, x)) ** 2

    holds(divergences.kl(first, second), adaptive(kl, edges), 1e-13)
    holds(divergences.fisher(first, second), adaptive(fisher, edges), 1e-12)
    for order in (0.1, 0.5, 0.9):  # log(p/q) < −60 and > 60 count with e^{±60a}, not with a cut exponential
        holds(divergences.renyi(first, second, order), math.log(adaptive(power(order), edges)) / (order - 1), 1e-12)


def holds(found, truth, rounding):
    assert found.low - rounding * abs(truth) <= truth <= found.high + rounding * abs(truth)
    assert found.high - found.low <= 1e-10 * (1 + abs(truth))


def test_renyi_beyond_the_exponential():
    # two equal parts are one Gaussian: N(200, 1) against N(0, 25), log ∫ p²/q = 818 (Gil et al., 2013)
    p = targets.GaussianMixture([0.5, 0.5], [200.0, 200.0], [1.0, 1.0])
    q = targets.GaussianMixture([0.5, 0.5], [0.0, 0.0], [25.0, 25.0])
    joint = 2 * 25.0 - 1.0
    truth = math.log(5.0) + 0.5 * math.log(25.0 / joint) + 200.0**2 / joint
    holds(divergences.renyi(p, q, 2.0), truth, 1e-12)
    chi2 = divergences.chi2(p, q)  # e^{818}: not infinite, but beyond float64
    assert math.isinf(chi2.high) and 1e300 < chi2.low < math.inf


@pytest.mark.parametrize("dof", [0.5, 1.0, 1.5, 2.1, 3.0])
def test_heavy_tails(dof):
    other = 1.5 * dof
    u = np.linspace(0.0, 120.0 if dof < 1 else 50.0, 241)

    def log_p(n, x):
        return -0.5 * (n + 1) * np.log1p(x * x / n) - 0.5 * math.log(n * math.pi) + math.lgamma((n + 1) / 2) - math.lgamma(n / 2)  # fmt: skip # noqa: E501

    def kl(u):
        x = np.sinh(u)
        return 2 * np.exp(log_p(dof, x)) * np.cosh(u) * (log_p(dof, x) - log_p(other, x))

    holds(divergences.kl(targets.StudentT(dof), targets.StudentT(other)), adaptive(kl, u), 1e-12)


def test_moments_that_are_infinite_or_far_out():
    light = targets.GaussianMixture([0.5, 0.5], [-1.0, 1.0], [1.0, 1.0])
    for dof in (1.0, 1.5, 2.0):  # E X² = ∞
        assert math.isinf(divergences.wasserstein2(targets.StudentT(dof), light).low)
        assert math.isinf(GridDensity.of(targets.StudentT(dof)).variance)
    assert math.isinf(divergences.wasserstein1(targets.StudentT(1.0), light).low)
    for dof in (2.1, 2.5, 3.0, 5.0):  # finite, a part of it beyond every grid
        second = GridDensity.of(targets.StudentT(dof)).expectation(np.square)
        assert second.low <= dof / (dof - 2) <= second.high
    both = divergences.wasserstein2(targets.StudentT(1.5), targets.StudentT(1.6))
    assert math.isinf(both.high)


def test_shared_atoms():
    p, q = GridDensity.atomic([1.0, 2.0]), GridDensity.atomic([1.0, 2.0], [0.25, 0.75])
    assert divergences.kl(p, p).value == 0.0
    assert math.isclose(divergences.kl(p, q).value, 0.5 * math.log(2) + 0.5 * math.log(2 / 3), rel_tol=1e-12)
    assert math.isclose(divergences.chi2(p, q).value, 1 / 3, rel_tol=1e-12)
    assert math.isclose(divergences.renyi(p, q, 2.0).value, math.log(4 / 3), rel_tol=1e-12)
    assert math.isinf(divergences.kl(p, GridDensity.atomic([1.0])).low)
    wide = GridDensity.atomic([1.0, 2.0, 3.0], [0.25, 0.5, 0.25])  # an atom that only q has costs nothing by itself
    assert math.isclose(divergences.kl(p, wide).value, 0.5 * math.log(2), rel_tol=1e-12)


def test_kl_to_a_law_with_an_atom_of_its_own():
    # q: half of N(0, 1), half an atom; KL(N(0, 1)‖q) = log 2, which ∫ p(r + e^{−r} − 1) alone misses by the atom's ½
    normal = GridDensity.of(targets.GaussianMixture([1.0], [0.0], [1.0]))
    half = GridDensity(normal.panels, 0.5 * normal.mass, atoms=np.array([[0.0, 0.5]]))
    assert math.isclose(divergences.kl(normal, half).value, math.log(2), rel_tol=1e-12)


def test_order_one_is_kl():
    p = targets.GaussianMixture([0.4, 0.6], [-1.0, 2.0], [1.0, 0.3])
    q = targets.GaussianMixture([0.5, 0.5], [-1.0, 1.0], [1.0, 1.0])
    assert divergences.renyi(p, q, 1).value == divergences.kl(p, q).value


def test_a_flow_between_far_modes_leaves_no_nan():
    # the flow stretches 1e-26 of probability over the gap, on panels that do not resolve it
    std = np.array([0.01423, 0.0923])
    target = targets.GaussianMixture([0.597, 0.403], [8.2, 2.67], std**2)
    grid = TimeGrid.geometric(4.0, 40, stop=float(std.min() ** 2 / 4))
    law = samplers.DDIM(scores.Exact(target), grid).run()
    assert not np.isnan(law.log_values).any()
    found = divergences.total_variation(law, target)
    x = np.unique(np.concatenate([m + s * np.linspace(-12, 12, 60_001) for m, s in zip([8.2, 2.67], std, strict=True)]))
    gap = np.exp(law.log_density(x[:, None])) - np.exp(target.log_density(x[:, None]))
    assert found.value == pytest.approx(0.5 * np.abs(0.5 * (gap[1:] + gap[:-1]) * np.diff(x)).sum(), rel=1e-4)
