"""A table of pairs sets each false statement beside the true one, with the verdict that its own finding has."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tests.report.made_up import PROVENANCE, Claim, Entry, Result, Study
from verify.claims import Identity, NegativeControl
from verify.errors import InvalidInput
from verify.estimate import Estimate
from verify.finding import Finding, Verdict
from verify.report.claim_pairs import ClaimPairs
from verify.report.write import write_report

WORDS = ("printed", "right")
PAIRS = ClaimPairs("Errata | all", "formula", "printed", "right", "truth", WORDS, {"A1": "x²", "A2": "y_1"})


def finding(verdict: Verdict) -> Finding:
    return Finding(verdict, Estimate.exact(1.0), "largest difference 1", 1, 1)


def pair(name: str, refuted: Verdict, holds: Verdict) -> tuple[Entry, Entry]:
    control = NegativeControl(Identity("printed", "truth", 0.1, statement=f"{name} |f| is 1"))
    return Entry(name, control, finding(refuted)), Entry(name, Claim(f"{name} |f| is 2"), finding(holds))


def result() -> Result:
    table = pd.DataFrame(
        {
            "formula": ["A2", "A1"],
            "printed": [1.25, 3.0],
            "printed.low": [1.0, 3.0],
            "printed.high": [1.5, 3.0],
            "right": [2.0, 4.0],
            "truth": [2.5, 4.0],
        }
    )
    found = (*pair("A1", Verdict.HOLDS, Verdict.HOLDS), *pair("A2", Verdict.VIOLATED, Verdict.INCONCLUSIVE))
    study = Study("notes/errata", "Which are wrong?")
    object.__setattr__(study, "tables", (PAIRS,))
    return Result(study, "ci", table, found, PROVENANCE)


def test_rows_follow_the_table_and_verdicts_their_ids() -> None:
    """Catches verdicts read in the order of the findings, and a refuted control told as if it held."""
    rows = [[cell.text.replace("\u00a0", " ") for cell in row] for row in PAIRS.rows(result()).rows]
    assert rows == [
        ["A2", "A2 |f| is 1", "A2 |f| is 2", "y_1", "1.25 [1, 1.5]", "‼ not refuted", "2", "? inconclusive", "2.5"],
        ["A1", "A1 |f| is 1", "A1 |f| is 2", "x²", "3", "✗ refuted", "4", "✓ holds", "4"],
    ]
    assert PAIRS.rows(result()).rows[0][4].sort == 1.25


def test_both_pages_show_it(tmp_path: Path) -> None:
    write_report([result()], tmp_path)
    page = (tmp_path / "notes/errata.md").read_text()
    assert page.index("## Errata \\| all") < page.index("| A2 | A2 \\|f\\| is 1 |") < page.index("## Findings")
    html = (tmp_path / "index.html").read_text()
    assert html.count('<table class="words sortable">') == 1
    assert "‼\u00a0not refuted" in html


def test_a_study_without_tables_shows_none(tmp_path: Path) -> None:
    write_report([replace(result(), study=Study("notes/errata", "?"))], tmp_path)
    assert "Errata" not in (tmp_path / "notes/errata.md").read_text()


def test_an_id_needs_both() -> None:
    lonely = replace(result(), findings=result().findings[1:])
    with pytest.raises(InvalidInput, match="`A1` must have one claim and one negative control"):
        PAIRS.rows(lonely)
