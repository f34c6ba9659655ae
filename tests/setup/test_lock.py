"""requirements.lock pins every direct dependency in range, hashed, without an address; the check sees each fault."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("packaging")
ROOT = Path(__file__).resolve().parents[2]
DIGEST = "0" * 64


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the check on a folder."""
    command = [sys.executable, str(ROOT / "scripts" / "check_lock.py"), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def edited(folder: Path, name: str, pattern: str, replacement: str) -> Path:
    """Copy both files to `folder` with one edit made, and return the folder."""
    for file in ("pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / file, folder / file)
    text, count = re.subn(pattern, replacement, (folder / name).read_text("utf-8"), count=1)
    assert count == 1
    (folder / name).write_text(text, "utf-8")
    return folder


def test_the_lock_fits():
    done = check(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "pattern", "replacement", "message"),
    [
        ("pyproject.toml", r"click>=8\.2", "click>=999", "`click` is locked to"),
        ("pyproject.toml", r'"rich>=', '"absent", "rich>=', "`absent` has 0 pins"),
        (
            "requirements.lock",
            r"\nscipy==\S+ ; python_full_version < '3\.12'",
            "\nscipy-gone==1",
            "`scipy` has 0 pins on Python 3.11",
        ),
        (
            "requirements.lock",
            r"\nclick==(\S+)",
            r"\nclick==\1 ; sys_platform == 'linux'",
            "`click` has 0 pins on Python 3.11 (darwin)",
        ),
        ("requirements.lock", r"\nclick==", rf"\nclick==9 --hash=sha256:{DIGEST}\nclick==", "`click` has 2 pins"),
        ("requirements.lock", r"\nclick==", "\nclick>=", "is not pinned to one version"),
        (
            "requirements.lock",
            r"\nclick==\S+",
            "\nclick @ https://example.org/click.whl",
            "`click` is locked to an address",
        ),
        ("requirements.lock", r"(?<=\n)click==", "--index-url https://example.org\nclick==", "is not of the form"),
        ("requirements.lock", r"(\nmpmath==\S+)( \\\n    --hash=\S+)+", r"\1", "`mpmath` needs sha256 hashes"),
        ("requirements.lock", r"--hash=sha256:", "--hash=md5:", "needs sha256 hashes"),
    ],
)
def test_each_fault_is_named(tmp_path, name, pattern, replacement, message):
    done = check(edited(tmp_path, name, pattern, replacement))
    assert done.returncode == 1
    assert message in done.stdout
