"""A theorem on a Langevin scheme applies to the step that runs, the start it has and the γ it takes, to no other."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

import verify as vf
from verify import laws, samplers, targets
from verify.bounds import langevin
from verify.bounds.langevin import fidelity, phase, survey
from verify.noise import Impulse
from verify.samplers.kinetic import Flow
from verify.targets import Gaussian

TARGET = Gaussian(np.array([1.0, -2.0, 0.5]), np.array([[1.5, 0.3, 0.0], [0.3, 0.8, -0.2], [0.0, -0.2, 0.4]]))
BEGIN = laws.Gaussian(np.zeros(3), 0.3 * np.eye(3))
STEP = 0.01


def names(bound: Any, sampler: Any) -> set[str]:
    return {finding.evidence.split(":")[0] for finding in bound.failed_assumptions(sampler)}


class Changed(samplers.ULA):
    """X + drift·γ∇log π + noise·√(2γ)ξ."""

    drift, noise = 1.0, 1.0

    def step(self, k, x, noise):
        move = self.drift * self.step_size * self.target.score(x)
        return x + move + self.noise * math.sqrt(2 * self.step_size) * noise.normal()


class ThinNoise(Changed):
    noise = math.sqrt(0.5)


class WrongSign(Changed):
    drift = -1.0


class HalfStep(Changed):
    drift = 0.5


class Schedule(samplers.ULA):
    def step(self, k, x, noise):
        scale = 1.0 + 0.001 * (np.asarray(k) > 0)
        return x + scale * self.step_size * self.target.score(x) + math.sqrt(2 * self.step_size) * noise.normal()


class TwoDraws(samplers.ULA):
    def step(self, k, x, noise):
        return x + self.step_size * self.target.score(x) + math.sqrt(self.step_size) * (noise.normal() + noise.normal())


class TwoHalves(samplers.ULA):
    """Half of the noise twice: the right size for equal draws, half the variance for independent ones."""

    def step(self, k, x, noise):
        both = 0.5 * (noise.normal() + noise.normal())
        return x + self.step_size * self.target.score(x) + math.sqrt(2 * self.step_size) * both


@pytest.mark.parametrize(
    "kind", [ThinNoise, WrongSign, HalfStep, Schedule, TwoDraws, TwoHalves, samplers.ExactLangevin]
)
@pytest.mark.parametrize("step", [1e-6, STEP])
def test_a_step_that_is_not_ula_is_seen(kind: Any, step: float) -> None:
    wrong, right = kind(TARGET, step, 10, BEGIN), samplers.ULA(TARGET, step, 10, BEGIN)
    for bound in (langevin.ULAOrderHalf(), langevin.Vempala2019Theorem1(), langevin.Durmus2019Average()):
        assert "scheme" in names(bound, wrong)
        assert "scheme" not in names(bound, right)


def test_every_ula_theorem_applies_to_ula_where_its_numbers_allow() -> None:
    """N(x*, I/m) and N(x*, I/L) for those that ask for it, a point for others."""
    low, high = 1 / TARGET.eigenvalues.max(), 1 / TARGET.eigenvalues.min()
    begins = {
        "any": BEGIN,
        "point": laws.Gaussian(np.zeros(3), np.zeros((3, 3))),
        "wide": laws.Gaussian(TARGET.mean, np.eye(3) / low),
        "narrow": laws.Gaussian(TARGET.mean, np.eye(3) / high),
    }
    wants = {langevin.Durmus2019W2: "point", langevin.Durmus2019W2Hessian: "point", langevin.Cheng2018KL: "wide"}
    wants |= {langevin.Dalalyan2017TV: "narrow"}
    for bound in survey.theorems("ula", (getattr(langevin, n) for n in langevin.__all__)):
        step = {langevin.Dalalyan2017Theorem1b: 2 / (low + high) * 1.01}.get(bound, low / (4 * high**2))
        for kind, begin in begins.items():
            failed = names(bound(), samplers.ULA(TARGET, step, 5000, begin))
            if bound in wants:
                assert failed == (set() if kind == wants[bound] else {"start"}), (bound.name, kind)
            else:
                assert failed <= {"KL(ν_0‖π)"} and (kind == "point" or not failed), (bound.name, kind, failed)


@pytest.mark.parametrize(
    ("bound", "limit"),
    [
        (langevin.ULAOrderHalf, lambda m, L: 2 / (m + L)),
        (langevin.Durmus2019Last, lambda m, L: 1 / L),
        (langevin.Vempala2019Theorem1, lambda m, L: m / (4 * L**2)),
        (langevin.Balasubramanian2022Theorem4, lambda m, L: 1 / (6 * L) * (1 - 1e-9)),
    ],
)
def test_the_largest_step_is_the_one_that_is_printed(bound: Any, limit: Any) -> None:
    low, high = 1 / TARGET.eigenvalues.max(), 1 / TARGET.eigenvalues.min()
    most = limit(low, high)
    assert not names(bound(), samplers.ULA(TARGET, most, 3, BEGIN))
    beyond = samplers.ULA(TARGET, most * (1 + 1e-6), 3, BEGIN)
    assert names(bound(), beyond) == {bound.limit.words} == set(bound.outside(bound().quantities(beyond)))


def test_constants_that_the_score_contradicts_are_seen() -> None:
    class Liar:
        """A Gaussian that declares half its smoothness and twice its convexity."""

        def __init__(self) -> None:
            true = TARGET.constants
            self.constants = dataclasses.replace(
                true, target_smoothness=true.target_smoothness / 2, strong_convexity=true.strong_convexity * 2
            )

        def __getattr__(self, name: str) -> Any:
            return getattr(TARGET, name)

    sampler = samplers.ULA(Liar(), STEP, 3, BEGIN)
    least, most = fidelity.curvature(sampler)
    assert (
        least == pytest.approx(1 / TARGET.eigenvalues.max(), rel=0.5) and most <= 1 / TARGET.eigenvalues.min() * 1.001
    )
    assert langevin.assumptions.SMOOTH.check(sampler).verdict.name == "VIOLATED"


def test_unknown_constants_are_no_excuse() -> None:
    """A target whose m, L or α is not known fails by name; one without a Gaussian law still tells what is known."""
    sampler = samplers.ULA(targets.LogCosh(3.0), STEP, 3, laws.Gaussian(np.zeros(1), np.eye(1)))
    assert "scheme" not in names_of_numbers(sampler)
    assert langevin.chain.quantity("smoothness", sampler) == pytest.approx(4.0)
    assert langevin.chain.quantity("strong_convexity", sampler) == pytest.approx(1.0)


def names_of_numbers(sampler: Any) -> set[str]:
    found = set()
    for need in (langevin.assumptions.ULA_STEP, langevin.assumptions.STRONGLY_CONVEX, langevin.assumptions.SMOOTH):
        if need.check(sampler).verdict.name == "VIOLATED":
            found.add(need.name)
    return found


def test_noisy_gradients() -> None:
    noisy = samplers.SGLD(TARGET, STEP, 5, BEGIN, gradient_noise=0.7)
    for bound in (langevin.Dalalyan2017Theorem3(), langevin.Dalalyan2019Theorem4()):
        assert not names(bound, noisy)
        assert bound.quantities(noisy)["gradient_noise"] == 0.7
    assert "scheme" in names(langevin.ULAOrderHalf(), noisy)

    class Understated(samplers.SGLD):
        """Twice the noise that is declared."""

        def step(self, k, x, noise):
            return super().step(k, x, noise) + self.step_size * self.gradient_noise * noise.normal()

    assert "scheme" in names(langevin.Dalalyan2019Theorem4(), Understated(TARGET, STEP, 5, BEGIN, gradient_noise=0.7))


@pytest.mark.parametrize("step", [1e-5, 0.1, 3.0])
def test_the_diffusion_and_the_proximal_sampler_are_told_apart(step: float) -> None:
    exact, prox = samplers.ExactLangevin(TARGET, step, 3, BEGIN), samplers.ProximalSampler(TARGET, step, 3, BEGIN)
    assert not names(langevin.DiffusionKL(), exact) and not names(langevin.Chen2022KL(), prox)
    assert names(langevin.DiffusionKL(), prox) == names(langevin.Chen2022KL(), exact) == {"scheme"}
    assert fidelity.transition_infidelity(samplers.ExactLangevin(TARGET, step, 3, BEGIN, 0.2)) < 1e-9


def kinetic(step: float = 0.01, friction: float = 2.0, mass: float = 1.0, rest: float | None = None) -> Any:
    spread = np.concatenate([np.full(3, 0.5), np.full(3, mass if rest is None else rest)])
    begin = laws.Gaussian(np.concatenate([TARGET.mean + 1, np.zeros(3)]), np.diag(spread))
    return samplers.KineticExponentialEuler(TARGET, step, 5, begin, friction, mass)


@pytest.mark.parametrize("step", [1e-4, 0.01, 0.5, 3.0])
@pytest.mark.parametrize("friction", [0.3, 2.0, 8.0])
def test_exponential_euler_is_recognised_by_what_it_does(step: float, friction: float) -> None:
    """Van Loan's exponential shares no formula with the sampler; BAOAB and a wrong friction are not it."""
    assert phase.departure(kinetic(step, friction, 0.7), False) < 1e-9
    other = samplers.BAOAB(TARGET, step, 5, kinetic().begin, friction, 0.7)
    assert phase.departure(other, False) > 1e-6

    class Mismatched(samplers.KineticExponentialEuler):
        """The noise of another friction."""

        def step(self, k, x, noise):
            position, velocity = super().step(k, x, Impulse(x))[..., :3], super().step(k, x, Impulse(x))[..., 3:]
            flow = Flow(1.001 * self.friction, self.inverse_mass, self.step_size)
            shift, kick = flow.noise(noise.normal())
            return np.concatenate([position + shift, velocity + kick], axis=-1)

    wrong = Mismatched(TARGET, step, 5, kinetic().begin, friction, 0.7)
    assert phase.departure(wrong, False) > 1e-9


