"""The committed report, baselines and README tell one story."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_findings_are_those_of_the_baselines() -> None:
    with (ROOT / "reports" / "findings.csv").open(encoding="utf-8", newline="") as file:
        reported = {(r["study"], r["claim"], r["statement"], r["verdict"]) for r in csv.DictReader(file)}
    accepted = set()
    for file in (ROOT / "reports" / "baselines").rglob("*.json"):
        baseline = json.loads(file.read_text(encoding="utf-8"))
        for entry in baseline["findings"]:
            accepted.add((baseline["study"], entry["claim_id"], entry["statement"], entry["verdict"]))
    assert reported == accepted
    assert len(accepted) > 100


def test_every_study_has_a_baseline_a_page_and_the_four_kinds_of_claim() -> None:
    """A bound, a rate or constant, an identity and a negative control in each folder; a control in each study."""
    from verify import catalog, claims
    from verify.study import Study

    kinds: dict[str, set[type]] = {}
    for file in catalog.studies(ROOT / "studies").values():
        study = Study.load(file)
        assert (ROOT / "reports" / "baselines" / f"{study.name}.json").is_file()
        assert (ROOT / "reports" / f"{study.name}.md").is_file()
        mine = {type(claim) for group in study.claims.values() for claim in group}
        assert claims.NegativeControl in mine, study.name
        assert len(mine) > 1, study.name
        kinds.setdefault(file.parent.name, set()).update(mine)
    kinds.pop("lectures")  # one table: a formula against its misprint, no sweep to have a rate on
    for folder, found in kinds.items():
        assert {claims.UpperBound, claims.Rate, claims.Identity, claims.NegativeControl} <= found, folder


def test_every_claim_id_has_a_control() -> None:
    from verify import catalog, claims
    from verify.study import Study

    controlled, all_ids = set(), set()
    for file in catalog.studies(ROOT / "studies").values():
        for claim_id, group in Study.load(file).claims.items():
            all_ids.add(claim_id)
            if any(isinstance(claim, claims.NegativeControl) for claim in group):
                controlled.add(claim_id)
    assert controlled == all_ids


def test_readme_shows_the_committed_findings() -> None:
    done = subprocess.run([sys.executable, ROOT / "scripts" / "readme", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
