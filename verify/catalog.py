"""What there is: concrete classes and functions of the package, and study files, found by looking; no registry."""

from __future__ import annotations

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
        if folder.is_dir():
            return folder
    raise InvalidInput("there is no folder `studies` here; change to the project or give the path of a study file.")


def studies(folder: Path | None = None) -> dict[str, Path]:
    """Return {name: file} of every study, named by its place: ``chen2023/step_size``; names with `_` are helpers."""
    root = folder or study_folder()
    files = (f.relative_to(root) for f in sorted(root.rglob("*.py")))
    return {f.with_suffix("").as_posix(): root / f for f in files if not any(p.startswith(("_", ".")) for p in f.parts)}


def find_studies(name: str) -> list[Path]:
    """Return the files that `name` means: a study, a folder of studies such as ``chen2023``, or a path to either."""
    path = Path(name)
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


def _concrete(value: type[Any], abilities: tuple[str, ...]) -> bool:
    if value.__name__.startswith("_") or inspect.isabstract(value) or getattr(value, "_is_protocol", False):
        return False
    return all(callable(inspect.getattr_static(value, name, None)) for name in abilities)
