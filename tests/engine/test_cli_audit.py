"""`boundcheck audit` tells the order that a sampler has from the one it declares; every mistake ends in one line."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from verify.audit.loading import load
from verify.cli import main
from verify.errors import InvalidInput, UnknownName

ROOT = Path(__file__).resolve().parents[2]
Capture = pytest.CaptureFixture[str]
STEPS = ("--steps", "10,20,40,80")
START = ("--start", "1,10")
MINE = """\
import numpy as np
import helper  # beside this file


def grid(steps):
    return helper.FIRST * np.linspace(1.0, 0.0, steps + 1) ** 3


def euler(model, x, noise, steps):
    for a, b in zip(grid(steps), grid(steps)[1:]):
        x = x + (b - a) * (x - model.denoised(x, a)) / a
    return x


def clipped(model, x, noise, steps):
    return np.clip(euler(model, x, noise, steps), -3, 3)


def forgetful(model, x, noise, steps):
    return euler(model, x, noise, steps) + 0.1 * np.random.standard_normal(x.shape)


def private(model, x, noise, steps):
    return euler(model, x, noise, steps) + 0.1 * np.random.default_rng().standard_normal(x.shape)


def nan(model, x, noise, steps):
    return euler(model, x, noise, steps) * np.nan


def narrow(model, x, noise, steps):
    return euler(model, x, noise, steps)[:, :1]


def raising(model, x, noise, steps):
    raise ValueError("two\\nlines")


def silent(model, x, noise, steps):
    return x


def listed():
    return [euler, forgetful, nan, narrow, raising]


def twins():
    first, second = lambda m, x, z, n: x, lambda m, x, z, n: x
    first.name = second.name = "twin"
    return first, second


def make():
    def made(model, x, noise, steps):
        return euler(model, x, noise, steps)

    made.order = 2
    return made


def broken():
    raise RuntimeError("no\\nluck")


def empty():
    return []


def partial(model, x):
    return x


