"""What a run prints: a table of findings, coloured on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from verify.finding import Verdict
from verify.study import Result

COLOURS = {Verdict.HOLDS: "green", Verdict.VIOLATED: "bold red", Verdict.INCONCLUSIVE: "yellow"}
FAILED, UNDECIDED = 1, 3


def show_result(result: Result, results: Path) -> None:
    """Print the findings of one study and where its table lies."""
    rows = len(result.table)
    source = f"{rows} cells, {rows - result.computed} from the journal"
    table = result.study.folder(result.budget, results) / "table.csv"
    if sys.stdout.isatty():
        _rich(result)
    else:
        click.echo(f"{result.study.name}: {result.study.question}")
        for entry in result.findings:
            found = entry.finding
            click.echo(f"  {entry.claim_id}  {found.verdict.value}  {entry.claim.statement} — {found.evidence}")
    click.echo(f"{_counts([result])}; {source}; table: {table}\n")


def show_summary(results: Sequence[Result]) -> None:
    """Print one line on all studies, where there are several."""
    if len(results) > 1:
        click.echo(f"{len(results)} studies: {_counts(results)}")


def exit_code(results: Sequence[Result], strict: bool) -> int:
    """Return 1 where a claim is violated, 3 where one is inconclusive and `strict` asks, else 0."""
    if any(result.count(Verdict.VIOLATED) for result in results):
        return FAILED
    return UNDECIDED if strict and any(result.count(Verdict.INCONCLUSIVE) for result in results) else 0


def _counts(results: Sequence[Result]) -> str:
    words = ((Verdict.HOLDS, "hold"), (Verdict.VIOLATED, "violated"), (Verdict.INCONCLUSIVE, "inconclusive"))
    return ", ".join(f"{sum(r.count(verdict) for r in results)} {word}" for verdict, word in words)


def _rich(result: Result) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"{result.study.name}: {result.study.question}", title_justify="left", show_lines=True)
    for column in ("claim", "verdict", "statement", "evidence"):
        table.add_column(column, no_wrap=column in ("claim", "verdict"), overflow="fold")
    for entry in result.findings:
        verdict = entry.finding.verdict
        word = Text(verdict.value, COLOURS[verdict])
        table.add_row(entry.claim_id, word, Text(entry.claim.statement), Text(entry.finding.evidence))
    Console().print(table)
