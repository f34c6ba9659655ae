"""Times clouds of particles against plain NumPy, PyTorch, JAX and a hand-fused Numba kernel, interleaved.

Every peer is the best that we could write in a few lines of its library; those that are installed run.
Workloads: ``ula``, full-covariance Gaussian, d = 16, N = 200; ``gaussian``, exponential integrator on it, N = 100;
``mixture`` and ``plane``, exponential integrator with the score of 8 components in d = 16 and d = 2; ``well``, ULA in a
one-dimensional double well, N = 500; ``mala``, d = 64. The *floor* is the time of the package's own float32 normals
alone. Run: ``python benchmarks/particles.py [--cores 1] [--rounds 5] [--scale 1] [--only ula …] [--out FILE]``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--cores", type=int, default=2)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--scale", type=float, default=1.0, help="multiplies the number of particles")
parser.add_argument("--only", nargs="*", default=None)
parser.add_argument("--out", type=Path)
options = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])

import numpy as np  # noqa: E402

import verify as vf  # noqa: E402
from verify.backend import keep_freed_memory  # noqa: E402
from verify.laws import Particles  # noqa: E402
from verify.normals import box_muller  # noqa: E402

Work = Callable[[], Any]


def library(name: str) -> Any:
    """Return an installed library, or None."""
    try:
        return __import__(name)
    except ImportError:
        return None


jax, torch, numba = library("jax"), library("torch"), library("numba")
if torch is not None:
    torch.set_num_threads(options.cores)


@dataclass(frozen=True)
class Chain:
    """A workload: n particles of the sampler, and arrays from which peers build the same chain."""

    n: int
    sampler: Any
    data: dict[str, Any]

    @property
    def dim(self) -> int:
        """d."""
        return int(self.sampler.dim)

    @property
    def normals(self) -> int:
        """How many are drawn in all."""
        return self.n * self.dim * self.sampler.steps


def workloads() -> dict[str, Chain]:
    """Return the chains by name."""
    rng = np.random.default_rng(7)
    a = rng.standard_normal((16, 16))
    target = vf.targets.Gaussian(rng.standard_normal(16), a @ a.T / 16 + 0.3 * np.eye(16))
    grid = vf.TimeGrid.uniform(4.0, 100)
    n = int(100_000 * options.scale)
    gaussian = {"mean": target.mean, "precision": np.linalg.inv(target.cov), "target": target}

    def mixture(dim: int) -> Chain:
        means, variances = 2 * rng.standard_normal((8, dim)), rng.uniform(0.2, 1.0, (8, dim))
        law = vf.targets.GaussianMixture(np.full(8, 1 / 8), means, np.stack([np.diag(v) for v in variances]))
        chain = vf.samplers.ExponentialIntegrator(vf.scores.Exact(law), grid)
        return Chain(n, chain, {"means": means, "variances": variances, "tau": grid.tau})

    ball = vf.targets.gallery.power_law(64, 10.0)
    return {
        "ula": Chain(n, vf.samplers.ULA(target, 0.05, 200), gaussian),
        "gaussian": Chain(
            n, vf.samplers.ExponentialIntegrator(vf.scores.Exact(target), grid), gaussian | {"tau": grid.tau}
        ),
        "mixture": mixture(16),
        "plane": mixture(2),
        "well": Chain(10 * n, vf.samplers.ULA(vf.targets.DoubleWell(0.25), 0.01, 500), {}),
        "mala": Chain(n // 5, vf.samplers.MALA(ball, 0.02, 100), {"variances": ball.eigenvalues, "mean": ball.mean}),
    }


def floor(chain: Chain) -> Work:
    """Return the generation of the same number of normals on one core, nothing else."""
    generator = np.random.Generator(np.random.SFC64(1))
    calls = math.ceil(chain.normals / (1 << 17))

    def work() -> None:
        for _ in range(calls):
            box_muller(generator, 1 << 17)

    return work


def ours(chain: Chain, workers: int) -> Work:
    """Return the package's run in float32."""
    cloud = replace(Particles.standard(chain.n, chain.dim, 3, dtype="float32"), workers=workers)
    return lambda: chain.sampler.run(cloud)


