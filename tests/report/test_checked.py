"""The report's checklist says of each statement what its claims and its controls found, and which have no finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report.made_up import PROVENANCE, Claim, Entry, Result, Study, table
from verify.checklist import checklist
from verify.claims import Identity, NegativeControl
from verify.estimate import Estimate
from verify.finding import Finding, Verdict
from verify.report.checked import Checked, checked
from verify.report.view import rows_of
from verify.report.write import write_report

HOLDS, VIOLATED, OPEN = Verdict.HOLDS, Verdict.VIOLATED, Verdict.INCONCLUSIVE


def entry(claim_id: str, verdict: Verdict, control: bool = False) -> Entry:
    said = f"{claim_id} {verdict.value}"
    claim = NegativeControl(Identity("a", "b", 0.1, statement=said)) if control else Claim(said)
    return Entry(claim_id, claim, Finding(verdict, Estimate.exact(1.0), "", 1, 1))


def result(*entries: Entry, name: str = "x/y") -> Result:
    return Result(Study(name, "?"), "ci", table(), entries, PROVENANCE)


def rows(*results: Result) -> dict[str, Checked]:
    return {row.item.id: row for section in checked(rows_of(results)).sections for row in section.rows}


@pytest.mark.parametrize(
    ("claim", "control", "verdict"),
    [
        (HOLDS, HOLDS, HOLDS),
        (HOLDS, VIOLATED, VIOLATED),  # a false claim that is not refuted
        (VIOLATED, HOLDS, VIOLATED),
        (OPEN, HOLDS, OPEN),
        (HOLDS, OPEN, OPEN),
        (OPEN, VIOLATED, VIOLATED),
        (HOLDS, None, None),
        (None, HOLDS, None),
    ],
)
def test_the_worst_finding_decides_and_half_a_row_is_not_complete(
    claim: Verdict | None, control: Verdict | None, verdict: Verdict | None
) -> None:
    """Catches a row told to hold by its claims alone, or by its control alone."""
    entries = [entry("S3-12", v, control=k) for v, k in ((claim, False), (control, True)) if v is not None]
    row = rows(result(*entries))["S3-12"]
    assert row.verdict is verdict
    assert row.word == (verdict.value if verdict else "not complete")


def test_findings_of_all_studies_count_and_foreign_ids_do_not() -> None:
    one = result(entry("S3-12", HOLDS), entry("mine", HOLDS), name="a/one")
    two = result(entry("S3-12", OPEN), entry("S3-12", HOLDS, control=True), entry("S0-03", HOLDS), name="b/two")
    found = rows(two, one)
    assert list(found) == ["S0-03", "S3-12"]  # in the order of the checklist
    row = found["S3-12"]
    assert (row.claims, row.controls, row.studies, row.symbol) == ("1 of 2", "1 of 1", ("a/one", "b/two"), "?")
    absent = {item.id for item in checked(rows_of([one, two])).absent}
    assert absent == {item.id for item in checklist()} - {"S0-03", "S3-12"}


def test_both_pages_show_it(tmp_path: Path) -> None:
    write_report([result(entry("S3-12", HOLDS), entry("S3-12", HOLDS, control=True), name="ou/pinsker")], tmp_path)
    line = "| S3-12 | ✓ holds | Pinsker: TV ≤ √(KL/2). | 1 of 1 | 1 of 1 | [ou/pinsker](ou/pinsker.md) |"
    page = (tmp_path / "index.md").read_text("utf-8")
    assert line in page
    assert page.index("## Checklist") < page.index(line) < page.index("Without a finding in this report: S0-01, S0-02")
    html = (tmp_path / "index.html").read_text("utf-8")
    assert "Pinsker: TV ≤ √(KL/2)." in html
    assert html.index('<section id="checklist">') < html.index('<section id="findings">')


def test_a_report_on_other_claims_has_no_checklist(tmp_path: Path) -> None:
    write_report([result(entry("mine", HOLDS))], tmp_path)
    assert "Checklist" not in (tmp_path / "index.md").read_text("utf-8")
    assert "Checklist" not in (tmp_path / "index.html").read_text("utf-8")
