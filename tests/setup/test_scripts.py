"""The scripts are runnable as they lie, and say in one line what a machine lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

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
