"""A network score is −ε(x, t)/σ_t of a perceptron of tanh units, in any namespace; training finds the score."""

from __future__ import annotations

import math
import sys
from itertools import pairwise

import numpy as np
import pytest

from verify.errors import BackendUnavailable, InvalidInput, NoDensity
from verify.scores import Network
from verify.targets import Gaussian, GaussianMixture

PLANE = Gaussian(np.array([1.0, -0.5]), np.array([[1.5, 0.62], [0.62, 0.8]]))
LINE = GaussianMixture((0.3, 0.7), (-1.5, 1.0), (0.3, 0.5))


def drawn(dim: int = 2, hidden: int = 4) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(4)
    widths = (dim + 3, hidden, hidden + 1, dim)
    return [(rng.normal(size=(a, b)), rng.normal(size=b)) for a, b in pairwise(widths)]


def by_hand(layers: list[tuple[np.ndarray, np.ndarray]], x: list[float], t: float) -> list[float]:
    """One place, with loops and the math module."""
    sigma = math.sqrt(1 - math.exp(-2 * t))
    state = [*x, math.exp(-t), sigma, math.log(sigma)]
    for place, (matrix, offset) in enumerate(layers):
        state = [math.tanh(v) for v in state] if place else state
        state = [sum(v * matrix[i, j] for i, v in enumerate(state)) + offset[j] for j in range(len(offset))]
    return [-v / sigma for v in state]


def test_forward_pass(xp):
    # planted faults: tanh on the input or after the last layer; the sign; σ_t² in place of σ_t
    layers, x = drawn(), np.random.default_rng(5).normal(size=(6, 2))
    times = np.geomspace(0.01, 3.0, 6)[:, None]
    found = np.asarray(Network(PLANE, layers)(xp.asarray(x), xp.asarray(times)))
    true = np.array([by_hand(layers, list(row), float(t)) for row, t in zip(x, times[:, 0], strict=True)])
    assert np.abs(found - true).max() < 1e-13 * np.abs(true).max()
    single = np.asarray(Network(PLANE, layers)(xp.asarray(x), float(times[2, 0])))
    assert np.abs(single[2] - true[2]).max() < 1e-13 * np.abs(true).max()


def test_precision_and_shape_are_those_of_x():
    x = np.zeros((3, 5, 2), dtype=np.float32)
    found = Network(PLANE, drawn())(x, np.full((3, 1, 1), 0.5))
    assert found.shape == x.shape and found.dtype == np.float32


def test_bad_layers():
    for layers, words in (
        ([], "last layer"),
        (drawn()[:2], "last layer must have 2 outputs"),
        (drawn(1), "layer 0 must map 5 numbers"),
        ([(np.full((5, 2), np.nan), np.zeros(2))], "layer 0 must be finite"),
    ):
        with pytest.raises(InvalidInput, match=words):
            Network(PLANE, layers)
    with pytest.raises(NoDensity, match="time 0"):
        Network(PLANE, drawn())(np.zeros((1, 2)), 0.0)


def test_without_torch_training_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(BackendUnavailable, match=r"boundcheck\[learn\]"):
        Network.trained(LINE, np.zeros((2, 1)))


class TestTraining:
    """What needs torch."""

    @pytest.fixture(autouse=True)
    def _torch(self):
        torch = pytest.importorskip("torch")
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(before)

    def test_the_same_seed_gives_the_same_weights(self):
        # planted fault: a draw from a global generator
        points = LINE.sample(50, np.random.default_rng(0))
        runs = [Network.trained(LINE, points, hidden=(8,), steps=20, seed=seed) for seed in (1, 1, 2)]
        flat = [np.concatenate([a.ravel() for layer in run.layers for a in layer]) for run in runs]
        assert (flat[0] == flat[1]).all() and np.abs(flat[0] - flat[2]).max() > 0.01

    def test_it_learns_the_score_of_the_diffused_law(self):
        # the zero network errs by √J. Planted fault: the other sign of z gives minus the score, an error of 2√J
        points = LINE.sample(2000, np.random.default_rng(1))
        score = Network.trained(LINE, points, hidden=(32, 32), steps=600)
        zero = Network(LINE, [(np.zeros((4, 1)), np.zeros(1))])
        for t in (0.2, 0.5, 1.0):
            assert score.error(t).value < 0.3 * zero.error(t).value

    def test_options_are_checked(self):
        for options in ({"times": (0.0, 1.0)}, {"times": (2.0, 1.0)}, {"steps": 0}, {"hidden": (0,)}):
            with pytest.raises(InvalidInput, match="`times` must be"):
                Network.trained(LINE, np.zeros((2, 1)), **options)
