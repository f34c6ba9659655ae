"""No file of the project speaks of one machine: no absolute path of somebody's disk, no host of a package registry."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Brackets, so that this file does not contain what it looks for.
FORBIDDEN = {
    "absolute path": re.compile(r"(?<![\w.~:}/-])/(?:home|root|Users|work|farm|opt|mnt)/\w"),
    "registry host": re.compile(
        r"p[y]pi\.(?:org|python)|python[h]osted|registry\.[n]pmjs|d[e]b\.debian|anaconda\.[o]rg"
    ),
}


def project_files() -> list[Path]:
    """Return all files that git tracks or would track."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def mentions(text: str) -> list[str]:
    """Return what a text must not contain, with its kind."""
    return [f"{kind}: {match[0]}" for kind, pattern in FORBIDDEN.items() for match in pattern.finditer(text)]


def test_no_file_names_a_machine_or_a_registry():
    found = {}
    for path in project_files():
        content = path.read_bytes()
        if b"\0" not in content and (words := mentions(content.decode("utf-8"))):
            found[path.relative_to(ROOT).as_posix()] = words
    assert found == {}


@pytest.mark.parametrize(
    "text", ["see /" + "home/ann/x", '"/' + 'opt/conda"', "https://py" + "pi.org/simple", "files.python" + "hosted.org"]
)
def test_the_search_finds_what_it_looks_for(text):
    assert mentions(text)


@pytest.mark.parametrize("text", ["#!/usr/bin/env bash", "https://example.org/home/page", "studies/ou/home/x", "a/b"])
def test_the_search_leaves_other_text_alone(text):
    assert not mentions(text)
