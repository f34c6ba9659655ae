"""Law: the probed map is the sampler's own: M, S and b of closed forms, draws in order, shared increments as shared."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from verify.audit import Model, Source, probe
from verify.targets import Gaussian

SIGMAS = (5.0, 2.0, 1.0, 0.5)


def gaussian(dim: int, least: float = 0.3) -> Gaussian:
    rng = np.random.default_rng(dim)
    basis = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
    return Gaussian.from_spectrum(np.linspace(-1, 2, dim) + 0.1, np.linspace(least, 2.5, dim), basis)


def same(x: Any) -> Any:
    return np.asarray(x)


def euler(model: Model, x: Any, noise: Source, steps: int) -> Any:
    for a, b in pairwise(SIGMAS):
        x = x + (b - a) * model.epsilon(x, a)
    return x


def langevin(model: Model, x: Any, noise: Source, steps: int) -> Any:
    for _ in range(steps):
        x = x + 0.1 * model.score(x, 0.0) + np.sqrt(0.2) * noise.normal()
    return x


@pytest.mark.parametrize("dim", [1, 2, 8])
def test_euler_is_the_product_of_its_step_matrices(dim: int) -> None:
    data = gaussian(dim)
    gain, shift = np.eye(dim), np.zeros(dim)
    for a, b in pairwise(SIGMAS):  # x + (b − a) a (Σ + a²)^{-1} (x − m)
        rate = (b - a) * a * np.linalg.inv(data.cov + a**2 * np.eye(dim))
        gain, shift = gain + rate @ gain, shift + rate @ (shift - data.mean)
    seen = probe(euler, data, 3, same, scale=5.0)
    assert np.abs(seen.gain - gain).max() < 1e-13
    assert np.abs(seen.shift - shift).max() < 1e-13
    assert (seen.draws, seen.noise.shape, seen.calls) == (0, (dim, 0), ((1.0, 5.0), (1.0, 2.0), (1.0, 1.0)))


@pytest.mark.parametrize("dim", [1, 2, 8])
def test_ula_has_the_stationary_law_of_its_recursion(dim: int) -> None:
    """x' = m + A(x − m) + √(2h) z, A = 1 − hΣ^{-1}: S_j = √(2h) A^{N−1−j}, shift (1 − A^N) m."""
    data = gaussian(dim)
    step, steps = np.eye(dim) - 0.1 * np.linalg.inv(data.cov), 7
    seen = probe(langevin, data, steps, same)
    assert seen.draws == steps
    power = np.linalg.matrix_power
    assert np.abs(seen.gain - power(step, steps)).max() < 1e-13
    assert np.abs(seen.shift - (np.eye(dim) - power(step, steps)) @ data.mean).max() < 1e-13
    for j in range(steps):
        block = seen.noise[:, j * dim : (j + 1) * dim]
        assert np.abs(block - np.sqrt(0.2) * power(step, steps - 1 - j)).max() < 1e-13


def test_the_law_of_the_output_is_that_of_a_gaussian_pushed_through() -> None:
    data, start = gaussian(2), Gaussian(np.array([1.0, -2.0]), np.array([[2.0, 0.7], [0.7, 1.0]]))
    seen = probe(langevin, data, 4, same)
    law = seen.law(start)
    cov = seen.gain @ start.cov @ seen.gain.T + seen.noise @ seen.noise.T
    assert np.abs(law.mean - seen.gain @ start.mean - seen.shift).max() < 1e-14
    assert np.abs(law.cov - cov).max() < 1e-14


def test_the_path_ends_where_the_map_does() -> None:
    """The state at the last call, taken one step on by hand, is the output."""
    data = gaussian(2)
    seen = probe(langevin, data, 4, same, trace=True)
    assert len(seen.path) == 4
    step = np.eye(2) - 0.1 * np.linalg.inv(data.cov)
    assert np.abs(seen.path[0].gain - np.eye(2)).max() == 0
    assert np.abs(step @ seen.path[-1].gain - seen.gain).max() < 1e-14
    assert np.abs(step @ seen.path[-1].noise[:, :6] - seen.noise[:, :6]).max() < 1e-14


INCREMENTS = ((0.0, 1.0), (0.5, 2.0), (3.0, 1.5), (0.0, 3.0), (5.0, 6.0))


@pytest.mark.parametrize("second", range(len(INCREMENTS)))
@pytest.mark.parametrize("first", range(len(INCREMENTS)))
def test_increments_of_one_path_covary_by_what_their_intervals_share(first: int, second: int) -> None:
    """Cov(W(b) − W(a), W(d) − W(c)) = ±|[a, b] ∩ [c, d]|: each increment lands in a coordinate of its own."""

    def both(model: Model, x: Any, noise: Source, steps: int) -> Any:
        drawn = [noise.brownian(*INCREMENTS[k]) for k in (first, second)]
        return np.stack([drawn[0][:, 0], drawn[1][:, 0]], axis=1)

    cov = probe(both, gaussian(2), 1, same).noise_cov
    (a, b), (c, d) = INCREMENTS[first], INCREMENTS[second]
    shared = max(0.0, min(max(a, b), max(c, d)) - max(min(a, b), min(c, d)))
    expected = shared * np.sign(b - a) * np.sign(d - c)
    assert np.abs(cov - [[abs(b - a), expected], [expected, abs(d - c)]]).max() < 1e-15 * 8


def test_normals_and_increments_may_mix_and_are_independent() -> None:
    def mixed(model: Model, x: Any, noise: Source, steps: int) -> Any:
        return np.stack([(noise.brownian(0, 1) + noise.normal())[:, 0], noise.brownian(0.5, 2)[:, 0]], axis=1)

    seen = probe(mixed, gaussian(2), 1, same)
    assert seen.draws == 4  # pieces [0, ½], [½, 1], [1, 2] and one of its own
    assert np.abs(seen.noise_cov - [[2, 0.5], [0.5, 1.5]]).max() < 1e-15 * 8


def test_images_are_states_too() -> None:
    def image(model: Model, x: Any, noise: Source, steps: int) -> Any:
        x = x.reshape(-1, 1, 2, 2)
        return x + model.score(x, 1.0) + noise.normal().reshape(x.shape)

    data = gaussian(4)
    expected = np.eye(4) - np.linalg.inv(data.cov + np.eye(4))
    assert np.abs(probe(image, data, 1, same).gain - expected).max() < 1e-13


def test_a_sampler_may_work_in_place() -> None:
    def inplace(model: Model, x: Any, noise: Source, steps: int) -> Any:
        for _ in range(steps):
            x *= 0.5
            x += noise.normal()
        return x

    seen = probe(inplace, gaussian(2), 2, same)
    assert np.array_equal(seen.gain, 0.25 * np.eye(2))
    assert np.array_equal(seen.noise_cov, 1.25 * np.eye(2))


def test_a_singular_covariance_is_data_too() -> None:
    data = gaussian(3, least=0.0)
    seen = probe(euler, data, 3, same)
    assert np.isfinite(seen.gain).all()
