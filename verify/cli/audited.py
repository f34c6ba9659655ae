"""What ``boundcheck audit`` prints: one line a sampler, or a table with colours on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from verify.audit import Audit
from verify.cli.show import COLOURS
from verify.finding import Verdict
from verify.report.audit_rows import Row, headline


def show_line(found: Audit) -> None:
    """Print name, verdict, orders, model calls and reason on a line, and each cause on one of its own."""
    row = Row(found, "")
    click.echo("  ".join((found.name, found.verdict.value, f"order {_orders(row)}", _calls(row), _reason(found))))
    for line in _causes(found):
        click.echo(f"    {line}")


def show_end(found: Sequence[Audit]) -> None:
    """Print the table, where nothing was printed yet, and the counts."""
    if sys.stdout.isatty():
        _rich(found)
    click.echo(headline(found))


def _orders(row: Row) -> str:
    return f"{row.order}, {'none' if row.declared == '–' else row.declared} declared"


def _calls(row: Row) -> str:
    return "no run" if not row.audit.runs else f"{row.evaluations} calls at {row.audit.runs[-1].steps} steps"


def _reason(found: Audit) -> str:
    return f"{found.outcome.value}: {found.reason}"


def _causes(found: Audit) -> list[str]:
    """Return the causes; beside a verdict that holds they are but notes."""
    word = "note" if found.verdict is Verdict.HOLDS else "cause"
    return [f"{word}: {cause}" for cause in found.causes]


def _rich(found: Sequence[Audit]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_lines=True)
    for column in ("sampler", "verdict", "order", "model calls", "reason"):
        table.add_column(column, no_wrap=column == "verdict", overflow="fold")
    for one in found:
        row = Row(one, "")
        word = Text(one.verdict.value, COLOURS[Verdict(one.verdict)])
        reason = "\n".join([_reason(one), *_causes(one)])
        table.add_row(Text(one.name), word, Text(_orders(row)), Text(_calls(row)), Text(reason))
    Console().print(table)
