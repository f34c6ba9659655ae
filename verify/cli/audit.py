"""``boundcheck audit``: the exact law and order of convergence of somebody else's sampler, with a verdict."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from verify.cli.run import FOLDER
from verify.cli.subjects import Subject, find, versions

if TYPE_CHECKING:
    from verify.audit import Audit, CrossCheck

FAILED, UNDECIDED, INTERRUPTED = 1, 3, 130
FEW = 8  # samplers up to which even those with noise are cross-checked by Monte Carlo


def counts(text: str) -> tuple[int, ...]:
    """Return whole numbers that have commas between them."""
    try:
        found = tuple(int(part) for part in text.split(","))
    except ValueError:
        found = ()
    if not found or found[0] < 1 or any(a >= b for a, b in pairwise(found)):
        raise click.BadParameter(f"'{text}' is no list of increasing whole numbers >= 1 such as 10,20,40.")
    return found


def claimed(text: str) -> float:
    """Return an order."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise click.BadParameter(f"'{text}' is no finite number > 0.")
    return value


def level(text: str) -> tuple[float, float]:
    """Return (alpha, sigma) of x = alpha·x_0 + sigma·z, written with a comma between them."""
    try:
        alpha, sigma = (float(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter(f"'{text}' is not ALPHA,SIGMA such as 1,80.") from None
    return alpha, sigma


@click.command()
@click.argument("subject", metavar="diffusers | FILE.py:NAME")
@click.option("--scheduler", "schedulers", multiple=True, metavar="NAME", help="Only this scheduler; may be repeated.")
@click.option("--steps", type=counts, metavar="N,N,…", help="Numbers of steps.  [default: eight, up to 250]")
@click.option("--dtype", type=click.Choice(["float64", "float32"]), default="float64", show_default=True)
@click.option("--order", type=claimed, metavar="P", help="Order in W2 that FILE.py:NAME claims.")
@click.option("--start", type=level, metavar="ALPHA,SIGMA", help="Level of x = alpha·x_0 + sigma·z where it starts.")
@click.option("--stop", type=level, metavar="ALPHA,SIGMA", help="Level where it ends.  [default: 1,0, the data]")
@click.option("--array", type=click.Choice(["numpy", "torch", "jax", "cupy"]), help="Library that it computes in.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of lines.")
@click.option("--reports", type=FOLDER, default=None, help="Write the report (HTML, Markdown, JSON) into this folder.")
@click.option("--scripts", type=FOLDER, default=None, help="Write a minimal program for each finding into this folder.")
@click.option("--mixture", is_flag=True, help="Also check it on a mixture in d = 1, where its steps are not affine.")
@click.option("--strict", is_flag=True, help="Exit with 3 where a verdict is inconclusive.")
def audit(
    subject: str,
    as_json: bool,
    reports: Path | None,
    scripts: Path | None,
    mixture: bool,
    strict: bool,
    **given: Any,
) -> int:
    """Measure the order of convergence of a sampler, exactly.

    The exact model of Gaussian data makes every sampler an affine map of its first state and its noise. Unit impulses
    return that map, hence the exact law of the output at each number of steps and the order at which its W2 error
    falls. No Monte Carlo.

    \b
    boundcheck audit diffusers --scheduler DDIMScheduler --steps 10,20,40,80
    boundcheck audit path/to/mine.py:heun --order 2 --start 1,80

    NAME is a sampler, called as sampler(model, start, noise, steps), or a function without arguments that returns one
    or a list of them. `model` answers denoised(x, sigma), epsilon, score, velocity or flow; `noise` gives normal() and
    brownian(a, b). Attributes of the sampler (name, order, span, array) stand in for the options.

    --json prints {"title", "versions", "counts": {"holds", "violated", "inconclusive"}, "audits": [{"name", "verdict",
    "outcome", "reason", "causes", "declared", "order": {"value", "low", "high", "steps"}, "error", "evaluations",
    "floors", "targets", "table"}]}; an infinity, which JSON lacks, is {"float": "inf"}.

    Exit code: 0 no violation, 1 a verdict is violated, 2 bad input, 3 inconclusive under --strict, 130 interrupted.
    """
    try:
        chosen = find(subject, **given)
        found = _collect(chosen, silent=as_json)
        checks = _checks(chosen, found) if mixture else []
        return _report(chosen, found, checks, as_json, reports, scripts, strict)
    except KeyboardInterrupt:
        click.echo("boundcheck: error: interrupted.", err=True)
        return INTERRUPTED


def _collect(chosen: Subject, *, silent: bool) -> list[Audit]:
    """Return all audits; lines are printed as they come, except where a table or JSON follows."""
    from verify.cli.audited import show_line

    found = []
    lines = not silent and not sys.stdout.isatty()
    with _bar(chosen) as advance:
        for one in chosen.audits:
            found.append(one)
            if lines:
                show_line(one)
            advance()
    return found


def _checks(chosen: Subject, found: Sequence[Audit]) -> list[CrossCheck]:
    """Return the cross-checks of the samplers that take steps without noise, all of them where there are few."""
    from verify.errors import BoundcheckError

    checks = []
    for number, one in enumerate(found):
        if not one.runs or (len(found) > FEW and one.runs[-1].map.draws):
            continue
        with suppress(BoundcheckError):  # its audit has said what is wrong with it
            checks.append(chosen.check(number))
    return checks


def _report(
    chosen: Subject,
    found: Sequence[Audit],
    checks: Sequence[CrossCheck],
    as_json: bool,
    reports: Path | None,
    scripts: Path | None,
    strict: bool,
) -> int:
    """Print and write what was found; return the exit code."""
    from verify.cli.audited import show_end
    from verify.finding import Verdict
    from verify.journal import dumps
    from verify.report.audit_json import document
    from verify.report.audits import write_audits, write_scripts

    about: dict[str, Any] = {"title": f"Audit of {chosen.name}", "versions": versions()}
    bad = {n: one for n, one in enumerate(found) if one.verdict is Verdict.VIOLATED}
    made = {one.name: chosen.script(n, one) for n, one in bad.items()} if reports or scripts else {}
    programs = {name: text for name, text in made.items() if text}
    written = write_scripts(programs, scripts) if scripts else []
    if reports:
        written.append(
            write_audits(
                found,
                reports,
                name=re.sub(r"[^\w.]+", "-", chosen.name),
                scripts=programs,
                notes=[str(check) for check in checks],
                **about,
            )
        )
    if as_json:
        click.echo(dumps(document(found, **about), indent=2))
    else:
        for check in checks:
            click.echo(str(check))
        show_end(found)
    for path in written:
        click.echo(f"written: {path}", err=as_json)
    verdicts = {one.verdict for one in found} | {check.verdict for check in checks}
    if Verdict.VIOLATED in verdicts:
        return FAILED
    return UNDECIDED if strict and Verdict.INCONCLUSIVE in verdicts else 0


@contextmanager
def _bar(chosen: Subject) -> Iterator[Callable[[], None]]:
    """Yield the function that counts one audit more, with a bar on stderr where that is a terminal."""
    if not sys.stderr.isatty() or chosen.total < 2:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(chosen.name, total=chosen.total)
        yield lambda: progress.update(task, advance=1)
