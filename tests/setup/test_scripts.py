"""The scripts are runnable as they lie, and say in one line what a machine lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from verify import catalog

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ["scripts/demo", "scripts/test", "scripts/check", "scripts/lock", ".ci/run"]
BASH = shutil.which("bash")
pytestmark = pytest.mark.skipif(BASH is None, reason="no bash")


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_is_executable_and_stops_at_errors(name):
    path = ROOT / name
    lines = path.read_text("utf-8").splitlines()
    assert os.access(path, os.X_OK)
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines


@pytest.mark.parametrize("name", [*SCRIPTS, "scripts/_setup.sh"])
def test_bash_can_parse(name):
    done = subprocess.run([BASH, "-n", str(ROOT / name)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def run_with_only(python: str | None, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run scripts/test of a copy in a folder with a space, where PATH has basic tools and `python` as python3."""
    tools = folder / "bin"
    project = folder / "a project"
    shutil.copytree(ROOT / "scripts", project / "scripts")
    for name in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, project / name)
    tools.mkdir()
    for name in ("bash", "cat", "cmp", "dirname", "env", "mkdir", "rm"):
        (tools / name).symlink_to(shutil.which(name))
    if python is not None:
        (tools / "python3").write_text(python, "utf-8")
        (tools / "python3").chmod(0o755)
    environment = {"PATH": str(tools), "HOME": str(folder)}
    command = [str(project / "scripts" / "test")]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


OLD = '#!/usr/bin/env bash\n[ "$1" = -V ] && echo Python 3.9.2\n'
NO_VENV = '#!/usr/bin/env bash\n[ "$1" = -V ] && echo Python 3.11.2\ncase "$2" in *ensurepip*) exit 1 ;; esac\n'


@pytest.mark.parametrize(
    ("python", "message"),
    [
        (None, "boundcheck: needs Python >= 3.11; found none. Install one, or name it: PYTHON="),
        (OLD, "boundcheck: needs Python >= 3.11; found python3 (Python 3.9.2). Install one, or name it: PYTHON="),
        (NO_VENV, "boundcheck: no venv module in python3 (Python 3.11.2). On Debian or Ubuntu: apt-get install"),
    ],
)
def test_what_is_missing_is_said_in_one_line(tmp_path, python, message):
    done = run_with_only(python, tmp_path)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(message)
    assert not (tmp_path / "a project" / ".venv").exists()


def demo(folder: Path, *arguments: str) -> list[str]:
    """Return the words that a copy of scripts/demo gives to `boundcheck`, in an environment that is ready."""
    project = folder / "a project"
    shutil.copytree(ROOT / "scripts", project / "scripts")
    programs = project / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").symlink_to(sys.executable)
    (programs / "boundcheck").write_text("#!/usr/bin/env bash\nprintf '%s\\n' \"$@\"\nexit 1\n", "utf-8")
    (programs / "boundcheck").chmod(0o755)
    made_from = [f"{project.resolve()}\n"]
    for name in ("pyproject.toml", "requirements.lock"):
        made_from.append(shutil.copy(ROOT / name, project / name).read_text("utf-8"))
    (project / ".venv" / "boundcheck.stamp").write_text("".join(made_from), "utf-8")
    environment = {name: text for name, text in os.environ.items() if name != "PYTHON"}
    command = [str(project / "scripts" / "demo"), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr  # a violated claim is the demo's own exit code, after the report
    *words, last = done.stdout.splitlines()
    assert last == f"Report: {project.resolve()}/results/report/index.html"
    return words


def test_the_demo_runs_a_selection_of_studies_that_exist(tmp_path):
    words = demo(tmp_path, "--strict")
    known = catalog.studies(ROOT / "studies")
    named = [word for word in words if "/" in word and not word.startswith("results")]
    assert words[0] == "run"
    assert words[-1] == "--strict"
    assert set(named) <= set(known)
    assert len(set(named)) == len(named) <= 15  # the demo is over in half a minute
    assert {name.partition("/")[0] for name in named} >= {"chen2023", "langevin", "beyond_gaussian", "lectures"}


@pytest.mark.parametrize(
    ("arguments", "named"), [(["--all"], []), (["chen2023", "ou/reversal"], ["chen2023", "ou/reversal"])]
)
def test_the_demo_runs_all_studies_or_those_named(tmp_path, arguments, named):
    words = demo(tmp_path, *arguments)
    assert words[words.index("--figures") + 2 :] == named
