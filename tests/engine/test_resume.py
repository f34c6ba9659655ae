"""Killed at any moment and run again, a study gives the table of an undisturbed run, bit for bit."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUN = [sys.executable, "-m", "verify", "run", "toy/steps", "--budget", "full"]


def start(*options: str) -> subprocess.Popen[bytes]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with complaints(*options).open("w") as stderr:  # workers of a killed run may still write to its own file
        return subprocess.Popen(
            [*RUN, *options], env=env, stdout=subprocess.DEVNULL, stderr=stderr, start_new_session=True
        )


def complaints(*options: str) -> Path:
    return Path("-".join(["stderr", *options]).replace("/", "-"))


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


@pytest.mark.parametrize("executor", ["serial", "processes:2"])
def test_kill_minus_nine_at_random_moments(project: Path, edit: Callable[..., Path], executor: str) -> None:
    edit("PAUSE = 0.0", "PAUSE = 0.03")  # 24 cells, so a run takes a second and the kills fall between them
    assert start("--results", "clean").wait(60) == 0
    journal = project / "results/toy/steps/full/journal.jsonl"
    rng, kills, kept = random.Random(4), 0, 0
    for _ in range(6):
        run = start("--executor", executor)
        target = lines(journal) + rng.randint(1, 5)
        while lines(journal) < target and run.poll() is None:
            time.sleep(0.002)
        time.sleep(rng.uniform(0, 0.02))
        if run.poll() is not None:
            break
        run.send_signal(signal.SIGKILL)
        run.wait()
        kills += 1
        assert lines(journal) >= kept
        kept = lines(journal)
    assert kills >= 3
    assert 0 < kept < 24
    assert not (project / "results/toy/steps/full/table.csv").exists()
    final = start("--executor", executor, "--strict")
    assert final.wait(60) == 0
    assert complaints("--executor", executor, "--strict").read_text() == ""
    assert lines(journal) == 24  # nothing was computed twice
    tables = [(project / f / "toy/steps/full/table.csv").read_bytes() for f in ("clean", "results")]
    assert tables[0] == tables[1]


def test_workers_end_with_a_killed_driver(project: Path, edit: Callable[..., Path]) -> None:
    edit("PAUSE = 0.0", "PAUSE = 0.05\nopen('pids', 'a').write(f'{__import__(\"os\").getpid()}\\n')")
    run = start("--executor", "processes:2")
    journal = project / "results/toy/steps/full/journal.jsonl"
    while lines(journal) < 3:
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    pids = {int(pid) for pid in (project / "pids").read_text().split()} - {run.pid}
    assert pids
    end = time.monotonic() + 10
    while (left := {pid for pid in pids if alive(pid)}) and time.monotonic() < end:
        time.sleep(0.05)
    assert not left


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_ctrl_c_leaves_130_one_line_and_a_whole_journal(project: Path, edit: Callable[..., Path]) -> None:
    edit("PAUSE = 0.0", "PAUSE = 0.05")
    for executor in ("serial", "processes:2"):
        journal = project / executor / "toy/steps/full/journal.jsonl"
        run = start("--executor", executor, "--results", executor)
        while lines(journal) < 2:
            assert run.poll() is None
            time.sleep(0.01)
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does: the workers get it too
        assert run.wait(20) == 130
        assert complaints("--executor", executor, "--results", executor).read_text().strip().splitlines() == [
            "boundcheck: error: interrupted; finished cells are kept, the same command goes on from there."
        ]
        assert journal.read_bytes().endswith(b"\n")
