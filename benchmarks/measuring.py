"""What the benchmarks share: interleaved times, ratios, peak memory of one point in a process of its own, versions."""

from __future__ import annotations

import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

Works = Mapping[str, Callable[[], Any]]


def interleaved(works: Works, rounds: int, warm_up: bool = True) -> dict[str, list[float]]:
    """Return {name: seconds of each round}, all works in turn in every round, after a round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds + warm_up):
        for name, work in works.items():
            start = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - start)
    return {name: times[-rounds:] for name, times in seconds.items()}


def compared(seconds: Mapping[str, list[float]], ours: str) -> dict[str, Any]:
    """Return the medians in seconds, and of each round's ratio to `ours`, with its least and largest."""
    ratios = {name: [a / b for a, b in zip(times, seconds[ours], strict=True)] for name, times in seconds.items()}
    return {
        "seconds": {name: round(statistics.median(times), 5) for name, times in seconds.items()},
        f"ratio to {ours}": {name: round(statistics.median(found), 2) for name, found in ratios.items()},
        "range of the ratio": {name: [round(min(found), 2), round(max(found), 2)] for name, found in ratios.items()},
    }


def peak_here() -> float:
    """Return this process's peak resident memory in MB.

    On Linux that of the program since it started: getrusage counts also what the parent held when it forked.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        lines = dict(line.split(":", 1) for line in status.read_text("utf-8").splitlines() if ":" in line)
        return int(lines["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


def alone(*arguments: object) -> dict[str, float]:
    """Run the script that is running in a process of its own and return the JSON on its last line."""
    command = [sys.executable, sys.argv[0], *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def versions(names: Iterable[str]) -> dict[str, str]:
    """Return the versions of the interpreter and of the distributions that are installed."""
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def written(figures: Mapping[str, Any], out: Path | None) -> None:
    """Print the figures as JSON, and write them where a file is named."""
    text = json.dumps(figures, indent=2, ensure_ascii=False)
    print(text)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text + "\n", encoding="utf-8")
