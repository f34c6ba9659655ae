"""Options of the bound calculators: a quantity, its meaning and its range."""

from __future__ import annotations

import click

from verify.cli.quantities import quantity


def option(name: str, *, whole: bool, required: bool, default: float | None = None) -> click.Option:
    """Return the option for the quantity `name`; `default` None: none."""
    known = quantity(name)
    words, kind = f"{known.meaning}; {known.range}.", int if whole else float
    names = [f"--{name.replace('_', '-')}", name]
    if default is None:
        return click.Option(names, type=kind, required=required, help=words)
    return click.Option(names, type=kind, default=default, show_default=True, help=words)
