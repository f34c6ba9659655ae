"""No explicit bound is ever below the exact quantity it bounds; each term is what its formula says."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify import bounds, divergences, observables, samplers, scores
from verify.bounds.benton2024_explicit import kappa
from verify.bounds.bound import Bound
from verify.bounds.path_kl import path_kl
from verify.finding import Verdict
from verify.targets import Gaussian, gallery
from verify.timegrid import TimeGrid

CONCRETE = [
    b for b in vars(bounds).values() if inspect.isclass(b) and issubclass(b, Bound) and not inspect.isabstract(b)
]


@st.composite
def problems(draw: st.DrawFn) -> tuple[scores.AffineScore, float, int]:
    """Return a score on a random shifted Gaussian, a horizon and a number of steps; h runs up to T, far beyond 1/L."""
    dim = draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = 10 ** rng.uniform(-2, 1.3, dim)
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    target = Gaussian.from_spectrum(rng.standard_normal(dim) * 10 ** rng.uniform(-1, 1), values, basis)
    size = draw(st.sampled_from([0.0, 0.01, 0.1, 1.0]))
    kind = draw(st.sampled_from([scores.Shifted, scores.Dilated, scores.Scaled, scores.Whitened]))
    sign = draw(st.sampled_from([1, -1]))
    score = kind(target, size) if kind is scores.Shifted else kind(target, size, sign)
    return score, 10 ** draw(st.floats(-1.5, 1.0)), draw(st.integers(1, 80))


@given(problems())
def test_ladder(problem: tuple[scores.AffineScore, float, int]) -> None:
    """TV ≤ √(KL/2); KL ≤ init + skeleton ≤ init + path ≤ explicit; TV ≤ printed/√2; for any h > 0 and T > 0."""
    score, horizon, steps = problem
    sampler = samplers.ExponentialIntegrator(score, TimeGrid.uniform(horizon, steps))
    output = sampler.run()
    kl, tv = divergences.kl(score.target, output), divergences.total_variation(score.target, output)
    assert tv.low <= math.sqrt(kl.high / 2) * (1 + 1e-12)
    start = float(sampler.process.kl(horizon))
    skeleton, (path, error) = observables.SkeletonKL()(sampler, None), path_kl(sampler)
    assert kl.low <= start + skeleton.high
    assert skeleton.low <= path + error
    explicit = bounds.Chen2023Explicit()
    assert start + path - error <= explicit(sampler) * (1 + 1e-12)
    assert math.sqrt((start + path - error) / 2) <= bounds.Chen2023ExplicitTV()(sampler) * (1 + 1e-9)
    assert bounds.Chen2023ExplicitTV()(sampler) <= bounds.Chen2023Theorem2()(sampler) / math.sqrt(2) * (1 + 1e-12)


@given(problems())
def test_relative_integrator_obeys_the_fisher_information_bound(problem: tuple[scores.AffineScore, float, int]) -> None:
    score, horizon, steps = problem
    sampler = samplers.RelativeIntegrator(score, TimeGrid.uniform(horizon, steps))
    value, error = path_kl(sampler)
    start = float(sampler.process.kl(horizon))
    assert start + value - error <= bounds.Conforti2025Explicit()(sampler) * (1 + 1e-9)


@given(problems(), st.floats(0.02, 1.0), st.floats(1e-4, 1.0))
def test_benton_bound(problem: tuple[scores.AffineScore, float, int], step: float, stop: float) -> None:
    score, horizon, _ = problem
    sampler = samplers.ExponentialIntegrator(score, TimeGrid.benton(1 + horizon, step, stop))
    assert kappa(sampler) <= step * (1 + 1e-9)
    value, error = path_kl(sampler)
    bound = bounds.Benton2024Explicit()
    assert float(sampler.process.kl(sampler.grid.horizon)) <= bound.terms(sampler)["initialisation"] * (1 + 1e-12)
    assert float(sampler.process.kl(sampler.grid.horizon)) + value - error <= bound(sampler) * (1 + 1e-9)
    assert not bound.failed_assumptions(sampler)


def test_benton_bound_on_a_degenerate_target() -> None:
    sampler = samplers.ExponentialIntegrator(scores.Exact(gallery.flat(5)), TimeGrid.benton(3.0, 0.1, 1e-3))
    value, _ = path_kl(sampler)
    assert 0.05 < value / bounds.Benton2024Explicit().terms(sampler)["discretisation"] < 1


@given(problems())
def test_lemmas(problem: tuple[scores.AffineScore, float, int]) -> None:
    score, horizon, steps = problem
    sampler = samplers.ExponentialIntegrator(score, TimeGrid.uniform(horizon, steps))
    pairs = [
        (bounds.SecondMoment(), observables.LargestSecondMoment()),
        (bounds.Movement(), observables.LargestMovement()),
        (bounds.FisherInformation(), observables.LargestFisher()),
        (bounds.FisherConvolution(), observables.FisherAtHorizon()),
        (bounds.OUContraction(), observables.NoiseKL()),
        (bounds.OURegularisation(), observables.NoiseKL()),
        (bounds.ScorePerturbationExplicit(), observables.ScoreChange()),
        (bounds.Chen2023OneStep(), observables.LargestPathKLRate()),
    ]
    for bound, observable in pairs:
        if not bound.failed_assumptions(sampler):
            slack = 2.0 if bound.constant is None else 1.0
            assert observable(sampler, None).low <= slack * bound(sampler) * (1 + 1e-12), bound.name


def test_theorem2_terms_by_hand() -> None:
    """d = 3072, L = 100, m_2² = 3072, KL = 500, T = 8, N = 1000, ε = 0.05, computed on paper."""
    terms = bounds.Chen2023Theorem2.formula(
        dim=3072, smoothness=100.0, second_moment=3072.0, kl=500.0, horizon=8.0, steps=1000, score_error=0.05
    )
    assert terms["initialisation"] == pytest.approx(22.360679775 * 3.3546262790e-4, rel=1e-9)
    assert terms["discretisation"] == pytest.approx((100 * 24.576**0.5 + 100 * 3072**0.5 * 0.008) * 8**0.5, rel=1e-12)
    assert terms["score"] == pytest.approx(0.05 * 8**0.5, rel=1e-12)


def test_wide_target_needs_the_smoothness_of_the_whole_path() -> None:
    """λ = 4: with L = Lip(∇log p) = 1/4 in place of the path's 1 the discretisation bound is broken."""
    sampler = samplers.ExponentialIntegrator(scores.Exact(gallery.wide()), TimeGrid.uniform(4.0, 40))
    value, _ = path_kl(sampler)
    quantities = dict(bounds.Chen2023Explicit().quantities(sampler))
    assert quantities["smoothness"] == 1.0
    honest = bounds.Chen2023Explicit.formula(**quantities)["discretisation"]
    wrong = bounds.Chen2023Explicit.formula(**(quantities | {"smoothness": 0.25}))["discretisation"]
    assert wrong < value < honest


