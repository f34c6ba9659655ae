"""The entry points: arguments in, one exit code out, every expected error as one line.

Exit codes: 0 ok; 1 a claim or a baseline failed; 2 usage or bad input; 3 inconclusive under --strict; 130 interrupted.
Nothing heavy is imported before a command runs, so that ``--help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from verify.cli.audit import audit
from verify.cli.calculator import bound
from verify.cli.catalogue import cite, list_
from verify.cli.check import check
from verify.cli.doctor import doctor
from verify.cli.run import report, run
from verify.errors import BoundcheckError
from verify.executor import one_blas_thread

INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="boundcheck", prog_name="boundcheck")
def app() -> None:
    """Check convergence bounds of samplers and diffusion models against exact laws."""


for command in (list_, run, report, check, audit, bound, cite, doctor):
    app.add_command(command)


def main(args: Sequence[str] | None = None) -> int:
    """Run ``boundcheck`` with `args` (None: those of the process) and return the exit code."""
    one_blas_thread()  # sums must not depend on how many threads share them: serial and parallel runs agree bit for bit
    try:
        code = app.main(args=args, prog_name="boundcheck", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except BoundcheckError as error:
        return _fail(str(error), error.exit_code)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return 2
    except click.ClickException as error:
        return _fail(error.format_message(), 2)
    except (KeyboardInterrupt, click.Abort):
        return _fail("interrupted; finished cells are kept, the same command goes on from there.", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has left; so do we, quietly
        return 0
    except OSError as error:
        return _fail(f"{error.strerror or error}: `{error.filename}`." if error.filename else str(error), 2)


def _fail(message: str, code: int) -> int:
    click.echo(f"boundcheck: error: {' '.join(message.split())}", err=True)
    return code
