"""A study's table is its sweep in order, one row a cell, the same whoever computes it and however often."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from verify.claims import Rate, UpperBound
from verify.errors import InvalidInput, UnknownName
from verify.estimate import Estimate
from verify.finding import Finding, Verdict
from verify.study import Budgeted, Cell, CellFailed, Study
from verify.study.budget import at_budget
from verify.study.cell import seeded

STEPS = "studies/toy/steps.py"


def small(**changes: object) -> Study:
    options: dict[str, object] = {
        "name": "a/b",
        "subject": lambda step: step,
        "sweep": {"step": (1.0, 0.5, 0.25)},
        "observe": {"kl": lambda subject, cell: subject**2},
    }
    return Study(**{**options, **changes})  # type: ignore[arg-type]


def test_columns_and_order_of_the_table(project: Path) -> None:
    result = Study.load(STEPS).run("smoke")
    assert result.table[["step", "dim"]].values.tolist() == [[2.0**-k, d] for k in range(6) for d in (1, 2)]
    parts = ("low", "high", "confidence", "method", "null", "resolved")
    assert list(result.table.columns) == [
        "step", "dim", *(f"{o}{p}" for o in ("kl", "mc", "inf") for p in ("", *(f".{p}" for p in parts))),
        "line", "line.first", "line.second", "line.failed", "line.vacuous",
    ]  # fmt: skip
    assert result.table["inf"].tolist() == [math.inf] * 12
    assert result.table["kl"].tolist() == [s**2 / 3 for s in result.table["step"]]
    assert result.table["line.vacuous"].tolist() == (result.table["line"] >= 1).tolist()
    assert {f.claim_id: f.finding.verdict for f in result.findings}["T-3"] == Verdict.HOLDS
    assert result.provenance["code"] == Study.load(STEPS).version


def test_the_csv_gives_back_every_bit(project: Path) -> None:
    result = Study.load(STEPS).run("smoke")
    with (project / "results/toy/steps/smoke/table.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for i, row in enumerate(rows):
        for column, text in row.items():
            value = result.table[column].iloc[i]
            if isinstance(value, float):
                assert text == "" if math.isnan(value) else float(text) == value
            else:
                assert text == str(value)


def test_a_second_run_answers_from_the_journal(project: Path) -> None:
    first = Study.load(STEPS).run("smoke")
    file = project / "results/toy/steps/smoke/journal.jsonl"
    before = file.read_bytes()
    second = Study.load(STEPS).run("smoke")
    assert (first.computed, second.computed) == (12, 0)
    assert file.read_bytes() == before
    pd.testing.assert_frame_equal(first.table, second.table, check_exact=True)
    assert Study.load(STEPS).run("smoke", fresh=True).computed == 12
    assert Study.load(STEPS).recall("smoke").findings == second.findings


def test_a_changed_study_file_is_computed_anew(project: Path, edit: Callable[..., Path]) -> None:
    Study.load(STEPS).run("smoke")
    edit("ORDER = 2.0", "ORDER = 1.0")
    with pytest.raises(InvalidInput, match="has 12 of 12 cells still to compute"):
        Study.load(STEPS).recall("smoke")
    changed = Study.load(STEPS).run("smoke")
    assert changed.computed == 12
    assert [f.finding.verdict for f in changed.findings if "goes as" in f.claim.statement] == [Verdict.VIOLATED] * 2


def test_a_changed_helper_is_computed_anew_and_helpers_of_two_folders_do_not_meet(project: Path) -> None:
    for folder, value in (("one", 1.0), ("two", 2.0)):
        (project / folder).mkdir()
        (project / folder / "_size.py").write_text(f"SIZE = {value}\n")
        (project / folder / "s.py").write_text(
            "from _size import SIZE\nfrom verify.study import Study\n"
            f"STUDY = Study(name='{folder}/s', subject=lambda i: i, sweep={{'i': [1]}}, "
            "observe={'x': lambda s, c: SIZE * s})\n"
        )
    assert [Study.load(f"{f}/s.py").run().table["x"][0] for f in ("one", "two")] == [1.0, 2.0]
    version = Study.load("one/s.py").version
    (project / "one/_size.py").write_text("SIZE = 3.0  # longer, so that no stale bytecode can match\n")
    assert Study.load("one/s.py").version != version
    assert Study.load("one/s.py").run().table["x"][0] == 3.0


def test_budgets_scale_the_sweep_and_the_draws_and_only_what_changes_is_new(project: Path) -> None:
    study = Study.load(STEPS)
    assert [len(study.points(b)) for b in ("smoke", "ci", "full")] == [12, 18, 24]
    widths = [
        study.run(b, fresh=True).table.query("step == 1 and dim == 1")["mc.high"].iloc[0] for b in ("smoke", "ci")
    ]
    assert widths[0] != widths[1]
    point = {"step": 1.0, "dim": 1}
    assert study.key(point, "smoke") != study.key(point, "ci")
    same = small(observe={"x": lambda s, c: s})
    assert same.key({"step": 1.0}, "smoke") == same.key({"step": 1.0}, "full")  # nothing there depends on the budget
    with pytest.raises(UnknownName, match="no budget named `smoky`; did you mean smoke"):
        study.run("smoky")


def test_a_budgeted_observable_is_the_one_that_is_measured_and_digested(tmp_path: Path) -> None:
    study = small(observe={"x": Budgeted(smoke=lambda s, c: 1.0, ci=lambda s, c: 2.0, full=lambda s, c: 3.0)})
    assert [study.run(b, tmp_path).table["x"][0] for b in ("smoke", "ci", "full")] == [1.0, 2.0, 3.0]
    assert at_budget({"a": [Budgeted(1, 2, 3)]}, "ci") == {"a": [2]}


def test_random_numbers_depend_on_seed_point_and_observable_only(tmp_path: Path) -> None:
    def draw(subject: float, cell: Cell) -> float:
        return float(cell.rng.standard_normal())

    alone = small(observe={"x": draw}).run("ci", tmp_path / "1").table["x"].tolist()
    beside = small(observe={"y": draw, "x": draw}, sweep={"step": (0.25, 1.0, 0.5)}).run("ci", tmp_path / "2").table
    by_step = dict(zip(beside["step"], beside["x"], strict=True))
    assert [by_step[s] for s in (1.0, 0.5, 0.25)] == alone
    assert len({*alone, *beside["y"]}) == 6
    assert small(observe={"x": draw}, seed=1).run("ci", tmp_path / "3").table["x"].tolist() != alone


def test_streams_are_pinned() -> None:
    """Committed findings rest on these streams: they may not move between versions."""
    assert seeded(0, "ab" * 16, "cd" * 16).integers(2**63) == 8286344290211627687


def test_a_failing_cell_stops_with_its_name_and_keeps_what_is_done(project: Path, edit: Callable[..., Path]) -> None:
    edit('    return math.inf\n', '    if toy.step < 0.1:\n        from verify.errors import UnknownName\n'
         '        raise UnknownName("thing", "x", ["y"])\n    return math.inf\n')  # fmt: skip
    with pytest.raises(CellFailed, match=r"study toy/steps, cell step = 0.0625, dim = 1: no thing named `x`"):
        Study.load(STEPS).run("smoke")
    assert (project / "results/toy/steps/smoke/journal.jsonl").read_text().count("\n") == 8
    with pytest.raises(CellFailed, match="no thing named `x`"):
        Study.load(STEPS).run("smoke", "elsewhere", executor="processes:1")


def test_observables_must_give_numbers(tmp_path: Path) -> None:
    with pytest.raises(CellFailed, match="`kl` is NaN"):
        small(observe={"kl": lambda s, c: math.nan}).run("ci", tmp_path)
    with pytest.raises(CellFailed, match="must give an Estimate or a number; got str"):
        small(observe={"kl": lambda s, c: "large"}).run("ci", tmp_path)


def test_claims_on_statistical_columns_share_the_error_budget() -> None:
    def noisy(subject: float, cell: Cell) -> Estimate:
        return Estimate(1.0, 0.9, 1.1, 0.95, "monte carlo")

    claims = {"A": [UpperBound("mc", 1.11), UpperBound("mc", 1.12), UpperBound("kl", 1.0)]}
    one = small(observe={"mc": noisy, "kl": lambda s, c: 0.5}, claims={"A": claims["A"][:1]})
    three = small(observe={"mc": noisy, "kl": lambda s, c: 0.5}, claims=claims)
    table = pd.DataFrame({"step": [1.0], "mc": [1.0], "mc.low": [0.9], "mc.high": [1.1], "mc.confidence": [0.95],
                          "kl": [0.5]})  # fmt: skip
    assert [f.finding.verdict for f in one.judge(table)] == [Verdict.HOLDS]
    # two claims on `mc`: its half-width grows from 0.1 to 0.1·2.2414/1.9600 = 0.11436
    assert [f.finding.verdict.value for f in three.judge(table)] == ["inconclusive", "holds", "holds"]
    top = three.judge(table)[0].finding.statistic
    assert top is not None
    assert top.high * 1.11 == pytest.approx(1.114357, rel=1e-5)
    assert top.confidence == pytest.approx(0.975)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "../x"}, "`name` must look like"),
        ({"seed": -1}, "`seed` must be a whole number"),
        ({"sweep": {"a.b": [1]}}, "need names without a dot"),
        ({"sweep": {"kl": [1]}}, "both axes and observables"),
        ({"claims": {"A": UpperBound("kl", 1.0)}}, "must be a sequence of claims"),
        (
            {"claims": {"A": [UpperBound("kk", 1.0)]}},
            r"no observable \(study a/b, claim A\) named `kk`; did you mean kl",
        ),
        ({"claims": {"A": [Rate("kl", "step", 1.0, 0.1)] * 2}}, "two claims A have one statement"),
    ],
)
def test_a_study_is_validated_when_it_is_made(changes: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        small(**changes)


@pytest.mark.parametrize(
    ("values", "message"),
    [([], "none given"), ([1, 1], "comes twice"), ([None], "got None"), ([math.nan], "got nan"), ([[1]], r"got \[1\]")],
)
def test_axes_hold_distinct_scalars(values: list[object], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        small(sweep={"step": values}).points()


def test_numpy_axes_become_plain_numbers_and_only_leaves_points_out() -> None:
    study = small(sweep={"step": np.geomspace(1, 0.25, 3)}, only=lambda step: step < 1)
    assert study.points() == [{"step": 0.5}, {"step": 0.25}]
    assert type(study.points()[0]["step"]) is float
    with pytest.raises(InvalidInput, match="has no point at budget ci"):
        small(only=lambda step: False).points()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1", "defines no STUDY"),
        ("STUDY = 1", "must be a Study; got int"),
        ("def f(:", "line 1: invalid syntax"),
        ("import math\nmath.nope", "line 2 raised AttributeError"),
        ("import sys\nsys.exit(3)", r"line 2 raised SystemExit: 3\.$"),
        ("raise ValueError('a\\n\\n  b')", r"line 1 raised ValueError: a b\.$"),
        (
            "from verify.study import Study\nSTUDY = Study(name='', subject=1, sweep={}, observe={})",
            "`name` must look like",
        ),
    ],
)
def test_a_file_that_is_no_study_says_why(tmp_path: Path, source: str, message: str) -> None:
    (tmp_path / "s.py").write_text(source)
    with pytest.raises(InvalidInput, match=message) as caught:
        Study.load(tmp_path / "s.py")
    assert str(tmp_path / "s.py") in str(caught.value)
    with pytest.raises(InvalidInput, match="there is no study file"):
        Study.load(tmp_path / "missing.py")


CELL = "    return math.inf\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("raise RuntimeError('boom\\n  and   more')", "RuntimeError: boom and more"),
        ("1 / (toy.dim - 1)", "ZeroDivisionError: division by zero"),
        ("__import__('numpy').linalg.cholesky([[-1.0]])", "LinAlgError: Matrix is not positive definite"),
        ("__import__('warnings').warn('odd', RuntimeWarning)", "RuntimeWarning: odd"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("raise KeyError", "KeyError"),
    ],
)
def test_any_exception_names_its_cell_and_its_line(
    project: Path, edit: Callable[..., Path], body: str, said: str
) -> None:
    file = edit(CELL, f"    {body}\n")
    number = file.read_text().splitlines().index(f"    {body}") + 1
    with pytest.raises(CellFailed) as caught:
        Study.load(STEPS).run("smoke")
    assert str(caught.value) == f"study toy/steps, cell step = 1.0, dim = 1: {said} (steps.py line {number})"


def test_an_exception_in_a_worker_is_told_alike(project: Path, edit: Callable[..., Path]) -> None:
    # one cell alone: of several that fail, whichever batch is back first is told
    edit(CELL, "    if (toy.step, toy.dim) == (0.5, 2):\n        raise SystemExit('boom')\n    return math.inf\n")
    with pytest.raises(CellFailed) as here:
        Study.load(STEPS).run("smoke")
    with pytest.raises(CellFailed) as there:
        Study.load(STEPS).run("smoke", executor="processes:1", fresh=True)
    assert str(here.value) == str(there.value)
    assert "step = 0.5, dim = 2: SystemExit: boom" in str(here.value)


def test_exceptions_of_a_claim_and_of_only_are_one_line(tmp_path: Path) -> None:
    class Odd(UpperBound):
        def judge(self, table: pd.DataFrame) -> Finding:
            raise RuntimeError("a\nb")

    with pytest.raises(InvalidInput, match=r"study a/b, claim A: RuntimeError: a b \(test_study\.py line \d+\)"):
        small(claims={"A": [Odd("kl", 1.0)]}).run("ci", tmp_path)
    with pytest.raises(InvalidInput, match=r"study a/b, `only`: ZeroDivisionError"):
        small(only=lambda step: step < 1 / 0).points()


def test_load_finds_the_studies_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Study.load("studies/chen2023/step_size.py").name == "chen2023/step_size"
    (tmp_path / "README.md").write_text("# A project\n")
    with pytest.raises(InvalidInput, match=r"`README\.md` is no Python file"):
        Study.load("README.md")


def test_a_table_that_cannot_take_its_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a/b/ci/table.csv").mkdir(parents=True)
    with pytest.raises(InvalidInput, match="cannot write"):
        small().run("ci", tmp_path)
    assert {p.name for p in (tmp_path / "a/b/ci").iterdir()} == {"journal.jsonl", "table.csv"}


def test_an_edit_within_one_second_is_seen(project: Path, edit: Callable[..., Path]) -> None:
    """Bytecode is checked by size and whole seconds; the study that runs must be the bytes that are digested."""
    import os

    before = Study.load(STEPS).run("smoke")
    stamp = (project / STEPS).stat()
    edit("ORDER = 2.0", "ORDER = 1.0")
    os.utime(project / STEPS, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    after = Study.load(STEPS).run("smoke")
    assert after.computed == 12
    assert [f.finding.verdict for f in after.findings] != [f.finding.verdict for f in before.findings]
