"""Law: blocks, tables, threads and streamed moments give the law of the running step, whatever the machine."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from verify import TimeGrid, kl, laws, samplers, scores, targets, wasserstein2
from verify.errors import InvalidInput, NotApplicable
from verify.laws.affine_table import AffineTable
from verify.laws.blocks import after_steps
from verify.noise import Stream

P = targets.gallery.correlated()
START = np.random.default_rng(2).standard_normal((64, 3))
CHAINS = {
    "reverse": samplers.ExponentialIntegrator(scores.Shifted(P, 0.1), TimeGrid.uniform(2.0, 20)),
    "heun": samplers.FlowHeun(scores.Exact(P), TimeGrid.uniform(2.0, 20)),
    "ula": samplers.ULA(P, 0.1, 30),
    "axis": samplers.ULA(targets.gallery.skewed(), 0.05, 30),
}


@pytest.mark.parametrize("name", CHAINS)
def test_the_table_takes_a_state_where_the_step_takes_it(name: str) -> None:
    """Fed with the same noise, rotated into the eigenbasis, table and step end in the same place, to rounding."""
    chain = CHAINS[name]
    table = AffineTable.of(chain, START[:, : chain.dim])
    assert table is not None
    rng = np.random.default_rng(0)
    x, z = 3 * rng.standard_normal((50, chain.dim)), rng.standard_normal((chain.steps, 50, chain.dim))

    class Given:
        def __init__(self) -> None:
            self.k = -1

        def normal(self) -> np.ndarray:
            self.k += 1
            return z[self.k]

    noise, slow = Given(), x
    for k in range(chain.steps):
        slow = chain.step(k, slow, noise)
    turned = iter(z if table.basis is None else z @ table.basis)
    count = noise.k + 1
    fast = table.run(np.array(x.T), lambda: np.array(next(turned).T) if count else np.zeros_like(x.T)).T
    np.testing.assert_allclose(fast, slow, rtol=0, atol=1e-12 * np.abs(slow).max())


def test_what_is_not_affine_has_no_table() -> None:
    mixture = targets.GaussianMixture(
        np.array([0.4, 0.6]), np.array([[-1.0, 0.0], [1.0, 1.0]]), np.stack([np.eye(2)] * 2)
    )
    assert AffineTable.of(samplers.ULA(mixture, 0.1, 5), START[:, :2]) is None
    assert AffineTable.of(samplers.MALA(P, 0.1, 5), START[:, :2]) is None
    assert AffineTable.of(samplers.BAOAB(P, 0.1, 5), START[:, :2]) is None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["ula", "reverse"])
def test_any_number_of_workers_gives_the_same_points(name: str, dtype: str) -> None:
    cloud = laws.Particles.standard(200_000, 2, seed=4, dtype=dtype)
    one, three = (CHAINS[name].run(replace(cloud, workers=w)).points for w in (1, 3))
    np.testing.assert_array_equal(one, three)


def test_streamed_moments_are_those_of_the_held_cloud() -> None:
    """n, mean, covariance and counts of the streamed run equal those of the points, to rounding."""
    chain, levels = CHAINS["ula"], (-1.0, 0.0, 2.5)
    streamed = laws.StreamedParticles(150_001, 2, seed=9, dtype="float64", thresholds=levels, workers=2).through(chain)
    points = chain.run(laws.Particles.standard(150_001, 2, seed=9)).points
    assert streamed.n == len(points)
    np.testing.assert_allclose(streamed.mean, points.mean(axis=0), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(streamed.cov, np.cov(points.T), rtol=1e-11)
    np.testing.assert_array_equal(streamed.counts, [(points <= level).sum(axis=0) for level in levels])
    goal = chain.goal()
    for divergence in (kl, wasserstein2):
        held, kept = divergence(goal, laws.Particles(points, 9)), divergence(goal, streamed)
        assert kept.value == pytest.approx(held.value, rel=1e-9, abs=1e-12)


def test_moments_do_not_stand_in_for_points() -> None:
    chain = samplers.ULA(targets.gallery.standard(1), 0.1, 3)
    kept = laws.StreamedParticles(1000, 1, seed=1).through(chain)
    with pytest.raises(NotApplicable, match="points"):
        wasserstein2(chain.goal(), kept, estimator="sorted")
    for wrong in ({"n": 1}, {"dim": 0}, {"workers": 0}, {"dtype": "float16"}, {"seed": -1}):
        with pytest.raises(InvalidInput):
            laws.StreamedParticles(**({"n": 10, "dim": 1, "seed": 1} | wrong))


def test_float32_shows_no_bias() -> None:
    """The same noise in single and double precision ends within 200 units of rounding a path."""
    chain = CHAINS["ula"]
    table = AffineTable.of(chain, START[:, : chain.dim])
    z = np.random.default_rng(3).standard_normal((chain.steps, 2, 4000))
    ends = []
    for dtype in (np.float32, np.float64):
        draws = iter(z.astype(dtype))
        ends.append(table.run(np.zeros((2, 4000), dtype), lambda draws=draws: next(draws)))
    gap = ends[0] - ends[1]
    assert np.abs(gap).max() < 200 * np.finfo(np.float32).eps
    assert abs(gap.mean()) < 2 * np.finfo(np.float32).eps


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").is_file(), reason="needs the process's own peak memory")
def test_memory_does_not_grow_with_n() -> None:
    """Ten million particles in d = 16 pass through less than 300 MB: their points alone would take 640 MB."""
    code = (
        "import verify as vf\n"
        "chain = vf.samplers.ULA(vf.targets.gallery.power_law(16), 0.01, 2)\n"
        "vf.laws.StreamedParticles(10**7, 16, seed=1).through(chain)\n"
        "print(open('/proc/self/status').read())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    peak = next(line for line in done.stdout.splitlines() if line.startswith("VmHWM"))  # getrusage counts the parent
    assert int(peak.split()[1]) < 300_000


def test_a_fault_in_the_table_is_seen() -> None:
    """A gain a millionth off moves a path by more than rounding."""
    chain = CHAINS["ula"]
    table = AffineTable.of(chain, START[:, : chain.dim])
    wrong = replace(table, slope=table.slope + 1e-6)
    zero = np.ones((2, 3))
    paths = [t.run(zero.copy(), lambda: np.ones((2, 3))) for t in (table, wrong)]
    assert np.abs(paths[0] - paths[1]).max() > 1e-8


def test_generic_steps_see_the_same_stream() -> None:
    """`after_steps` without a table draws its noise from one stream in the order of the calls."""
    chain = samplers.MALA(P, 0.1, 4)
    x = np.random.default_rng(1).standard_normal((10, 2))
    made = after_steps(chain, None, x, np.random.Generator(np.random.SFC64(2)))
    y, noise = np.asfortranarray(x), Stream(np.random.Generator(np.random.SFC64(2)), x)
    for k in range(4):
        y = chain.step(k, y, noise)
    np.testing.assert_array_equal(made, y)


@pytest.mark.parametrize("target", [P, targets.gallery.skewed()], ids=["correlated", "axes"])
def test_plug_ins_sum_where_the_points_are(target: targets.Gaussian) -> None:
    """Points of another array library, which gives nothing but moments away, have the divergences of NumPy's."""
    strict = pytest.importorskip("array_api_strict")
    host = laws.Particles.sampled(target.law, 5000, 3)

    class Elsewhere:
        points, n, dim, through = strict.asarray(host.points), host.n, host.dim, None

    law = laws.Gaussian(target.mean + 0.1, 1.1 * target.cov)
    for divergence in (kl, wasserstein2):
        here, there = divergence(law, host), divergence(law, Elsewhere())
        assert there.value == pytest.approx(here.value, rel=1e-10)
        assert there.high == pytest.approx(here.high, rel=1e-10)
