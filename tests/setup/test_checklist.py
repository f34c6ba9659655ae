"""The checklist and the studies know the same ids, and what is missing is said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from verify import catalog
from verify.checklist import FILE, Tally, checklist, read, tallies, unknown
from verify.cli import main
from verify.errors import DamagedFile
from verify.study import Study

ROOT = Path(__file__).resolve().parents[2]
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def found() -> dict[str, Tally]:
    """Return what the studies of the project file under each id."""
    return tallies(Study.load(file) for file in catalog.studies(ROOT / "studies").values())


def test_every_id_that_a_study_uses_is_known(found: dict[str, Tally]) -> None:
    assert unknown(found) == []


def test_the_search_finds_an_unknown_id(found: dict[str, Tally]) -> None:
    assert unknown({**found, "S3-99": Tally(1, 1)}) == ["S3-99"]


def test_every_id_that_a_study_uses_has_a_claim_and_a_control(found: dict[str, Tally]) -> None:
    assert {key: tally.owed for key, tally in found.items() if tally.owed} == {}


def test_no_id_is_without_a_study(found: dict[str, Tally]) -> None:
    assert [item.id for item in checklist() if item.id not in found] == []


def test_statements_are_one_plain_sentence_and_no_two_are_alike() -> None:
    items = checklist()
    assert len({item.statement for item in items}) == len(items) > 130
    for item in items:
        assert len(item.statement) <= 160, item
        assert item.statement.endswith(".") and item.statement == item.statement.strip(), item
        assert not re.search(r"[\\$`|]{2}|\n", item.statement), item
    assert len({item.section for item in items}) == 9


def test_a_row_needs_both_kinds() -> None:
    owed = [Tally(*pair).owed for pair in ((2, 1), (1, 0), (0, 3), (0, 0))]
    assert owed == ["", "no negative control", "no claim, only negative controls", "no claim"]
    assert Tally(1, 2).told() == "1 claim, 2 controls"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[A]\nx = "1."\n[B]\nx = "2."\n', "the id x comes twice"),
        ('[A]\nx = "1."\nx = "2."\n', "overwrite"),
        ('x = "1."\n', "one sentence an id"),
        ("[A]\nx = 1\n", "one sentence an id"),
        ("[A\n", "line 1"),
    ],
)
def test_a_broken_file_is_said_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "checklist.toml"
    file.write_text(text)
    with pytest.raises(DamagedFile, match=said) as raised:
        read(file)
    assert "\n" not in str(raised.value)


TOY = """
from verify.claims import Identity, NegativeControl
from verify.study import Study

STUDY = Study(
    name="toy/some", subject=dict, sweep={"x": [1.0]}, observe={"y": lambda subject, cell: 1.0},
    claims={
        "S3-12": [Identity("x", "y", 1.0), NegativeControl(Identity("x", 2.0, 0.1))],
        "S3-13": [Identity("x", "y", 1.0)],
        "S3-11": [NegativeControl(Identity("x", 2.0, 0.1))],
    },
)
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one study; the current folder."""
    (tmp_path / "studies/toy").mkdir(parents=True)
    (tmp_path / "studies/toy/some.py").write_text(TOY)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_lists_the_checklist_with_counts(toy: Path, capsys: Capture) -> None:
    assert main(["list", "checklist"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(checklist())
    assert "S3-12  Pinsker: TV ≤ √(KL/2). (1 claim, 1 control)" in lines


def test_the_command_says_what_is_missing_and_which_half(toy: Path, capsys: Capture) -> None:
    assert main(["list", "claims", "--missing"]) == 0
    lines = dict(line.split("  ", 1) for line in capsys.readouterr().out.splitlines())
    assert list(lines) == [item.id for item in checklist() if item.id != "S3-12"]
    assert lines["S3-13"].startswith("no negative control: KL(q_T‖γ)")
    assert lines["S3-11"].startswith("no claim, only negative controls: ")
    assert lines["S0-07"].startswith("no claim: ")


def test_the_command_says_none_where_nothing_is_missing(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("verify.checklist.checklist", lambda: tuple(i for i in read(FILE) if i.id == "S3-12"))
    assert main(["list", "claims", "--missing"]) == 0
    assert capsys.readouterr().out == "none: every id of the checklist has a claim and a negative control.\n"


@pytest.mark.parametrize("kinds", [[], ["studies"], ["checklist"], ["claims", "bounds"]])
def test_missing_goes_with_claims_alone(toy: Path, kinds: list[str], capsys: Capture) -> None:
    assert main(["list", *kinds, "--missing"]) == 2
    assert "--missing goes with `claims`" in capsys.readouterr().err
