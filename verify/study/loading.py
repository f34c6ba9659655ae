"""Loading: a study file is executed, and remembered with the sources that it is made of."""

from __future__ import annotations

import functools
import importlib.util
import linecache
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from verify.errors import BoundcheckError, InvalidInput
from verify.fingerprint import digest
from verify.study.failure import line_in, told

MODULE = "boundcheck_study"  # one name for all study files, so that digests do not depend on where a file lies


def execute(path: Path) -> tuple[Any, str]:
    """Return the `STUDY` of a file and the digest of its source and of the helpers that it imports from its folder.

    The file's folder is importable while it runs, as it is for a script; helper modules are forgotten afterwards, so
    that files of one name in two folders do not meet.
    """
    if not path.is_file():
        raise InvalidInput(f"there is no study file `{path}`.")
    folder = str(path.resolve().parent)
    before = set(sys.modules)
    source = path.read_bytes()
    sys.path.insert(0, folder)
    try:
        module = _run(path, source)
        helpers = {name: m for name, m in sys.modules.items() if name not in before and _inside(m, folder)}
    finally:
        sys.path.remove(folder)
    for name in helpers:
        del sys.modules[name]
    if not hasattr(module, "STUDY"):
        raise InvalidInput(f"`{path}` defines no STUDY; a study file ends with STUDY = vf.Study(...).")
    files = {Path(str(m.__file__)).name: Path(str(m.__file__)).read_bytes() for m in helpers.values()}
    return module.STUDY, digest(source, files)


@functools.lru_cache(maxsize=8)
def loaded(path: Path, stamp: str) -> Any:
    """Return the study of a file in a worker, executed once per process; `stamp` is the version the driver has."""
    from verify.study.study import Study  # the two need each other; the worker is the later one

    study = Study.load(path)
    if study.version != stamp:
        raise InvalidInput(f"`{path}` or the package changed while the study ran, or differs on a worker; run again.")
    return study


def _run(path: Path, source: bytes) -> ModuleType:
    """Execute the very bytes that the version is a digest of: cached bytecode misses edits within one second."""
    linecache.checkcache(str(path))
    spec = importlib.util.spec_from_file_location(MODULE, path)
    if spec is None or spec.loader is None:
        raise InvalidInput(f"`{path}` is no Python file; a study file ends in .py.")
    module = importlib.util.module_from_spec(spec)
    previous = sys.modules.get(MODULE)
    sys.modules[MODULE] = module  # dataclasses look their module up by name
    try:
        exec(compile(source, str(path), "exec"), module.__dict__)
    except BoundcheckError as error:
        raise InvalidInput(f"`{path}`: {told(error, path)}") from error
    except SyntaxError as error:
        raise InvalidInput(f"`{path}` line {error.lineno}: {error.msg}.") from error
    except (Exception, SystemExit) as error:
        number = line_in(error, path)
        where = "" if number is None else f" line {number}"
        text = " ".join(str(error).split())
        raise InvalidInput(f"`{path}`{where} raised {type(error).__name__}{text and f': {text}'}.") from error
    finally:
        if previous is None:
            sys.modules.pop(MODULE, None)
        else:
            sys.modules[MODULE] = previous
    return module


def _inside(module: ModuleType, folder: str) -> bool:
    file = getattr(module, "__file__", None)
    return bool(file) and str(Path(str(file)).resolve().parent) == folder
