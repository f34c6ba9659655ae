"""‖s_t − ∇log q_t‖ = ε in L²(q_t) exactly, all of it in a thin wall: the flow cannot cross it, the SDE can."""

from __future__ import annotations

import math

import array_api_strict
import numpy as np
import pytest

import verify as vf
from verify import laws, samplers, scores, targets
from verify.errors import InvalidInput

PAIR = targets.GaussianMixture([0.3, 0.7], [-1.5, 1.0], [0.25, 0.4])
PLANE = targets.GaussianMixture([0.3, 0.7], [[-1.5, 0.4], [1.0, -1.0]], [[[0.3, 0.1], [0.1, 0.5]], np.eye(2)])
CORRELATED = targets.Gaussian(np.array([1.0, -0.5]), np.array([[1.5, 0.62], [0.62, 0.8]]))


def exact(target: object, x: np.ndarray, t: float) -> np.ndarray:
    return np.asarray(scores.Exact(target)(x, t))


@pytest.mark.parametrize("t", [0.01, 0.6, 2.0])
def test_size_is_exact_by_quadrature_across_the_wall(t: float) -> None:
    """One per cent of the width forgotten in the norm would show as half a per cent here."""
    score = scores.Adversarial(PAIR, 0.2, 0.01, horizon=2.0)
    nodes, weights = np.polynomial.legendre.leggauss(80)
    x = float(score.wall(t)[0]) + 0.1 * nodes[:, None]
    gap = score(x, t)[:, 0] - exact(PAIR, x, t)[:, 0]
    size = math.sqrt(0.1 * float(weights @ (gap**2 * np.exp(PAIR.log_density_at(x, t)))))
    assert size == pytest.approx(score.error(t).value, rel=1e-10)
    assert (gap <= 0).all()


@pytest.mark.parametrize("target", [PLANE, CORRELATED])
def test_size_by_monte_carlo_in_the_plane(target: object) -> None:
    score, n = scores.Adversarial(target, 0.5, 0.3, horizon=2.0), 200_000
    x = target.diffused(0.7).sample(n, np.random.default_rng(3))
    gap = score(x, 0.7) - exact(target, x, 0.7)
    assert not gap[:, 1].any()
    square = gap[:, 0] ** 2
    assert abs(square.mean() - 0.25) < 5 * square.std() / n**0.5


def test_wall_sweeps_from_one_level_to_the_other() -> None:
    score = scores.Adversarial(PAIR, 0.2, 0.01, horizon=2.0, first=0.9, last=0.2)
    for t, level in ((2.0, 0.9), (0.0, 0.2), (1.0, 0.55)):
        law = laws.GridDensity.of(PAIR.diffused(t))
        assert float(law.cdf(float(score.wall(t)[0]))) == pytest.approx(level, abs=1e-4)


def test_arrays_of_times_and_namespaces_give_the_same_numbers() -> None:
    score = scores.Adversarial(PLANE, 0.2, 0.1, horizon=2.0)
    x, t = np.random.default_rng(0).normal(size=(5, 2)), np.array([0.1, 0.5, 1.0, 1.5, 2.0])[:, None]
    want = np.concatenate([score(x[i : i + 1], float(t[i, 0])) for i in range(5)])
    np.testing.assert_allclose(score(x, t), want, rtol=1e-13)
    other = score(array_api_strict.asarray(x), 0.5)
    np.testing.assert_allclose(np.asarray(other), score(x, 0.5), rtol=1e-13)


def test_flow_is_swept_away_and_the_diffusion_is_not() -> None:
    """Half the ε: the flow still ends up left of the wall, the SDE comes twice as close. A shift does no such harm."""
    misplaced = []
    for size in (0.4, 0.2):
        score = scores.Adversarial(PAIR, size, 0.25 * size**2, horizon=2.0)
        grid = vf.TimeGrid.uniform(2.0, math.ceil(2 * 5 / score.width))
        x = laws.GridDensity.of(targets.Gaussian(np.zeros(1), np.eye(1))).quantile((np.arange(200) + 0.5) / 200)
        start = laws.Particles(x[:, None], seed=1)
        wall = float(score.wall(0.0)[0])
        right = 1 - float(laws.GridDensity.of(PAIR).cdf(wall))
        flow, sde, benign = (
            scheme(s, grid).run(start).points
            for scheme, s in (
                (samplers.FlowExponential, score),
                (samplers.ExponentialIntegrator, score),
                (samplers.FlowExponential, scores.Shifted(PAIR, size, direction=[-1.0])),
            )
        )
        assert (flow > wall).mean() < 0.1 and right > 0.9
        assert (benign > wall).mean() > 0.7
        misplaced.append(right - float((sde > wall).mean()))
    assert max(misplaced) < 0.2


@pytest.mark.parametrize("field", ["size", "width", "horizon"])
def test_bad_numbers_are_refused(field: str) -> None:
    good = {"size": 0.1, "width": 0.1, "horizon": 1.0}
    for bad in (0.0, -1.0, math.nan, "x"):
        with pytest.raises(InvalidInput, match=field):
            scores.Adversarial(PAIR, **(good | {field: bad}))
    with pytest.raises(InvalidInput, match="levels"):
        scores.Adversarial(PAIR, 0.1, 0.1, 1.0, first=1.0)
    with pytest.raises(InvalidInput, match="mixture"):
        scores.Adversarial(object(), 0.1, 0.1, 1.0)
    with pytest.raises(InvalidInput, match="R\\^1"):
        scores.Mistaken(PAIR, PLANE)