def moves(
    name: str, chain: Chain, xp: Any, normal: Callable[[Any], Any], uniform: Callable[[Any], Any]
) -> Callable[..., Any]:
    """Return step(k, x) as a user writes it, in the functions of the array library `xp`."""
    data, h = chain.data, 0.05
    if name == "ula":
        precision, mean = xp.asarray(data["precision"], dtype=xp.float32), xp.asarray(data["mean"], dtype=xp.float32)
        return lambda k, x: x - h * ((x - mean) @ precision) + math.sqrt(2 * h) * normal(x)
    if name == "well":
        return lambda k, x: x - 0.01 * (x * (x * x - 1)) + math.sqrt(0.02) * normal(x)
    if name == "mala":
        inverse, mean = xp.asarray(1 / data["variances"], dtype=xp.float32), xp.asarray(data["mean"], dtype=xp.float32)

        def mala(k: Any, x: Any) -> Any:
            slope = -(x - mean) * inverse
            y = x + 0.02 * slope + math.sqrt(0.04) * normal(x)
            back = -(y - mean) * inverse
            moved = 0.5 * (((x - mean) ** 2 - (y - mean) ** 2) * inverse).sum(-1)
            there, here = ((y - x - 0.02 * slope) ** 2).sum(-1), ((x - y - 0.02 * back) ** 2).sum(-1)
            ratio = xp.exp(moved + (there - here) / 0.08)
            return xp.where((uniform(x) < ratio)[:, None], y, x)

        return mala
    tau = data["tau"]
    step = tau[:-1] - tau[1:]
    grow, pull, spread = (
        xp.asarray(v, dtype=xp.float32) for v in (np.exp(step), 2 * np.expm1(step), np.sqrt(np.expm1(2 * step)))
    )
    if name == "gaussian":
        values, basis = np.linalg.eigh(data["target"].cov)
        tables = [(basis / (1 + (values - 1) * math.exp(-2 * t))) @ basis.T for t in tau[:-1]]
        precisions = xp.asarray(np.array(tables), dtype=xp.float32)
        means = xp.asarray(np.exp(-tau[:-1, None]) * data["mean"], dtype=xp.float32)
        return lambda k, x: grow[k] * x - pull[k] * ((x - means[k]) @ precisions[k]) + spread[k] * normal(x)
    decay = np.exp(-tau[:-1])[:, None, None]
    variances = decay**2 * data["variances"] + 1 - decay**2
    centres = decay * data["means"]
    linear, square = centres / variances, -0.5 / variances
    constant = -0.5 * (np.log(variances) + centres**2 / variances).sum(axis=-1)
    a, b, p, c = (
        xp.asarray(np.ascontiguousarray(v), dtype=xp.float32) for v in (linear, square, 1 / variances, constant)
    )

    def mixture(k: Any, x: Any) -> Any:
        logs = x @ a[k].T + (x * x) @ b[k].T + c[k]
        top = logs.max(-1, keepdims=True) if xp is not torch else logs.max(-1, keepdim=True).values
        share = xp.exp(logs - top)
        share = share / share.sum(-1, keepdims=True) if xp is not torch else share / share.sum(-1, keepdim=True)
        score = share @ a[k] - x * (share @ p[k])
        return grow[k] * x + pull[k] * score + spread[k] * normal(x)

    return mixture


