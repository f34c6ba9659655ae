"""Write a report: every file of it, byte for byte the same for the same results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from verify.errors import InvalidInput
from verify.report import html, machines, markdown
from verify.report.bibliography import bibtex
from verify.report.model import ResultLike
from verify.report.render import FORMATS
from verify.report.templates import fill
from verify.report.view import ReportView, view


def write_report(
    results: Sequence[ResultLike], folder: Path = Path("reports"), *, formats: Sequence[str] = FORMATS
) -> Path:
    """Write the report into `folder` and return the path of its index.html; other files there stay as they are.

    `formats` are those of the figures beside the page: "svg" (always written), "png", "pdf".
    """
    unknown = [kind for kind in formats if kind not in FORMATS]
    if unknown:
        raise InvalidInput(f"`formats` may hold {', '.join(FORMATS)}; got {unknown[0]!r}.")
    ordered = sorted(results, key=lambda result: result.study.name)
    report = view(ordered, formats)
    for name, content in _files(report, ordered):
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        except OSError as error:
            raise InvalidInput(f"cannot write {path}: {error.strerror}; choose another folder.") from error
    return folder / "index.html"


def _files(report: ReportView, results: Sequence[ResultLike]) -> Iterator[tuple[str, str | bytes]]:
    """Yield (path inside the folder, content) of every file."""
    yield "index.html", html.page(report)
    yield "index.md", markdown.index(report)
    for study in report.studies:
        yield f"{study.name}.md", markdown.study(study)
        yield f"data/{study.anchor}.csv", study.result.table.to_csv(index=False, lineterminator="\n")
        for figure in study.figures:
            for kind, content in figure.files.items():
                yield f"figures/{figure.stem}.{kind}", content
    yield "findings.tex", fill("findings.tex.j2", rows=report.rows)
    yield "findings.csv", machines.findings_csv(report.rows)
    yield "references.bib", bibtex(report.references)
    yield "junit.xml", machines.junit(results)
    yield "badge.json", machines.badge(report.rows)