def test_kinetic_hypotheses_by_name() -> None:
    low, high = 1 / TARGET.eigenvalues.max(), 1 / TARGET.eigenvalues.min()
    strong = math.sqrt(low + high)
    step = low / (4 * strong * high)
    bound = langevin.Dalalyan2020Kinetic()
    assert not names(bound, kinetic(step, strong, 1.0))
    assert names(bound, kinetic(step, 0.9 * strong, 1.0)) == {"friction"}
    assert names(bound, kinetic(step, strong, 0.5)) == {"u"}
    assert names(bound, kinetic(step, strong, 1.0, rest=2.0)) == {"start"}
    assert bound.outside(bound.quantities(kinetic(1.01 * step, strong, 1.0))) == ("h ≤ m/(4γL)",)
    assert "scheme" in names(langevin.KineticContraction(), kinetic(0.1))
    assert names(langevin.Cheng2018Theorem1(), kinetic(0.01, 2.0, 1 / high)) == {"start"}
    assert "scheme" in names(langevin.ULAOrderHalf(), kinetic())
    for speed, failed in ((0.0, set()), (1.0, {"start"})):
        point = laws.Gaussian(np.concatenate([np.ones(3), np.full(3, speed)]), np.zeros((6, 6)))
        still = samplers.KineticExponentialEuler(TARGET, 0.01, 5, point, 2.0, 1 / high)
        assert names(langevin.Cheng2018Theorem1(), still) == failed


