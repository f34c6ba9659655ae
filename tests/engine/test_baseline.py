"""A baseline passes on what it was written from and fails on a dropped verdict, a lost claim or a moved interval."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.baseline import Entry, baseline_file, compare, disjoint, orphans, require, write
from verify.claims import UpperBound
from verify.errors import DamagedFile, InvalidInput
from verify.estimate import Estimate
from verify.finding import Finding, Verdict
from verify.study import ClaimFinding, Result, Study

HOLDS, VIOLATED, OPEN = Verdict.HOLDS, Verdict.VIOLATED, Verdict.INCONCLUSIVE
STUDY = Study(name="x/y", subject=lambda i: i, sweep={"i": [1]}, observe={"kl": lambda s, c: s})


def result(*findings: tuple[str, Verdict, Estimate | None], budget: str = "ci") -> Result:
    entries = tuple(ClaimFinding(i, UpperBound("kl", 1.0), Finding(v, e, "so", 3, 4)) for i, v, e in findings)
    return Result(STUDY, budget, pd.DataFrame(), entries, {"python": "3"})


def interval(low: float, high: float) -> Estimate:
    return Estimate(low, low, high, 1.0, "made up")


BEFORE = result(("A", HOLDS, interval(1.0, 2.0)), ("B", OPEN, None), ("C", HOLDS, interval(math.inf, math.inf)))


def failures(after: Result, folder: Path) -> list[str]:
    write(BEFORE, folder)
    return list(compare(after, folder).failures)


def test_nothing_changed(tmp_path: Path) -> None:
    assert failures(BEFORE, tmp_path) == []
    assert compare(BEFORE, tmp_path).notes == ()


@pytest.mark.parametrize(
    ("claim", "after", "said"),
    [
        (0, ("A", OPEN, interval(1.0, 2.0)), "x/y A: the verdict dropped; committed: holds, 1 [1, 2]"),
        (0, ("A", VIOLATED, interval(1.0, 2.0)), "verdict dropped"),
        (1, ("B", VIOLATED, None), "verdict dropped"),
        (0, ("A", HOLDS, interval(2.1, 3.0)), "intervals are disjoint; committed: holds, 1 [1, 2], 3 of 4 points; now"),
        (0, ("A", HOLDS, None), "intervals are disjoint"),
        (2, ("C", HOLDS, interval(1.0, 2.0)), "intervals are disjoint"),
    ],
)
def test_each_kind_of_damage_fails_and_names_both_sides(
    tmp_path: Path, claim: int, after: tuple[str, Verdict, Estimate | None], said: str
) -> None:
    found = [(f.claim_id, f.finding.verdict, f.finding.statistic) for f in BEFORE.findings]
    found[claim] = after
    lines = failures(result(*found), tmp_path)
    assert len(lines) == 1
    assert said in lines[0]


def test_a_claim_that_is_gone_fails_and_a_new_one_is_told(tmp_path: Path) -> None:
    after = result(("A", HOLDS, interval(1.0, 2.0)), ("B", HOLDS, None), ("D", HOLDS, interval(0.0, 1.0)))
    assert failures(after, tmp_path) == ["x/y C: the claim is gone: kl ≤ 1.0 at every point"]
    notes = compare(after, tmp_path).notes
    assert [n.split(":")[0] for n in notes] == ["x/y B", "x/y D"]  # B improved, D is new


def test_rounding_on_another_machine_is_no_difference() -> None:
    old = Entry("A", "s", HOLDS, 1.0, 1.0, 1.0, 1.0, 1, 1)
    assert not disjoint(old, replace(old, value=1 + 2e-16, low=1 + 2e-16, high=1 + 2e-16))
    assert disjoint(old, replace(old, low=1 + 1e-8, high=1 + 1e-8))


ends = st.floats(allow_nan=False)


@given(ends, ends, ends, ends)
def test_disjoint_is_symmetric_and_agrees_with_arithmetic(a: float, b: float, c: float, d: float) -> None:
    (a, b), (c, d) = sorted((a, b)), sorted((c, d))
    one, two = (Entry("A", "s", HOLDS, low, low, high, 1.0, 1, 1) for low, high in ((a, b), (c, d)))
    assert disjoint(one, two) == disjoint(two, one)
    if max(a, c) <= min(b, d):
        assert not disjoint(one, two)
    elif math.isinf(max(a, c)) or math.isinf(min(b, d)):
        assert disjoint(one, two)


def test_the_file_is_readable_strict_json_at_its_place(tmp_path: Path) -> None:
    path = write(BEFORE, tmp_path)
    assert path == baseline_file("x/y", tmp_path) == tmp_path / "x/y.json"

    def refuse(name: str) -> None:
        raise AssertionError(name)

    content = json.loads(path.read_text(), parse_constant=refuse)
    assert content["budget"] == "ci"
    assert content["seed"] == 0
    assert content["versions"] == {"python": "3"}
    first: dict[str, Any] = content["findings"][0]
    assert (first["verdict"], first["low"], first["high"], first["in_scope"], first["points"]) == (
        "holds",
        1.0,
        2.0,
        3,
        4,
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"budget": "ci"}',
        '{"budget": "ci", "findings": [{"verdict": "yes"}]}',
        '{"study": "x/y", "budget": "ci", "seed": 0, "findings": []}',
    ],
)
def test_damage_is_one_line(tmp_path: Path, text: str) -> None:
    path = write(BEFORE, tmp_path)
    path.write_text(text)
    with pytest.raises(DamagedFile, match="is no baseline any more; restore it") as caught:
        compare(BEFORE, tmp_path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_interval_that_is_no_number_is_damage(tmp_path: Path) -> None:
    path = write(BEFORE, tmp_path)
    path.write_text(path.read_text().replace('"low": 1.0', '"low": "1.0"'))
    with pytest.raises(DamagedFile, match="is no baseline any more"):
        compare(BEFORE, tmp_path)


def test_nothing_to_compare_with_is_a_failure(tmp_path: Path) -> None:
    assert compare(BEFORE, tmp_path).failures == (
        f"x/y: no baseline `{tmp_path}/x/y.json`; `boundcheck check --update` writes it",
    )
    with pytest.raises(InvalidInput, match="there is no baseline in"):
        require(tmp_path)
    with pytest.raises(InvalidInput, match="there is no baseline in"):
        require(tmp_path / "missing")
    write(BEFORE, tmp_path)
    require(tmp_path)


@pytest.mark.parametrize(
    ("name", "committed", "now"), [("budget", '"smoke"', "ci"), ("seed", "1", "0"), ("study", '"x/z"', "x/y")]
)
def test_a_baseline_of_another_run_is_a_failure(tmp_path: Path, name: str, committed: str, now: str) -> None:
    path = write(BEFORE, tmp_path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: json.loads(committed)}))
    (line,) = compare(BEFORE, tmp_path).failures
    assert f"is for {name} {json.loads(committed)}, this run for {name} {now}; nothing was compared" in line


def test_a_study_without_claims_has_no_baseline(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="makes no claim"):
        write(result(), tmp_path)
    assert compare(result(), tmp_path).failures == ()
    write(BEFORE, tmp_path)
    assert len(compare(result(), tmp_path).failures) == 3  # its claims are gone


def test_an_unwritable_place_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    write(BEFORE, tmp_path)
    with pytest.raises(InvalidInput, match="cannot write"):
        write(BEFORE, tmp_path / "x/y.json/z")
    (tmp_path / "z/x/y.json").mkdir(parents=True)
    with pytest.raises(InvalidInput, match="cannot write"):
        write(BEFORE, tmp_path / "z")
    assert [p.name for p in (tmp_path / "z/x").iterdir()] == ["y.json"]


def test_a_baseline_without_its_study_is_an_orphan(tmp_path: Path) -> None:
    write(BEFORE, tmp_path)
    assert orphans({"x/y": 1}, tmp_path) == []
    assert orphans({"x/z": 1}, tmp_path) == ["x/y: the study is gone, its baseline is still there"]
