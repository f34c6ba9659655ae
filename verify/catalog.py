"""What there is: concrete classes and functions of the package, and study files, found by looking; no registry."""

from __future__ import annotations

import ast
import functools
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from verify.errors import InvalidInput, UnknownName

# what a class of each kind can do; this tells a sampler from a helper that lives beside it
ABILITIES = {
    "bounds": ("terms", "failed_assumptions"),
    "claims": ("judge",),
    "samplers": ("start", "step", "run"),
    "scores": ("__call__", "error"),
}


def modules(package: str) -> Iterator[ModuleType]:
    """Yield the package `verify.<package>` and every module below it."""
    top = import_module(f"verify.{package}")
    yield top
    for found in pkgutil.walk_packages(getattr(top, "__path__", []), f"{top.__name__}."):
        yield import_module(found.name)


def classes(kind: str) -> dict[str, type[Any]]:
    """Return {name: class} of every concrete public class of `verify.<kind>`, sorted by name.

    A class counts when it can do what its kind does (for bounds: `terms` and `failed_assumptions`), is neither
    abstract nor a protocol, and is defined there, not imported. Its name is its attribute `name` where it declares
    one (bounds do: ``chen2023-theorem2``) and the class name otherwise.
    """
    if kind not in ABILITIES:
        raise UnknownName("kind of class", kind, ABILITIES)
    found = {}
    for module in modules(kind):
        for value in vars(module).values():
            if inspect.isclass(value) and value.__module__ == module.__name__ and _concrete(value, ABILITIES[kind]):
                label = vars(value).get("name")
                found[label if isinstance(label, str) else value.__name__] = value
    return dict(sorted(found.items()))


def divergences() -> dict[str, Any]:
    """Return {name: function} of what `verify.divergences` exports that takes two laws, p and q, to an Estimate."""
    package = import_module("verify.divergences")
    found = {name: getattr(package, name) for name in package.__all__}
    return {name: value for name, value in sorted(found.items()) if inspect.isfunction(value) and _compares(value)}


def _compares(function: Any) -> bool:
    signature = inspect.signature(function)
    return [*signature.parameters][:2] == ["p", "q"] and signature.return_annotation == "Estimate"


def named_class(kind: str, name: str) -> type[Any]:
    """Return the class of `kind` called `name`; UnknownName says which names come close."""
    known = classes(kind)
    for label, value in known.items():
        if name in (label, value.__name__):
            return value
    raise UnknownName(kind.removesuffix("s"), name, known)


def study_folder() -> Path:
    """Return the folder of the studies: ./studies, else that of the checkout, else those inside the installed wheel."""
    package = Path(__file__).resolve().parent
    for folder in (Path("studies"), package.parent / "studies", package / "_studies"):
        if next(_study_files(folder), None) is not None:  # somebody else's ./studies holds none
            return folder
    raise InvalidInput("there is no folder `studies` here; change to the project or give the path of a study file.")


def studies(folder: Path | None = None) -> dict[str, Path]:
    """Return {name: file} of every study, named by its place: ``chen2023/step_size``; names with `_` are helpers."""
    root = folder or study_folder()
    return {f.relative_to(root).with_suffix("").as_posix(): f for f in _study_files(root)}


def study_file(path: str | Path) -> Path:
    """Return `path`; where a relative one is not there, the same path inside the folder of the studies."""
    file = Path(path)
    if file.is_file() or file.is_absolute() or file.suffix != ".py":
        return file
    inside = Path(*file.parts[1:]) if file.parts[0] == "studies" else file
    found = study_folder() / inside
    return found if found.is_file() else file


def find_studies(name: str) -> list[Path]:
    """Return the files that `name` means: a study, a folder of studies such as ``chen2023``, or a path to either."""
    if not name.strip(" /"):
        raise InvalidInput(f"`{name}` names no study; `boundcheck list studies` names those there are.")
    path = study_file(name)
    if path.suffix == ".py":
        if not path.is_file():
            raise InvalidInput(f"there is no study file `{name}`; `boundcheck list studies` names those there are.")
        return [path]
    known = studies()
    label = name.strip("/").removeprefix("studies/")
    chosen = [file for key, file in known.items() if key == label or key.startswith(f"{label}/")]
    if not chosen and path.is_dir():
        chosen = list(studies(path).values())
    if not chosen:
        raise UnknownName("study", name, {*known, *(key.rpartition("/")[0] for key in known if "/" in key)})
    return chosen


def _study_files(root: Path) -> Iterator[Path]:
    """Yield the files below `root` that define a STUDY; a folder may hold other scripts, which nobody asked to run."""
    for file in sorted(root.rglob("*.py")):
        if not any(p.startswith(("_", ".")) for p in file.relative_to(root).parts) and _defines_study(file):
            yield file


def _defines_study(file: Path) -> bool:
    """Return True where a file assigns STUDY at its top level; a broken file that names it counts too."""
    try:
        return _assigns_study(file.read_bytes())
    except OSError:
        return False


@functools.lru_cache(maxsize=1024)  # each name on a command line asks for all files again
def _assigns_study(source: bytes) -> bool:
    if b"STUDY" not in source:
        return False
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return True
    targets = [t for s in body if isinstance(s, ast.Assign) for t in s.targets]
    targets += [s.target for s in body if isinstance(s, ast.AnnAssign)]
    imported = [a.asname or a.name for s in body if isinstance(s, ast.ImportFrom) for a in s.names]
    return "STUDY" in imported or any(isinstance(t, ast.Name) and t.id == "STUDY" for t in targets)


def _concrete(value: type[Any], abilities: tuple[str, ...]) -> bool:
    if value.__name__.startswith("_") or inspect.isabstract(value) or getattr(value, "_is_protocol", False):
        return False
    return all(callable(inspect.getattr_static(value, name, None)) for name in abilities)
