"""The suite has power: each planted fault turns a claim of the shipped studies from holds to violated; clean code none.

A fault is planted in the running package, the studies that should notice it are run afresh at the smallest budget, and
their verdicts are compared with those of the clean package.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import verify
from verify import divergences, samplers, scores, targets
from verify.backend import maths
from verify.bounds import assumptions, path_kl
from verify.finding import Verdict
from verify.samplers import ExponentialIntegrator, ReverseSampler

Patch = pytest.MonkeyPatch


@dataclass(frozen=True)
class Louder:
    """Noise of the wrong size."""

    noise: Any
    scale: float

    def normal(self) -> Any:
        return self.scale * self.noise.normal()


def noise_scaled(scale: float) -> Callable[[Patch], None]:
    def plant(patch: Patch) -> None:
        step = ExponentialIntegrator.step
        patch.setattr(ExponentialIntegrator, "step", lambda s, k, x, noise: step(s, k, x, Louder(noise, scale)))

    return plant


def step_with(drift: float = 2.0, lag: float = 0.0) -> Callable[[Patch], None]:
    def step(self: Any, k: Any, x: Any, noise: Any) -> Any:
        tau, _, h = self.grid.interval(k, x)
        m = maths(h)
        pull = drift * m.expm1(h) * self.score(x, tau - lag * h)
        return m.exp(h) * x + pull + m.sqrt(m.expm1(2 * h)) * noise.normal()

    return lambda patch: patch.setattr(ExponentialIntegrator, "step", step)


def missing_last_step(patch: Patch) -> None:
    patch.setattr(ReverseSampler, "steps", property(lambda s: s.grid.steps - 1))


def score_sign(patch: Patch) -> None:
    call = scores.AffineScore.__call__
    patch.setattr(scores.AffineScore, "__call__", lambda s, x, t: -call(s, x, t))


def mean_ignored(patch: Patch) -> None:
    def affine(self: Any, x: Any, t: Any, slope: Any, offset: Any) -> Any:
        y = x if self.eigenvectors is None else x @ self.eigenvectors
        y = slope * y + (0.0 if offset is None else offset)
        return y if self.eigenvectors is None else y @ self.eigenvectors.T

    patch.setattr(targets.Gaussian, "affine", affine)


def girsanov_half(patch: Patch) -> None:
    steps = path_kl._steps
    patch.setattr(path_kl, "_steps", lambda s, k: tuple(0.5 * part for part in steps(s, k)))


def smoothness_of_target(patch: Patch) -> None:
    patch.setattr(assumptions, "smoothness", lambda s: float(s.process.smoothness(s.grid.stop)))


def second_moment_centred(patch: Patch) -> None:
    patch.setattr(assumptions, "second_moment", lambda s: float(s.target.eigenvalues.sum()))


def error_in_noise(patch: Patch) -> None:
    patch.setattr(scores.Dilated, "unit", lambda s, t: (s.sign / math.sqrt(s.target.dim), 0.0))


def reversed_kl(patch: Patch) -> None:
    kl = divergences.kl
    patch.setattr(verify, "kl", lambda p, q: kl(q, p), raising=False)


FAULTS: dict[str, tuple[Callable[[Patch], None], str]] = {
    "noise × 1.01": (noise_scaled(1.01), "chen2023/step_size"),
    "noise × √½": (noise_scaled(math.sqrt(0.5)), "chen2023/step_size"),
    "drift coefficient 1 for 2": (step_with(drift=1.0), "chen2023/step_size"),
    "wrong end point of the step": (step_with(lag=1.0), "chen2023/schemes"),
    "time off by one step": (step_with(lag=-1.0), "chen2023/schemes"),
    "time off by half a step": (step_with(lag=0.5), "chen2023/schemes"),
    "missing last step": (missing_last_step, "chen2023/schemes"),
    "score sign": (score_sign, "chen2023/step_size"),
    "mean ignored": (mean_ignored, "chen2023/step_size"),
    "Girsanov factor ½": (girsanov_half, "chen2023/girsanov"),
    "L = Lip(∇log p) only": (smoothness_of_target, "chen2023/assumptions"),
    "m_2 without the mean": (second_moment_centred, "chen2023/lemmas"),
    "score error injected in L²(γ)": (error_in_noise, "chen2023/score_error"),
    "reversed KL": (reversed_kl, "chen2023/assumptions"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_turns_a_claim(name: str, turned: Any) -> None:
    positive, controls = turned(*FAULTS[name])
    assert positive, f"{name}: {FAULTS[name][1]} did not notice, or only its negative controls {controls}"


@pytest.mark.parametrize("study", sorted({study for _, study in FAULTS.values()}))
def test_clean_code_holds(study: str, clean: Any) -> None:
    assert set(clean(study).values()) == {Verdict.HOLDS}


def test_step_of_the_controls_is_the_clean_one_without_faults() -> None:
    """The rewritten step above is the package's own for drift 2 and lag 0, so the faults differ in the fault alone."""
    score = scores.Shifted(targets.gallery.correlated(), 0.1)
    sampler = ExponentialIntegrator(score, verify.TimeGrid.uniform(2.0, 8))
    x = np.random.default_rng(0).standard_normal((3, 2))
    noise = type("Fixed", (), {"normal": lambda self: x + 1})()
    own = sampler.step(3, x, noise)
    np.testing.assert_allclose(samplers.Perturbed(score, sampler.grid).step(3, x, noise), own, rtol=1e-14)
    with pytest.MonkeyPatch.context() as patch:
        step_with()(patch)
        np.testing.assert_allclose(sampler.step(3, x, noise), own, rtol=1e-14)
