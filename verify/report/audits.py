"""Reports on audits: a self-contained page, Markdown and JSON, byte for byte the same for the same audits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from verify.audit import Audit
from verify.journal import dumps, write_whole
from verify.report.audit_json import document
from verify.report.audit_pages import html, markdown
from verify.report.audit_rows import file_names, rows


def write_audits(
    audits: Sequence[Audit],
    folder: Path,
    *,
    title: str,
    versions: Mapping[str, str],
    name: str = "audits",
    scripts: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> Path:
    """Write `name`.html, `name`.md and `name`.json into `folder` and return the path of the first.

    `scripts` maps names of audits to programs that reproduce them; `notes` are sentences on checks beyond affine
    ones. Names of two audits must differ.
    """
    shown = rows(audits, scripts)
    write_whole(folder / f"{name}.md", markdown(shown, title=title, versions=versions, notes=notes))
    write_whole(folder / f"{name}.json", dumps(document(audits, title=title, versions=versions), indent=1) + "\n")
    write_whole(folder / f"{name}.html", html(shown, title=title, versions=versions, notes=notes))
    return folder / f"{name}.html"


def write_scripts(scripts: Mapping[str, str], folder: Path) -> list[Path]:
    """Write programs, by the names of their audits, into `folder` and return their paths."""
    paths = [folder / f"{stem}.py" for stem in file_names(list(scripts))]
    for path, text in zip(paths, scripts.values(), strict=True):
        write_whole(path, text)
    return paths
