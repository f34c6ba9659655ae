"""Running: cells go to the executor in batches, rows come back into the journal."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from verify.errors import InvalidInput
from verify.executor import Pool, in_batches
from verify.journal import Journal, write_whole
from verify.study.cell import CellFailed, row
from verify.study.failure import told
from verify.study.folding import known_points, with_law
from verify.study.loading import loaded

if TYPE_CHECKING:
    from verify.study.study import Study

Answer = tuple[int, dict[str, Any], str]  # number of the cell, its row, or why there is none


def compute(
    study: Study,
    budget: str,
    points: Sequence[Mapping[str, Any]],
    keys: Sequence[str],
    missing: Sequence[int],
    pool: Pool,
    journal: Journal,
    progress: bool | None,
) -> None:
    """Compute the missing cells; every finished one is in the journal before the next is asked for.

    The first cell that fails stops the study with CellFailed, after all finished ones are written.
    """
    work: Callable[[Sequence[int]], tuple[Sequence[Answer], float]] = functools.partial(_here, study, budget, points)
    if pool.remote:
        if study.path is None:
            raise InvalidInput(f"study {study.name} comes from no file; use Study.load, or the serial executor.")
        work = functools.partial(_there, study.path, study.version, budget)
    with _bar(study.name, len(points), len(points) - len(missing), progress) as advance:
        for number, found, failure in in_batches(pool, work, missing):
            if failure:
                where = ", ".join(f"{k} = {v}" for k, v in points[number].items())
                raise CellFailed(f"study {study.name}, cell {where}: {failure}")
            journal.append(keys[number], found)
            advance()


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write the table as CSV, every float to its last bit."""
    write_whole(path, table.to_csv(index=False, lineterminator="\n"))


def _there(path: Path, stamp: str, budget: str, numbers: Sequence[int]) -> tuple[Sequence[Answer], float]:
    """Compute a batch in a worker, which loads the study from its file."""
    study = loaded(path, stamp)
    return _here(study, budget, known_points(study, budget), numbers)


def _here(
    study: Study, budget: str, points: Sequence[Mapping[str, Any]], numbers: Sequence[int]
) -> tuple[Sequence[Answer], float]:
    """Return the answers of a batch, up to the first failure, and the seconds they took."""
    begin = time.perf_counter()
    answers: list[Answer] = []
    observe = study.observed(budget)
    for number in numbers:
        try:
            subject = with_law(study, budget, number, study.subject(**points[number]))
            answers.append((number, row(subject, points[number], observe, budget, study.seed), ""))
        except (Exception, SystemExit) as error:  # as text: not every exception survives the way between processes
            answers.append((number, {}, told(error, study.path)))
            break
    return answers, time.perf_counter() - begin


@contextmanager
def _bar(name: str, total: int, done: int, wanted: bool | None) -> Iterator[Callable[[], None]]:
    """Yield the function that counts one cell more, with a bar on stderr where that is a terminal."""
    if wanted is False or (wanted is None and not sys.stderr.isatty()) or done == total:
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(name, total=total, completed=done)
        yield lambda: progress.advance(task)
