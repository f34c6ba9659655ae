"""Law: a Langevin step is one pure function of (k, x, noise), in any array namespace, with the law that is folded."""

from __future__ import annotations

import re

import array_api_strict
import numpy as np
import pytest
from scipy.stats import norm

from tests.langevin import cases
from verify import backend, laws, samplers, targets
from verify.errors import BoundcheckError, InvalidInput, NotAffine
from verify.noise import Impulse

P = cases.target()
ALL = list(cases.SAMPLERS)
NOT_AFFINE = {"Adjusted", "MALA", "RandomWalkMetropolis", "RandomisedMidpoint", "RiemannianLangevin", "TamedULA"}
EPS = float(np.finfo(float).eps)
DRAWS = 4
Z = float(norm.isf(1e-6 / (2 * len(ALL) * 27)))  # one false alarm in a million runs


class Replay:
    """Gives the stored normals and uniforms in turn, and counts what was asked for."""

    def __init__(self, normals, uniforms):
        self.normals, self.uniforms, self.shapes = list(normals), list(uniforms), []

    def normal(self):
        return self.normals.pop(0)

    def uniform(self, width=None):
        return self.uniforms.pop(0)[..., :width]


def noise(*shape, convert=lambda x: x, pick=slice(None)):
    rng = np.random.default_rng(1)
    normals, uniforms = rng.standard_normal((DRAWS, *shape)), rng.random((DRAWS, *shape))
    return Replay([convert(z[pick]) for z in normals], [convert(u[pick]) for u in uniforms])


def states(*shape):
    return 1 + np.random.default_rng(0).standard_normal(shape)


def test_every_public_one_is_here():
    public = {name: getattr(samplers, name) for name in samplers.__all__ if name not in ("Sampler", "MirrorMap")}
    langevin = {name for name, kind in public.items() if issubclass(kind, samplers.LangevinSampler)}
    assert langevin - {"LangevinSampler", "KineticSampler", "Minimiser", "Metropolis"} <= set(ALL)
    assert {*cases.KINETIC, "ULA", "SGLD", "TamedULA"} <= set(ALL)


@pytest.mark.parametrize("name", ALL)
def test_step_is_pure(name):
    sampler = cases.build(name, P)
    x = states(5, sampler.dim)
    kept, fed = x.copy(), noise(5, sampler.dim)
    originals = [*fed.normals, *fed.uniforms]
    copies = [a.copy() for a in originals]
    first = sampler.step(3, x, fed)
    assert first.shape == x.shape
    assert not np.shares_memory(first, x)
    np.testing.assert_array_equal(sampler.step(3, x, noise(5, sampler.dim)), first)
    np.testing.assert_array_equal(x, kept)
    for a, b in zip(originals, copies, strict=True):
        np.testing.assert_array_equal(a, b)
    rebuilt = cases.build(name, P)
    np.testing.assert_array_equal(rebuilt.step(3, x, noise(5, sampler.dim)), first)


@pytest.mark.parametrize("name", ALL)
def test_batches_and_numbers_of_the_step(name):
    """Rows are independent, k may be an int of any kind or an array, leading axes are free."""
    sampler = cases.build(name, P)
    x = states(2, 6, sampler.dim)
    whole = sampler.step(3, x, noise(2, 6, sampler.dim))
    row = sampler.step(3, x[1, 4], noise(2, 6, sampler.dim, pick=(1, 4)))
    np.testing.assert_allclose(row, whole[1, 4], rtol=0, atol=256 * EPS)
    np.testing.assert_array_equal(sampler.step(np.int64(3), x, noise(2, 6, sampler.dim)), whole)
    many = sampler.step(np.arange(6), x, noise(2, 6, sampler.dim))
    for k in range(6):
        one = sampler.step(k, x[:, k], noise(2, 6, sampler.dim, pick=(slice(None), k)))
        np.testing.assert_allclose(many[:, k], one, rtol=0, atol=256 * EPS)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("correlated", [True, False])
def test_any_array_namespace(name, correlated):
    """The strict namespace refuses NumPy arrays, NumPy scalars and mixed dtypes, as a GPU library does."""
    sampler, xp = cases.build(name, cases.target(correlated)), array_api_strict
    x = states(8, sampler.dim)
    for k in (2, np.arange(8)):
        want = sampler.step(k, x, noise(8, sampler.dim))
        got = sampler.step(k, xp.asarray(x), noise(8, sampler.dim, convert=xp.asarray))
        assert type(got) is type(xp.asarray(x))
        np.testing.assert_allclose(backend.to_host(got), want, rtol=0, atol=256 * EPS)
        single = sampler.step(k, x.astype(np.float32), noise(8, sampler.dim, convert=np.float32))
        assert single.dtype == np.float32
        if "Metropolis" not in name and name not in ("MALA", "Adjusted"):  # rounding may turn an acceptance
            np.testing.assert_allclose(single, want, rtol=0, atol=256 * float(np.finfo(np.float32).eps))


@pytest.mark.gpu
@pytest.mark.parametrize("name", ALL)
def test_on_a_gpu(name):
    cupy, sampler = backend.load("cupy"), cases.build(name, P)
    x = states(8, sampler.dim)
    for k in (2, np.arange(8)):
        want = sampler.step(k, x, noise(8, sampler.dim))
        got = sampler.step(k, cupy.asarray(x), noise(8, sampler.dim, convert=cupy.asarray))
        np.testing.assert_allclose(backend.to_host(got), want, rtol=0, atol=480 * EPS)


