"""Law: the suite has power: every planted fault is caught by the law that the step should have or by a claim."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.langevin import cases
from verify import samplers
from verify.bounds.langevin.fidelity import infidelity, noisy_infidelity
from verify.finding import Verdict
from verify.samplers.kinetic import halves, stacked
from verify.study import Study

STUDIES = Path(__file__).parents[2] / "studies" / "langevin"
Patch = pytest.MonkeyPatch


def ula(drift: float = 1.0, noise: float = 2.0, beta: bool = True, step: float = 1.0) -> Callable[[Patch], None]:
    """Return a planter of x + drift·γ∇log π + √(noise·γ/β)ξ at `step` times γ."""

    def rewritten(self: Any, k: Any, x: Any, source: Any) -> Any:
        h = step * self.step_size
        cold = self.inverse_temperature if beta else 1.0
        return x + drift * h * self.target.score(x) + math.sqrt(noise * h / cold) * source.normal()

    return lambda patch: patch.setattr(samplers.ULA, "step", rewritten)


def sgld(factor: float) -> Callable[[Patch], None]:
    """Return a planter of gradient noise `factor` times too loud."""

    def rewritten(self: Any, k: Any, x: Any, source: Any) -> Any:
        estimate = factor * self.gradient_noise * source.normal() - self.target.score(x)
        spread = math.sqrt(2 * self.step_size / self.inverse_temperature)
        return x - self.step_size * estimate + spread * source.normal()

    return lambda patch: patch.setattr(samplers.SGLD, "step", rewritten)


def baoab(balance: float) -> Callable[[Patch], None]:
    """Return a planter of noise that belongs to `balance` times the friction."""

    def rewritten(self: Any, k: Any, x: Any, source: Any) -> Any:
        half, rubbed = self.step_size / 2, self.friction * self.step_size
        position, velocity = halves(x)
        velocity = velocity + half * self.force(position)
        position = position + half * velocity
        spread = math.sqrt(-self.inverse_mass * math.expm1(-2 * balance * rubbed))
        velocity = math.exp(-rubbed) * velocity + spread * halves(source.normal())[1]
        position = position + half * velocity
        return stacked(position, velocity + half * self.force(position))

    return lambda patch: patch.setattr(samplers.BAOAB, "step", rewritten)


def descent(sign: float) -> Callable[[Patch], None]:
    def rewritten(self: Any, k: Any, x: Any, source: Any) -> Any:
        return x + sign * self.step_size * self.target.score(x)

    return lambda patch: patch.setattr(samplers.GradientDescent, "step", rewritten)


FAULTS: dict[str, tuple[Callable[[Patch], None], str]] = {
    "noise √γ for √(2γ)": (ula(noise=1.0), "step_size"),
    "noise 1 % too loud": (ula(noise=2.02), "step_size"),
    "step halved": (ula(step=0.5), "horizon"),
    "noise of a halved step": (ula(noise=1.0), "horizon"),
    "drift 1 % too weak": (ula(drift=0.99), "step_size"),
    "β ignored": (ula(beta=False), "temperature"),
    "SGLD noise variance doubled": (sgld(math.sqrt(2.0)), "stochastic_gradient"),
    "SGLD noise left out": (sgld(0.0), "stochastic_gradient"),
    "friction without its noise": (baoab(0.5), "kinetic"),
    "noise for twice the friction": (baoab(2.0), "kinetic"),
    "descent at half the step": (descent(0.5), "stochastic_gradient"),
}


def verdicts(name: str, results: Path) -> dict[tuple[str, str], Verdict]:
    result = Study.load(STUDIES / f"{name}.py").run(budget="smoke", results=results)
    return {(f.claim_id, f.claim.statement): f.finding.verdict for f in result.findings}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[tuple[str, str], Verdict]]:
    found: dict[str, dict[tuple[str, str], Verdict]] = {}

    def run(name: str) -> dict[tuple[str, str], Verdict]:
        if name not in found:
            found[name] = verdicts(name, tmp_path_factory.mktemp("clean"))
        return found[name]

    return run


@pytest.mark.parametrize("name", FAULTS)
def test_fault_turns_a_claim(name: str, clean: Any, monkeypatch: Patch, tmp_path: Path) -> None:
    plant, study = FAULTS[name]
    before = clean(study)
    plant(monkeypatch)
    after = verdicts(study, tmp_path)
    turned = [key for key in before if before[key] is Verdict.HOLDS and after[key] is Verdict.VIOLATED]
    assert [key for key in turned if not key[1].startswith("wrong on purpose")], f"{name}: nothing noticed"


@pytest.mark.parametrize("study", sorted({study for _, study in FAULTS.values()}))
def test_clean_code_holds(study: str, clean: Any) -> None:
    assert set(clean(study).values()) == {Verdict.HOLDS}


def test_gradient_sign_makes_the_law_grow(monkeypatch: Patch) -> None:
    """No study survives it: the law leaves float64, and says so."""
    ula(drift=-1.0)(monkeypatch)
    sampler = samplers.ULA(cases.target(), 0.1, 40)
    assert np.linalg.norm(sampler.run().mean) > 10 * np.linalg.norm(cases.MEAN)
    assert infidelity(sampler) > 1


def test_assumptions_of_theorems_notice_the_step(monkeypatch: Patch) -> None:
    ula(noise=1.0)(monkeypatch)
    sgld(1.1)(monkeypatch)
    assert infidelity(samplers.ULA(cases.target(), 0.1, 40)) > 0.1
    assert noisy_infidelity(samplers.SGLD(cases.target(), 0.1, 40)) > 1e-3


def test_rewritten_steps_are_the_clean_ones_without_faults() -> None:
    """The steps above are the package's own where nothing is planted, so the faults differ in the fault alone."""
    p, rng = cases.target(), np.random.default_rng(0)
    for plant, kind in ((ula(), samplers.ULA), (sgld(1.0), samplers.SGLD), (baoab(1.0), samplers.BAOAB)):
        sampler = kind(p, 0.1, 5)
        x = rng.standard_normal((3, sampler.dim))
        noise = type("Fixed", (), {"normal": lambda self, x=x: x + 1})
        own = sampler.step(0, x, noise())
        with pytest.MonkeyPatch.context() as patch:
            plant(patch)
            np.testing.assert_allclose(sampler.step(0, x, noise()), own, rtol=1e-14)
