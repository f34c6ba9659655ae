"""Law: the fused kernels take every particle where the running step takes it, fed with the same Philox normals."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2, norm

from verify import TimeGrid, kernels, laws, samplers, scores, targets
from verify.errors import NotApplicable
from verify.kernels.cuda import SOURCE
from verify.kernels.philox import split
from verify.laws.fused_chain import fused_chain

SEED, STAGE, N = 0x1234_5678_9ABC_DEF1, 3, 37


def standing_in(sampler: Any) -> Any:
    """Return the chain of a kernel for a cloud about the origin."""
    return fused_chain(sampler, np.random.default_rng(1).standard_normal((64, sampler.dim)))


MIXTURE = targets.GaussianMixture(
    np.array([0.2, 0.5, 0.3]),
    np.array([[-2.0, 0.5], [1.5, -1.0], [0.0, 2.0]]),
    np.stack([np.diag(v) for v in ([0.3, 0.5], [0.2, 0.8], [1.2, 0.4])]),
)
CHAINS: dict[str, Any] = {
    "affine": samplers.ExponentialIntegrator(
        scores.Shifted(targets.gallery.correlated(), 0.1), TimeGrid.uniform(2.0, 21)
    ),
    "equal steps": samplers.ULA(targets.gallery.skewed(), 0.1, 23),
    "polynomial": samplers.ULA(targets.DoubleWell(0.3, 0.2), 0.02, 26),
    "mixture": samplers.ExponentialIntegrator(scores.Exact(MIXTURE), TimeGrid.uniform(2.0, 22)),
    "mixture, uneven steps": samplers.ExponentialIntegrator(scores.Exact(MIXTURE), TimeGrid.geometric(3.0, 18, 0.01)),
    "affine, uneven steps": samplers.DDPM(
        scores.Exact(targets.gallery.correlated()), TimeGrid.geometric(3.0, 19, 0.01)
    ),
    "mixture, other scheme": samplers.DDPM(scores.Exact(MIXTURE), TimeGrid.uniform(2.0, 10)),
}


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    """The kernels compiled as C++ for this machine."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("no C++ compiler")
    made = tmp_path_factory.mktemp("kernels") / "chains.so"
    flags = [
        "-O2",
        "-std=c++17",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-Wno-unused-function",
        "-x",
        "c++",
        "-shared",
        "-fPIC",
    ]
    subprocess.run([compiler, *flags, "-o", str(made), str(SOURCE)], check=True)
    return ctypes.CDLL(str(made))


def launched(host: ctypes.CDLL, chain: Any, states: np.ndarray) -> np.ndarray:
    """Return the states (d, n) after the chain, run by the host build of its kernel."""
    kept = []

    def put(values: np.ndarray) -> np.ndarray:
        kept.append(values)
        return values

    states = np.array(states, dtype=np.float32, order="C")
    plain = [states, *chain.arguments(states.shape[1], put), np.uint32(STAGE), *map(np.uint32, split(SEED))]
    kinds = {np.uint64: ctypes.c_ulonglong, np.uint32: ctypes.c_uint, np.float32: ctypes.c_float}
    getattr(host, chain.name)(
        *(v.ctypes.data_as(ctypes.c_void_p) if isinstance(v, np.ndarray) else kinds[type(v)](v) for v in plain)
    )
    return states


def ran(route: str, request: pytest.FixtureRequest, chain: Any, states: np.ndarray) -> np.ndarray:
    """Return the states (d, n) after the chain by one of the two host builds."""
    if route == "C++":
        return launched(request.getfixturevalue("host"), chain, states)
    pytest.importorskip("numba")
    return kernels.run(chain, np.array(states, dtype=np.float32, order="C"), SEED, STAGE)


def stepped(sampler: Any, x: np.ndarray) -> np.ndarray:
    """Return the particles (n, d) after the running step in float64, on the kernels' stream."""
    noise = kernels.CounterStream(x, SEED, STAGE)
    for k in range(sampler.steps):
        x = sampler.step(k, x, noise)
    return x


