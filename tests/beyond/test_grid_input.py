"""Law: what no grid can follow is refused in one line that says what to do, with the exit code of bad input."""

from __future__ import annotations

import math

import numpy as np
import pytest

from verify import divergences, laws, samplers, scores, targets
from verify.errors import BoundcheckError, Diverged, InvalidInput, NoDensity, NotAffine
from verify.laws import GridDensity
from verify.timegrid import TimeGrid


class Made:
    """A law on the line made of a formula."""

    dim, mean = 1, 0.0

    def __init__(self, log_density, landmarks=(0.0,)):
        self.formula, self.landmarks = log_density, landmarks

    def log_density(self, x):
        return self.formula(x[..., 0])


def refused(call, kind, *words):
    with pytest.raises(kind) as caught:
        call()
    said = str(caught.value)
    assert isinstance(caught.value, BoundcheckError) and caught.value.exit_code == 2
    assert "\n" not in said and "Traceback" not in said
    for word in words:
        assert word in said
    return said


def normal(x):
    return -0.5 * x * x - 0.5 * math.log(2 * math.pi)


MIXTURES = {
    "weights that do not sum to one": (([0.3, 0.6], [0, 1], [1, 1]), "sum to one"),
    "a negative weight": (([1.2, -0.2], [0, 1], [1, 1]), "> 0"),
    "no component": (([], [], []), "K >= 1"),
    "a missing mean": (([0.5, 0.5], [0.0], [1, 1]), "means"),
    "a missing variance": (([0.5, 0.5], [0.0, 1.0], [1.0]), "covs"),
    "a negative variance": (([0.5, 0.5], [0, 1], [1, -1]), "positive semi-definite"),
    "not a number": (([0.5, 0.5], [0, math.nan], [1, 1]), "finite"),
    "words": (([0.5, 0.5], ["a", "b"], [1, 1]), "numbers"),
    "an asymmetric covariance": (([1.0], [[0, 0]], [[[1, 0.5], [0, 1]]]), "symmetric"),
}


@pytest.mark.parametrize("name", MIXTURES)
def test_mixtures(name):
    arguments, word = MIXTURES[name]
    refused(lambda: targets.GaussianMixture(*arguments), InvalidInput, word)


def test_weights_that_round_to_one_are_fine():
    assert targets.GaussianMixture([0.1] * 10, range(10), [1.0] * 10).weights.sum() == pytest.approx(1, abs=1e-15)


def test_densities_that_are_none():
    refused(lambda: GridDensity.of(Made(lambda x: normal(x) + 0.01)), InvalidInput, "not normalised")
    refused(lambda: GridDensity.of(Made(lambda x: 0.0 * x)), InvalidInput, "normalised")
    refused(lambda: GridDensity.of(Made(lambda x: -np.log1p(np.abs(x)))), InvalidInput)
    # half of the mass in a spike of width 1e-5 that no landmark tells of
    spike = Made(lambda x: np.logaddexp(normal(x), normal((x - 3.3) * 1e5) + math.log(1e5)) - math.log(2))
    refused(lambda: GridDensity.of(spike), InvalidInput, "landmarks")
    spike.landmarks = (0.0, 3.3)
    assert GridDensity.of(spike).mean[0] == pytest.approx(1.65, rel=1e-12)  # with the landmark it is found


def test_more_than_one_dimension():
    plane = targets.Gaussian(np.zeros(2), np.eye(2))
    refused(lambda: GridDensity.of(plane), InvalidInput, "line", "d = 2")
    refused(lambda: GridDensity.of(targets.Laplace()).through(samplers.ULA(plane, 0.1, 3)), InvalidInput, "d = 2")
    mixture = targets.GaussianMixture([0.5, 0.5], np.eye(2), np.stack([np.eye(2)] * 2))
    refused(lambda: samplers.ULA(mixture, 0.1, 3).run(), NotAffine, "Particles")
    refused(lambda: GridDensity.of(targets.Laplace()).log_density(np.zeros((3, 2))), InvalidInput, "(…, 1)")