def test_norms_of_kinetic_laws() -> None:
    """cov(X, X + V) of two variances and a covariance, by hand."""
    law = laws.Gaussian(np.array([1.0, 2.0]), np.array([[2.0, 0.5], [0.5, 3.0]]))
    assert phase.positions(law).cov.item() == 2.0
    twisted = phase.twisted(law)
    assert twisted.mean.tolist() == [1.0, 3.0]
    assert twisted.cov.tolist() == [[2.0, 2.5], [2.5, 6.0]]


class LateDrift(samplers.ULA):
    """ULA whose steps but the first and the last are pushed."""

    homogeneous = False

    def step(self, k, x, noise):
        inside = (np.asarray(k) > 0) & (np.asarray(k) < self.steps - 1)
        return super().step(k, x, noise) + np.where(inside, 1.0, 0.0)[..., None]


class LateDiffusion(samplers.ExactLangevin):
    homogeneous = False

    def step(self, k, x, noise):
        return super().step(k, x, noise) + np.where(np.asarray(k) > 0, 1.0, 0.0)[..., None]


class LateKinetic(samplers.KineticExponentialEuler):
    homogeneous = False

    def step(self, k, x, noise):
        return super().step(k, x, noise) + np.where(np.asarray(k) > 0, 1.0, 0.0)[..., None]


