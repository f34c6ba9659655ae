"""Runs one workload of `particles.py` or `exact_sweep.py` for a few seconds, for a profiler to look at.

``py-spy record --rate 500 --format raw --output stacks.txt -- python benchmarks/profiled.py ula``, then
``python benchmarks/profiled.py --read stacks.txt``: the share of every function of the package, with the library code
that it calls; `--lines` splits them by line.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path


def shares(stacks: Path, lines: bool) -> Counter[str]:
    """Return the samples of every innermost function or line of the package, in py-spy's raw format; no imports."""
    found: Counter[str] = Counter()
    for line in stacks.read_text().splitlines():
        frames, _, count = line.rpartition(" ")
        if "<lambda> (benchmarks/profiled.py" in frames or "<lambda> (profiled.py" in frames:
            ours = [frame for frame in frames.split(";") if "verify/" in frame]
            name = ours[-1] if ours else "elsewhere"
            found[name if lines else name.rpartition(":")[0] or name] += int(count)
    return found


def run(workload: str, seconds: float) -> None:
    """Run a workload over and over."""
    import numpy as np

    import verify as vf
    from verify.laws import Particles

    rng = np.random.default_rng(7)
    if workload == "sweep":
        from exact_sweep import DIM, cells, sweep

        chains = cells(DIM)
        work = lambda: sweep(chains)  # noqa: E731
    else:
        a = rng.standard_normal((16, 16))
        target = vf.targets.Gaussian(rng.standard_normal(16), a @ a.T / 16 + 0.3 * np.eye(16))
        ball = vf.targets.gallery.power_law(64, 10.0)
        chain = vf.samplers.ULA(target, 0.05, 200) if workload == "ula" else vf.samplers.MALA(ball, 0.02, 100)
        cloud = Particles.standard(30_000 if workload == "ula" else 6_000, chain.dim, 3, dtype="float32")
        work = lambda: chain.run(cloud)  # noqa: E731
    work()
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    print(f"{workload}: {min(times):.3f} s a run")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", nargs="?", choices=["ula", "mala", "sweep"], default="ula")
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--read", type=Path)
    parser.add_argument("--lines", action="store_true")
    options = parser.parse_args()
    if options.read is None:
        run(options.workload, options.seconds)
    else:
        found = shares(options.read, options.lines)
        for place, count in found.most_common(12):
            print(f"{count / found.total():6.1%}  {place}")
