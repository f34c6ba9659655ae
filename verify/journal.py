"""Journal: one line of JSON per finished cell, safe against being killed at any moment.

A line is ``{"crc32": "1a2b3c4d", "cell": {"key": …, "row": {…}}}``. It is handed to the operating system in a single
write, so a killed process can tear the last line only; that tail is dropped when the file is opened again. Any other
damage, a changed digit included (the checksum), is an error that names the file and the line.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import time
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from verify.errors import DamagedFile, InvalidInput

try:
    from fcntl import LOCK_EX, LOCK_NB, flock
except ImportError:  # pragma: no cover - Windows has no flock: two runs on one journal are then not told apart
    flock = None  # type: ignore[assignment]

SYNC_EVERY = 1.0  # seconds; a kill loses nothing, a power cut at most this much work
_HEAD, _MIDDLE, _TAIL = '{"crc32": "', '", "cell": ', "}"
# how a cell's line may go on after its head: whole strings, marks, numbers and words, then perhaps half a string
_CELL_BEGUN = re.compile(
    rb"""\{(?:"(?:[^"\\\x00-\x1f]|\\.)*"|[-+.0-9A-Za-z{}\[\]:, ])*(?:"(?:[^"\\\x00-\x1f]|\\.)*\\?)?"""
)
_ODD = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


def dumps(value: Any, indent: int | None = None) -> str:
    """Return strict JSON: floats to the last bit; infinities and NaN, which JSON lacks, as {"float": "inf"}."""
    return json.dumps(_strict(value), allow_nan=False, ensure_ascii=False, indent=indent)


def loads(text: str) -> Any:
    """Return the value that `dumps` wrote."""
    return json.loads(text, object_hook=_odd, parse_constant=_refuse)


def write_whole(path: Path, text: str) -> None:
    """Write `text` to `path`: readers see the old file or the new one, never half, and nothing else is left behind."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, path)
    except OSError as error:
        raise InvalidInput(f"cannot write `{path}`: {error.strerror}; choose another folder.") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


class Journal:
    """The rows that are done, by key; open it with ``with``; `append` writes one through to the file."""

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        self.path = path
        self.rows: dict[str, dict[str, Any]] = {}
        self._fresh = fresh
        self._synced = time.monotonic()

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        except OSError as error:
            raise InvalidInput(
                f"cannot write `{self.path}`: {error.strerror}; choose another folder for the results."
            ) from error
        try:
            self._claim()
            self.rows, end = ({}, 0) if self._fresh else read(self.path)
            os.ftruncate(self._file, end)  # a torn tail must not run into the next line
        except BaseException:
            os.close(self._file)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            os.fsync(self._file)
        finally:
            os.close(self._file)

    def append(self, key: str, row: Mapping[str, Any]) -> None:
        """Record a finished cell."""
        data = line(key, row)
        try:
            written = os.write(self._file, data)
            if written < len(data):  # a full disk: leave no half line behind
                os.ftruncate(self._file, os.fstat(self._file).st_size - written)
                raise OSError(28, "no space left on the device")
            self._sync()
        except OSError as error:
            raise InvalidInput(f"cannot write `{self.path}`: {error.strerror}; see to it and run again.") from error
        self.rows[key] = loads(dumps(row))  # the very row that a resumed run will read

    def _sync(self) -> None:
        if time.monotonic() - self._synced > SYNC_EVERY:
            os.fsync(self._file)
            self._synced = time.monotonic()

    def _claim(self) -> None:
        """Lock the file for this process; the lock goes with the process, however it ends."""
        if flock is None:  # pragma: no cover
            return
        try:
            flock(self._file, LOCK_EX | LOCK_NB)
        except BlockingIOError as error:
            raise InvalidInput(f"another run is writing `{self.path}`; wait for it or use another folder.") from error


def line(key: str, row: Mapping[str, Any]) -> bytes:
    """Return the line of one cell, newline included."""
    cell = dumps({"key": key, "row": dict(row)})
    return f"{_HEAD}{zlib.crc32(cell.encode()):08x}{_MIDDLE}{cell}{_TAIL}\n".encode()


def read(path: Path) -> tuple[dict[str, dict[str, Any]], int]:
    """Return {key: row} and the number of bytes up to the end of the last whole line.

    A last line without its newline is dropped where it is the beginning of a cell's line, as a kill leaves it.
    """
    data = path.read_bytes()
    end = data.rfind(b"\n") + 1
    rows = {}
    whole = data[:end].split(b"\n")[:-1]
    for number, text in enumerate(whole if _torn(data[end:]) else [*whole, data[end:]], start=1):
        try:
            key, row = _cell(text)
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedFile(
                f"`{path}` line {number} is damaged; delete that line, or the file, and run again "
                "(only the cells of deleted lines are computed anew)."
            ) from error
        rows[key] = row
    return rows, end


def _torn(text: bytes) -> bool:
    """Return True where `text` begins as the line of a cell does."""
    crc, middle, cell = len(_HEAD), len(_HEAD) + 8, len(_HEAD) + 8 + len(_MIDDLE)
    return (
        _HEAD.encode().startswith(text[:crc])
        and re.fullmatch(rb"[0-9a-f]*", text[crc:middle]) is not None
        and _MIDDLE.encode().startswith(text[middle:cell])
        and (len(text) <= cell or _CELL_BEGUN.fullmatch(text, cell) is not None)
    )


def _cell(text: bytes) -> tuple[str, dict[str, Any]]:
    start = len(_HEAD) + 8 + len(_MIDDLE)
    body = text[start : -len(_TAIL)]
    if text != f"{_HEAD}{zlib.crc32(body):08x}{_MIDDLE}".encode() + body + _TAIL.encode():
        raise ValueError("checksum")
    cell = loads(body.decode())
    return str(cell["key"]), dict(cell["row"])


def _strict(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    if isinstance(value, Mapping):
        return {key: _strict(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_strict(item) for item in value]
    return value


def _odd(value: dict[str, Any]) -> Any:
    return _ODD[value["float"]] if value.keys() == {"float"} and value["float"] in _ODD else value


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
