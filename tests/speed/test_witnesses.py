"""Law: a table or a kernel takes a cloud through only where it moves points of that cloud as the running step does."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest

from verify import TimeGrid, kernels, laws, samplers, scores, targets
from verify.errors import Diverged, InvalidInput, NotAffine
from verify.kernels.shared import shared
from verify.laws.affine_table import AffineTable
from verify.laws.fused_chain import fused_chain
from verify.laws.witnesses import faithful
from verify.targets.mixture_products import score_by_products

pytest.importorskip("numba")

P = targets.gallery.correlated()
WELL = targets.DoubleWell(0.25)


def modes(mean: float, variance: float, dim: int = 2) -> targets.GaussianMixture:
    """Two components four standard deviations apart."""
    away = np.full(dim, mean)
    other = away + np.eye(dim)[0] * 4 * variance**0.5
    return targets.GaussianMixture(
        np.array([0.3, 0.7]), np.array([away, other]), np.stack([np.eye(dim) * variance] * 2)
    )


WALL = scores.Adversarial(modes(0.0, 1.0), 0.5, 1e-3, 2.0)


class Slower(samplers.ULA):
    """ULA with steps γ/(1 + k) that still calls itself homogeneous."""

    def step(self, k: Any, x: Any, noise: Any) -> Any:
        size = self.step_size / (1 + np.asarray(k, dtype=float).reshape(-1, 1))
        return x + size * self.target.score(x) + np.sqrt(2 * size) * noise.normal()


class Louder(samplers.ULA):
    """Noise that grows with the state."""

    def step(self, k: Any, x: Any, noise: Any) -> Any:
        return x + self.step_size * self.target.score(x) + 0.1 * (1 + 0.1 * x * x) * noise.normal()


class Squared(samplers.ULA):
    """Noise that comes squared."""

    def step(self, k: Any, x: Any, noise: Any) -> Any:
        return x + self.step_size * self.target.score(x) + 0.1 * noise.normal() ** 2


class Twice(samplers.ULA):
    """Two normals a step."""

    def step(self, k: Any, x: Any, noise: Any) -> Any:
        return super().step(k, x, noise) + 0.1 * noise.normal()


class OneByOne(samplers.ULA):
    """A step that takes one number k at a time."""

    def step(self, k: Any, x: Any, noise: Any) -> Any:
        if k == self.steps - 1:
            return x
        return super().step(k, x, noise)


@dataclass(frozen=True, eq=False)
class Bumped(targets.DoubleWell):
    """A double well with a narrow bump in its slope."""

    def slope(self, x: Any) -> Any:
        return super().slope(x) - 40 * np.exp(-((x - 1.0) ** 2) / (2 * 0.05**2))


class BumpedGaussian(targets.Gaussian):
    """A Gaussian whose score has a narrow bump."""

    def score(self, x: Any) -> Any:
        return super().score(x) + 20 * np.exp(-(((x - 1.0) / 0.1) ** 2) / 2)


@pytest.mark.parametrize(
    ("chain", "mean", "std"),
    [
        (
            samplers.ExponentialIntegrator(
                scores.Adversarial(modes(0.0, 1.0), 0.5, 1e-3, 2.0), TimeGrid.uniform(2.0, 10)
            ),
            0,
            1,
        ),
        (samplers.ULA(targets.Huber(4.5), 0.1, 50), 30, 1),
        (Slower(WELL, 0.05, 50), 0, 1),
        (samplers.ULA(Bumped(0.25), 0.01, 100), 0, 1),
        (samplers.ExponentialIntegrator(scores.Exact(modes(3000.0, 0.01)), TimeGrid.geometric(18.0, 200, 0.001)), 0, 1),
        (Louder(WELL, 0.05, 50), 0, 1),
        (Squared(WELL, 0.05, 50), 0, 1),
        (Twice(WELL, 0.05, 50), 0, 1),
        (Twice(P, 0.05, 50), 0, 1),
        (OneByOne(WELL, 0.05, 50), 0, 1),
        (samplers.ULA(BumpedGaussian(np.zeros(1), np.eye(1)), 0.02, 400), 0, 1),
    ],
    ids=lambda value: type(value).__name__ if hasattr(value, "step") else str(value),
)
def test_chains_that_only_look_like_one_of_a_kernel_are_left_to_the_step(chain: Any, mean: float, std: float) -> None:
    """Errors in a thin wall, kinks beyond the probes, uneven steps, bumps, cancellation, other noise."""
    points = mean + std * np.random.default_rng(4).standard_normal((64, chain.dim))
    assert fused_chain(chain, points) is None


def test_a_bump_in_the_score_makes_no_gaussian() -> None:
    """The exact law of equal steps is held to more than one state; tables to states of the run."""
    chain = samplers.ULA(BumpedGaussian(np.zeros(1), np.eye(1)), 0.02, 400)
    assert AffineTable.of(chain, np.random.default_rng(4).standard_normal((64, 1))) is None
    assert not isinstance(chain.run(), laws.Gaussian)


@pytest.mark.parametrize("dim", [1, 2])
def test_an_error_in_a_thin_wall_has_no_gaussian_law(dim: int) -> None:
    """No probe meets the wall; the score says itself that it is not affine."""
    score = scores.Adversarial(targets.Gaussian(np.zeros(dim), np.eye(dim)), 2.0, 0.01, 2.0)
    chain = samplers.ExponentialIntegrator(score, TimeGrid.uniform(2.0, 11))
    points = np.random.default_rng(4).standard_normal((64, dim))
    assert AffineTable.of(chain, points) is None
    assert fused_chain(chain, points) is None
    if dim == 1:
        cloud = chain.run(laws.Particles.standard(50_000, 1, 2)).points
        assert float(chain.run().mean[0]) == pytest.approx(cloud.mean(), abs=5 * cloud.std() / 50_000**0.5)
    else:
        with pytest.raises(NotAffine, match="Adversarial"):
            chain.run()


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_a_rare_mode_is_kept(backend: str) -> None:
    """One point in a hundred is in a mode far out, where no witness need be."""
    law = targets.GaussianMixture(np.array([0.99, 0.01]), np.array([0.0, 20.0]), np.array([1.0, 1.0]))
    for seed in range(4):
        points = law.sample(20_000, np.random.default_rng(seed)).astype(np.float32)
        after = samplers.ULA(law, 0.1, 50).run(laws.Particles(points, 1, backend)).points
        assert (after > 10).sum() == (points > 10).sum()


@pytest.mark.parametrize("fault", ["none", "shift", "stretch"])
def test_small_misses_that_add_up_are_seen(fault: str) -> None:
    """Half a thousandth of the noise a step, always one way or always outwards: too small for one move to tell."""
    chain = samplers.ULA(targets.gallery.standard(1), 0.01, 2000)
    points = np.random.default_rng(4).standard_normal((64, 1))
    table = AffineTable.of(chain, points).chain(np.float64)
    off = 5e-4 * table.scale
    wrong = {
        "none": table,
        "shift": replace(table, shift=table.shift + off),
        "stretch": replace(table, slope=table.slope + 0.3 * off),
    }[fault]
    assert faithful(wrong, chain, points, None) == (fault == "none")


def test_the_same_chains_without_the_fault_are_taken() -> None:
    for chain in (
        samplers.ULA(WELL, 0.05, 50),
        samplers.ULA(P, 0.05, 50),
        samplers.ExponentialIntegrator(scores.Exact(modes(0.0, 1.0)), TimeGrid.uniform(2.0, 10)),
        samplers.ExponentialIntegrator(scores.Exact(modes(30.0, 0.01)), TimeGrid.geometric(12.0, 200, 0.001)),
    ):
        assert fused_chain(chain, np.random.default_rng(4).standard_normal((64, chain.dim))) is not None


@dataclass(frozen=True, eq=False)
class Moved(targets.DoubleWell):
    """The double well about another place."""

    polynomial: ClassVar[bool] = True

    place: float = 0.0

    def value(self, x: Any) -> Any:
        return super().value(x - self.place)

    def slope(self, x: Any) -> Any:
        return super().slope(x - self.place)


@pytest.mark.parametrize("place", [30.0, 1000.0])
def test_a_drift_far_from_the_origin_loses_no_digits(place: float) -> None:
    """E (x − place)² of a double well there is that of one at the origin: 3·10⁵ particles, five standard errors."""
    found = []
    for away in (0.0, place):
        points = laws.Particles.standard(300_000, 1, 3, "numba", "float32").points + np.float32(away)
        cloud = laws.Particles(np.ascontiguousarray(points), 5, "numba")
        after = samplers.ULA(Moved(0.25, place=away), 0.02, 200).run(cloud).points.astype(float) - away
        found.append((np.mean(after**2), np.std(after**2) / np.sqrt(after.size)))
    assert abs(found[0][0] - found[1][0]) < 5 * np.hypot(found[0][1], found[1][1])


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("n", [255, 4096])
def test_small_steps_far_away_do_not_drift(backend: str, n: int) -> None:
    """Single precision with gains 1 − 10⁻⁵ over 2·10⁴ steps from 1,000: within 5 standard errors of the exact mean."""
    target = targets.Gaussian(np.zeros(1), np.eye(1))
    chain = samplers.ULA(target, 5.2e-5, 20_000)
    start = laws.Gaussian(np.array([1000.0]), np.eye(1))
    cloud = laws.Particles.sampled(start, n, 11, backend, "float32")
    exact = chain.run(start)
    after = chain.run(cloud).points.astype(float)
    assert abs(after.mean() - exact.mean[0]) < 5 * np.sqrt(exact.cov[0, 0] / n)


@pytest.mark.parametrize("n", [255, 256])
@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_steps_that_take_one_index_at_a_time_run(n: int, backend: str) -> None:
    assert OneByOne(P, 0.05, 6).run(laws.Particles.standard(n, 2, 1, backend, "float32")).n == n


def test_runs_in_a_row_have_noise_of_their_own() -> None:
    """Start, first and second run are uncorrelated: gain 0 shows the last noise itself."""
    chain = samplers.ULA(targets.gallery.standard(1), 1.0, 1)  # x' = √2 ξ
    cloud = laws.Particles.standard(40_000, 1, 8, "numba", "float32")
    first = chain.run(cloud)
    draws = [c.points[:, 0].astype(float) for c in (cloud, first, chain.run(first))]
    assert np.abs(np.corrcoef(draws)[np.triu_indices(3, 1)]).max() < 5 / np.sqrt(40_000)


def test_seeds_of_any_size_are_told_apart() -> None:
    made = [laws.Particles.standard(10, 1, s, "numba", "float32").points for s in (1, 2**64 + 1, 2**32, np.int32(1))]
    np.testing.assert_array_equal(made[0], made[3])
    assert len({float(points[0, 0]) for points in made}) == 3


def test_a_stage_is_a_small_number() -> None:
    for stage in (-1, 1 << 16, 1.5, "a"):
        with pytest.raises(InvalidInput, match="stage"):
            laws.Particles(np.zeros((2, 1)), 1, stage=stage)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("n", [100, 300])
def test_divergence_is_an_error_and_no_warning(backend: str, n: int) -> None:
    chain = samplers.ULA(P, 50.0, 60)
    with pytest.raises(Diverged):
        chain.run(laws.Particles.standard(n, 2, 1, backend, "float32"))
    with pytest.raises(Diverged):
        laws.StreamedParticles(n, 2, 1, backend=backend).through(chain)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("n", [100, 255, 300])
def test_streams_of_few_particles_are_those_of_a_held_cloud(backend: str, n: int) -> None:
    chain = samplers.ULA(P, 0.1, 5)
    points = chain.run(laws.Particles.standard(n, 2, 9, backend, "float32")).points.astype(float)
    found = laws.StreamedParticles(n, 2, 9, backend=backend).through(chain)
    np.testing.assert_allclose(found.mean, points.mean(axis=0), rtol=0, atol=1e-12)


def test_no_steps_leave_the_points() -> None:
    for chain in (samplers.ULA(WELL, 0.1, 0), samplers.ULA(P, 0.1, 0)):
        cloud = laws.Particles.standard(300, chain.dim, 1, "numba", "float32")
        np.testing.assert_allclose(chain.run(cloud).points, cloud.points, rtol=1e-6)


def test_kernels_refuse_states_that_are_not_theirs() -> None:
    chain = kernels.Affine(*(np.zeros((1, 2), np.float32),) * 3, 1)
    frozen = np.zeros((2, 5), np.float32)
    frozen.flags.writeable = False
    for states in (np.zeros((3, 5), np.float32), np.zeros((2, 5)), np.zeros((5, 2), np.float32).T, frozen):
        with pytest.raises(InvalidInput, match="states"):
            kernels.run(chain, states, 1, 1)
    with pytest.raises(InvalidInput, match="stage"):
        kernels.run(chain, np.zeros((2, 5), np.float32), 1, 1 << 16)


def test_after_an_error_no_more_work_is_begun() -> None:
    """Of a thousand pieces of work only those already begun when the first fails are done."""
    begun, gate = [], threading.Event()

    def work(item: int) -> None:
        begun.append(item)
        if item == 0:
            gate.set()
            raise ValueError("first")
        gate.wait(5)
        threading.Event().wait(0.005)

    with pytest.raises(ValueError, match="first"):
        shared(work, range(1000), 2)
    assert len(begun) < 100


def test_products_are_refused_where_they_would_lose_digits() -> None:
    """Far from narrow components the expanded squares cancel: there the score goes another way, and is right."""
    law = modes(1000.0, 1e-2)
    x = (law.sample(200, np.random.default_rng(0)) + 0.0).astype(np.float32)
    variances = np.stack([np.diag(c) for c in law.covs])
    assert score_by_products(x - np.float32(900), law.weights, law.means, variances) is None
    np.testing.assert_allclose(law.score_at(x, 0.0), law.score_at(x.astype(float), 0.0), rtol=0, atol=0.2)
