"""Law: a chain that is affine but does not decouple follows C' = M C M^T + S S^T; one that is not affine is refused."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from tests.core import cases
from verify import TimeGrid, laws, samplers, scores
from verify.errors import NotAffine
from verify.laws import dense, diagonal

EPS = float(np.finfo(float).eps)
RNG = np.random.default_rng(8)
MIX, NOISE = 0.3 * RNG.standard_normal((3, 3)), RNG.standard_normal((2, 3, 3))
OFFSET = np.array([0.2, -0.1, 0.3])


class Coupled(samplers.ReverseSampler):
    """x' = x + h(MIX x + OFFSET) + √h (NOISE_0 ξ_0 + NOISE_1 ξ_1): two correlated draws, coordinates mixed."""

    order = 0

    def step(self, k, x, noise):
        _, _, h = self.grid.interval(k, x)
        drift = x @ MIX.T + OFFSET
        return x + h * drift + np.sqrt(h) * (noise.normal() @ NOISE[0].T + noise.normal() @ NOISE[1].T)


class CoupledLate(samplers.ExponentialIntegrator):
    """Decoupled but for one step: every step has to be looked at, not the middle one or every eighth."""

    def step(self, k, x, noise):
        turn = np.where(np.asarray(k)[..., None] == self.steps - 2, 0.1, 0.0)
        return super().step(k, x, noise) + turn * np.roll(x, 1, axis=-1)


@pytest.mark.parametrize("correlated", [True, False])
def test_coupled_chain_is_the_matrix_recursion(correlated):
    p = cases.target(correlated)
    sampler = Coupled(scores.Exact(p), TimeGrid.uniform(2.0, 16))
    mean, cov = np.zeros(3), np.eye(3)
    for _ in range(16):
        h = 2.0 / 16
        matrix = np.eye(3) + h * MIX
        mean = matrix @ mean + h * OFFSET
        cov = matrix @ cov @ matrix.T + h * (NOISE[0] @ NOISE[0].T + NOISE[1] @ NOISE[1].T)
    out = sampler.run()
    np.testing.assert_allclose(out.mean, mean, atol=1e-13)
    np.testing.assert_allclose(out.cov, cov, atol=1e-12)
    assert out.deviation.cov.shape == (3, 3)
    back = out.deviation.cov if p.eigenvectors is None else p.eigenvectors @ out.deviation.cov @ p.eigenvectors.T
    assert np.abs(back - (cov - p.cov)).max() <= out.deviation.cov_error.max()


def test_one_coupled_step_among_many_is_noticed():
    p = cases.target(False)
    sampler = CoupledLate(scores.Exact(p), TimeGrid.uniform(2.0, 40))
    out, plain = sampler.run(), samplers.ExponentialIntegrator(scores.Exact(p), TimeGrid.uniform(2.0, 40)).run()
    assert out.deviation.cov.ndim == 2
    assert np.abs(out.cov - plain.cov).max() > 0.05


@pytest.mark.parametrize("name", cases.EXACT_LAW)
@pytest.mark.parametrize("correlated", [True, False])
def test_dense_equals_diagonal(name, correlated):
    p = cases.target(correlated)
    sampler = cases.build(name, scores.Whitened(p, 0.2, sign=-1), TimeGrid.uniform(2.0, 30, stop=0.1))
    start = sampler.start().deviation
    fast, full = diagonal.fold(sampler, start), dense.fold(sampler, start)
    assert np.abs(full[0] - fast[0]).max() <= (fast[2] + full[2]).max()
    assert np.abs(full[1] - np.diag(fast[1])).max() <= (fast[3] + full[3]).max()
    assert full[2].max() < 1e-11
    assert full[3].max() < 1e-11


def test_start_whose_axes_are_not_those_of_the_target():
    """A start correlated in the target's eigenbasis needs full matrices, although the step decouples."""
    p, grid = cases.target(False), TimeGrid.uniform(1.0, 8)
    sampler = samplers.EulerMaruyama(scores.Exact(p), grid)
    cov = cases.rotation(3, seed=9) @ np.diag([0.5, 1.0, 2.0]) @ cases.rotation(3, seed=9).T
    cov = 0.5 * (cov + cov.T)
    out = sampler.run(laws.Gaussian(np.ones(3), cov))
    mean = np.ones(3)
    for t in grid.tau[:-1]:
        now, h = 1 + (cases.LAMBDA - 1) * np.exp(-2 * t), 1 / 8
        a = np.diag(1 + h - 2 * h / now)
        mean = a @ mean + 2 * h * np.exp(-t) * cases.MEAN / now
        cov = a @ cov @ a + 2 * h * np.eye(3)
    np.testing.assert_allclose(out.mean, mean, atol=1e-13)
    np.testing.assert_allclose(out.cov, cov, atol=1e-13)


def refused(change, only=None):
    class Changed(samplers.ExponentialIntegrator):
        def step(self, k, x, noise):
            y = super().step(k, x, noise)
            here = True if only is None else np.asarray(k)[..., None] == only
            return np.where(here, change(y, noise), y)

    return Changed(scores.Exact(cases.target(True)), TimeGrid.uniform(2.0, 24))


@pytest.mark.parametrize("only", [None, 3, 23], ids=["all steps", "fourth step", "last step"])
@pytest.mark.parametrize(
    "change",
    [
        lambda y, noise: np.clip(y, -3.0, 3.0),
        lambda y, noise: y / np.maximum(1.0, np.abs(y).max(axis=-1, keepdims=True) / 3.0),
        lambda y, noise: y + 1e-3 * y**2,
        lambda y, noise: y * (1 + 0.01 * noise.normal()),
        lambda y, noise: y + noise.uniform(),
    ],
    ids=["clipping", "thresholding", "square", "multiplicative noise", "uniforms"],
)
def test_steps_that_are_not_affine_are_refused(change, only):
    with pytest.raises(NotAffine):
        refused(change, only).run()


def test_product_of_two_draws_is_refused():
    class Product(samplers.ExponentialIntegrator):
        def step(self, k, x, noise):
            return super().step(k, x, noise) + 0.1 * noise.normal() * noise.normal()

    with pytest.raises(NotAffine):
        Product(scores.Exact(cases.target(False)), TimeGrid.uniform(1.0, 4)).run()


@dataclass(frozen=True, eq=False)
class Noisy(samplers.ExponentialIntegrator):
    extra: float = 0.0

    def step(self, k, x, noise):
        return super().step(k, x, noise) + self.extra * noise.normal()


def test_two_draws_add_their_variances():
    """Independent draws at one step: S S^T sums over them."""
    p, grid = cases.target(True), TimeGrid.uniform(1.0, 1)
    plain, more = (Noisy(scores.Exact(p), grid, extra=e).run() for e in (0.0, 0.5))
    np.testing.assert_allclose(more.cov - plain.cov, 0.25 * np.eye(3), atol=1e-13)


def test_output_of_lower_rank_has_no_negative_eigenvalues():
    """A noiseless chain onto a slanted line: rounding must not turn two zero eigenvalues into an error or a NaN."""
    line = np.outer([1.0, 2.0, -1.0], [0.5, 0.1, 0.3])

    class Onto(samplers.ReverseSampler):
        order = 0

        def step(self, k, x, noise):
            return x @ line.T

    out = Onto(scores.Exact(cases.target(True)), TimeGrid.uniform(1.0, 3)).run()
    assert (out.eigenvalues >= 0).all()
    assert np.count_nonzero(out.eigenvalues > 1e-12) == 1
    want = np.linalg.matrix_power(line, 3)
    np.testing.assert_allclose(out.cov, want @ want.T, atol=1e-14)
