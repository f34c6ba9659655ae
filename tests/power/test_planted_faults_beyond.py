"""The suite has power beyond Gaussians: each planted fault turns a claim from holds to violated; clean code none.

Faults are planted in the running package: in targets, scores, losses, grid laws, samplers and the path KL. The study
that should notice one is run afresh at the smallest budget. Faults that rewrite code rather than wrap it are checked
to be the package's own but for the fault.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from verify import TimeGrid, laws, matching, samplers, scores, targets
from verify.backend import like, namespace
from verify.bounds import path_kl_line
from verify.estimate import Estimate
from verify.finding import Verdict
from verify.laws import grid_chain, grid_kernel, grid_maps
from verify.processes import LangevinDiffusion
from verify.samplers import AnnealedLangevin, ExponentialIntegrator
from verify.scores import least_squares
from verify.targets import GaussianMixture

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]

denoising = import_module("verify.matching.denoising")  # the attribute of the package is the function of that name
tweedie = import_module("verify.matching.tweedie")
paths = import_module("verify.observables.path_kl")


def weights_dropped(patch: Patch) -> None:
    score = GaussianMixture.score_at

    def equal(self: Any, x: Any, t: Any) -> Any:
        return score(replace(self, weights=np.full(self.weights.size, 1 / self.weights.size)), x, t)

    patch.setattr(GaussianMixture, "score_at", equal)


def posterior_without_spread(patch: Patch) -> None:
    """Σ r_k m_k: the term e^{−t}Σ_k P_k(t)(x − e^{−t}m_k) is lost."""

    def mean(self: Any, x: Any, t: Any) -> Any:
        return namespace(x).sum(self.responsibilities(x, t)[..., None] * like(self.means, x), axis=-2)

    patch.setattr(GaussianMixture, "posterior_mean", mean)


def prior_for_posterior(patch: Patch) -> None:
    def average(g: Any, law: Any, kernel: Any, noised: Any) -> Any:
        x, weights = tweedie.rules(law, kernel.noise / kernel.scale)[0]
        return (weights[:, None] * g(x[None, :, None], np.asarray(noised)[:, None, :])).sum(axis=1)

    patch.setattr(tweedie, "posterior", average)


def deviation_for_variance(patch: Patch) -> None:
    patch.setattr(matching, "tweedie", lambda score, kernel, x: (x + kernel.noise * score(x)) / kernel.scale)


def denoising_sign(patch: Patch) -> None:
    terms = denoising.denoising_terms
    # ½‖−s + z/σ‖² = ½‖s − z/σ‖²
    patch.setattr(denoising, "denoising_terms", lambda field, kernel, x, z: terms(lambda y: -field(y), kernel, x, z))


def least_squares_sign(patch: Patch) -> None:
    fitted = least_squares.LeastSquares._fitted
    patch.setattr(least_squares.LeastSquares, "_fitted", lambda s, t: (-fitted(s, t)[0], fitted(s, t)[1]))


def blurred_variance(rate: float) -> Plant:
    """The score of blurred data with e^{−2t}w² + 1 − e^{−rate·t}."""

    def call(self: Any, x: Any, t: float) -> Any:
        decay, variance = math.exp(-t), math.exp(-2 * t) * self.width**2 - math.expm1(-rate * t)
        return (decay * self._expected(x, decay, variance) - x) / variance

    return lambda patch: patch.setattr(scores.Smoothed, "__call__", call)


def width_off(patch: Patch) -> None:
    call = scores.Smoothed.__call__
    patch.setattr(scores.Smoothed, "__call__", lambda s, x, t: call(replace(s, width=1.01 * s.width), x, t))


def atoms_variance(rate: float) -> Plant:
    def score(self: Any, x: Any, t: float) -> Any:
        return (math.exp(-t) * self.posterior_mean(x, t) - x) / -math.expm1(-rate * t)

    return lambda patch: patch.setattr(targets.Empirical, "score_at", score)


def wall_of_any_size(patch: Patch) -> None:
    wall = scores.Adversarial.wall
    patch.setattr(scores.Adversarial, "wall", lambda s, t: (wall(s, t)[0], np.full(np.shape(t), s.size)))


def field_of_any_size(patch: Patch) -> None:
    patch.setattr(scores.Calibrated, "norm", lambda s, t: Estimate.exact(1.0))


def semigroup_variance(rate: float) -> Plant:
    def spread(self: Any, t: float) -> Any:
        return -self.stationary.eigenvalues * np.expm1(-rate * self.rates * t)

    return lambda patch: patch.setattr(LangevinDiffusion, "_spread", spread)


def kernel_variance(patch: Patch) -> None:
    kernel = grid_kernel.kernel
    for module in (grid_kernel, grid_chain):
        patch.setattr(module, "kernel", lambda way, y: kernel(replace(way, spread=math.sqrt(1.01) * way.spread), y))


def averaged_variance(patch: Patch) -> None:
    of = laws.KernelMixture.of

    def wide(sampler: Any, particles: Any) -> Any:
        found = of(sampler, particles)
        return replace(found, roots=math.sqrt(1.01) * found.roots)

    patch.setattr(laws.KernelMixture, "of", wide)


def rejected_mass_dropped(patch: Patch) -> None:
    nothing = property(lambda chain: 0.0, lambda chain, value: None)
    patch.setattr(grid_chain._Chain, "stays", nothing, raising=False)


def rejections_not_counted(patch: Patch) -> None:
    """A move is proposed until one is accepted: no mass is lost, but the law is another."""
    rejected_mass_dropped(patch)
    metropolis = grid_chain._Chain._metropolis

    def moved(self: Any, law: Any, k: int) -> Any:
        found = metropolis(self, law, k)
        return replace(found, mass=found.mass / (found.panels.weights * found.mass).sum())

    patch.setattr(grid_chain._Chain, "_metropolis", moved)


def atoms_lost(patch: Patch) -> None:
    assembled = grid_maps._assembled
    patch.setattr(grid_maps, "_assembled", lambda *parts: assembled(*parts[:-1], parts[-1][:0]))


def quantiles_off(patch: Patch) -> None:
    quantile = laws.GridDensity.quantile
    patch.setattr(laws.GridDensity, "quantile", lambda s, u, v=None: quantile(s, np.minimum(1.001 * u, 1.0)))


def levels(which: Callable[[Any, Any], Any]) -> Plant:
    def plant(patch: Patch) -> None:
        step = AnnealedLangevin.step
        patch.setattr(AnnealedLangevin, "step", lambda s, k, x, noise: step(s, which(s, np.asarray(k)), x, noise))

    return plant


def time_index(lag: float) -> Plant:
    def step(self: Any, k: Any, x: Any, noise: Any) -> Any:
        return samplers.Perturbed(self.score, self.grid, self.begin, lag=lag).step(k, x, noise)

    return lambda patch: patch.setattr(ExponentialIntegrator, "step", step)


def drift_sign(patch: Patch) -> None:
    """∇log q + s for ∇log q − s along the paths."""
    step = paths._step

    class Turned(scores.Exact):
        def __call__(self, x: Any, t: Any) -> Any:
            return -super().__call__(x, t)

    patch.setattr(paths, "_step", lambda s, k, x, rng: step(replace(s, score=Turned(s.target)), k, x, rng))


def cross_term_sign(patch: Patch) -> None:
    errors = path_kl_line._errors

    def turned(sampler: Any, tau: float) -> Any:
        square, score, place, error = errors(sampler, tau)
        return square, -score, -place, error

    patch.setattr(path_kl_line, "_errors", turned)


def girsanov_half(patch: Patch) -> None:
    steps = path_kl_line.path_kl_steps
    patch.setattr(path_kl_line, "path_kl_steps", lambda s: tuple(0.5 * part for part in steps(s)))


FAULTS: dict[str, tuple[Plant, str]] = {
    "weights of a mixture dropped from its score": (weights_dropped, "divergences/mixtures"),
    "posterior mean without the spread of the parts": (posterior_without_spread, "score_matching/tweedie"),
    "prior mean for posterior mean": (prior_for_posterior, "score_matching/tweedie"),
    "Tweedie with σ for σ²": (deviation_for_variance, "score_matching/tweedie"),
    "sign of the noise in the denoising loss": (denoising_sign, "score_matching/noise_sign"),
    "sign of the least-squares score": (least_squares_sign, "score_matching/noise_sign"),
    "score of blurred data with 1 − e^{−t}": (blurred_variance(1.0), "score_matching/memorisation"),
    "score of blurred data with a width × 1.01": (width_off, "score_matching/memorisation"),
    "score of atoms with 1 − e^{−t}": (atoms_variance(1.0), "score_matching/tweedie"),
    "adversarial score error of any size": (wall_of_any_size, "girsanov/adversarial"),
    "calibrated score error of any size": (field_of_any_size, "girsanov/adversarial"),
    "semigroup with 1 − e^{−t}": (semigroup_variance(1.0), "semigroup/mehler"),
    "kernel variance × 1.01": (kernel_variance, "girsanov/sign"),
    "Rao–Blackwell kernel variance × 1.01": (averaged_variance, "girsanov/particles"),
    "rejected mass dropped": (rejected_mass_dropped, "beyond_gaussian/data_processing"),
    "rejections not counted": (rejections_not_counted, "beyond_gaussian/data_processing"),
    "atoms of a proximal map lost": (atoms_lost, "divergences/push_forward"),
    "quantiles in W2 off by 0.1 %": (quantiles_off, "score_matching/small_noise"),
    "levels in reverse order": (levels(lambda s, k: s.steps - 1 - k), "annealing/levels"),
    "levels one late": (levels(lambda s, k: np.maximum(k - s.steps_per_level, 0)), "annealing/levels"),
    "levels one step late": (levels(lambda s, k: np.maximum(k - 1, 0)), "annealing/levels"),
    "time index off by one": (time_index(-1.0), "girsanov/ladder"),
    "Girsanov sign of the drift": (drift_sign, "girsanov/ladder"),
    "Girsanov sign of the cross term": (cross_term_sign, "girsanov/factor"),
    "Girsanov factor ½": (girsanov_half, "girsanov/factor"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_turns_a_claim_beyond_gaussians(name: str, turned: Any) -> None:
    positive, controls = turned(*FAULTS[name])
    assert positive, f"{name}: {FAULTS[name][1]} did not notice, or only its negative controls {controls}"


@pytest.mark.parametrize("study", sorted({study for _, study in FAULTS.values()}))
def test_clean_code_holds_beyond_gaussians(study: str, clean: Any) -> None:
    assert set(clean(study).values()) == {Verdict.HOLDS}


def rewritten() -> dict[str, tuple[Plant, Callable[[], Any]]]:
    """Return the faults that rewrite code, with the fault taken out, and what that code computes."""
    x = np.linspace(-2.0, 3.0, 11)[:, None]
    mixture = GaussianMixture((0.3, 0.7), (-1.0, 1.5), (0.4, 0.6))
    points = GaussianMixture((0.3, 0.7), (-1.0, 1.5), (0.0, 0.0))  # parts without any spread
    data = targets.Empirical(np.array([-1.3, 0.2, 1.1]))
    chain = ExponentialIntegrator(scores.Exact(mixture), TimeGrid.uniform(1.0, 4))
    fixed = type("Fixed", (), {"normal": lambda self: x + 1})()
    kernel = matching.Kernel.preserving(0.3)
    flow = LangevinDiffusion(targets.Gaussian(np.array([0.5]), np.array([[0.7]])))
    return {
        "posterior mean": (posterior_without_spread, lambda: points.posterior_mean(x, 0.3)),
        "posterior": (
            prior_for_posterior,
            lambda: matching.posterior(lambda y, seen: y * seen, targets.Empirical(np.array([0.8])), kernel, x),
        ),
        "blurred data": (blurred_variance(2.0), lambda: scores.Smoothed(mixture, data.points, 0.3)(x, 0.2)),
        "atoms": (atoms_variance(2.0), lambda: data.score_at(x, 0.2)),
        "semigroup": (semigroup_variance(2.0), lambda: flow.kernel(0.4, np.array([0.2])).cov),
        "levels": (
            levels(lambda s, k: k),
            lambda: AnnealedLangevin(chain.score, (2.0, 0.5), 0.1, 2).step(2, x, fixed),
        ),
        "time index": (time_index(0.0), lambda: chain.step(2, x, fixed)),
    }


@pytest.mark.parametrize("name", rewritten())
def test_rewritten_code_is_the_packages_own_without_its_fault(name: str, monkeypatch: Patch) -> None:
    plant, compute = rewritten()[name]
    own = compute()
    plant(monkeypatch)
    np.testing.assert_allclose(compute(), own, rtol=1e-13, atol=1e-15)