NUMBER = 3
"""


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "mine.py").write_text(MINE)
    (tmp_path / "helper.py").write_text("FIRST = 10.0\n")
    (tmp_path / "crash.py").write_text("x = 1\nraise KeyError('lost')\n")
    (tmp_path / "typo.py").write_text("def f(:\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "helper", raising=False)
    return "mine.py"


def error(capsys: Capture) -> str:
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("boundcheck: error: ")
    return lines[0].removeprefix("boundcheck: error: ")


def test_exit_codes_follow_the_verdict(mine: str, capsys: Capture) -> None:
    """Euler's method has order 1: declared 1 holds, declared 2 is violated, clipping is not told from order 1 or 2."""
    assert main(["audit", f"{mine}:euler", *STEPS, *START, "--order", "1"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert len(out) == 2
    assert out[0].startswith("euler  holds  order ")
    assert "1 declared  80 calls at 80 steps  converges at the declared order: " in out[0]
    assert out[1].startswith("Of 1 sampler, 1 converges at the declared order, 0 do not, 0 could")
    assert main(["audit", f"{mine}:euler", *STEPS, *START, "--order", "2"]) == 1
    assert "euler  violated  order" in capsys.readouterr().out
    assert main(["audit", f"{mine}:clipped", *STEPS, *START]) == 0
    assert main(["audit", f"{mine}:clipped", *STEPS, *START, "--strict"]) == 3
    assert "clipped  inconclusive  order –, none declared  no run  not affine: " in capsys.readouterr().out


def test_errors_in_json_are_those_of_the_recursion_by_hand(mine: str, capsys: Capture) -> None:
    """On N(m, c) Euler's map is x ↦ x + (b − a) a/(c + a²) (x − m): a product of gains, whose W2 error is a difference
    of two deviations; rounding of N products is below N ε."""
    assert main(["audit", f"{mine}:euler", *STEPS, *START, "--order", "1", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["counts"] == {"holds": 1, "violated": 0, "inconclusive": 0}
    assert {"boundcheck", "python", "numpy"} <= found["versions"].keys()
    (one,) = found["audits"]
    assert (one["name"], one["verdict"], one["declared"], one["evaluations"]) == ("euler", "holds", 1.0, 80)
    assert one["order"]["low"] <= one["order"]["value"] <= one["order"]["high"]
    rows = [row for row in one["table"] if row["dim"] == 1]
    assert [row["steps"] for row in rows] == [10, 20, 40, 80]
    for row in rows:
        grid = 10.0 * np.linspace(1.0, 0.0, row["steps"] + 1) ** 3
        gain = math.prod(1 + (b - a) * a / (0.25 + a * a) for a, b in pairwise(grid))
        assert row["discretisation"] == pytest.approx(abs(gain * math.sqrt(100.25) - 0.5), abs=1e-12)


def test_each_fault_of_a_sampler_is_one_clear_line(mine: str, capsys: Capture) -> None:
    assert main(["audit", f"{mine}:listed", *STEPS, *START]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("listed[0]  holds  order ")
    for line, said in zip(
        lines[1:],
        (
            "listed[1]  violated  order –, none declared  no run  hidden input: it draws from the global generator of",
            "listed[2]  violated  order –, none declared  no run  not finite: it returned NaN at 10 steps",
            "listed[3]  violated  order –, none declared  no run  failed: it returned shape (",
            "listed[4]  violated  order –, none declared  no run  failed: it raised ValueError at 10 steps: two lines",
            "Of 5 samplers, 1 converges at the declared order, 4 do not (failed: 2, hidden input: 1, not finite: 1)",
        ),
        strict=True,
    ):
        assert line.startswith(said)
    assert main(["audit", f"{mine}:private", *STEPS, *START]) == 1
    assert "hidden input: a second run on the same input differs by" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["missing.py:f"], "there is no file `missing.py`."),
        (["mine.py:eular"], "no sampler in `mine.py` named `eular`; did you mean euler?"),
        (["mine.py"], "`mine.py` names no sampler; write FILE.py:NAME"),
        (["difusers"], "no library to audit named `difusers`; did you mean diffusers?"),
        (["crash.py:f"], "`crash.py` line 2: raised KeyError: 'lost'."),
        (["typo.py:f"], "`typo.py` line 1: invalid syntax."),
        (["mine.py:NUMBER"], "`NUMBER` in `mine.py` is no sampler: a sampler is called as sampler(model, start, noise"),
        (["mine.py:partial"], "got `partial(model, x)`."),
        (["mine.py:broken"], ": broken() raised RuntimeError: no luck."),
        (["mine.py:empty"], "`empty()` returned no sampler."),
        (["mine.py:twins"], "`twins()` returned two samplers called `twin`"),
        (["mine.py:euler", "--steps", "10,x"], "'10,x' is no list of increasing whole numbers >= 1 such as 10,20,40."),
        (["mine.py:euler", "--steps", "20,10"], "'20,10' is no list of increasing whole numbers"),
        (["mine.py:euler", "--steps", "0,1"], "'0,1' is no list of increasing whole numbers"),
        (["mine.py:euler", "--order", "nan"], "'nan' is no finite number > 0"),
        (["mine.py:euler", "--order", "-1"], "'-1' is no finite number > 0"),
        (["mine.py:euler", "--order", "two"], "'two' is no finite number > 0"),
        (["mine.py:euler", "--start", "1"], "'1' is not ALPHA,SIGMA such as 1,80."),
        (["mine.py:euler", "--start", "1,-1"], "`sigma` of a Level must be finite and >= 0; got -1.0."),
        (["mine.py:euler", "--stop", "1,0"], "--stop needs --start ALPHA,SIGMA beside it."),
        (["mine.py:euler", "--array", "tensorflow"], "is not one of 'numpy'"),
        (["mine.py:euler", "--scheduler", "DDIM"], "--scheduler goes with `diffusers`, not with `mine.py:euler`."),
        (["diffusers", "--order", "2"], "--order is for a sampler of your own"),
        (["mine.py:euler", *STEPS, "--reports", "/dev/null/x"], "cannot write `/dev/null/x/"),
        ([], "Missing argument"),
    ],
)
def test_mistakes(mine: str, capsys: Capture, args: list[str], said: str) -> None:
    assert main(["audit", *args]) == 2
    assert said in error(capsys)


def test_a_missing_extra_is_said_with_what_to_install(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("torch", "diffusers"):
        monkeypatch.setitem(sys.modules, name, None)
    assert main(["audit", "diffusers"]) == 2
    said = error(capsys)
    assert "not installed" in said
    assert "boundcheck[interop]" in said


def test_a_wrong_scheduler_is_said_with_those_that_come_close(capsys: Capture) -> None:
    pytest.importorskip("torch", reason="needs PyTorch")
    pytest.importorskip("diffusers", reason="needs diffusers")
    assert main(["audit", "diffusers", "--scheduler", "DDIMSchedular"]) == 2
    assert "no scheduler named `DDIMSchedular`; did you mean DDIMScheduler" in error(capsys)


def test_a_name_is_a_sampler_a_factory_or_a_list(mine: str) -> None:
    assert [one.name for one in load(f"{mine}:euler")] == ["euler"]
    (made,) = load(f"{mine}:make")
    assert made.name == "make"
    assert getattr(made.sampler, "order", None) == 2
    assert [one.name for one in load(f"{mine}:listed")] == [f"listed[{i}]" for i in range(5)]
    with pytest.raises(UnknownName, match=r"known: .*euler"):
        load(f"{mine}:zzzzzz")
    with pytest.raises(InvalidInput, match=r"FILE\.py:NAME"):
        load("euler")


def test_the_script_of_a_finding_runs_on_its_own_and_prints_the_order(mine: str, capsys: Capture) -> None:
    assert main(["audit", f"{mine}:make", *STEPS, *START, "--scripts", "out", "--reports", "out"]) == 1
    out = capsys.readouterr().out
    assert out.endswith("written: out/make.py\nwritten: out/mine.py-make.html\n")
    order = out.split("order ")[1].split()[0]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "make.py"], cwd="out", env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["20", "40", "80"]
    assert lines[3].startswith("measured order ") and lines[3].endswith(", declared 2")
    assert float(lines[3].split()[2].rstrip(",")) == pytest.approx(float(order), abs=0.1)  # another target may decide
    assert "converges slower than declared" in lines[4]
    assert (Path("out") / "make.py").read_text() in (Path("out") / "mine.py-make.md").read_text()


def test_ctrl_c_is_one_line_and_130(mine: str, capsys: Capture) -> None:
    Path("stop.py").write_text("def f(model, x, noise, steps):\n    raise KeyboardInterrupt\n")
    assert main(["audit", "stop.py:f"]) == 130
    assert error(capsys) == "interrupted."


def test_a_terminal_gets_a_bar_and_a_table_with_words_and_colours(mine: str) -> None:
    pty = pytest.importorskip("pty")
    master, slave = pty.openpty()
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "COLUMNS": "200"}
    command = [sys.executable, "-m", "verify", "audit", f"{mine}:listed", *STEPS, *START]
    run = subprocess.Popen(command, env=env, stdout=slave, stderr=slave)
    os.close(slave)
    shown = b""
    while chunk := _read(master):
        shown += chunk
    os.close(master)
    text = shown.decode()
    assert run.wait(30) == 1
    assert "/5" in text  # the bar counts samplers
    assert "\x1b[32mholds" in text
    assert "violated" in text
    assert text.count("listed[0]") == 1  # a row of the table, and no line beside it


def test_help_explains_the_subject_the_exit_codes_and_json(capsys: Capture) -> None:
    assert main(["audit", "--help"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    for words in ("boundcheck audit diffusers --scheduler", "FILE.py:NAME", '"counts": {"holds", "violated"', "130"):
        assert words in out


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # how a terminal says that its last user has left
        return b""
