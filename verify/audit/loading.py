"""Loading: samplers from a Python file, named as ``path/to/mine.py:make_sampler``."""

from __future__ import annotations

import inspect
import runpy
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verify.audit.probe import Sampler
from verify.errors import BoundcheckError, InvalidInput, UnknownName

SHAPE = "a sampler is called as sampler(model, start, noise, steps)"


@dataclass(frozen=True)
class Loaded:
    """A sampler, what to call it, and the lines of Python that make it anew as `sampler`."""

    sampler: Sampler
    name: str
    code: str


def load(place: str) -> tuple[Loaded, ...]:
    """Return the samplers that ``file.py:name`` stands for.

    `name` is a sampler, or a factory: a class or function that needs no arguments and returns a sampler or several.
    The file's folder is importable from then on, as it is for a script. InvalidInput says in one line what is wrong.
    """
    path, _, name = place.rpartition(":")
    if not path:
        raise InvalidInput(f"`{place}` names no sampler; write FILE.py:NAME ({SHAPE}).")
    file = Path(path)
    if not file.is_file():
        raise InvalidInput(f"there is no file `{path}`.")
    found = _execute(file)
    if name not in found:
        raise UnknownName(f"sampler in `{path}`", name, _public(found))
    code = _code(file.resolve(), name)
    value = found[name]
    if _takes_four(value):
        return (Loaded(value, _name(value, name), code),)
    made = _made(value, name, file)
    if callable(made):
        return (Loaded(_checked(made, f"{name}()"), _name(made, name), f"{code}()"),)
    several = [
        Loaded(_checked(one, f"{name}()[{i}]"), _name(one, f"{name}[{i}]"), f"{code}()[{i}]")
        for i, one in enumerate(made)
    ]
    return _distinct(several, name)


def _execute(file: Path) -> dict[str, Any]:
    """Return the global names of a file that was run as a script would be, but not as ``__main__``."""
    folder = str(file.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return runpy.run_path(str(file.resolve()))
    except SyntaxError as error:
        raise InvalidInput(f"`{file}` line {error.lineno}: {error.msg}.") from error
    except (Exception, SystemExit) as error:
        raise InvalidInput(_told(error, file, "")) from error


def _made(factory: Any, name: str, file: Path) -> Any:
    """Return what a factory makes: a callable, or a list."""
    if not (callable(factory) and _takes_none(factory)):
        got = (
            f"`{name}{inspect.signature(factory)}`"
            if inspect.isfunction(factory)
            else f"an object of type {type(factory).__name__}"
        )
        raise InvalidInput(f"`{name}` in `{file}` is no sampler: {SHAPE}, a factory without arguments; got {got}.")
    try:
        made = factory()
        return made if callable(made) else list(made) if isinstance(made, Iterable) else [made]
    except (Exception, SystemExit) as error:
        raise InvalidInput(_told(error, file, f"{name}() ")) from error


def _checked(value: Any, name: str) -> Sampler:
    if not _takes_four(value):
        raise InvalidInput(f"`{name}` is no sampler: {SHAPE}; got {type(value).__name__}.")
    found: Sampler = value
    return found


def _distinct(several: list[Loaded], name: str) -> tuple[Loaded, ...]:
    names = [one.name for one in several]
    if not names:
        raise InvalidInput(f"`{name}()` returned no sampler.")
    if twice := [one for one in names if names.count(one) > 1]:
        raise InvalidInput(f"`{name}()` returned two samplers called `{twice[0]}`; give each a `name` of its own.")
    return tuple(several)


def _takes_four(value: Any) -> bool:
    return callable(value) and not inspect.isclass(value) and _binds(value, 4)


def _takes_none(value: Any) -> bool:
    return _binds(value, 0)


def _binds(value: Any, arguments: int) -> bool:
    try:
        inspect.signature(value).bind(*[None] * arguments)
    except TypeError:
        return False
    except ValueError:  # a builtin that does not tell
        return True
    return True


def _name(value: Any, otherwise: str) -> str:
    return str(getattr(value, "name", None) or otherwise)


def _code(file: Path, name: str) -> str:
    folder, whole = (str(path).replace("\\", "\\\\").replace('"', '\\"') for path in (file.parent, file))
    return f'import runpy\nimport sys\nsys.path.insert(0, "{folder}")\nsampler = runpy.run_path("{whole}")["{name}"]'


def _public(found: dict[str, Any]) -> list[str]:
    ours = found["__name__"]
    return [
        name
        for name, value in found.items()
        if not name.startswith("_") and callable(value) and getattr(value, "__module__", ours) == ours
    ]


def _told(error: BaseException, file: Path, what: str) -> str:
    """Return an exception of a user's file as one line, with the last line of the file that was running."""
    text = " ".join(str(error).split())
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if Path(frame.filename) == file.resolve()]
    where = f"`{file}` line {lines[-1]}" if lines else f"`{file}`"
    kind = "" if isinstance(error, BoundcheckError) else type(error).__name__
    return f"{where}: {what}raised {kind}{': ' if kind and text else ''}{text}{'' if text.endswith('.') else '.'}"
