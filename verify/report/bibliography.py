"""Citations: the package's bibliography, what a set of results cites, and entries as text or BibTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from verify.errors import DamagedFile, UnknownName
from verify.report.model import ResultLike

_ENTRY = re.compile(r"^@(\w+)\{([\w:-]+),\n(.*?)^\}", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\},?$", re.MULTILINE)
_ACCENTS = {"'": "\u0301", "`": "\u0300", '"': "\u0308", "^": "\u0302", "~": "\u0303", ".": "\u0307"}
_ACCENTS |= {"v": "\u030c", "H": "\u030b"}
_LETTERS = {"{\\ss}": "ß", "{\\l}": "ł"}


@dataclass(frozen=True)
class Reference:
    """One entry: its key, its fields as plain text and the BibTeX source."""

    key: str
    fields: dict[str, str]
    source: str

    @property
    def url(self) -> str:
        """The DOI's or arXiv's address, empty where there is neither."""
        if "doi" in self.fields:
            return f"https://doi.org/{self.fields['doi']}"
        return f"https://arxiv.org/abs/{self.fields['eprint']}" if "eprint" in self.fields else ""

    @property
    def text(self) -> str:
        """Authors (year). Title. Where it appeared."""
        people = [_family_last(person) for person in self.fields["author"].split(" and ")]
        names = people[0] if len(people) == 1 else f"{', '.join(people[:-1])} and {people[-1]}"
        place = self.fields.get("journal") or self.fields.get("booktitle") or self.fields.get("publisher") or ""
        if "volume" in self.fields:
            place += f" {self.fields['volume']}"
        if "pages" in self.fields:
            place += f", {self.fields['pages']}"
        if "eprint" in self.fields:
            place += f"{'; ' if place else ''}arXiv:{self.fields['eprint']}"
        return f"{names} ({self.fields['year']}). {self.fields['title']}. {place}."


def plain(latex: str) -> str:
    r"""Return BibTeX text without braces and commands: ``{\"a}`` -> ä, ``--`` -> –."""
    text = re.sub(r"\\([\'`\"^~.vH])\s*\{?(\\?[A-Za-z])\}?", _accented, latex)
    for command, letter in _LETTERS.items():
        text = text.replace(command, letter)
    return re.sub(r"[{}]", "", text).replace("--", "–").replace("\\&", "&")


def _accented(match: re.Match[str]) -> str:
    letter = match.group(2).removeprefix("\\")
    return unicodedata.normalize("NFC", letter + _ACCENTS[match.group(1)])


def _family_last(person: str) -> str:
    family, _, given = person.partition(", ")
    return f"{given} {family}".strip()


def parse(source: str, name: str = "references.bib") -> dict[str, Reference]:
    """Return the entries of a BibTeX file by key: one field a line, the closing brace alone on its line."""
    entries = {}
    for match in _ENTRY.finditer(source):
        fields = {field.lower(): plain(value) for field, value in _FIELD.findall(match.group(3))}
        key = match.group(2)
        if key in entries or not {"author", "title", "year"} <= fields.keys():
            raise DamagedFile(f"{name}: entry `{key}` is given twice or lacks author, title or year.")
        entries[key] = Reference(key, fields, match.group(0))
    return entries


@cache
def bibliography() -> dict[str, Reference]:
    """Return every citation of the package by key."""
    return parse((files("verify") / "references.bib").read_text("utf-8"))


def lookup(keys: Iterable[str]) -> list[Reference]:
    """Return the entries in order of their keys; `UnknownName` for a key that is not there."""
    known = bibliography()
    for key in keys:
        if key not in known:
            raise UnknownName("citation", key, known)
    return [known[key] for key in sorted(set(keys))]


def cited(results: Sequence[ResultLike]) -> list[Reference]:
    """Return what the results cite: by `references`, by their bounds' `reference`, or by key in a sentence."""
    keys: set[str] = set()
    for result in results:
        keys.update(getattr(result.study, "references", ()))
        for item in getattr(result.study, "observe", {}).values():
            reference = getattr(item, "reference", None)
            keys.update([reference] if isinstance(reference, str) else [])
            keys.update(getattr(item, "also", ()))
        texts = [result.study.question, *(f"{e.claim.statement} {e.finding.evidence}" for e in result.findings)]
        words = set(re.findall(r"[\w:-]+", " ".join(texts)))
        keys.update(words & bibliography().keys())
    return lookup(sorted(keys))


def bibtex(references: Sequence[Reference]) -> str:
    """Return the BibTeX source of the references."""
    return "\n\n".join(reference.source for reference in references) + "\n" if references else ""