def test_known_answers_of_philox() -> None:
    """The test vectors of the Random123 distribution."""
    zero, ones = (0, 0, 0, 0), (0xFFFFFFFF,) * 4
    pi = (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344)
    for counter, key, want in (
        (zero, (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        (ones, (0xFFFFFFFF, 0xFFFFFFFF), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (pi, (0xA4093822, 0x299F31D0), (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
    ):
        assert tuple(int(w) for w in kernels.philox(counter, key)) == want


def test_the_stream_is_standard_normal_and_independent() -> None:
    """Moments, pairs over particles, coordinates, steps and stages; each alarm has probability 1e-6."""
    z = np.stack([kernels.normals(5, s, np.arange(20_000), np.arange(4), q) for s in (0, 1) for q in (0, 1)])
    rows = z.reshape(4 * 4, 20_000, 4).transpose(0, 2, 1).reshape(64, 20_000).astype(float)
    n = rows.size
    assert abs(rows.mean()) < norm.isf(1e-6) / np.sqrt(n)
    assert abs((rows**2).mean() - 1) < norm.isf(1e-6) * np.sqrt(2 / n)
    assert abs((rows**4).mean() - 3) < norm.isf(1e-6) * np.sqrt(96 / n)
    r = (rows @ rows.T / 20_000)[np.triu_indices(64, 1)] * np.sqrt(20_000)
    assert chi2.sf(float((r**2).sum()), r.size) > 1e-6
    assert np.abs(r).max() < norm.isf(1e-6 / r.size)


@pytest.mark.parametrize("route", ["C++", "Numba"])
@pytest.mark.parametrize("name", CHAINS)
def test_host_builds_against_the_running_step(name: str, route: str, request: pytest.FixtureRequest) -> None:
    """Single precision through 26 steps of gains near one: a few hundred units of rounding."""
    sampler = CHAINS[name]
    fused = standing_in(sampler)
    assert fused is not None
    x = np.random.default_rng(1).standard_normal((N, sampler.dim))
    y = x if fused.basis is None else x @ fused.basis
    got = ran(route, request, fused.chain, y.T).T
    if fused.basis is None:
        want = stepped(sampler, x)
    else:  # the kernel's noise is that of the eigenbasis
        turned = kernels.CounterStream(x, SEED, STAGE)
        want = x
        for k in range(sampler.steps):
            z = turned.normal() @ fused.basis.T
            want = sampler.step(k, want, type("Given", (), {"normal": lambda self, z=z: z})())
        want = want @ fused.basis
    np.testing.assert_allclose(got, want, rtol=0, atol=400 * np.finfo(np.float32).eps * np.abs(want).max())


@pytest.mark.parametrize("route", ["C++", "Numba"])
@pytest.mark.parametrize("fault", ["stage", "seed", "gain"])
def test_a_planted_fault_is_seen(fault: str, route: str, request: pytest.FixtureRequest) -> None:
    sampler = CHAINS["equal steps"]
    chain = standing_in(sampler).chain
    x = np.random.default_rng(1).standard_normal((N, 3))
    got = ran(route, request, chain, x.T).T
    noise = kernels.CounterStream(x, SEED + (fault == "seed"), STAGE + (fault == "stage"))
    y = x
    for k in range(sampler.steps):
        y = sampler.step(k, y, noise) * (1.0001 if fault == "gain" else 1.0)
    assert np.abs(got - y).max() > 400 * np.finfo(np.float32).eps * np.abs(y).max()


def test_a_particle_does_not_depend_on_its_neighbours() -> None:
    """Rows from `first` on are rows of the whole: blocks and devices change no draw."""
    whole = kernels.CounterStream(np.zeros((50, 2)), SEED)
    part = kernels.CounterStream(np.zeros((20, 2)), SEED, first=30)
    for _ in range(9):
        np.testing.assert_array_equal(part.normal(), whole.normal()[30:])


def test_other_chains_are_left_to_array_code() -> None:
    correlated = targets.GaussianMixture(
        np.array([0.5, 0.5]), np.array([[0.0, 0.0], [2.0, 1.0]]), np.array([[[1.0, 0.4], [0.4, 1.0]], np.eye(2)])
    )
    for sampler in (
        samplers.MALA(MIXTURE, 0.1, 3),
        samplers.BAOAB(targets.gallery.correlated(), 0.1, 3),
        samplers.ULA(targets.LogCosh(), 0.1, 3),
        samplers.ExponentialIntegrator(scores.Exact(correlated), TimeGrid.uniform(1.0, 4)),
        samplers.ExponentialIntegrator(scores.Shifted(MIXTURE, 0.1), TimeGrid.uniform(1.0, 4)),
        samplers.FlowHeun(scores.Exact(MIXTURE), TimeGrid.uniform(1.0, 4, stop=0.1)),
    ):
        assert standing_in(sampler) is None, sampler
    with pytest.raises(NotApplicable):
        kernels.CounterStream(np.zeros((2, 1)), 1).uniform()


@pytest.mark.parametrize("architecture", ["sm_70", "sm_80", "sm_90"])
def test_the_source_compiles_for_gpus(architecture: str, tmp_path: Path) -> None:
    """By nvcc, or NVRTC through CuPy, wherever there is one; neither needs a device."""
    if nvcc := shutil.which("nvcc"):
        known = subprocess.run([nvcc, "--list-gpu-code"], capture_output=True, text=True, check=True).stdout.split()
        if architecture not in known:
            pytest.skip(f"this nvcc is too new for {architecture}")
        command = [
            nvcc,
            f"-arch={architecture}",
            "-cubin",
            "-DDIM=16",
            "-o",
            str(tmp_path / "chains.cubin"),
            str(SOURCE),
        ]
        subprocess.run(command, check=True, capture_output=True)
        return
    nvrtc = pytest.importorskip("cupy_backends.cuda.libs.nvrtc")
    program = nvrtc.createProgram(SOURCE.read_text(), "chains.cu", [], [])
    nvrtc.compileProgram(program, [f"--gpu-architecture={architecture}", "-DDIM=16"])
    assert nvrtc.getCUBIN(program)


@pytest.mark.gpu
@pytest.mark.parametrize("name", CHAINS)
def test_gpu_against_host(name: str, host: ctypes.CDLL) -> None:
    """The same stream on a device: the same points up to single-precision rounding."""
    import cupy

    sampler, fused = CHAINS[name], standing_in(CHAINS[name])
    x = np.random.default_rng(1).standard_normal((1000, sampler.dim)).astype(np.float32)
    cloud = laws.Particles(cupy.asarray(x), SEED, "cupy", STAGE)
    got = cupy.asnumpy(sampler.run(cloud).points)
    y = x if fused.basis is None else x @ fused.basis.astype(np.float32)
    want = launched(host, fused.chain, y.T).T
    want = want if fused.basis is None else want @ fused.basis.T
    np.testing.assert_allclose(got, want, rtol=0, atol=2000 * np.finfo(np.float32).eps * np.abs(want).max())


@pytest.mark.gpu
@pytest.mark.parametrize("name", CHAINS)
def test_a_seed_gives_the_same_points_on_cpu_and_gpu(name: str) -> None:
    """Start and path, drawn where they run, to single-precision rounding."""
    import cupy

    pytest.importorskip("numba")
    sampler = CHAINS[name]
    device, host = (
        sampler.run(laws.Particles.standard(1000, sampler.dim, SEED, backend, "float32")).points
        for backend in ("cupy", "numba")
    )
    np.testing.assert_allclose(
        cupy.asnumpy(device), host, rtol=0, atol=2000 * np.finfo(np.float32).eps * np.abs(host).max()
    )
