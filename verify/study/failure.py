"""Failures: what an exception out of somebody's code says, in one line."""

from __future__ import annotations

from pathlib import Path

from verify.errors import BoundcheckError


def told(error: BaseException, file: Path | None) -> str:
    """Return an exception as one line: ours by its message, others as ``RuntimeError: boom (b.py line 5)``.

    The place is the last line of the study's `file` that was running, else where the exception was raised.
    """
    text = " ".join(str(error).split())
    if isinstance(error, BoundcheckError):
        return text
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return f"{said}{_place(error, file)}"


def line_in(error: BaseException, file: Path) -> int | None:
    """Return the last line of `file` that was running when the exception was raised; None where none was."""
    ours = [number for name, number in _lines(error) if name == file.resolve()]
    return ours[-1] if ours else None


def _place(error: BaseException, file: Path | None) -> str:
    ours = None if file is None else line_in(error, file)
    if file is not None and ours is not None:
        return f" ({file.name} line {ours})"
    lines = _lines(error)
    return f" ({lines[-1][0].name} line {lines[-1][1]})" if lines else ""


def _lines(error: BaseException) -> list[tuple[Path, int]]:
    found, trace = [], error.__traceback__
    while trace is not None:
        found.append((Path(trace.tb_frame.f_code.co_filename).resolve(), trace.tb_lineno))
        trace = trace.tb_next
    return found
