"""``boundcheck list`` and ``boundcheck cite``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from verify.errors import UnknownName

if TYPE_CHECKING:
    from verify.checklist import Item, Tally

KINDS = ("studies", "claims", "checklist", "bounds", "samplers", "scores", "divergences")


@click.command("list")
@click.argument("kinds", nargs=-1, type=click.Choice(KINDS), metavar=f"[{'|'.join(KINDS)}]...")
@click.option("--missing", is_flag=True, help="With `claims`: the ids of the checklist that no study covers yet.")
def list_(kinds: Sequence[str], missing: bool) -> None:
    """List what there is, one line each (everything where no kind is named)."""
    if missing and tuple(kinds) != ("claims",):
        raise click.UsageError("--missing goes with `claims`: boundcheck list claims --missing.")
    if missing:
        return _show_missing()
    for kind in kinds or KINDS:
        if len(kinds) != 1:
            click.echo(f"{kind}:")
        for name, line in _entries(kind):
            click.echo(f"  {name}  {line}" if len(kinds) != 1 else f"{name}  {line}")


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="(BOUND | STUDY | KEY)...")
def cite(names: Sequence[str]) -> None:
    """Print the BibTeX entries of bounds, of studies (all their bounds) or of citation keys."""
    entries = bibliography(Path(__file__).resolve().parent.parent / "references.bib")
    keys = dict.fromkeys(key for name in names for key in _keys(name, entries))
    for key in keys:
        click.echo(f"{_entry(key, entries)}\n")


def bibliography(path: Path) -> dict[str, str]:
    """Return {key: entry} of a BibTeX file; braces are balanced inside an entry."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    found = {}
    for start in re.finditer(r"^@\w+\{([^,\s]+),", text, re.MULTILINE):
        depth = 0
        for end in range(start.start(), len(text)):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            if depth == 0 and text[end] == "}":
                found[start.group(1)] = text[start.start() : end + 1]
                break
    return found


def _keys(name: str, entries: dict[str, str]) -> Iterable[str]:
    from verify import catalog
    from verify.cli.run import load

    if name in entries:
        return [name]
    bounds = catalog.classes("bounds")
    if name in bounds or name in {b.__name__ for b in bounds.values()}:
        return _references(catalog.named_class("bounds", name))
    known = catalog.studies()
    if name in known or name.endswith(".py") or any(key.startswith(f"{name}/") for key in known):
        observed = [what for study in load([name]) for what in study.observe.values()]
        return [key for what in observed if hasattr(what, "reference") for key in _references(what)]
    raise UnknownName("bound, study or citation key", name, {*entries, *bounds, *known})


def _references(bound: Any) -> list[str]:
    return [str(bound.reference), *getattr(bound, "also", ())]


def _entry(key: str, entries: dict[str, str]) -> str:
    if key not in entries:
        raise UnknownName("citation key", key, entries)
    return entries[key]


def _entries(kind: str) -> Iterator[tuple[str, str]]:
    from verify import catalog
    from verify.cli.run import load

    if kind == "studies":
        for name, file in catalog.studies().items():
            yield name, _first_line(ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))))
    elif kind == "claims":
        for study in load(()):
            for claim_id, claims in study.claims.items():
                yield from ((claim_id, f"{study.name}: {claim.statement}") for claim in claims)
    elif kind == "checklist":
        yield from ((item.id, f"{item.statement} ({found.told()})") for item, found in _checked())
    else:
        found = catalog.divergences() if kind == "divergences" else catalog.classes(kind)
        yield from ((name, _first_line(value.__doc__)) for name, value in found.items())


def _checked() -> Iterator[tuple[Item, Tally]]:
    """Yield every row of the checklist with what the studies have filed under its id."""
    from verify.checklist import Tally, checklist, tallies
    from verify.cli.run import load

    found = tallies(load(()))
    yield from ((item, found.get(item.id, Tally())) for item in checklist())


def _show_missing() -> None:
    lines = [f"{item.id}  {found.owed}: {item.statement}" for item, found in _checked() if found.owed]
    for line in lines or ["none: every id of the checklist has a claim and a negative control."]:
        click.echo(line)


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
