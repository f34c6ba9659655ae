"""A report on audits is a function of the audits: every row, every word, self-contained, the same bytes each time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib import rc_context

from tests.report.test_report_files import parsed
from verify.audit import Audit, Model, Outcome, Source, audit
from verify.audit.floors import Floor
from verify.audit.script import imported, script
from verify.errors import InvalidInput
from verify.report import audit_pages
from verify.report.audit_rows import Row, file_names, headline
from verify.report.audits import write_audits, write_scripts
from verify.report.figures.error_curve import error_curve, orders
from verify.report.figures.style import RC

NASTY = 'a < b & "c" | `d` $e$ 50% _f_ #g <script>alert(1)</script> """ \\n ‖x‖ </code></pre>'
STEPS = (10, 20, 40, 80)
VERSIONS = {"boundcheck": "0", "made-up": "1.0"}


def euler(model: Model, x: np.ndarray, noise: Source, steps: int) -> np.ndarray:
    grid = 10.0 * np.linspace(1.0, 0.0, steps + 1) ** 3
    for a, b in pairwise(grid):
        x = x + (b - a) * (x - model.denoised(x, a)) / a
    return x


def made_up() -> list[Audit]:
    good, slow = audit(euler, steps=STEPS, order=1), audit(euler, steps=STEPS, order=2)
    return [
        replace(good, name="Euler spacing=linspace"),
        replace(slow, name="Euler spacing=trailing", causes=("the last step is of first order",)),
        replace(slow, name=NASTY, reason=NASTY, causes=(NASTY,), floors=(Floor("truncation", 0.02, NASTY),)),
        Audit("PNDM", 4.0, Outcome.NOT_AFFINE, "its steps adapt to the state"),
        Audit("PNDM broken", None, Outcome.FAILED, "it raised ValueError"),
    ]


def write(folder: Path) -> Path:
    found = made_up()
    scripts = {one.name: script(one, "sampler = None", STEPS) for one in found if one.outcome is Outcome.SLOWER}
    return write_audits(
        found, folder, title="Audit of made-up 1.0", versions=VERSIONS, scripts=scripts, notes=["All modes are met."]
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("audits"))


def test_two_processes_give_the_same_bytes(page: Path, tmp_path: Path) -> None:
    program = "import sys; from pathlib import Path; from tests.report.test_audit_report import write;"
    program += "write(Path(sys.argv[1]))"
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, cwd=root, env={"PYTHONHASHSEED": "1"})
    names = sorted(path.name for path in page.parent.iterdir())
    assert names == ["audits.html", "audits.json", "audits.md"] == sorted(path.name for path in tmp_path.iterdir())
    assert [name for name in names if (page.parent / name).read_bytes() != (tmp_path / name).read_bytes()] == []


def test_the_page_is_well_formed_and_needs_no_other_file(page: Path) -> None:
    text = page.read_text("utf-8")
    seen = parsed(text)
    assert seen.counts["script"] == 1  # the sort buttons; no text can add one
    assert seen.sources == []
    assert all(link.startswith("#") for link in seen.links)
    assert {link[1:] for link in seen.links} <= set(seen.ids)
    assert len(seen.ids) == len(set(seen.ids))
    assert re.findall(r"https?://", text) == []


def test_every_audit_has_its_row_with_its_verdict_in_words(page: Path) -> None:
    text = page.read_text("utf-8")
    body = text[text.index('<table class="audits') :].split("</table>")[0]
    lines = body.split("<tr")[2:]
    assert len(lines) == 5
    words = ("✓</b>converges at the declared order", "✗</b>converges slower than declared", "?</b>not affine")
    for line, word in zip((lines[0], lines[1], lines[3]), words, strict=True):
        assert word in line
    assert "the last step is of first order" in lines[1]
    assert "its steps adapt to the state" in lines[3]
    assert "truncation 0.02" in lines[2]
    assert [line.count("<td") for line in lines] == [8] * 5


def test_every_finding_has_its_section_with_figure_table_and_script(page: Path) -> None:
    text = page.read_text("utf-8")
    sections = [part.split("</section>")[0] for part in text.split('<section id="audit-')[1:]]
    assert ["PNDM-broken" in section[:40] for section in sections] == [True, False, False]  # the worst outcome first
    assert ["<svg" in section for section in sections] == [False, True, True]
    for section in sections[1:]:
        assert section.count("<tr") == 1 + len(STEPS)
        assert "found = audit(sampler, data, (20, 40, 80))" in section
    assert ">truncation</text>" in sections[2]
    assert "declared order 2</text>" in sections[1]
    assert "All modes are met." in text.split('id="limits"')[1]


