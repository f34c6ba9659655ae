"""What the pages show, computed once and shared by every format."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verify.errors import InvalidInput
from verify.finding import Verdict
from verify.report.bibliography import Reference, cited
from verify.report.checked import ChecklistView, checked
from verify.report.glossary import Entry, glossary
from verify.report.model import ClaimFindingLike, FigureLike, ResultLike, is_control
from verify.report.render import FORMATS, render
from verify.report.scope import Exclusion, exclusions
from verify.report.summary import Answer, answer
from verify.report.tabulate import TextTable, tabulate
from verify.report.text import slug

if TYPE_CHECKING:
    from pandas import DataFrame

_MOST_ROWS = 1500  # of a study's own table in the page; the CSV file has them all


@dataclass(frozen=True)
class FigureView:
    """A drawn figure: name of its files, caption, bytes by format, the rows that it shows."""

    stem: str
    caption: str
    files: Mapping[str, bytes]
    data: TextTable


@dataclass(frozen=True)
class TableView:
    """A table that a study declares, for reading."""

    title: str
    table: TextTable


@dataclass(frozen=True)
class StudyView:
    """One study as a page shows it."""

    result: ResultLike
    anchor: str
    figures: tuple[FigureView, ...]
    tables: tuple[TableView, ...]
    exclusions: tuple[Exclusion, ...]
    table: TextTable
    provenance: Mapping[str, str]
    references: tuple[Reference, ...]

    @property
    def name(self) -> str:
        """The study's name, such as chen2023/step_size."""
        return self.result.study.name


@dataclass(frozen=True)
class Row:
    """One line of the table of findings."""

    study: str
    entry: ClaimFindingLike


@dataclass(frozen=True)
class ReportView:
    """Everything that a report shows."""

    studies: tuple[StudyView, ...]
    rows: tuple[Row, ...]
    provenance: Mapping[str, str]
    references: tuple[Reference, ...]
    answers: tuple[Answer, ...]
    glossary: tuple[Entry, ...]
    checklist: ChecklistView


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """Return a sort key under which S3-9 comes before S3-10."""
    return tuple((0, int(p)) if p.isdigit() else (1, p) for p in re.split(r"(\d+)", text) if p)


def rows_of(results: Sequence[ResultLike]) -> tuple[Row, ...]:
    """Return all findings, grouped by claim id; within a claim by study, controls after the claims they guard."""
    rows = [Row(result.study.name, entry) for result in results for entry in result.findings]
    return tuple(sorted(rows, key=lambda r: (natural(r.entry.claim_id), r.study, is_control(r.entry))))


def counts(rows: Sequence[Row], *, controls: bool) -> Counter[Verdict]:
    """Return how many claims, or negative controls, got which verdict."""
    return Counter(row.entry.finding.verdict for row in rows if is_control(row.entry) == controls)


def common_provenance(results: Sequence[ResultLike]) -> dict[str, str]:
    """Return what all results share: versions, seed, digest of the code; the budget comes first."""
    if not results:
        return {}
    budgets = ", ".join(dict.fromkeys(result.budget for result in results))
    first = results[0].provenance
    shared = {k: str(v) for k, v in first.items() if all(r.provenance.get(k) == v for r in results)}
    return {"budget": budgets, **{k: shared[k] for k in sorted(shared) if k != "budget"}}


def view(results: Sequence[ResultLike], formats: Sequence[str] = FORMATS) -> ReportView:
    """Return the report's content; draws every figure."""
    names = [result.study.name for result in results]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InvalidInput(f"`results` hold the study {twice[0]} twice; report one budget at a time.")
    shared = common_provenance(results)
    ordered = sorted(results, key=lambda r: natural(r.study.name))
    studies = tuple(_study(result, shared, formats) for result in ordered)
    answers = tuple(answer(result) for result in ordered)
    rows = rows_of(results)
    words = glossary(ordered)
    return ReportView(studies, rows, shared, tuple(cited(results)), answers, words, checked(rows))


def _study(result: ResultLike, shared: Mapping[str, str], formats: Sequence[str]) -> StudyView:
    anchor = slug(result.study.name)
    stems: Counter[str] = Counter()
    figures = []
    for figure in result.study.figures:
        stem = f"{anchor}-{slug(figure.name)}"
        stems[stem] += 1
        figures.append(_figure(figure, result.table, stem if stems[stem] == 1 else f"{stem}-{stems[stem]}", formats))
    own = {k: str(v) for k, v in sorted(result.provenance.items()) if k not in shared}
    excluded = tuple(exclusions(result.table))
    table = tabulate(result.table, _MOST_ROWS)
    tables = tuple(TableView(item.title, item.rows(result)) for item in getattr(result.study, "tables", ()))
    return StudyView(result, anchor, tuple(figures), tables, excluded, table, own, tuple(cited([result])))


def _figure(figure: FigureLike, table: DataFrame, stem: str, formats: Sequence[str]) -> FigureView:
    data = getattr(figure, "data", None)
    rows = data(table) if callable(data) else table
    return FigureView(stem, figure.caption(table), render(figure.draw(table), stem, formats), tabulate(rows))
