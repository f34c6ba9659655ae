"""The pages on audits: HTML with figures in it, and Markdown for a repository."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from markupsafe import Markup

from verify.finding import Verdict
from verify.report.audit_rows import MOST_FIGURES, SHOWN, Row, headline
from verify.report.figures.error_curve import error_curve, orders
from verify.report.figures.style import RC
from verify.report.markdown import data_table
from verify.report.render import inline, render
from verify.report.sentences import SYMBOLS
from verify.report.tabulate import Cell, TextTable
from verify.report.templates import environment, fill
from verify.report.text import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def html(shown: Sequence[Row], *, title: str, versions: Mapping[str, str], notes: Sequence[str]) -> str:
    """Return the page: table of all audits, a section with figure, table and script for each finding."""
    loader = environment().loader
    assert loader is not None
    style, more, script = (loader.get_source(environment(), name)[0] for name in ("style.css", "audits.css", "sort.js"))
    found = findings(shown)
    figures = {row.anchor: _curve(row) for row in [row for row in found if row.judgement][:MOST_FIGURES]}
    return fill(
        "audits.html.j2",
        **_content(shown, title, versions, notes),
        style=Markup(style + more),
        sorting=Markup(script),
        overview=_overview(shown),
        configured=any(row.configuration for row in shown),
        figures=figures,
        left_out=sum(row.judgement is not None for row in found) - len(figures),
    )


def markdown(shown: Sequence[Row], *, title: str, versions: Mapping[str, str], notes: Sequence[str]) -> str:
    """Return the same without figures, in GitHub-flavoured Markdown."""
    return fill("audits.md.j2", **_content(shown, title, versions, notes), data=data_table)


def findings(shown: Sequence[Row]) -> list[Row]:
    """Return the rows whose verdict is violated, the worst outcomes first."""
    bad = [row for row in shown if row.audit.verdict is Verdict.VIOLATED]
    return sorted(bad, key=lambda row: -row.audit.outcome.severity)


def errors(row: Row) -> TextTable:
    """Return the errors of an audit on the target that decided, for reading."""
    lines = row.table().itertuples(index=False)
    return TextTable(tuple(SHOWN.values()), tuple(tuple(Cell(number(v), float(v)) for v in line) for line in lines))


def groups(found: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the findings by sampler and outcome, in words."""
    grouped: dict[str, list[Row]] = {}
    for row in found:
        grouped.setdefault(f"{row.sampler} {row.audit.outcome.value}", []).append(row)
    return grouped


def _content(shown: Sequence[Row], title: str, versions: Mapping[str, str], notes: Sequence[str]) -> dict[str, object]:
    return {
        "title": title,
        "versions": versions,
        "notes": notes,
        "rows": shown,
        "found": findings(shown),
        "groups": groups(findings(shown)),
        "headline": headline([row.audit for row in shown]),
        "errors": errors,
        "number": number,
        "SYMBOLS": SYMBOLS,
    }


def _curve(row: Row) -> Markup:
    table, floors = row.table(), {floor.name: floor.size for floor in row.audit.floors}
    steps, discretisation, total = (table[name].tolist() for name in ("steps", "discretisation", "total"))
    return _svg(row.anchor, lambda: error_curve(steps, discretisation, total, row.audit.declared, floors))


def _overview(shown: Sequence[Row]) -> Markup | None:
    """Return the measured orders over the declared ones; None where nothing has both."""
    have = [(r, r.judgement.order.value) for r in shown if r.judgement and r.audit.declared is not None]
    seen = [(r.audit, value) for r, value in have if value is not None and np.isfinite([value.low, value.high]).all()]
    if not seen:
        return None
    claimed = [float(found.declared or 0) for found, _ in seen]
    measured = [(value.value, value.low, value.high) for _, value in seen]
    verdicts = [found.verdict.value for found, _ in seen]
    return _svg("overview", lambda: orders(claimed, measured, verdicts))


def _svg(name: str, draw: Callable[[], Figure]) -> Markup:
    """Return a figure in the style of the reports, fit to stand in a page."""
    from matplotlib import rc_context

    with rc_context(RC):
        return Markup(inline(render(draw(), name, ("svg",))["svg"]))