def test_too_many_nodes_are_counted():
    begin = laws.Gaussian([0.0], [[1e6]])
    said = refused(lambda: samplers.ULA(targets.Laplace(), 1e-5, 3, begin).run(), InvalidInput, "nodes", "larger steps")
    need = float(said.split("need ")[1].split()[0])
    assert need > 400_000 and need == pytest.approx(20 * 2 * 9.3e3 / (2.5 * math.sqrt(2e-5)), rel=0.5)


def test_chains_that_are_thrown_out():
    quartic = targets.Quartic(1.0)
    wide = laws.Gaussian([0.0], [[1e4]])
    refused(lambda: samplers.ULA(quartic, 0.5, 8, wide).run(), (InvalidInput, Diverged), "smaller steps")
    refused(lambda: samplers.ULA(targets.DoubleWell(4.0), 0.05, 60).run(), (InvalidInput, Diverged), "smaller steps")
    stiff = targets.Gaussian([0.0], [[1.0]])
    begin = GridDensity.of(targets.Laplace())  # no Gaussian, so that the grid follows it: gain 99 a step
    refused(lambda: samplers.ULA(stiff, 100.0, 200).run(begin), (InvalidInput, Diverged), "smaller steps")


def test_accuracy_out_of_range():
    law, sampler = GridDensity.of(targets.Laplace()), samplers.ULA(targets.Laplace(), 0.1, 1)
    for wrong in ({"tail": 0.0}, {"tail": 0.5}, {"width": 0.0}, {"width": 100.0}, {"width": math.nan}):
        refused(lambda wrong=wrong: law.through(sampler, **wrong), InvalidInput, "`tail`")


def test_atoms():
    refused(lambda: GridDensity.atomic([0.0, 1.0], [0.2, 0.9]), InvalidInput, "sum to one")
    refused(lambda: GridDensity.atomic([0.0, math.inf]), InvalidInput, "finite")
    refused(lambda: GridDensity.atomic([0.0, 1.0]).log_density(np.zeros((1, 1))), NoDensity, "atoms")
    mala = samplers.MALA(targets.Laplace(), 0.1, 1)
    refused(lambda: GridDensity.atomic([0.0, 1.0]).through(mala), NoDensity, "density")


def test_steps_that_no_kernel_describes():
    class Squared(samplers.ULA):
        def step(self, k, x, noise):
            return x + noise.normal() ** 2

    class Sometimes(samplers.ULA):
        def step(self, k, x, noise):
            return x + np.where(x > 0, 1.0, 0.0) * noise.normal()

    refused(lambda: Squared(targets.Laplace(), 0.1, 2).run(), NoDensity, "affine in its noise")
    refused(lambda: Sometimes(targets.Laplace(), 0.1, 2).run(), NoDensity, "some states")


def test_empirical_laws_and_time_zero():
    points = targets.Empirical(np.array([[0.0], [1.0]]))
    refused(lambda: points.score_at(np.zeros((1, 1)), 0.0), NoDensity, "time 0")
    to_the_end = samplers.FlowHeun(scores.Exact(points), TimeGrid.uniform(1.0, 4))
    refused(lambda: to_the_end.run(), NoDensity, "time 0")
    refused(lambda: targets.Empirical(np.array([[0.0], [math.nan]])), InvalidInput, "finite")
    refused(lambda: targets.StudentT(0.0), InvalidInput, "dof")


def test_unlike_dimensions_have_no_divergence():
    plane = targets.Gaussian(np.zeros(2), np.eye(2))
    for name in ("kl", "total_variation", "hellinger"):
        with pytest.raises(BoundcheckError):
            getattr(divergences, name)(targets.Laplace(), plane)


def test_a_metropolis_step_too_fine_for_its_matrix_is_refused() -> None:
    """Pairs of nodes are held at once: beyond 5,792 of them the step says how many it would need."""
    with pytest.raises(InvalidInput, match=r"would need \d+ nodes"):
        samplers.RandomWalkMetropolis(targets.DoubleWell(2.0), 1e-4, 1).run(laws.Gaussian([1.0], [[0.1]]))
