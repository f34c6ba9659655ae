"""Law: studies of divergences and semigroups hold on clean code; a fault planted in what they run violates a claim.

Also the closed forms that those studies take for truth, against mpmath and against each other.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import mpmath
import numpy as np
import pytest

from verify import divergences, samplers, targets
from verify.finding import Verdict
from verify.laws import GridDensity
from verify.processes import LangevinDiffusion, LineSemigroup
from verify.study import Study

STUDIES = Path(__file__).parents[2] / "studies"
Patch = pytest.MonkeyPatch


def verdicts(name: str, results: Path) -> dict[str, Verdict]:
    """Return the verdict of every claim of a study at the smallest budget, by its statement."""
    result = Study.load(STUDIES / f"{name}.py").run(budget="smoke", results=results)
    return {found.claim.statement: found.finding.verdict for found in result.findings}


def module(name: str, patch: Patch) -> ModuleType:
    """Return a study's module, its folder on the path as when it is run."""
    path = STUDIES / f"{name}.py"
    patch.syspath_prepend(str(path.parent))
    spec = importlib.util.spec_from_file_location(f"studied_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    patch.setitem(sys.modules, spec.name, found)
    spec.loader.exec_module(found)
    return found


def weights_lost(patch: Patch) -> None:
    """The score of a mixture with equal weights in place of its own."""
    whole = targets.GaussianMixture.score_at

    def score_at(self: Any, x: Any, t: Any) -> Any:
        equal = np.full(self.weights.size, 1 / self.weights.size)
        return whole(targets.GaussianMixture(equal, self.means, self.covs), x, t)

    patch.setattr(targets.GaussianMixture, "score_at", score_at)


def slow_kernel(patch: Patch) -> None:
    """The variance 1 − e^{−t} in Mehler's kernel."""

    def spread(self: Any, t: float) -> Any:
        return -self.stationary.eigenvalues * np.expm1(-self.rates * t)

    patch.setattr(LangevinDiffusion, "_spread", spread)


def cold_noise(patch: Patch) -> None:
    """ULA with the noise √γ in place of √(2γ)."""
    step = samplers.ULA.step

    class Half:
        def __init__(self, noise: Any) -> None:
            self.noise = noise

        def normal(self) -> Any:
            return self.noise.normal() * math.sqrt(0.5)

    patch.setattr(samplers.ULA, "step", lambda self, k, x, noise: step(self, k, x, Half(noise)))


def slow_clock(patch: Patch) -> None:
    """The clock of e^{t𝓛} runs at 99 %."""
    flow = LineSemigroup._flow
    patch.setattr(LineSemigroup, "_flow", lambda self, psi, t: flow(self, psi, 0.99 * t))


def old_place(patch: Patch) -> None:
    """A grid law's map without its derivative: mass instead of density."""
    patch.setattr(GridDensity, "log_values", property(lambda self: np.log(self.mass)))


FAULTS: dict[str, tuple[Callable[[Patch], None], str, str]] = {
    "weights lost": (weights_lost, "divergences/mixtures", "The score of a mixture is the gradient of its log-density"),
    "slow kernel": (
        slow_kernel,
        "semigroup/mehler",
        "P_t cos(2x + ½) by Mehler's kernel is e^{−2(1 − e^{−2t})}cos(2e^{−t}x + ½)",
    ),
    "cold noise": (
        cold_noise,
        "semigroup/generator",
        "(E g(X_1) − g)/t after one step of ULA of length t tends to 𝓛g at the rate t",
    ),
    "slow clock": (
        slow_clock,
        "semigroup/generator",
        "On a double well (P_t g − g)/t tends to 𝓛g = β⁻¹g″ − V′g′ at the rate t",
    ),
    "no determinant": (
        old_place,
        "divergences/push_forward",
        "A grid law pushed through the step T has this density",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_violates_its_claim(fault: str, tmp_path: Path, monkeypatch: Patch) -> None:
    plant, study, statement = FAULTS[fault]
    clean = verdicts(study, tmp_path / "clean")
    assert set(clean.values()) == {Verdict.HOLDS}
    plant(monkeypatch)
    assert verdicts(study, tmp_path / "faulty")[statement] == Verdict.VIOLATED


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 0.02), (0.0, 3.0), (4e-4, 0.02), (1.0, 1.0), (-9.0, 3.0)])
def test_mean_of_log_cosh_by_its_series(mean: float, deviation: float, monkeypatch: Patch) -> None:
    """E log cosh of a normal variable: catches a side of the series left out, and the sign of its terms."""
    study = module("divergences/kullback_leibler", monkeypatch)
    with mpmath.workdps(30):
        centre, scale = mpmath.mpf(mean), mpmath.mpf(deviation)
        want = mpmath.quad(
            lambda z: mpmath.log(mpmath.cosh(centre + scale * z)) * mpmath.npdf(z), [-12, -centre / scale, 12]
        )
        # relative to terms of order one that cancel: log 2 and E log(1 + e^{−2|Y|})
        assert abs(study.log_cosh(mean, deviation) - want) < 16 * np.finfo(float).eps * (1 + abs(mean) + deviation)


