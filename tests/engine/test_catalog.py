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
    (project / "studies/other/rates.py").write_text("")
    assert list(catalog.studies()) == ["other/rates", "toy/steps"]
    steps = [Path("studies/toy/steps.py")]
    for name in ("toy", "toy/", "toy/steps", "studies/toy", "studies/toy/steps.py", "studies/toy/"):
        assert catalog.find_studies(name) == steps
    assert len(catalog.find_studies("studies")) == 2
    with pytest.raises(UnknownName, match="no study named `toy/step`; did you mean toy/steps"):
        catalog.find_studies("toy/step")
    with pytest.raises(InvalidInput, match=r"there is no study file `toy/x\.py`"):
        catalog.find_studies("toy/x.py")