def test_second_moment_includes_the_mean() -> None:
    sampler = samplers.ExponentialIntegrator(scores.Exact(gallery.narrow()), TimeGrid.uniform(4.0, 40))
    assert bounds.Chen2023Theorem2().quantities(sampler)["second_moment"] == pytest.approx(0.25 + 0.75**2, rel=1e-15)


@pytest.mark.parametrize("bound", CONCRETE, ids=lambda b: b.name)
def test_every_bound_states_itself(bound: type[Bound]) -> None:
    """Conformance: terms are finite, non-negative, depend on the sampler, sum to the value; names are unique."""
    coarse = samplers.ExponentialIntegrator(scores.Shifted(gallery.correlated(), 0.1), TimeGrid.benton(3.0, 0.2, 0.1))
    fine = samplers.ExponentialIntegrator(scores.Shifted(gallery.correlated(), 0.1), TimeGrid.benton(5.0, 0.01, 0.01))
    values = [bound()(s) for s in (coarse, fine)]
    terms = bound().terms(coarse)
    assert all(math.isfinite(v) and v >= 0 for v in terms.values()) and sum(terms.values()) == pytest.approx(values[0])
    assert values[0] != values[1] or bound is bounds.SecondMoment
    assert bound.statement and bound.reference and bound.__doc__
    assert set(bound().quantities(coarse)) == set(inspect.signature(bound.formula).parameters)
    assert sum(other.name == bound.name for other in CONCRETE) == 1


def test_assumptions_name_what_fails() -> None:
    exact = scores.Exact(gallery.narrow())
    wrong = samplers.DDPM(exact, TimeGrid.geometric(4.0, 5, 0.01), "marginal")
    failed = bounds.Chen2023Theorem2().failed_assumptions(wrong)
    assert {f.evidence.split(":")[0] for f in failed} == {"scheme", "start", "uniform grid", "h ≤ 1/L"}
    assert all(f.verdict is Verdict.VIOLATED for f in failed)
    right = samplers.ExponentialIntegrator(exact, TimeGrid.uniform(4.0, 16))
    assert bounds.Chen2023Theorem2().failed_assumptions(right) == ()


def test_infinite_kl_gives_an_infinite_bound_and_a_failed_assumption() -> None:
    sampler = samplers.ExponentialIntegrator(scores.Exact(gallery.flat(2)), TimeGrid.uniform(1.0, 10))
    bound = bounds.Chen2023Theorem2()
    assert bound(sampler) == math.inf and bound.vacuous(bound(sampler))
    assert {"A1", "KL(p‖γ)"} <= {f.evidence.split(":")[0] for f in bound.failed_assumptions(sampler)}
