"""Law: a step is one pure function of (k, x, noise), the same in every array namespace, for one k or for many."""

from __future__ import annotations

import array_api_strict
import numpy as np
import pytest

from tests.core import cases
from verify import TimeGrid, backend, samplers, scores
from verify.errors import InvalidInput
from verify.noise import Impulse

EPS = float(np.finfo(float).eps)
GRID = TimeGrid.geometric(2.0, 8, 0.05)
P = cases.target(True)
SCORES = cases.errors(P)
ALL = [name for name in cases.SAMPLERS if name not in ("ReverseSampler", "Sampler")]


class Replay:
    """Returns the given arrays, one a draw."""

    def __init__(self, *draws):
        self.draws = list(draws)

    def normal(self):
        return self.draws.pop(0)

    uniform = normal


def normals(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def test_every_public_sampler_is_tested():
    public = {name: getattr(samplers, name) for name in samplers.__all__ if name != "Sampler"}
    concrete = {name for name, kind in public.items() if issubclass(kind, samplers.ReverseSampler)} - {"ReverseSampler"}
    assert concrete <= set(ALL)
    assert set(cases.EXACT_LAW) <= set(ALL)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("error", ["Exact", "Shifted along", "Scaled decaying"])
def test_one_k_and_many_give_the_same(name, error):
    sampler = cases.build(name, SCORES[error], GRID)
    x, z = normals(8, 5, 3), normals(8, 5, 3, seed=1)
    one = np.stack([sampler.step(k, x[k], Replay(z[k])) for k in range(8)])
    numpy_ints = np.stack([sampler.step(np.int64(k), x[k], Replay(z[k])) for k in range(8)])
    many = sampler.step(np.arange(8)[:, None], x, Replay(z))
    np.testing.assert_array_equal(numpy_ints, one)
    # math.exp and np.exp may differ in the last bit, and cancelling terms here are below 60 in size
    np.testing.assert_allclose(many, one, rtol=0, atol=60 * 8 * EPS)
    single = sampler.step(np.arange(8), x[:, 0], Replay(z[:, 0]))
    np.testing.assert_allclose(single, one[:, 0], rtol=0, atol=60 * 8 * EPS)


@pytest.mark.parametrize("name", ALL)
def test_step_is_pure(name):
    sampler = cases.build(name, SCORES["Scaled+1"], GRID)
    x, z = normals(5, 3), normals(5, 3, seed=1)
    x_before, z_before = x.copy(), z.copy()
    first = sampler.step(3, x, Replay(z))
    sampler.step(4, first, Replay(z))
    np.testing.assert_array_equal(sampler.step(3, x, Replay(z)), first)
    np.testing.assert_array_equal(x, x_before)
    np.testing.assert_array_equal(z, z_before)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("error", SCORES)
@pytest.mark.parametrize("correlated", [True, False])
def test_any_array_namespace(name, error, correlated):
    """The strict namespace refuses NumPy arrays, NumPy scalars and mixed dtypes, as a GPU library does."""
    score = cases.errors(cases.target(correlated))[error]
    sampler, xp = cases.build(name, score, GRID), array_api_strict
    x, z = normals(8, 3), normals(8, 3, seed=1)
    for k in (2, np.arange(8)):
        want = sampler.step(k, x, Replay(z))
        got = sampler.step(k, xp.asarray(x), Replay(xp.asarray(z)))
        assert type(got) is type(xp.asarray(x))
        np.testing.assert_allclose(backend.to_host(got), want, rtol=0, atol=60 * 8 * EPS)
    got = sampler.step(xp.asarray(np.arange(8)), xp.asarray(x), Replay(xp.asarray(z)))
    np.testing.assert_allclose(backend.to_host(got), sampler.step(np.arange(8), x, Replay(z)), rtol=0, atol=480 * EPS)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("k", [2, np.arange(8)], ids=["int", "array"])
def test_single_precision_stays_single(name, k):
    for error in ("Exact", "Shifted along", "Whitened-1"):
        sampler = cases.build(name, SCORES[error], GRID)
        x, z = normals(8, 3), normals(8, 3, seed=1)
        want = sampler.step(k, x, Replay(z))
        single = sampler.step(k, x.astype(np.float32), Replay(z.astype(np.float32)))
        assert single.dtype == np.float32
        np.testing.assert_allclose(single, want, rtol=0, atol=60 * 8 * float(np.finfo(np.float32).eps))
        strict = array_api_strict.asarray(x.astype(np.float32))
        noise = Replay(array_api_strict.asarray(z.astype(np.float32)))
        assert sampler.step(k, strict, noise).dtype == array_api_strict.float32


@pytest.mark.parametrize("name", ALL)
def test_declared_facts(name):
    sampler = cases.build(name, SCORES["Exact"], GRID)
    assert sampler.order in (0, 1, 2)
    assert (sampler.steps, sampler.dim) == (8, 3)
    assert sampler.freeze in (None, 0.0, 1.0, 2.0)
    asked = []

    class Counting(scores.Exact):
        def __call__(self, x, t):
            asked.append(float(np.max(t)))
            return super().__call__(x, t)

    counting = cases.build(name, Counting(P), GRID)
    noise = Impulse(np.zeros(3))
    counting.step(4, np.zeros(3), noise)
    assert len(asked) == counting.evaluations
    assert asked[0] == GRID.tau[4]  # at τ_k, the noisier end
    stochastic = not name.startswith(("Flow", "DDIM"))
    assert noise.draws == int(stochastic)


@pytest.mark.parametrize("k", [-1, 8, np.array([0, 8]), np.array([-1])])
def test_step_numbers_outside_the_grid(k):
    sampler = cases.build("DDPM", SCORES["Exact"], GRID)
    with pytest.raises(InvalidInput, match=r"`k` must lie in \[0, 8\)"):
        sampler.step(k, np.zeros((np.size(k), 3)), Impulse(np.zeros((np.size(k), 3))))


@pytest.mark.gpu
@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_on_a_gpu(name, dtype):
    cupy = backend.load("cupy")
    sampler = cases.build(name, SCORES["Scaled decaying"], GRID)
    x, z = normals(8, 3), normals(8, 3, seed=1)
    for k in (2, np.arange(8)):
        want = sampler.step(k, x, Replay(z))
        got = sampler.step(k, cupy.asarray(x, dtype=dtype), Replay(cupy.asarray(z, dtype=dtype)))
        assert got.dtype == dtype
        np.testing.assert_allclose(backend.to_host(got), want, rtol=0, atol=480 * float(np.finfo(dtype).eps))


def test_integer_states_are_not_truncated():
    """An integer state computes in float64; casting 1/λ to its dtype would silently give zeros."""
    x = np.array([1, 2, 3])
    np.testing.assert_array_equal(SCORES["Exact"](x, 0.3), SCORES["Exact"](x.astype(float), 0.3))
