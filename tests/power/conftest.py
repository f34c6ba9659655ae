"""What the tests of power share: verdicts of the shipped studies at the smallest budget, clean and with a fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from verify.finding import Verdict
from verify.study import Study

STUDIES = Path(__file__).parents[2] / "studies"
Plant = Callable[[pytest.MonkeyPatch], None]
Verdicts = dict[tuple[str, str], Verdict]  # by claim id and statement


def verdicts(name: str, results: Path) -> Verdicts:
    """Return the verdicts of a study, loaded and run afresh."""
    result = Study.load(STUDIES / f"{name}.py").run(budget="smoke", results=results)
    return {(f.claim_id, f.claim.statement): f.finding.verdict for f in result.findings}


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Verdicts]:
    """Return the verdicts of a study without any fault; each study is run once."""
    found: dict[str, Verdicts] = {}

    def run(name: str) -> Verdicts:
        if name not in found:
            found[name] = verdicts(name, tmp_path_factory.mktemp("clean"))
        return found[name]

    return run


@pytest.fixture
def turned(
    clean: Callable[[str], Verdicts], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[Plant, str], tuple[list[str], list[str]]]:
    """Return the statements that a planted fault turns from holds to violated: of claims proper, of controls."""

    def run(plant: Plant, study: str) -> tuple[list[str], list[str]]:
        before = clean(study)
        plant(monkeypatch)
        after = verdicts(study, tmp_path)
        found = [
            statement
            for (claim_id, statement), verdict in before.items()
            if verdict is Verdict.HOLDS and after[claim_id, statement] is Verdict.VIOLATED
        ]
        positive = [statement for statement in found if not statement.startswith("wrong on purpose")]
        return positive, [statement for statement in found if statement not in positive]

    return run
