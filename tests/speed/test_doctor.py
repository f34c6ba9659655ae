"""Law: `boundcheck doctor` tells what is here and what is not, and never fails for what is not."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner

from verify import backend
from verify.cli.app import app
from verify.errors import BackendUnavailable


def _has_cupy() -> bool:
    try:
        backend.load("cupy")
    except BackendUnavailable:
        return False
    return True


def test_versions_backends_and_what_is_missing() -> None:
    told = CliRunner().invoke(app, ["doctor"])
    assert told.exit_code == 0
    assert f"numpy {np.__version__}" in told.output
    lines = {line.split()[0]: line for line in told.output.splitlines() if line.startswith("  ")}
    assert ("here" in lines["cupy"]) == _has_cupy()
    assert "here" in lines["mpmath"]
    assert all(("here" in line) != ("absent" in line) for line in lines.values())


def test_an_absent_package_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.cli.doctor.util.find_spec", lambda name: None)
    told = CliRunner().invoke(app, ["doctor"])
    assert told.exit_code == 0
    assert "absent: pip install 'boundcheck[parquet]'" in told.output


@pytest.mark.parametrize("code", ["import verify", "from verify.cli import app"])
def test_what_starts_at_once_imports_no_library(code: str) -> None:
    """`import verify` and `--help` load neither NumPy nor SciPy: that is what keeps them below 0.15 s."""
    heavy = f"{code}\nimport sys; print(sorted({{'numpy', 'scipy', 'pandas', 'matplotlib'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
