"""Times clouds of particles against plain NumPy, PyTorch, JAX, BlackJAX and hand-fused Numba kernels, interleaved.

Every peer is the best that we could write in a few lines of its library (`peers.py`, `hand_fused.py`); those that are
installed run, and what they end in is compared with the package's own mean and variance.
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
parser.add_argument("--jax-generator", default="threefry2x32", help="rbg was 5 to 15 times slower on the CPU")
parser.add_argument("--compile", action="store_true", help="also torch.compile, which needs a C++ compiler")
parser.add_argument("--out", type=Path)
options = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: options.cores])

import numpy as np  # noqa: E402
import peers  # noqa: E402

import verify as vf  # noqa: E402
from verify.backend import keep_freed_memory  # noqa: E402
from verify.laws import Particles  # noqa: E402
from verify.normals import box_muller  # noqa: E402

Work = Callable[[], Any]
FLOOR, OURS = "floor: normals alone, 1 core", "boundcheck, "

numba = peers.installed("numba")
if peers.torch is not None:
    peers.torch.set_num_threads(options.cores)


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
    calls = math.ceil(chain.normals / (1 << 18))

    def work() -> None:
        for _ in range(calls):
            box_muller(generator, 1 << 18)

    return work


def ours(chain: Chain, workers: int, backend: str = "numpy") -> Work:
    """Return the package's run in float32."""
    cloud = replace(Particles.standard(chain.n, chain.dim, 3, backend, "float32"), workers=workers)
    return lambda: chain.sampler.run(cloud).points


def entrants(name: str, chain: Chain) -> dict[str, tuple[Work, float]]:
    """Return what runs, with the factor by which its time counts."""
    cores, workers = options.cores, f"{options.cores} worker" + "s" * (options.cores > 1)
    found: dict[str, tuple[Work, float]] = {
        FLOOR: (floor(chain), 1.0),
        f"{OURS}NumPy, {workers}": (ours(chain, cores), 1.0),
        "NumPy float64": (peers.plain(name, chain), chain.n / max(chain.n // 10, 1)),
    }
    if peers.torch is not None:
        found["PyTorch eager"] = peers.eager(name, chain), 1.0
        if options.compile:
            found["PyTorch compiled"] = peers.eager(name, chain, compiled=True), 1.0
    if peers.jax is not None:
        found["JAX"] = peers.jitted(name, chain, options.jax_generator), 1.0
    if peers.blackjax is not None and name == "mala":
        found["BlackJAX"] = peers.blackjax_mala(chain), 1.0
    if numba is not None:
        if name != "mala":
            found[f"{OURS}Numba, {workers}"] = ours(chain, cores, "numba"), 1.0
        if name in ("ula", "well"):
            import hand_fused

            found["Numba by hand, scalar"] = hand_fused.scalar(name, chain, cores), 1.0
            found["Numba by hand, lanes"] = hand_fused.vector(name, chain, cores), 1.0
    return found


def gap(points: Any, want: Any) -> float:
    """Return the largest z-score of the means and variances of two clouds; the fourth moment is the sample's own."""
    x, y = np.asarray(points, dtype=float), np.asarray(want, dtype=float)
    found = []
    for power in (1, 2):
        a, b = (x - y.mean(axis=0)) ** power, (y - y.mean(axis=0)) ** power
        error = np.sqrt(a.var(axis=0) / len(a) + b.var(axis=0) / len(b))
        found.append(np.abs(a.mean(axis=0) - b.mean(axis=0)) / error)
    return float(np.max(found))


def timed(runs: dict[str, tuple[Work, float]]) -> dict[str, list[float]]:
    """Return the seconds of every entrant, one a round, in turns; a first run of each compiles and is not counted."""
    cloud = next(np.asarray(work()) for label, (work, _) in runs.items() if label.startswith(OURS))
    for label, (work, _) in runs.items():
        points = work()
        if label != FLOOR and (found := gap(points, cloud)) > 6:
            raise SystemExit(f"{label} ends elsewhere than the package: z = {found:.1f}")
    seconds: dict[str, list[float]] = {label: [] for label in runs}
    for _ in range(options.rounds):
        for label, (work, factor) in runs.items():
            start = time.perf_counter()
            work()
            seconds[label].append(factor * (time.perf_counter() - start))
    return seconds


def ratios(seconds: dict[str, list[float]], base: str) -> dict[str, float]:
    """Return the medians over the rounds of every entrant's time divided by that of `base`."""
    return {
        label: round(statistics.median(t / s for t, s in zip(times, seconds[base], strict=True)), 3)
        for label, times in seconds.items()
    }


def main() -> None:
    """Run the entrants in turns, print and write the medians and their ratios."""
    figures: dict[str, Any] = {}
    keep_freed_memory()  # what the package does for itself; the competitors have it, too
    for name, chain in workloads().items():
        if options.only and name not in options.only:
            continue
        seconds = timed(entrants(name, chain))
        figures[name] = {
            "n": chain.n,
            "d": chain.dim,
            "N": chain.sampler.steps,
            "seconds": {label: round(statistics.median(times), 4) for label, times in seconds.items()},
            **{f"ratio to {label}": ratios(seconds, label) for label in seconds if label.startswith(OURS)},
        }
        print(json.dumps({name: figures[name]}, indent=2, ensure_ascii=False), flush=True)
    libraries = (peers.jax, peers.torch, peers.blackjax, numba)
    figures["machine"] = {
        "cores": options.cores,
        "python": platform.python_version(),
        "numpy": np.__version__,
        **{library.__name__: library.__version__ for library in libraries if library is not None},
        "peak memory MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(figures["machine"], indent=2))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
