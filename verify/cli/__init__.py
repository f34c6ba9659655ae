"""The command ``boundcheck``: list, run, report, check, audit, cite and the bound calculator.

Both entry points import the commands only when they are called, so that Ctrl-C ends even the start in one line.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main", "main_study"]


def main(args: Sequence[str] | None = None) -> int:
    """Run ``boundcheck`` with `args` (None: those of the process) and return the exit code."""
    try:
        from verify.cli import app

        return app.main(args)
    except KeyboardInterrupt:  # before the commands are there to deal with it
        sys.stderr.write("boundcheck: error: interrupted.\n")
        return 130


def main_study(file: str, args: Sequence[str] | None = None) -> int:
    """Return the exit code of ``boundcheck run FILE``: what a study file does when it is run as a script."""
    return main(["run", file, *(sys.argv[1:] if args is None else args)])
