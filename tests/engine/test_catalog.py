"""The catalogue is what is there: concrete classes of the package, files of the studies folder."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from verify import catalog
from verify.claims import Claim
from verify.errors import InvalidInput, UnknownName


def test_claims_are_the_five_kinds() -> None:
    found = catalog.classes("claims")
    assert list(found) == ["Identity", "ImpliedConstant", "NegativeControl", "Rate", "UpperBound"]
    assert all(issubclass(kind, Claim) for kind in found.values())


@pytest.mark.parametrize("kind", ["bounds", "samplers", "scores", "claims"])
def test_only_concrete_public_classes_of_the_package(kind: str) -> None:
    found = catalog.classes(kind)
    assert found
    for value in found.values():
        assert value.__module__.startswith(f"verify.{kind}.")
        assert not inspect.isabstract(value)
        assert not value.__name__.startswith("_")


def test_names_and_near_misses() -> None:
    assert catalog.named_class("claims", "Rate").__name__ == "Rate"
    with pytest.raises(UnknownName, match="no claim named `Rates`; did you mean Rate"):
        catalog.named_class("claims", "Rates")
    with pytest.raises(UnknownName, match="no kind of class named `claim`; did you mean claims"):
        catalog.classes("claim")


def test_divergences_are_functions_of_two_laws() -> None:
    found = catalog.divergences()
    assert {"kl", "total_variation", "wasserstein2"} <= set(found)
    assert all(list(inspect.signature(f).parameters)[:2] == ["p", "q"] for f in found.values())


def test_studies_by_place(project: Path) -> None:
    (project / "studies/toy/_helper.py").write_text("")
    (project / "studies/other").mkdir()
    (project / "studies/other/rates.py").write_text("STUDY: object = None\n")
    assert list(catalog.studies()) == ["other/rates", "toy/steps"]
    steps = [Path("studies/toy/steps.py")]
    for name in ("toy", "toy/", "toy/steps", "studies/toy", "studies/toy/steps.py", "studies/toy/"):
        assert catalog.find_studies(name) == steps
    assert len(catalog.find_studies("studies")) == 2
    with pytest.raises(UnknownName, match="no study named `toy/step`; did you mean toy/steps"):
        catalog.find_studies("toy/step")
    with pytest.raises(InvalidInput, match=r"there is no study file `toy/x\.py`"):
        catalog.find_studies("toy/x.py")


def test_only_files_that_define_a_study_are_taken_from_a_folder(project: Path) -> None:
    (project / "job.py").write_text("raise SystemExit('this script was executed')\n")
    (project / "inner.py").write_text("def f():\n    STUDY = 1\n\nNAME = 'STUDY'\n")
    (project / "broken.py").write_text("STUDY = (\n")
    (project / "borrowed.py").write_text("from somewhere import STUDY\n")
    assert catalog.find_studies(".") == [Path("borrowed.py"), Path("broken.py"), Path("studies/toy/steps.py")]


@pytest.mark.parametrize("name", ["", " ", "/", "//"])
def test_an_empty_name_means_nothing(project: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="names no study"):
        catalog.find_studies(name)


def test_a_foreign_folder_of_that_name_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies/photo.py").write_text("print('not one of ours')\n")
    monkeypatch.chdir(tmp_path)
    assert catalog.study_folder() != Path("studies")
    assert "chen2023/step_size" in catalog.studies()


def test_a_relative_path_is_looked_for_among_the_studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    home = catalog.study_folder() / "chen2023/step_size.py"
    for name in ("studies/chen2023/step_size.py", "chen2023/step_size.py"):
        assert catalog.study_file(name) == home
        assert catalog.find_studies(name) == [home]
    assert catalog.study_file("chen2023/none.py") == Path("chen2023/none.py")