class CommonNoise(samplers.ULA):
    """ULA with one normal for all coordinates."""

    def step(self, k, x, noise):
        z = noise.normal()
        shared = z.mean(axis=-1, keepdims=True) * np.ones_like(z)
        return x + self.step_size * self.target.score(x) + math.sqrt(2 * self.step_size) * shared


def test_a_fault_in_the_middle_of_a_chain_is_seen() -> None:
    late = LateDrift(TARGET, STEP, 200, BEGIN)
    assert fidelity.infidelity(late) > 1
    assert fidelity.noisy_infidelity(late) > 1
    assert fidelity.transition_infidelity(LateDiffusion(TARGET, STEP, 200, BEGIN)) == math.inf
    assert phase.departure(LateKinetic(TARGET, STEP, 200), False) == math.inf
    assert phase.departure(samplers.KineticExponentialEuler(TARGET, STEP, 200), False) < 1e-9


def test_noise_that_coordinates_share_is_seen() -> None:
    assert fidelity.noisy_infidelity(CommonNoise(TARGET, STEP, 50, BEGIN)) > 0.1
    assert fidelity.noisy_infidelity(samplers.SGLD(TARGET, STEP, 50, BEGIN, gradient_noise=2.0)) < 1e-9


@pytest.mark.parametrize("kind", [WrongSign, samplers.ULA])
def test_a_move_that_rounding_hides_counts_for_nothing(kind: Any) -> None:
    """At a mean of 10⁷ a drift of 10⁻⁹ is below the spacing of the numbers: neither sign can be vouched for."""
    far = Gaussian(np.full(50, 1e7), np.eye(50))
    chain = kind(far, 1e-9, 10, laws.Gaussian(far.mean + 1, np.eye(50)))
    assert fidelity.infidelity(chain) == math.inf


@pytest.mark.parametrize("beta", [0.01, 1.0, 100.0, 1e4])
@pytest.mark.parametrize("kind", [langevin.Dalalyan2017Theorem3, langevin.Dalalyan2019Theorem4])
def test_noisy_gradients_are_scaled_by_the_temperature(kind: Any, beta: float) -> None:
    """γ(∇f + σζ) is γ/β along β∇f + βσζ: read with σ, the bound is below the exact error from β = 100 on."""
    target = Gaussian(np.array([1.0, -2.0]), np.diag([1.0, 1 / 3]))
    chain = samplers.SGLD(target, 0.4, 2000, None, beta, gradient_noise=3.0)
    assert not kind().failed_assumptions(chain)
    exact = vf.wasserstein2(chain.run(), chain.goal())
    assert exact.high <= kind()(chain)
    assert kind().quantities(chain)["gradient_noise"] == pytest.approx(3.0 * beta)


@pytest.mark.parametrize(("precision", "dim"), [(1e4, 1), (1e8, 3), (1.0, 2), (1e-4, 1)])
@pytest.mark.parametrize("steps", [0, 1, 40])
def test_kinetic_steps_do_not_depend_on_the_unit_of_length(precision: float, dim: int, steps: int) -> None:
    """The printed logarithm has the unit of a length: for m = L = 10⁴ it promised 0.0104 where W2 is 0.0141."""
    target = Gaussian(np.zeros(dim), np.eye(dim) / precision)
    rest = laws.Gaussian(np.zeros(2 * dim), np.zeros((2 * dim, 2 * dim)))
    chain = samplers.KineticExponentialEuler(target, 0.01, steps, rest, 2.0, 1 / precision)
    bound = langevin.Cheng2018Theorem1()
    assert not bound.failed_assumptions(chain)
    assert vf.wasserstein2(chain.run(), chain.goal()).low <= bound(chain)
