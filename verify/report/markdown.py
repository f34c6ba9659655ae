"""The report as Markdown: an index, a page per study, and a summary that fits a CI step."""

from __future__ import annotations

from collections.abc import Sequence

from verify.report.checked import Section
from verify.report.markup import markdown_text
from verify.report.model import ResultLike, verdict_symbol, verdict_word
from verify.report.sentences import headline, statistic
from verify.report.tabulate import TextTable
from verify.report.templates import fill
from verify.report.text import slug
from verify.report.view import ReportView, Row, StudyView, rows_of

SUMMARY_LIMIT = 900_000  # bytes; a step summary may hold 1 MiB


def gfm(heading: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Return a GitHub-flavoured Markdown table; `right` are the columns of numbers; cells must be escaped already."""
    rule = ["--:" if i in right else ":--" for i in range(len(heading))]
    return "\n".join("| " + " | ".join(line) + " |" for line in [heading, rule, *rows])


def findings_table(rows: Sequence[Row], link: str = "{study}.md") -> str:
    """Return the findings, grouped by claim; `link` locates the page of a study, empty for none."""
    heading = ["claim", "verdict", "statement", "statistic", "points", "study"]
    return gfm(heading, [_line(row, link) for row in rows], right=(3, 4))


def _line(row: Row, link: str) -> list[str]:
    finding, study = row.entry.finding, markdown_text(row.study)
    return [
        markdown_text(row.entry.claim_id),
        f"{verdict_symbol(row.entry)} {verdict_word(row.entry)}",
        markdown_text(row.entry.claim.statement),
        markdown_text(statistic(finding)),
        f"{finding.in_scope}/{finding.points}",
        f"[{study}]({link.format(study=row.study)})" if link else study,
    ]


def checklist_table(section: Section) -> str:
    """Return a section of the checklist."""
    heading = ["id", "verdict", "statement", "claims that hold", "false claims refuted", "studies"]
    lines = [
        [
            markdown_text(row.item.id),
            f"{row.symbol} {row.word}",
            markdown_text(row.item.statement),
            row.claims,
            row.controls,
            ", ".join(f"[{markdown_text(study)}]({study}.md)" for study in row.studies),
        ]
        for row in section.rows
    ]
    return gfm(heading, lines, right=(3, 4))


def data_table(table: TextTable) -> str:
    """Return a table of numbers."""
    right = [i for i, cell in enumerate(table.rows[0]) if cell.sort is not None] if table.rows else []
    return gfm(
        [markdown_text(h) for h in table.heading], [[markdown_text(c.text) for c in row] for row in table.rows], right
    )


def index(report: ReportView) -> str:
    """Return the index page: the verdict, the checklist, the findings, the studies, provenance and references."""
    return fill("index.md.j2", report=report, table=findings_table(report.rows), checklist=checklist_table)


def study(view: StudyView) -> str:
    """Return the page of one study; figures are referred to as files."""
    up = "../" * view.name.count("/")
    rows = rows_of([view.result])
    return fill("study.md.j2", study=view, rows=rows, up=up, data=data_table, slug=slug)


def summary_markdown(results: Sequence[ResultLike]) -> str:
    """Return verdict and findings for a CI step summary, cut to less than 1 MB."""
    rows = rows_of(results)
    lines = findings_table(rows, link="").split("\n")
    text = f"## boundcheck\n\n{headline(rows)}\n\n"
    size, kept = len(text.encode()), 0
    for line in lines:
        size += len(line.encode()) + 1
        if size > SUMMARY_LIMIT:
            break
        kept += 1
    rest = f"\n{len(lines) - kept} further findings are in the report.\n" if kept < len(lines) else ""
    return text + "\n".join(lines[:kept]) + "\n" + rest if rows else text
