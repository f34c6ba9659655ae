"""The suite has power beyond Gaussians: faults in grid laws, samplers and the path KL turn claims; clean code none.

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

from verify import TimeGrid, laws, samplers, scores
from verify.bounds import path_kl_line
from verify.finding import Verdict
from verify.laws import grid_chain, grid_kernel, grid_maps
from verify.samplers import AnnealedLangevin, ExponentialIntegrator
from verify.targets import GaussianMixture

Patch = pytest.MonkeyPatch
Plant = Callable[[Patch], None]

paths = import_module("verify.observables.path_kl")


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
def test_fault_in_laws_turns_a_claim(name: str, turned: Any) -> None:
    positive, controls = turned(*FAULTS[name])
    assert positive, f"{name}: {FAULTS[name][1]} did not notice, or only its negative controls {controls}"


def test_no_fault_turns_nothing(turned: Any) -> None:
    assert turned(lambda patch: None, "annealing/levels") == ([], [])


@pytest.mark.parametrize("study", sorted({study for _, study in FAULTS.values()}))
def test_clean_laws_hold(study: str, clean: Any) -> None:
    assert set(clean(study).values()) == {Verdict.HOLDS}


def without_fault() -> dict[str, tuple[Plant, Callable[[], Any]]]:
    """Return the faults that rewrite code, with the fault taken out, and what that code computes."""
    x = np.linspace(-2.0, 3.0, 11)[:, None]
    mixture = GaussianMixture((0.3, 0.7), (-1.0, 1.5), (0.4, 0.6))
    chain = ExponentialIntegrator(scores.Exact(mixture), TimeGrid.uniform(1.0, 4))
    annealed = AnnealedLangevin(chain.score, (2.0, 0.5), 0.1, 2)
    fixed = type("Fixed", (), {"normal": lambda self: x + 1})()
    return {
        "levels": (levels(lambda s, k: k), lambda: annealed.step(2, x, fixed)),
        "time index": (time_index(0.0), lambda: chain.step(2, x, fixed)),
    }


@pytest.mark.parametrize("name", without_fault())
def test_rewritten_laws_are_the_packages_own_without_the_fault(name: str, monkeypatch: Patch) -> None:
    plant, compute = without_fault()[name]
    own = compute()
    plant(monkeypatch)
    np.testing.assert_allclose(compute(), own, rtol=1e-13, atol=1e-15)
