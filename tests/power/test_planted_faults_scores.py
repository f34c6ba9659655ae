"""The suite has power beyond Gaussians: faults in targets, scores, losses and semigroups turn claims; clean code none.

A fault is planted in the running package and the study that should notice it is run afresh at the smallest budget.
Faults that rewrite code rather than wrap it are checked to be the package's own but for the fault.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from verify import matching, scores, targets
from verify.backend import like, namespace
from verify.estimate import Estimate
from verify.finding import Verdict
from verify.processes import LangevinDiffusion
from verify.scores import least_squares
from verify.targets import GaussianMixture

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]

denoising = import_module("verify.matching.denoising")  # the attribute of the package is the function of that name
tweedie = import_module("verify.matching.tweedie")


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
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_in_scores_turns_a_claim(name: str, turned: Any) -> None:
    positive, controls = turned(*FAULTS[name])
    assert positive, f"{name}: {FAULTS[name][1]} did not notice, or only its negative controls {controls}"


@pytest.mark.parametrize("study", sorted({study for _, study in FAULTS.values()}))
def test_clean_scores_hold(study: str, clean: Any) -> None:
    assert set(clean(study).values()) == {Verdict.HOLDS}


def without_fault() -> dict[str, tuple[Plant, Callable[[], Any]]]:
    """Return the faults that rewrite code, with the fault taken out, and what that code computes."""
    x = np.linspace(-2.0, 3.0, 11)[:, None]
    points = GaussianMixture((0.3, 0.7), (-1.0, 1.5), (0.0, 0.0))  # parts without any spread
    data, datum = targets.Empirical(np.array([-1.3, 0.2, 1.1])), targets.Empirical(np.array([0.8]))
    kernel = matching.Kernel.preserving(0.3)
    flow = LangevinDiffusion(targets.Gaussian(np.array([0.5]), np.array([[0.7]])))
    return {
        "posterior mean": (posterior_without_spread, lambda: points.posterior_mean(x, 0.3)),
        "posterior": (prior_for_posterior, lambda: matching.posterior(lambda y, seen: y * seen, datum, kernel, x)),
        "blurred data": (blurred_variance(2.0), lambda: scores.Smoothed(points, data.points, 0.3)(x, 0.2)),
        "atoms": (atoms_variance(2.0), lambda: data.score_at(x, 0.2)),
        "semigroup": (semigroup_variance(2.0), lambda: flow.kernel(0.4, np.array([0.2])).cov),
    }


@pytest.mark.parametrize("name", without_fault())
def test_rewritten_scores_are_the_packages_own_without_the_fault(name: str, monkeypatch: Patch) -> None:
    plant, compute = without_fault()[name]
    own = compute()
    plant(monkeypatch)
    np.testing.assert_allclose(compute(), own, rtol=1e-13, atol=1e-15)
