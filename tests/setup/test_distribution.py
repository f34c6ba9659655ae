"""The import name `verify` belongs to boundcheck alone, and the wheel carries code, data files and studies."""

from __future__ import annotations

import email.message
import email.parser
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel offline with the installed hatchling and return its path."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """Return the names of all files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> email.message.Message:
    """Return the METADATA of the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return email.parser.Parser().parsestr(archive.read(name).decode("utf-8"))


def files_below(folder: str) -> set[str]:
    """Return the files of a folder of the project, as paths relative to that folder."""
    top = ROOT / folder
    return {p.relative_to(top).as_posix() for p in top.rglob("*") if p.is_file() and "__pycache__" not in p.parts}


def test_no_other_distribution_provides_verify():
    try:
        distribution("boundcheck")
        expected = {"boundcheck"}
    except PackageNotFoundError:  # the tests run from a plain checkout
        expected = set()
    assert set(packages_distributions().get("verify", ())) == expected


def test_the_wheel_holds_the_package_its_data_files_and_nothing_beside_it(names):
    package = {f"verify/{name}" for name in files_below("verify")}
    studies = {f"verify/_studies/{name}" for name in files_below("studies")}
    others = {name for name in names if ".dist-info/" not in name}
    assert {"verify/py.typed", "verify/references.bib"} <= package
    assert any(name.endswith(".j2") for name in package)
    assert any(name.endswith(".py") for name in studies)
    assert others == package | studies


def test_the_wheel_has_the_command_and_the_licence(wheel, metadata):
    with zipfile.ZipFile(wheel) as archive:
        (entry,) = (name for name in archive.namelist() if name.endswith("entry_points.txt"))
        assert "boundcheck = verify.cli:main" in archive.read(entry).decode("utf-8")
    assert metadata["Name"] == "boundcheck"
    assert metadata["License-Expression"] == "BSD-3-Clause"
    assert metadata["License-File"] == "LICENSE"
    assert metadata["Requires-Python"] == ">=3.11"


def test_the_wheel_declares_every_extra_and_no_upper_cap(metadata):
    assert set(metadata.get_all("Provides-Extra")) == set(PROJECT["optional-dependencies"])
    requirements = metadata.get_all("Requires-Dist")
    assert len(requirements) == len(PROJECT["dependencies"]) + sum(map(len, PROJECT["optional-dependencies"].values()))
    assert not [r for r in requirements if "<" in r.split(";")[0] or "==" in r.split(";")[0]]


def test_an_unpacked_wheel_runs_and_lists_its_own_studies(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = (
        "import sys, runpy; sys.path.insert(0, 'site'); import verify, importlib.metadata as m; "
        "assert set(m.packages_distributions()['verify']) == {'boundcheck'}, m.packages_distributions()['verify']; "
        "assert 'site' in verify.__file__, verify.__file__; "
        "sys.argv = ['boundcheck', 'list']; runpy.run_module('verify', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "chen2023/step_size" in done.stdout


def test_citation_file_and_package_agree_on_the_version():
    citation = (ROOT / "CITATION.cff").read_text("utf-8").splitlines()
    assert f"version: {PROJECT['version']}" in citation
    assert f"license: {PROJECT['license']}" in citation
