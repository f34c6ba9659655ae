"""Glossary: what the columns in the figures are, from the words that define them in the code."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verify.report.model import ResultLike
from verify.report.text import label

_DIVERGENCES = {"kl": "KL", "total variation": "TV", "wasserstein1": "W₁", "wasserstein2": "W₂"}


@dataclass(frozen=True)
class Entry:
    """A column, what it is, and the studies in which it is that."""

    word: str
    column: str
    text: str
    studies: tuple[str, ...]


def glossary(results: Sequence[ResultLike]) -> tuple[Entry, ...]:
    """Return the columns that figures show and whose definition says what they are, in alphabetical order."""
    found: dict[tuple[str, str], list[str]] = {}
    for result in results:
        observe = getattr(result.study, "observe", {})
        shown = [str(c) for figure in result.study.figures for c in getattr(figure, "shown", ())]
        for column in dict.fromkeys(name.partition(".")[0] for name in shown):
            text = first_line(observe[column]) if column in observe else ""
            if text:
                found.setdefault((column, text), []).append(result.study.name)
    entries = [Entry(label(column), column, text, tuple(names)) for (column, text), names in found.items()]
    return tuple(sorted(entries, key=lambda e: (e.column.lower(), e.studies)))


def first_line(item: Any) -> str:
    """Return the first line of what defines an observable or bound, empty where it says nothing of its own."""
    owner = item if inspect.isroutine(item) else type(item)
    text = inspect.cleandoc(getattr(owner, "__doc__", None) or "").partition("\n")[0].strip()
    if owner is object or text.startswith(f"{getattr(owner, '__name__', '')}("):  # what dataclasses write themselves
        return ""
    kind = getattr(item, "divergence", "")
    name = kind if isinstance(kind, str) else getattr(kind, "__name__", "").replace("_", " ")
    if not text or not name or isinstance(kind, str):
        return text.replace("`", "")
    word = _DIVERGENCES.get(name, name)
    named = text.replace("divergence(", f"{word}(")
    return (named if named != text else f"{text.rstrip('.')} ({word}).").replace("`", "")
