"""A report is a function of its results: the same bytes each time, complete, safe against any text, self-contained."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.report import made_up
from verify import bounds
from verify.claims import Rate, UpperBound
from verify.errors import DamagedFile, InvalidInput, UnknownName
from verify.estimate import Estimate
from verify.finding import Finding, Verdict
from verify.report import summary_markdown, write_report
from verify.report.bibliography import bibliography, parse
from verify.report.glossary import glossary
from verify.report.summary import answer

NASTY = 'a < b & "c" | `d` $e$ 50% _f_ #g {h} ~i \\j <script>alert(1)</script> ε√T ‖x‖ \x07 ]]>'


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(made_up.results(), tmp_path_factory.mktemp("report")).parent


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def small(*entries: made_up.Entry, name: str = "x/y", question: str = "?") -> made_up.Result:
    return made_up.Result(made_up.Study(name, question), "ci", made_up.table(), entries, made_up.PROVENANCE)


def test_two_runs_in_two_processes_give_the_same_bytes(report: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from tests.report import made_up;"
        "from verify.report import write_report;"
        "write_report(list(reversed(made_up.results())), Path(sys.argv[1]))"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, cwd=root, env={"PYTHONHASHSEED": "1"})
    first, second = contents(report), contents(tmp_path)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


def test_every_file_is_there(report: Path) -> None:
    names = set(contents(report))
    stems = {Path(name).stem for name in names if name.startswith("figures/")}
    assert len(stems) == len(made_up.FIGURES) + 1
    assert {f"figures/{stem}.{kind}" for stem in stems for kind in ("svg", "png", "pdf")} <= names
    pages = {"index.html", "index.md", "findings.tex", "findings.csv", "references.bib", "junit.xml", "badge.json"}
    assert {*pages, "chen2023/step_size.md", "ou/contraction.md", "data/chen2023-step_size.csv"} <= names


def test_figures_carry_no_date_and_no_program(report: Path) -> None:
    for name, content in contents(report).items():
        if name.startswith("figures/"):
            assert not re.search(rb"CreationDate|dc:date|Software|/Producer \(|matplotlib v|Matplotlib v", content), (
                name
            )


class Page(HTMLParser):
    """Collects what the tests ask of a page; fails on elements that do not nest."""

    VOID = frozenset({"meta", "br", "link", "img", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.sources: list[str] = []
        self.links: list[str] = []
        self.counts: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.counts[tag] = self.counts.get(tag, 0) + 1
        for key, value in attrs:
            if key == "id" and tag not in {"path", "clippath"}:
                self.ids.append(str(value))
            if key in {"src", "srcset", "data"} or (key == "href" and tag == "link"):
                self.sources.append(str(value))
            if key == "href" and tag == "a":
                self.links.append(str(value))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(text: str) -> Page:
    page = Page()
    page.feed(text)
    assert page.open == []
    return page


def test_page_needs_no_other_file(report: Path) -> None:
    text = (report / "index.html").read_text("utf-8")
    page = parsed(text)
    assert page.sources == []
    outside = [link for link in page.links if not link.startswith("#")]
    assert outside == ["https://arxiv.org/abs/2209.11215"]
    assert set(re.findall(r"https?://[^\s\"'<>)]+", text)) == set(outside)
    assert "@import" not in text
    assert re.findall(r"url\((?!#)", text) == []


def test_page_links_and_ids_fit(report: Path) -> None:
    page = parsed((report / "index.html").read_text("utf-8"))
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_page_shows_every_figure_with_caption_and_table(report: Path) -> None:
    page = parsed((report / "index.html").read_text("utf-8"))
    figures = len(made_up.FIGURES) + 1
    assert page.counts["svg"] == page.counts["figure"] == page.counts["figcaption"] == figures
    assert page.counts["details"] == figures + 4  # a table of everything per study, all findings, the checklist
    assert page.counts["script"] == 1


def test_svg_ids_do_not_clash_between_figures(report: Path) -> None:
    text = (report / "index.html").read_text("utf-8")
    seen: set[str] = set()
    for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ids = set(re.findall(r'id="([^"]+)"', svg))
        assert not ids & seen
        seen |= ids
        assert set(re.findall(r'(?:href="#|url\(#)([\w-]+)', svg)) <= ids


def test_headline_counts_claims_and_controls_apart(report: Path) -> None:
    sentence = "Of 4 claims tested in 2 studies, 1 holds, 1 is violated and 2 are inconclusive. All 2 negative controls"
    assert sentence in (report / "index.html").read_text("utf-8")
    assert sentence in (report / "index.md").read_text("utf-8")
    assert sentence in summary_markdown(made_up.results())


def test_control_that_is_not_refuted_is_named() -> None:
    entry = made_up.Entry("S1", made_up.refuted("false"), Finding(Verdict.VIOLATED, None, "it held"))
    text = summary_markdown([small(entry)])
    assert "Only 0 of 1 negative controls" in text
    assert "‼ not refuted" in text


def test_first_page_answers_the_questions(report: Path) -> None:
    for name in ("index.html", "index.md"):
        text = (report / name).read_text("utf-8")
        assert (
            text.index("What was found") < text.index("How fast does the forward process") < text.index("All findings")
        )
        assert "Violated: TV falls as h" in text


def test_answers_state_ratios_rates_and_controls() -> None:
    ratio, slope = Estimate.exact(0.298), Estimate.exact(-2.0)
    entries = [
        made_up.Entry("S1", UpperBound("kl", "chen", statement="KL ≤ B"), Finding(Verdict.HOLDS, ratio, "")),
        made_up.Entry("S1", Rate("kl", "horizon", -2.0, 0.1, scale="linear"), Finding(Verdict.HOLDS, slope, "")),
        made_up.Entry("S1", made_up.refuted("false"), Finding(Verdict.HOLDS, None, "")),
        made_up.Entry("S1", made_up.refuted("1 = 2"), Finding(Verdict.VIOLATED, None, "")),
    ]
    text = answer(small(*entries)).text
    assert text.startswith("All 2 claims hold. Not refuted, though false: 1 = 2.")
    assert "KL ≤ B (largest ratio 0.298)" in text
    assert "KL ∼ e^{−2.00 T}" in text
    assert text.endswith("Only 1 of 2 negative controls, false statements, were refuted.")


def test_refuted_control_is_not_shown_as_holding(report: Path) -> None:
    assert "✗</b>refuted<small>as it must be</small>" in (report / "index.html").read_text("utf-8")
    assert "✗ refuted, as it must be" in (report / "index.md").read_text("utf-8")


def test_glossary_says_what_the_columns_are() -> None:
    def kl(sampler: object, cell: object) -> float:
        """KL of `p` from the output.

        More.
        """
        return 0.0

    study = made_up.Study("x/y", "?", made_up.FIGURES, {"kl": kl, "chen": object(), "unseen": kl})
    (entry,) = glossary([replace(small(), study=study)])
    assert (entry.word, entry.column, entry.text, entry.studies) == ("KL", "kl", "KL of p from the output.", ("x/y",))


def test_claims_are_grouped_in_natural_order(report: Path) -> None:
    rows = list(csv.DictReader(io.StringIO((report / "findings.csv").read_text("utf-8"))))
    assert [row["claim"] for row in rows] == ["S3-4", "S3-4", "S3-10", "S3-10", "S3-13", "S3-13"]
    assert float(rows[2]["low"]) == 0.29
    assert rows[4]["kind"] == "negative control"
    assert rows[0]["value"] == ""


def test_text_cannot_break_out_of_any_format(tmp_path: Path) -> None:
    entry = made_up.Entry("S1-1", made_up.Claim(NASTY), Finding(Verdict.VIOLATED, Estimate.exact(1.0), NASTY))
    folder = write_report([small(entry, question=NASTY)], tmp_path).parent
    page = (folder / "index.html").read_text("utf-8")
    assert parsed(page).counts["script"] == 1
    assert "ε√T ‖x‖" in page
    for line in (folder / "index.md").read_text("utf-8").splitlines():
        assert "<script" not in line
        if line.startswith("| S1"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 7
    root = ElementTree.parse(folder / "junit.xml").getroot()
    assert "<script>" in root[0][0].attrib["name"]
    assert root[0].attrib["failures"] == "1"
    rows = list(csv.DictReader(io.StringIO((folder / "findings.csv").read_text("utf-8"))))
    assert rows[0]["statement"] == NASTY


def test_latex_is_escaped(tmp_path: Path) -> None:
    claim = made_up.Claim(r"50% & $x_1$ #{a} ~ \y e^{−2T} ε√T ‖p − q‖ ≤ h^1.00")
    entry = made_up.Entry("S1-1", claim, Finding(Verdict.HOLDS, Estimate.exact(1e-7), "ok"))
    text = (write_report([small(entry)], tmp_path).parent / "findings.tex").read_text("utf-8")
    line = next(line for line in text.splitlines() if line.startswith("S1-1"))
    assert r"50\% \& \$x\_1\$ \#\{a\} \textasciitilde{} \textbackslash{}y" in line
    assert r"e\textsuperscript{\ensuremath{-}2T} \ensuremath{\varepsilon}\ensuremath{\surd}T" in line
    assert line.isascii()
    assert len(re.findall(r"(?<!\\)&", line)) == 4
    assert line.count("{") - line.count(r"\{") == line.count("}") - line.count(r"\}")
    assert [text.count(rule) for rule in (r"\toprule", r"\midrule", r"\bottomrule")] == [1, 1, 1]


def test_no_findings_is_said_not_passed(tmp_path: Path) -> None:
    for results in ([], [small()]):
        folder = write_report(results, tmp_path / str(len(results))).parent
        assert "No claim was tested." in (folder / "index.html").read_text("utf-8")
        assert json.loads((folder / "badge.json").read_text("utf-8"))["color"] == "yellow"
        assert (folder / "references.bib").read_text("utf-8") == ""
        ElementTree.parse(folder / "junit.xml")


@pytest.mark.parametrize(
    ("verdicts", "colour"),
    [
        ([Verdict.HOLDS], "brightgreen"),
        ([Verdict.HOLDS, Verdict.INCONCLUSIVE], "yellow"),
        ([Verdict.INCONCLUSIVE, Verdict.VIOLATED], "red"),
    ],
)
def test_badge_shows_the_worst(tmp_path: Path, verdicts: list[Verdict], colour: str) -> None:
    entries = [made_up.Entry("S1", made_up.Claim("s"), Finding(v, None, "e")) for v in verdicts]
    badge = json.loads((write_report([small(*entries)], tmp_path).parent / "badge.json").read_text("utf-8"))
    assert badge["color"] == colour
    assert badge["schemaVersion"] == 1
    assert badge["message"].startswith(f"{verdicts.count(Verdict.HOLDS)}/{len(verdicts)} hold")


def test_junit_counts(report: Path) -> None:
    suite = ElementTree.parse(report / "junit.xml").getroot()[0]
    assert {k: suite.attrib[k] for k in ("tests", "failures", "skipped")} == {
        "tests": "4",
        "failures": "1",
        "skipped": "1",
    }
    assert len(suite.findall("testcase/failure")) == 1
    assert "time" not in suite.attrib


def test_bibliography_has_exactly_what_is_cited(report: Path, tmp_path: Path) -> None:
    assert re.findall(r"^@\w+\{(\S+),", (report / "references.bib").read_text("utf-8"), re.M) == ["chen2023sampling"]
    mentioned = write_report([small(question="Does holm1979simple apply?")], tmp_path).parent
    assert re.findall(r"^@\w+\{(\S+),", (mentioned / "references.bib").read_text("utf-8"), re.M) == ["holm1979simple"]


def test_every_bound_cites_an_entry_that_exists() -> None:
    keys = {value.reference for value in vars(bounds).values() if isinstance(getattr(value, "reference", None), str)}
    assert "chen2023sampling" in keys
    assert keys <= bibliography().keys()


def test_bibliography_reads_well() -> None:
    known = bibliography()
    assert known["hyvarinen2005estimation"].text.startswith("Aapo Hyvärinen (2005). ")
    assert "Alain Durmus and Éric Moulines (2019)" in known["durmus2019high"].text
    assert known["tsybakov2009introduction"].url == "https://doi.org/10.1007/b13794"
    for reference in known.values():
        assert not re.search(r"[{}\\\\]", reference.text), reference.key
        if reference.key != "boundcheck":  # the package's own entry
            assert re.fullmatch(r"[a-z]+(18|19|20)\d\d[a-z]+", reference.key)
            assert reference.fields["year"] in reference.key
        assert re.fullmatch(r"\d{4}\.\d{4,5}", reference.fields.get("eprint", "0000.0000")), reference.key


def test_damaged_bibliography_is_named() -> None:
    with pytest.raises(DamagedFile, match="`a2020b`"):
        parse("@misc{a2020b,\n  title = {T},\n  year = {2020},\n}\n")


def test_unknown_citation_is_an_error(tmp_path: Path) -> None:
    result = small()
    study = replace(result.study, observe={"b": type("Bound", (), {"reference": "chen2032sampling"})()})
    with pytest.raises(UnknownName, match="did you mean chen2023sampling"):
        write_report([replace(result, study=study)], tmp_path)


def test_out_of_scope_points_are_listed_with_reason_and_place(report: Path) -> None:
    for name in ("index.html", "chen2023/step_size.md"):
        text = (report / name).read_text("utf-8")
        assert "assumption fails: step ≤ 1/L" in text
        assert "step h ∈ {0.4}" in text
        assert "not resolved from its null" in text


def test_infinite_values_are_shown_as_such(tmp_path: Path) -> None:
    result = replace(made_up.results()[0], table=made_up.infinite(made_up.table(), "kl", [0, 3]))
    text = (write_report([result], tmp_path, formats=()).parent / "index.html").read_text("utf-8")
    assert 'data-v="Infinity">∞</td>' in text
    body = text[text.index("<body>") : text.index("<script>")]
    assert not re.search(r"\bnan\b", re.sub(r"<[^>]*>", " ", body), re.IGNORECASE)
    assert "Infinite (▲ at the upper edge): 2 values" in text
    assert {path.suffix for path in (tmp_path / "figures").iterdir()} == {".svg"}


def test_markdown_tables_are_regular(report: Path) -> None:
    for name in ("index.md", "chen2023/step_size.md"):
        lines = (report / name).read_text("utf-8").splitlines()
        widths = [len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0 for line in lines]
        assert all(a == b for a, b in pairwise(widths) if a and b)
        assert max(widths) > 0


def test_markdown_pages_refer_to_files_that_exist(report: Path) -> None:
    for page in report.rglob("*.md"):
        for link in re.findall(r"\]\(([^)]+)\)", page.read_text("utf-8")):
            assert (page.parent / link).resolve().is_file(), (page.name, link)


def test_summary_fits_a_step_summary() -> None:
    entry = made_up.Entry("S3-10", made_up.Claim("ε" * 5000), Finding(Verdict.HOLDS, None, "e"))
    text = summary_markdown([small(*[entry] * 300)])
    assert len(text.encode()) < 1_000_000
    assert re.search(r"\d+ further findings are in the report", text)


def test_unwritable_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidInput, match=r"cannot write .*choose another folder"):
        write_report([small()], tmp_path / "file")


def test_same_study_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="x/y twice"):
        write_report([small(), small()], tmp_path)


def test_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="svg, png, pdf"):
        write_report([small()], tmp_path, formats=("gif",))


def test_declaring_figures_does_not_import_matplotlib() -> None:
    program = (
        "import sys, verify; assert 'verify.report' not in sys.modules; import verify.report.figures as f;"
        "f.Lines('step', ('kl',)); sys.exit('matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[2], check=False).returncode == 0
