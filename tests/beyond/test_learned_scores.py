"""What learned scores do: the studies' numbers by independent means, and the faults that their claims catch."""

from __future__ import annotations

import importlib.util
import math
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import mpmath
import numpy as np
import pytest

import verify as vf
from verify import scores
from verify.finding import Verdict
from verify.study import Study
from verify.targets import GaussianMixture, gaussian_mixture

FOLDER = Path(__file__).parents[2] / "studies" / "score_matching"


@pytest.fixture
def load(monkeypatch):
    """Return a function that imports a study's module next to its helpers."""

    def module(name: str) -> ModuleType:
        monkeypatch.syspath_prepend(str(FOLDER))
        spec = importlib.util.spec_from_file_location(f"score_matching_{name}", FOLDER / f"{name}.py")
        assert spec and spec.loader
        found = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, spec.name, found)  # dataclasses look their module up
        spec.loader.exec_module(found)
        return found

    return module


def violated(name: str, results: Path) -> set[str]:
    """Return the statements of positive claims that fail."""
    findings = Study.load(FOLDER / f"{name}.py").run(budget="smoke", results=results, progress=False).findings
    return {f.claim.statement for f in findings if f.finding.verdict == Verdict.VIOLATED}


def loss_by_mpmath(a: float) -> float:
    """½E_p|∇log q − ∇log p|² of the even and the uneven mixture, thirty digits and more."""
    with mpmath.workdps(60):
        a = mpmath.mpf(a)

        def integrand(x):
            far, near = mpmath.exp(-((x + a) ** 2) / 2), mpmath.exp(-((x - a) ** 2) / 2)
            p, q = (far + near) / 2, mpmath.mpf("0.9") * far + mpmath.mpf("0.1") * near
            slopes = [
                (-(x + a) * w * far - (x - a) * (1 - w) * near) / law
                for w, law in ((mpmath.mpf("0.5"), p), (mpmath.mpf("0.9"), q))
            ]
            return p * (slopes[1] - slopes[0]) ** 2 / (2 * mpmath.sqrt(2 * mpmath.pi))

        return float(mpmath.quad(integrand, [-a - 8, -2, -1, 0, 1, 2, a + 8]))


@pytest.mark.parametrize(("a", "printed"), [(2, "0.0999"), (4, "0.000542"), (6, "3.76e-08"), (8, "4.2e-14")])
def test_loss_between_weights(load, a, printed):
    # printed as 0.100, 5.4e-4, 3.8e-8, 4.2e-14. Planted fault: E|…|² without the half, which doubles each of them
    found = load("weights").loss(load("weights").subject(float(a * a)), None)
    true = loss_by_mpmath(a)
    assert found.value == pytest.approx(true, rel=1e-12)
    assert found.low <= true * (1 + 1e-14) and true * (1 - 1e-14) <= found.high
    assert found.value == pytest.approx(float(printed), rel=6e-3)


def test_transport_of_the_study_is_that_of_the_package(load):
    # a jump of the map is off by half a cell of the grid, a smooth map by its square. Planted fault: the inverse of the
    # other distribution function, which integrates over the wrong law
    study = load("generalisation")
    points, spacing = study.data_sets(25, 2)[1], float(np.diff(study.POINTS)[0])
    blurred = scores.Smoothed(study.POPULATION, points, 0.4).law
    for width, law, error in ((0.0, vf.targets.Empirical(points), spacing / 2), (0.4, blurred, spacing**2)):
        found = study.w2_from_population(points, width)
        assert abs(found - vf.wasserstein2(law, study.POPULATION).value) < error
    assert study.kl_from_population(points, 0.4) == pytest.approx(vf.kl(study.POPULATION, blurred).value, rel=1e-6)


def test_fit_is_a_stationary_point_of_the_likelihood(load):
    # planted fault: weights or variances left out of the posterior odds
    load("end_to_end")
    import _fit

    points = _fit.POPULATION.sample(3000, np.random.default_rng(8))
    fit = _fit.fitted(points, _fit.POPULATION)
    packed = np.array([fit.weights[1], *fit.means[:, 0], *fit.covs[:, 0, 0]])

    def likelihood(p: np.ndarray) -> float:
        law = GaussianMixture((1 - p[0], p[0]), p[1:3], p[3:5])
        return float(law.log_density(points).mean())

    slopes = [(likelihood(packed + h) - likelihood(packed - h)) / 2e-5 for h in 1e-5 * np.eye(5)]
    # the fit stops within 1e-2/√n of the maximum, where the slope is that times the information, below 20
    assert np.abs(slopes).max() < 20 * 1e-2 / math.sqrt(3000)
    assert likelihood(packed) > likelihood(np.array([0.7, -1.5, 1.0, 0.3, 0.5]))


def test_order_of_the_reversal_on_data():
    # the law of the last iterate tends to the blurred data as 1/N; planted fault: τ_{k+1} in place of τ_k in the score
    points = np.array([[-1.2], [0.1], [0.9]])
    score = scores.Smoothed(GaussianMixture((0.3, 0.7), (-1.5, 1.0), (0.3, 0.5)), points)
    goal = vf.targets.Empirical(points).diffused(0.01)
    gaps = []
    for steps in (16, 32, 64):
        grid = vf.TimeGrid.geometric(4.0, steps, 0.01)
        gaps.append(vf.total_variation(vf.samplers.DDPMPosterior(score, grid).run(), goal).value)
    # κ = log(T/δ)/N from 0.37 to 0.09: halving up to a part of κ
    assert [a / b for a, b in pairwise(gaps)] == pytest.approx([2, 2], rel=0.1)


def test_dropped_weights_are_caught(monkeypatch, tmp_path):
    assert not violated("mixture", tmp_path / "clean")
    true = gaussian_mixture.GaussianMixture.score_at

    def weightless(self, x, t):
        return true(GaussianMixture(np.full(self.weights.size, 1 / self.weights.size), self.means, self.covs), x, t)

    monkeypatch.setattr(gaussian_mixture.GaussianMixture, "score_at", weightless)
    assert violated("mixture", tmp_path) == {"The score of a mixture is the gradient of the logarithm of its density"}
    assert violated("local_linearity", tmp_path)


def test_a_width_off_by_one_percent_is_caught(monkeypatch, tmp_path):
    true = scores.Smoothed.__post_init__

    def wider(self):
        object.__setattr__(self, "width", 1.01 * self.width)
        true(self)

    monkeypatch.setattr(scores.Smoothed, "__post_init__", wider)
    assert "The kernel score is that of the data blurred by the kernel" in violated("memorisation", tmp_path)


def test_a_kernel_that_is_not_diffused_is_caught(monkeypatch, tmp_path):
    # s_t(x) = s_0(x): the level of the noise does not reach the estimate
    true = scores.Smoothed.__call__
    monkeypatch.setattr(scores.Smoothed, "__call__", lambda self, x, t: true(self, x, 0.05))
    assert violated("noise_level", tmp_path)