def plain(name: str, chain: Chain) -> Work:
    """Return NumPy in float64 on whole arrays, as most people write it; a tenth of the particles, counted ten times."""
    rng = np.random.default_rng(1)
    step = moves(name, chain, np, lambda x: rng.standard_normal(x.shape), lambda x: rng.random(len(x)))

    def work() -> None:
        x = rng.standard_normal((max(chain.n // 10, 1), chain.dim))
        for k in range(chain.sampler.steps):
            x = step(k, x)

    return work


def eager(name: str, chain: Chain) -> Work:
    """Return PyTorch in float32, eager."""
    step = moves(name, chain, torch, torch.randn_like, lambda x: torch.rand(len(x)))

    def work() -> None:
        with torch.inference_mode():
            x = torch.randn(chain.n, chain.dim)
            for k in range(chain.sampler.steps):
                x = step(k, x)

    return work


def jitted(name: str, chain: Chain, generator: str) -> Work:
    """Return JAX in float32, one jitted scan; `generator` is its random number algorithm."""
    jnp, random = jax.numpy, jax.random

    @jax.jit
    def run(key: Any, x: Any) -> Any:
        def one(carry: Any, k: Any) -> Any:
            x, key = carry
            key, first, second = random.split(key, 3)
            step = moves(
                name, chain, jnp, lambda y: random.normal(first, y.shape), lambda y: random.uniform(second, (len(y),))
            )
            return (step(k, x), key), None

        return jax.lax.scan(one, (x, key), jnp.arange(chain.sampler.steps))[0][0]

    key = random.key(0, impl=generator)
    x = random.normal(key, (chain.n, chain.dim))
    run(key, x).block_until_ready()
    return lambda: run(key, x).block_until_ready()


def fused(name: str, chain: Chain) -> Work:
    """Return a kernel in Numba with the chain in registers, written for this workload alone (`ula` and `well` only)."""
    size, steps, dim = chain.n, chain.sampler.steps, chain.dim

    @numba.njit(fastmath=True, parallel=True)
    def run(gain, shift, spread, out):  # type: ignore[no-untyped-def]
        for i in numba.prange(size):
            state = np.uint64(i + 1) * np.uint64(0x9E3779B97F4A7C15)
            for j in range(dim):
                x = np.float32(0.0)
                for _ in range(steps // 2):
                    state += np.uint64(0x9E3779B97F4A7C15)
                    z = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
                    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
                    z = z ^ (z >> np.uint64(31))
                    u = np.float32(np.uint32(z)) * np.float32(2.0**-32) + np.float32(2.0**-33)
                    angle = np.float32(np.uint32(z >> np.uint64(32))) * np.float32(2 * math.pi * 2.0**-32)
                    r = spread[j] * np.sqrt(np.float32(-2.0) * np.log(u))
                    if dim > 1:
                        x = gain[j] * x + shift[j] + r * np.cos(angle)
                        x = gain[j] * x + shift[j] + r * np.sin(angle)
                    else:
                        x = x - np.float32(0.01) * (x * (x * x - np.float32(1.0))) + r * np.cos(angle)
                        x = x - np.float32(0.01) * (x * (x * x - np.float32(1.0))) + r * np.sin(angle)
                out[i, j] = x

    values = chain.data["target"].eigenvalues if name == "ula" else np.ones(1)
    gain = (1 - 0.05 / values).astype(np.float32)
    spread = np.full(dim, math.sqrt(0.1 if name == "ula" else 0.02), np.float32)
    shift, out = np.zeros(dim, np.float32), np.empty((size, dim), np.float32)
    numba.set_num_threads(options.cores)
    run(gain, shift, spread, out)
    return lambda: run(gain, shift, spread, out)


def entrants(name: str, chain: Chain) -> dict[str, tuple[Work, float]]:
    """Return what runs, with the factor by which its time counts."""
    found: dict[str, tuple[Work, float]] = {
        "floor: normals alone, 1 core": (floor(chain), 1.0),
        "boundcheck, 1 worker": (ours(chain, 1), 1.0),
        "NumPy float64": (plain(name, chain), chain.n / max(chain.n // 10, 1)),
    }
    if options.cores > 1:
        found[f"boundcheck, {options.cores} workers"] = ours(chain, options.cores), 1.0
    if torch is not None:
        found["PyTorch eager"] = eager(name, chain), 1.0
    if jax is not None:
        found["JAX threefry"] = jitted(name, chain, "threefry2x32"), 1.0
        found["JAX rbg"] = jitted(name, chain, "rbg"), 1.0
    if numba is not None and name in ("ula", "well"):
        found["Numba, hand-fused"] = fused(name, chain), 1.0
    return found


def main() -> None:
    """Run the entrants in turns, print and write the medians and their ratios."""
    figures: dict[str, Any] = {}
    keep_freed_memory()  # what the package does for itself; the competitors have it, too
    for name, chain in workloads().items():
        if options.only and name not in options.only:
            continue
        runs = entrants(name, chain)
        seconds: dict[str, list[float]] = {label: [] for label in runs}
        for _ in range(options.rounds):
            for label, (work, factor) in runs.items():
                start = time.perf_counter()
                work()
                seconds[label].append(factor * (time.perf_counter() - start))
        best = min((label for label in runs if label.startswith("boundcheck")), key=lambda label: min(seconds[label]))
        figures[name] = {
            "n": chain.n,
            "d": chain.dim,
            "N": chain.sampler.steps,
            "seconds": {label: round(statistics.median(times), 4) for label, times in seconds.items()},
            f"ratio to {best}": {
                label: round(statistics.median(t / s for t, s in zip(times, seconds[best], strict=True)), 3)
                for label, times in seconds.items()
            },
        }
        print(json.dumps({name: figures[name]}, indent=2, ensure_ascii=False), flush=True)
    figures["machine"] = {
        "cores": options.cores,
        "python": platform.python_version(),
        "numpy": np.__version__,
        **{lib.__name__: lib.__version__ for lib in (jax, torch, numba) if lib is not None},
        "peak memory MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(figures["machine"], indent=2))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
