"""A made-up project for the tests of the engine."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("toy", Path(__file__).with_name("toy.py"))
assert _spec is not None
assert _spec.loader is not None
_toy = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_toy)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project with one study, ``toy/steps``; the current folder."""
    (tmp_path / "studies/toy").mkdir(parents=True)
    (tmp_path / "studies/toy/steps.py").write_text(_toy.TOY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def edit(project: Path) -> Callable[[str, str], Path]:
    """Replace a piece of the study's source."""

    def change(old: str, new: str, file: str = "studies/toy/steps.py") -> Path:
        path = project / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        return path

    return change
