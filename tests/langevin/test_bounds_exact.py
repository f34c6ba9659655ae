"""No bound on ULA is below the exact error of a Gaussian recursion that is written out here, and sharp ones are met."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from verify import divergences, laws, samplers
from verify.bounds import langevin
from verify.targets import Gaussian

ULA_W2 = (
    langevin.Dalalyan2017Theorem1, langevin.Dalalyan2017Theorem1b, langevin.Dalalyan2019Theorem1,
    langevin.Dalalyan2019Theorem4, langevin.Dalalyan2019Theorem5, langevin.Dalalyan2017Theorem3,
    langevin.Durmus2019W2, langevin.Durmus2019W2Hessian, langevin.Durmus2019Last,
    langevin.ULAOrderHalf, langevin.ULAOrderOne, langevin.ULAOrderOneLipschitz,
)  # fmt: skip
SLACK = 1 + 1e-9  # the recursion rounds a difference of variances, the bounds a few operations


class Chain:
    """ULA from N(u, v) with diagonal precisions, step by step: δ' = (1 − γλ)δ, v' = (1 − γλ)²v + 2γ."""

    def __init__(self, precisions: Any, offsets: Any, variances: Any, step: float, steps: int) -> None:
        self.precisions = precisions
        delta, v = np.array(offsets, dtype=float), np.array(variances, dtype=float)
        self.offsets, self.variances = [delta], [v]
        for _ in range(steps):
            delta, v = (1 - step * precisions) * delta, (1 - step * precisions) ** 2 * v + 2 * step
            self.offsets.append(delta)
            self.variances.append(v)

    def w2(self, k: int) -> float:
        gap = np.sqrt(self.variances[k]) - 1 / np.sqrt(self.precisions)
        return math.sqrt(float((self.offsets[k] ** 2 + gap**2).sum()))

    def kl(self, k: int) -> float:
        ratio = self.precisions * self.variances[k]
        return 0.5 * float((ratio - 1 - np.log(ratio) + self.precisions * self.offsets[k] ** 2).sum())

    def fisher(self, k: int) -> float:
        spread = (self.precisions - 1 / self.variances[k]) ** 2 * self.variances[k]
        return float((spread + (self.precisions * self.offsets[k]) ** 2).sum())


def problem(seed: int) -> tuple[samplers.ULA, Chain]:
    """Return a random chain and its recursion; d up to 30, κ up to 300, γ over six decades, all kinds of starts."""
    rng = np.random.default_rng([seed, 3])
    dim = int(rng.integers(1, 31))
    precisions = 10 ** rng.uniform(-1, 1) * 10 ** rng.uniform(-2.5, 0, dim)
    low, high = float(precisions.min()), float(precisions.max())
    step = 2 / (low + high) * 10 ** -rng.uniform(0, 6)
    if seed % 7 == 0:
        step = 2 / (low + high) + rng.uniform(0, 0.9) * (2 / high - 2 / (low + high))
    kind = ("point", "wide", "narrow", "spread")[seed % 4]
    v = {"point": 0.0, "wide": 1 / low, "narrow": 1 / high, "spread": 10 ** rng.uniform(-1, 1) / high}[kind]
    offsets = rng.standard_normal(dim) * 10 ** rng.uniform(-1, 2) * (kind in ("point", "spread"))
    target = Gaussian.from_spectrum(rng.standard_normal(dim), 1 / precisions, None)
    begin = laws.Gaussian(target.mean + offsets, v * np.eye(dim))
    steps = int(10 ** rng.uniform(0, 2.3))
    return samplers.ULA(target, step, steps, begin), Chain(precisions, offsets, np.full(dim, v), step, steps)


PROBLEMS = [problem(seed) for seed in range(120)]


def test_no_w2_bound_is_below_the_recursion() -> None:
    seen = dict.fromkeys(ULA_W2, 0)
    for sampler, chain in PROBLEMS:
        for kind in ULA_W2:
            if not kind().failed_assumptions(sampler):
                seen[kind] += 1
                assert chain.w2(sampler.steps) <= kind()(sampler) * SLACK, (kind.name, sampler)
    assert min(seen.values()) >= 5, seen


def test_no_kl_bound_is_below_the_recursion() -> None:
    seen = dict.fromkeys(("lsi", "average", "burn-in", "step", "fisher"), 0)
    for sampler, chain in PROBLEMS:
        n = sampler.steps
        kls = [chain.kl(k) if chain.variances[k].all() else math.inf for k in range(n + 1)]
        if not langevin.Vempala2019Theorem1().failed_assumptions(sampler):
            seen["lsi"] += 1
            assert kls[n] <= langevin.Vempala2019Theorem1()(sampler) * SLACK
        if not langevin.Durmus2019Average().failed_assumptions(sampler):
            seen["average"] += 1
            assert np.mean(kls[1:]) <= langevin.Durmus2019Average()(sampler) * SLACK
            seen["burn-in"] += 1
            assert np.mean(kls[1 + n // 2 :]) <= langevin.Durmus2019BurnIn()(sampler) * SLACK
            seen["step"] += 1
            q = langevin.Durmus2019OneStep().quantities(sampler)
            assert (q["before_w2"], q["after_w2"]) == pytest.approx((chain.w2(n - 1), chain.w2(n)), rel=1e-7, abs=1e-9)
            right = (1 - q["strong_convexity"] * q["step"]) * chain.w2(n - 1) ** 2
            right += 2 * q["step"] ** 2 * q["smoothness"] * q["dim"]
            assert 2 * q["step"] * kls[n] + chain.w2(n) ** 2 <= right * SLACK
        if not langevin.Balasubramanian2022Theorem4().failed_assumptions(sampler):
            seen["fisher"] += 1  # at the grid times; γ < 1/(6L): between them it changes by a part of itself
            values = [chain.fisher(k) for k in range(n + 1)]
            ends = np.minimum(values[1:], values[:-1])
            assert np.mean(ends) <= langevin.Balasubramanian2022Theorem4()(sampler) * SLACK
    assert min(seen.values()) >= 20, seen


def test_total_variation_and_conversions_are_above_the_laws() -> None:
    for sampler, chain in PROBLEMS[::3]:
        law, goal = sampler.run(), sampler.goal()
        tv = divergences.total_variation(law, goal)
        for kind in (langevin.PinskerOutput, langevin.BretagnolleHuber, langevin.TVChi2, langevin.Guillin2009):
            assert tv.low <= kind()(sampler) * SLACK, kind.name
        assert chain.w2(sampler.steps) <= langevin.Talagrand()(sampler) * SLACK + 1e-7
        assert divergences.kl(law, goal).low <= langevin.LogSobolevConvex()(sampler) * SLACK
        if not langevin.Dalalyan2017TV().failed_assumptions(sampler):
            assert tv.low <= langevin.Dalalyan2017TV()(sampler) * SLACK


def one(precision: float, step: float, steps: int, offset: float, variance: float, d: int = 1) -> samplers.ULA:
    target = Gaussian.from_spectrum(np.full(d, 0.5), np.full(d, 1 / precision), None)
    return samplers.ULA(target, step, steps, laws.Gaussian(target.mean + offset, variance * np.eye(d)))


def test_bretagnolle_huber_and_talagrand_are_met() -> None:
    """T2 is an equality for a shift along the least curvature; LSI too."""
    sampler = samplers.ExactLangevin(one(2.0, 0.1, 1, 3.0, 0.5).target, 0.1, 5, one(2.0, 0.1, 1, 3.0, 0.5).begin)
    w2 = divergences.wasserstein2(sampler.run(), sampler.goal()).value
    assert langevin.Talagrand()(sampler) == pytest.approx(w2, rel=1e-12)
    kl = divergences.kl(sampler.run(), sampler.goal()).value
    assert langevin.LogSobolevConvex()(sampler) == pytest.approx(kl, rel=1e-12)


@pytest.mark.parametrize("kind", [langevin.DiffusionKL, langevin.DiffusionKLConvex, langevin.DiffusionW2])
def test_diffusion_bounds_are_met_by_a_shift_and_no_larger_rate_is_true(kind: Any) -> None:
    """A pure shift in direction of the least curvature: equality; the rate times 1.001 is refuted, β or not."""
    for beta in (1.0, 0.3, 4.0):
        target = Gaussian.from_spectrum(np.array([1.0, -2.0]), np.array([2.0, 0.1]), None)
        begin = laws.Gaussian(target.mean + np.array([3.0, 0.0]), target.cov / beta)
        sampler = samplers.ExactLangevin(target, 0.2, 6, begin, beta)
        assert not kind().failed_assumptions(sampler)
        divergence = divergences.wasserstein2 if kind.divergence == "w2" else divergences.kl
        exact = divergence(sampler.run(), sampler.goal()).value
        assert kind()(sampler) == pytest.approx(exact, rel=1e-11)
        q = kind().quantities(sampler)
        fast = kind.formula(**{n: v * 1.001 if n in ("log_sobolev", "strong_convexity") else v for n, v in q.items()})
        assert kind.total(fast) < exact


def test_log_harnack_is_met_by_two_points() -> None:
    """From a point, KL(δ_x P_t‖π) with all of W2² = |x − m|² + tr Σ: below; between points P_t alone gives equality."""
    for t in (0.01, 0.5, 3.0):
        m, shift = 0.7, 2.0
        spread = -math.expm1(-2 * m * t) / m  # both laws are N(·, spread) with means e^{−mt}shift apart
        between = (math.exp(-m * t) * shift) ** 2 / (2 * spread)
        terms = langevin.DiffusionLogHarnack.formula(strong_convexity=m, time=t, start_w2=shift)
        assert terms["regularisation"] == pytest.approx(between, rel=1e-12)
    flat = langevin.DiffusionLogHarnack.formula(strong_convexity=0.0, time=0.5, start_w2=3.0)["regularisation"]
    assert flat == pytest.approx(9 / 2, rel=1e-15)


@pytest.mark.parametrize("kind", [langevin.Chen2022W2, langevin.Chen2022KL])
def test_the_proximal_sampler_contracts_as_stated_and_no_faster(kind: Any) -> None:
    target = Gaussian.from_spectrum(np.array([1.0, -2.0]), np.array([2.0, 0.1]), None)
    begin = laws.Gaussian(target.mean + np.array([3.0, 0.0]), target.cov)
    sampler = samplers.ProximalSampler(target, 0.4, 7, begin)
    assert not kind().failed_assumptions(sampler)
    divergence = divergences.wasserstein2 if kind.divergence == "w2" else divergences.kl
    exact = divergence(sampler.run(), sampler.goal()).value
    assert kind()(sampler) == pytest.approx(exact, rel=1e-11)
    assert kind()(dataclasses.replace(sampler, step_size=0.41)) < exact


PLANTED = {  # a constant, and the chain that refutes it
    langevin.ULAOrderOne: one(1.0, 1e-4, 1, 1e3, 1.0),
    langevin.Vempala2019Theorem1: one(1.0, 1e-4, 100, 1e3, 1.0),
    langevin.Durmus2019Last: one(1.0, 1e-4, 10, 1e3, 1.0),
    langevin.Dalalyan2017Theorem1: one(1.0, 1e-6, 10, 1e3, 1.0),
    langevin.Dalalyan2019Theorem1: one(1.0, 1e-6, 10, 1e3, 1.0),
    langevin.ULAOrderHalf: one(1.0, 1e-6, 10, 1e3, 1.0),
}


@pytest.mark.parametrize("kind", PLANTED, ids=lambda kind: kind.name)
def test_a_halved_constant_is_refuted_where_the_start_is_far(kind: Any) -> None:
    """The transient is attained by a shift: half the bound is below the error, the bound is not."""
    sampler = PLANTED[kind]
    assert not kind().failed_assumptions(sampler)
    divergence = divergences.wasserstein2 if kind.divergence == "w2" else divergences.kl
    exact = divergence(sampler.run(), sampler.goal()).value
    assert 0.5 * kind()(sampler) < exact <= kind()(sampler) * SLACK


def test_half_the_averaged_bound_is_nearly_met() -> None:
    """Σ_k KL(ν_k‖π) ≤ W2²/(2γ) is off by a factor 2 at most for a far shift: a quarter of the bound is refuted."""
    sampler = one(1.0, 1e-3, 5000, 1e3, 1.0)
    chain = Chain(np.ones(1), [1e3], [1.0], 1e-3, 5000)
    mean = np.mean([chain.kl(k) for k in range(1, 5001)])
    assert 0.45 < mean / langevin.Durmus2019Average()(sampler) < 0.5
    fisher = np.mean([chain.fisher(k) for k in range(1, 5001)])
    assert 0.45 < fisher / langevin.Balasubramanian2022Theorem4()(sampler) < 0.5


def test_bounds_read_the_temperature() -> None:
    """At β the chain is that at 1 with βf and γ/β: same value, same assumptions."""
    target = Gaussian.from_spectrum(np.array([1.0, -2.0]), np.array([2.0, 0.1]), None)
    cold = Gaussian.from_spectrum(target.mean, target.eigenvalues / 5, None)
    begin = laws.Gaussian(np.zeros(2), np.eye(2))
    hot, plain = samplers.ULA(target, 0.01, 9, begin, 5.0), samplers.ULA(cold, 0.002, 9, begin)
    for kind in (*ULA_W2, langevin.Vempala2019Theorem1, langevin.Durmus2019BurnIn):
        assert kind()(hot) == pytest.approx(kind()(plain), rel=1e-12), kind.name


def test_a_long_chain_in_a_thousand_dimensions() -> None:
    """N = 10¹⁰, d = 1,000, κ = 10⁶: stationary, W2² = Σ λ⁻¹((1 − γλ/2)^−½ − 1)², below finite bounds."""
    precisions = np.logspace(-3, 3, 1000)
    target = Gaussian.from_spectrum(np.zeros(1000), 1 / precisions, None)
    sampler = samplers.ULA(target, 1e-5, 10**10, laws.Gaussian(np.ones(1000), np.eye(1000)))
    exact = divergences.wasserstein2(sampler.run(), target).value
    roots = np.expm1(-0.5 * np.log1p(-1e-5 * precisions / 2)) / np.sqrt(precisions)
    rounding = np.finfo(float).eps / (1e-5 * 1e-3)  # a gain 1 − γλ is known to ε, its distance from 1 to ε/(γλ)
    assert exact == pytest.approx(math.sqrt(float((roots**2).sum())), rel=4 * rounding)
    for kind in (langevin.ULAOrderOne, langevin.ULAOrderHalf, langevin.Dalalyan2019Theorem5):
        assert exact <= kind()(sampler) < math.inf
