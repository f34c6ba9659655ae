"""``boundcheck bound ula …``: every theorem on a scheme at given numbers, in one table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import click

from verify.cli.options import option
from verify.cli.quantities import quantity
from verify.errors import InvalidInput

NEEDED = ("dim", "step", "steps")
FURTHER = ("smoothness", "log_sobolev", "poincare", "start_kl", "start_chi2", "start_renyi", "accuracy")
DEFAULTS = ("time", "order", "gradient_noise", "gradient_bias")  # not worth a line
TITLES = {
    "ula": "the unadjusted Langevin algorithm, X + γ∇log π(X) + √(2γ)ξ",
    "langevin": "the Langevin diffusion at time step·steps",
    "kinetic": "kinetic (underdamped) Langevin",
    "proximal": "the proximal sampler; its step is η",
}


def scheme(name: str) -> click.Command:
    """Return the command that computes every theorem on the scheme `name`."""
    from verify import catalog
    from verify.bounds.langevin import survey

    kinds = survey.theorems(name, catalog.classes("bounds").values())
    names = dict.fromkeys((*NEEDED, *survey.parameters(kinds), *FURTHER))
    options: list[click.Parameter] = [option(n, whole=n in ("dim", "steps"), required=n in NEEDED) for n in names]
    options.append(click.Option(["--json", "as_json"], is_flag=True, help="Print JSON."))

    def compute(as_json: bool, accuracy: float | None, **values: float | None) -> None:
        given = {n: v for n, v in values.items() if v is not None}
        for n, v in {**given, **({} if accuracy is None else {"accuracy": accuracy})}.items():
            quantity(n).require(n, v)
        numbers, how = survey.completed(given)
        if broken := survey.contradictions(numbers):
            raise InvalidInput(f"no target has these constants: they break {' and '.join(broken)}.")
        entries = survey.survey(kinds, numbers, accuracy)
        derived = {n: numbers[n] for n in how if n not in DEFAULTS}
        if as_json:
            _dump(name, given, derived, accuracy, entries)
        else:
            _print(derived, how, accuracy, entries)

    title = TITLES[name]
    text = (
        f"Every theorem on {title}, at given numbers.\n\nA theorem whose quantities are not given says which it needs. "
        "Each value, and the accuracy, is in the theorem's own divergence."
    )
    return click.Command(name, params=options, callback=compute, help=text, short_help=f"Every theorem on {title}.")


def _dump(
    name: str, given: Mapping[str, float], derived: Mapping[str, float], accuracy: float | None, entries: Sequence[Any]
) -> None:
    from verify.journal import dumps

    content = {"scheme": name, "given": dict(given), "derived": dict(derived), "accuracy": accuracy}
    click.echo(dumps({**content, "theorems": [_record(entry) for entry in entries]}, indent=2))


def _record(entry: Any) -> dict[str, Any]:
    kind, plan = entry.bound, entry.plan
    return {
        "bound": kind.name,
        "statement": kind.statement,
        "divergence": kind.divergence,
        "constant": kind.constant,
        "applies": entry.value is not None,
        "value": entry.value,
        "terms": dict(entry.terms),
        "vacuous": entry.vacuous,
        "outside": list(entry.outside),
        "needs": list(entry.missing),
        "start": entry.start,
        "to_accuracy": None if plan is None else {"steps": plan.steps, "step": plan.step},
        "reference": kind.reference,
    }


def _print(
    derived: Mapping[str, float], how: Mapping[str, str], accuracy: float | None, entries: Sequence[Any]
) -> None:
    for name, value in derived.items():
        click.echo(f"{name.replace('_', ' ')} = {value:.6g}: {how[name]}")
    head = ["theorem", "in", "value", "vacuous", *([] if accuracy is None else [f"steps to {accuracy:g}", "of size"])]
    rows = [head, *(_row(entry, accuracy) for entry in entries)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    notes = ["", *map(_note, entries)]
    for row, note in zip(rows, notes, strict=True):
        cells = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(f"{cells}  {note}".rstrip())


def _row(entry: Any, accuracy: float | None) -> list[str]:
    kind, value, plan = entry.bound, entry.value, entry.plan
    row = [kind.name, kind.divergence, "-" if value is None else f"{value:.6g}", ""]
    if value is not None:
        why = "infinite" if math.isinf(value) else "TV ≥ 1" if kind.vacuous(value) else "no gain"
        row[3] = f"yes: {why}" if entry.vacuous else "no"
    if accuracy is not None:
        row += ["-", "-"] if plan is None else [f"{plan.steps:d}" if plan.steps < 10**9 else f"{plan.steps:.4g}"]
        row += [] if plan is None else [f"{plan.step:.4g}"]
    return row


def _note(entry: Any) -> str:
    if entry.missing:
        return f"needs {', '.join('--' + n.replace('_', '-') for n in entry.missing)}"
    notes = [f"no theorem: these numbers break {' and '.join(entry.outside)}"] if entry.outside else []
    notes += [f"where {entry.start}"] if entry.start else []
    notes += [f"of {entry.bound.law}"] if hasattr(entry.bound, "law") else []
    notes += ["the source leaves a constant open, here 1"] if entry.bound.constant is None else []
    return "; ".join(notes)