@pytest.mark.parametrize("dim", [1, 3])
def test_mean_kl_of_fits_by_wishart_moments(dim: int, monkeypatch: Patch) -> None:
    """Against Monte Carlo of Bartlett's factors, which no fit is made from: catches a dropped 1/n of the mean."""
    study = module("divergences/maximum_likelihood", monkeypatch)
    n, fits, rng = 16, 200_000, np.random.default_rng(1)
    rows = np.sqrt(rng.chisquare(n - 1 - np.arange(dim), (fits, dim)))
    factor = np.tril(rng.standard_normal((fits, dim, dim)), -1)
    factor[:, np.arange(dim), np.arange(dim)] = rows
    inverse = np.linalg.inv(factor)
    m = rng.standard_normal((fits, dim)) / math.sqrt(n)
    push = (np.einsum("rij,rj->ri", inverse, m) ** 2).sum(axis=1)
    trace = (inverse**2).sum(axis=(1, 2))
    kl = 0.5 * (n * (trace + push) - dim + 2 * np.log(rows).sum(axis=1) - dim * math.log(n))
    want = study.expected()(study.At(dim, n), None)
    assert abs(kl.mean() - want) < 5 * kl.std() / math.sqrt(fits)


def test_w1_of_atoms_has_the_mean_of_binomial_counts(monkeypatch: Patch) -> None:
    """E W1(ν_n, N(0.4, 1.3)) over 150 samples of 8: catches an index of the mean deviation that is off by one."""
    study = module("divergences/atoms", monkeypatch)
    law, rng = study.LAWS["normal"], np.random.default_rng(2)
    found = [divergences.wasserstein1(targets.Empirical(law.sample(8, rng)), law).value for _ in range(150)]
    want = study.w1_expected(study.At("normal", 8, 1e-3), None)
    assert abs(np.mean(found) - want) < 5 * np.std(found) / math.sqrt(len(found))


def test_holley_and_stroock_of_a_double_well(monkeypatch: Patch) -> None:
    """V = U + b(x² − u)² on x² < u with U″ ≥ 4b(u − 1): catches the height bu² and the curvature mistaken."""
    study = module("semigroup/entropy", monkeypatch)
    at = study.At("tilted", study.flow("tilted", 2.0), 1.0)
    well = at.dynamics.potential
    x = np.linspace(-2.0, 2.0, 20_001)
    rates = []
    for u in np.linspace(1.001, 3.0, 400):
        bump = np.where(x**2 < u, well.barrier * (x**2 - u) ** 2, 0.0)
        curvature = np.gradient(np.gradient(well.value(x) - bump, x), x)[2:-2].min()
        rates.append(curvature * math.exp(-2.0 * np.ptp(bump)))
    assert at.rate == pytest.approx(max(rates), rel=1e-3)  # a grid of u, flat at its maximum, and differences in x
    assert at.rate < at.gap
