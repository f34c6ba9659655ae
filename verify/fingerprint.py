"""Digests of values by content: the keys of the journal, the seeds of the cells and the version of the code."""

from __future__ import annotations

import dataclasses
import dis
import functools
import hashlib
import inspect
import linecache
import struct
import textwrap
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType
from typing import Any

import numpy as np

from verify.errors import InvalidInput

NOT_COMPUTING = (
    "__main__.py", "baseline.py", "catalog.py", "claims", "cli", "executor.py", "journal.py", "report", "_studies",
)  # fmt: skip
CELL = "<ipython-input-"  # IPython names each cell by number and content, and keeps its text


def digest(*values: Any) -> str:
    """Return 32 hexadecimal digits that depend on the content of `values` only.

    Covers None, bool, int, float, complex, str, bytes, enums, paths, NumPy scalars and arrays, sequences, sets and
    mappings (in any order), frozen dataclasses (class name and fields), classes, and functions (source, defaults and
    what they close over). The same content has the same digest in every process and on every platform.
    Raises InvalidInput for anything else: an object whose content cannot be seen cannot key a result.
    """
    return _hex(_blob(values, "value"))


def sources(root: Path, leave_out: Iterable[str] = ()) -> dict[str, bytes]:
    """Return {path relative to `root`: content} of every Python file under it, names in `leave_out` skipped."""
    skip = set(leave_out)
    files = sorted(root.rglob("*.py"))
    return {f.relative_to(root).as_posix(): f.read_bytes() for f in files if f.relative_to(root).parts[0] not in skip}


@functools.cache
def package_version() -> str:
    """Return the digest of the modules that numbers pass through (not reports, claims, the command line)."""
    return digest(sources(Path(__file__).parent, NOT_COMPUTING))


def _hex(blob: bytes) -> str:
    return hashlib.sha256(blob).hexdigest()[:32]


def _pack(tag: str, *parts: bytes) -> bytes:
    """Return the parts with their lengths, so that no two different lists give one string."""
    return tag.encode() + b"".join(struct.pack("<Q", len(part)) + part for part in parts)


def _blob(value: Any, where: str) -> bytes:
    """Return an injective byte string of `value`; `where` names the place inside the whole for the error."""
    if isinstance(value, np.generic):
        value = value.item()  # np.float64(0.5) is the number 0.5
    for kinds, encode in _ENCODERS:
        if isinstance(value, kinds):
            return encode(value, where)
    if dataclasses.is_dataclass(value):
        return _dataclass(value, where)
    if not getattr(value, "__dict__", True):
        return _pack("stateless", _name(type(value)))
    raise InvalidInput(
        f"`{where}` holds a {type(value).__qualname__}, which has no content to digest; "
        "use numbers, strings, arrays, functions or frozen dataclasses of these."
    )


def _sequence(value: Iterable[Any], where: str) -> bytes:
    return _pack("sequence", *(_blob(item, f"{where}[{i}]") for i, item in enumerate(value)))


def _set(value: Iterable[Any], where: str) -> bytes:
    return _pack("set", *sorted(_blob(item, where) for item in value))


def _mapping(value: Mapping[Any, Any], where: str) -> bytes:
    pairs = sorted((_blob(k, f"a key of {where}"), _blob(v, f"{where}[{k!r}]")) for k, v in value.items())
    return _pack("mapping", *(part for pair in pairs for part in pair))


def _array(value: np.ndarray[Any, Any], where: str) -> bytes:
    if value.dtype.hasobject:
        raise InvalidInput(f"`{where}` is an array of Python objects; use a numeric dtype.")
    plain = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
    return _pack("array", plain.dtype.str.encode(), repr(value.shape).encode(), plain.tobytes())


def _dataclass(value: Any, where: str) -> bytes:
    kind = type(value)
    if not kind.__dataclass_params__.frozen:
        raise InvalidInput(f"`{where}` is a {kind.__qualname__}, a dataclass that can change; declare it frozen=True.")
    fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    parts = (part for k, v in fields.items() for part in (k.encode(), _blob(v, f"{where}.{k}")))
    return _pack("dataclass", _name(kind), *parts)


def _function(value: FunctionType, where: str) -> bytes:
    closed = inspect.getclosurevars(value).nonlocals
    context = (value.__defaults__, value.__kwdefaults__, closed)
    return _pack("function", value.__qualname__.encode(), _source(value, where).encode(), _blob(context, where))


def _source(function: FunctionType, where: str) -> str:
    """Return the source. Under a name such as ``<string>`` Python 3.13 finds text, but that of the last input."""
    file = function.__code__.co_filename
    try:
        if file.startswith("<") and not file.startswith(CELL):
            raise OSError(f"{file} is no file")
        text = inspect.getsource(function)
    except (OSError, TypeError) as error:
        raise InvalidInput(f"`{where}` is a function without source; define it in a file.") from error
    return _body(function.__code__) if function.__name__ == "<lambda>" else textwrap.dedent(text)


def _body(code: CodeType) -> str:
    """Return the text of a lambda's body: several lambdas may share the lines that `getsource` returns."""
    spots = [
        i.positions for i in dis.get_instructions(code) if i.opname not in ("RESUME", "COPY_FREE_VARS", "MAKE_CELL")
    ]
    ends = [(p.lineno, p.col_offset, p.end_lineno, p.end_col_offset) for p in spots if p is not None]
    known = [(a, b, c, d) for a, b, c, d in ends if None not in (a, b, c, d)]
    first = min((a or 0, b or 0) for a, b, _, _ in known)
    last = max((c or 0, d or 0) for _, _, c, d in known)
    lines = [line.encode() for line in linecache.getlines(code.co_filename)[first[0] - 1 : last[0]]]
    lines[-1] = lines[-1][: last[1]]  # offsets count bytes; the end is cut first, the two may be on one line
    lines[0] = lines[0][first[1] :]
    return b"".join(lines).decode()


def _method(value: MethodType, where: str) -> bytes:
    return _pack("method", _name(value.__func__), _blob(value.__self__, f"{where}.__self__"))


def _partial(value: functools.partial[Any], where: str) -> bytes:
    return _pack("partial", _blob(value.func, where), _blob((value.args, value.keywords), where))


def _name(value: Any) -> bytes:
    return f"{value.__module__}.{value.__qualname__}".encode()


_ENCODERS: tuple[tuple[Any, Callable[[Any, str], bytes]], ...] = (
    (type(None), lambda v, w: b"none"),
    (Enum, lambda v, w: _pack("enum", _name(type(v)), v.name.encode())),
    (bool, lambda v, w: _pack("bool", b"1" if v else b"0")),
    (int, lambda v, w: _pack("int", str(v).encode())),
    (float, lambda v, w: _pack("float", struct.pack("<d", v))),
    (complex, lambda v, w: _pack("complex", struct.pack("<dd", v.real, v.imag))),
    (str, lambda v, w: _pack("str", v.encode())),
    (bytes, lambda v, w: _pack("bytes", v)),
    (Path, lambda v, w: _pack("path", v.as_posix().encode())),
    (np.ndarray, _array),
    ((list, tuple), _sequence),
    ((set, frozenset), _set),
    (Mapping, _mapping),
    (FunctionType, _function),
    (MethodType, _method),
    (functools.partial, _partial),
    (type, lambda v, w: _pack("class", _name(v))),
    (BuiltinFunctionType, lambda v, w: _pack("builtin", _name(v))),
    (np.ufunc, lambda v, w: _pack("ufunc", v.__name__.encode())),
)