@pytest.mark.parametrize("name", ALL)
def test_declared_facts(name):
    kind = cases.SAMPLERS[name]
    assert kind.order in (None, 0, 0.5, 1, 2, 3)
    assert kind.stability is None or kind.stability > 0
    assert re.search(r"\(.*\b1[89]\d\d|\(.*\b20\d\d|Mehler", kind.__doc__), "a citation in the docstring"
    asked = []

    class Counting(targets.Gaussian):
        def score(self, x):
            asked.append(x.shape)
            return super().score(x)

    sampler = cases.build(name, Counting(P.mean, P.cov))
    asked.clear()
    if not issubclass(kind, (samplers.Metropolis, samplers.ExactLangevin)):  # one asks at either end, one for none
        sampler.step(0, states(sampler.dim), noise(sampler.dim))
        assert len(asked) == sampler.evaluations
    assert kind.stability is None or sampler.curvature_limit > 0
    assert sampler.goal() is not None


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("correlated", [True, False])
def test_particles_have_the_exact_law(name, correlated):
    """z-scores of means and second moments of 20,000 particles about the law that probing finds."""
    sampler = cases.build(name, cases.target(correlated))
    if name in NOT_AFFINE:
        with pytest.raises(NotAffine):
            sampler.run()
        return
    law = sampler.run()
    cloud = laws.Particles.sampled(sampler.start(), 20_000, seed=5).through(sampler).points - law.mean
    n, scale = len(cloud), np.diag(law.cov)
    keep = scale > 0
    if not keep.any():
        np.testing.assert_allclose(cloud, 0, atol=1e-9)
        return
    scale = np.where(keep, scale, 1.0)
    first = cloud.mean(axis=0) / np.sqrt(scale / n)
    second = (cloud.T @ cloud / n - law.cov) / np.sqrt((np.outer(scale, scale) + law.cov**2) / n)
    assert np.abs(first).max() < Z
    assert np.abs(second).max() < Z


def test_random_coefficients_follow_their_moments():
    """Given α the randomised midpoint is affine; mean and covariance obey recursions that need E of α only."""
    p, h, n = cases.target(False), 0.4, 40_000
    sampler = samplers.RandomisedMidpoint(p, h, 6)
    mean, var, u = np.zeros(3), np.ones(3), h * cases.PRECISIONS
    gain, square = 1 - u + u**2 / 2, (1 - u + u**2 / 2) ** 2 + u**4 / 12
    for _ in range(6):
        offset = mean - p.mean
        # noise: √2((1 − u)ξ√α + ξ'√(1−α))√h has the variance 2h(α(1 − u)² + 1 − α), E α = ½
        total = square * (var + offset**2) + 2 * h * (1 + (1 - u) ** 2) / 2
        mean = p.mean + gain * offset
        var = total - (mean - p.mean) ** 2
    cloud = laws.Particles.standard(n, 3, seed=4).through(sampler).points
    assert np.abs((cloud.mean(axis=0) - mean) / np.sqrt(var / n)).max() < 5
    # kurtosis: below 2 in excess at these steps
    assert np.abs((cloud.var(axis=0) - var) / (var * np.sqrt(4 / n))).max() < 5


def test_schedules_count_their_steps():
    for name in ("AnnealedULA", "DecayingSGD"):
        sampler = cases.build(name, P)
        for k in (-1, 12, np.array([0, 12])):
            with pytest.raises(InvalidInput, match=r"`k` must lie in \[0, 12\)"):
                sampler.step(k, states(2, 3), Impulse(states(2, 3)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: samplers.AnnealedULA(P, 0.1, 3, inverse_temperature=[1.0, 2.0]), "one per step, 3; got shape"),
        (lambda: samplers.AnnealedULA(P, 0.1, 2, relative_step=[1.0, 0.0]), "`relative_step` must be finite and > 0"),
        (lambda: samplers.AnnealedULA(P, 0.1, 2, inverse_temperature="cold"), "`inverse_temperature` must be numbers"),
        (lambda: samplers.SGD(P, 0.1, 2, gradient_noise=-1.0), "`gradient_noise` must be a finite number >= 0"),
        (lambda: samplers.DecayingSGD(P, 0.1, 2, half_time=0.0), "`half_time` must be a finite number > 0"),
        (lambda: samplers.BAOAB(P, 0.1, 2, friction=0.0), "`friction` must be a finite number > 0"),
        (lambda: samplers.UBU(P, 0.1, 2, inverse_mass=np.inf), "`inverse_mass` must be a finite number > 0"),
        (lambda: samplers.BAOAB(P, 0.1, 2, P.law), r"`begin` must be a law on R\^6; got one on R\^3"),
        (lambda: samplers.PreconditionedLangevin(P, 0.1, 2, preconditioner=np.diag([1.0, 1.0, 0.0])), "definite"),
        (lambda: samplers.PreconditionedLangevin(targets.DoubleWell(), 0.1, 2), "`preconditioner` must be given"),
    ],
)
def test_bad_input(make, message):
    with pytest.raises(BoundcheckError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