def test_the_markdown_is_a_table_that_no_text_breaks(page: Path) -> None:
    lines = page.with_suffix(".md").read_text("utf-8").splitlines()
    table = [line for line in lines if line.startswith("|")][:7]
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in table] == [10] * 7
    assert not [line for line in lines if line.startswith("|") and "<script" in line]
    assert sum(line == "~~~python" for line in lines) == sum(line == "~~~" for line in lines) == 2


def test_the_json_says_the_same(page: Path) -> None:
    found = json.loads(page.with_suffix(".json").read_text("utf-8"))
    assert found["counts"] == {"holds": 1, "violated": 3, "inconclusive": 1}
    assert [one["name"] for one in found["audits"]] == [one.name for one in made_up()]
    first = found["audits"][0]
    assert len(first["table"]) == len(STEPS) * 3  # targets of dimension 1, 2 and 8
    assert [target["dim"] for target in first["targets"]] == [1, 2, 8]
    assert found["audits"][3]["order"] is None
    assert found["audits"][2]["floors"] == [{"name": "truncation", "size": 0.02, "how": NASTY}]


def test_the_headline_counts_every_audit_once() -> None:
    found = made_up()
    said = headline(found)
    assert said.startswith("Of 5 samplers, 1 converges at the declared order, 3 do not (")
    assert "converges slower than declared: 2, failed: 1), 1 could not be decided." in said
    assert headline([]) == "Nothing was audited."


def test_figures_beyond_the_most_are_left_out_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_pages, "MOST_FIGURES", 1)
    text = write(tmp_path).read_text("utf-8")
    assert "Figures are drawn for the first 1 findings; 1 more have their tables only." in text
    assert text.count("<svg") == 2  # the overview and one finding


def test_names_that_look_alike_have_files_of_their_own(tmp_path: Path) -> None:
    assert file_names(["a b", "a/b", "a-b", "ü", "x" * 300]) == ["a-b", "a-b-2", "a-b-3", "x", "x" * 100]
    paths = write_scripts({"a b": "1\n", "a/b": "2\n"}, tmp_path)
    assert [path.read_text() for path in paths] == ["1\n", "2\n"]
    twice = [Audit("a", None, Outcome.FAILED, "x")] * 2
    with pytest.raises(InvalidInput, match="two audits are called `a`"):
        write_audits(twice, tmp_path, title="", versions={})


def test_the_error_curve_draws_floors_at_their_size_and_the_declared_slope() -> None:
    with rc_context(RC):
        figure = error_curve([10, 20, 40], [0.1, 0.05, 0.025], [0.2, 0.2, 0.2], 2.0, {"truncation": 0.01, "tiny": 1e-9})
    (axes,) = figure.axes
    levels = [float(line.get_ydata()[0]) for line in axes.lines if len(set(line.get_ydata())) == 1]
    assert 0.01 in levels  # the truncation
    assert 1e-9 not in levels  # far below every error: it would flatten the curve
    slopes = {
        round(float(np.polyfit(np.log(line.get_xdata()), np.log(line.get_ydata()), 1)[0]), 9)
        for line in axes.lines
        if len(line.get_xdata()) == 3
    }
    assert slopes == {-1.0, -2.0, 0.0}
    low, high = axes.get_ylim()
    assert low < 0.1 * (10 / 40) ** 2 < 0.2 < high


def test_the_overview_puts_every_order_over_its_claim() -> None:
    with rc_context(RC):
        figure = orders([1, 1, 2], [(1, 0.9, 1.1), (0.9, 0.8, 1), (1, 1, 1)], ["holds", "holds", "violated"])
    marks = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 1]
    assert [(round(float(m.get_xdata()[0])), float(m.get_ydata()[0])) for m in marks] == [(0, 0.9), (0, 1), (1, 1)]
    assert len({m.get_marker() for m in marks}) == 2  # the verdicts differ by shape, not by colour alone


def test_a_script_is_one_program_whatever_the_reason_holds() -> None:
    bad = replace(audit(euler, steps=STEPS, order=2), name=NASTY, reason=NASTY)
    compile(script(bad, "sampler = None", STEPS), "script", "exec")
    ends = replace(bad, name='x"', reason='x\\"')
    compile(script(ends, "sampler = None", STEPS), "script", "exec")


def test_a_function_of_a_module_is_imported_by_its_name() -> None:
    assert imported(np.linalg.norm).endswith("norm as sampler")
    with pytest.raises(InvalidInput, match="put it into a module"):
        imported(lambda model, x, noise, steps: x)


def test_a_name_is_split_into_sampler_and_configuration() -> None:
    row = Row(Audit("DPM (order=2, sde)", None, Outcome.FAILED, "x"), "a")
    assert (row.sampler, row.configuration) == ("DPM", "order=2, sde")
    assert (row.order, row.declared, row.error, row.evaluations) == ("–", "–", None, None)
