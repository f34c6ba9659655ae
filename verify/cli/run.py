"""``boundcheck run`` and ``boundcheck report``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from verify.errors import InvalidInput

if TYPE_CHECKING:
    from verify.executor import Pool
    from verify.study import Result, Study

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
FOLDER = click.Path(path_type=Path, file_okay=False)

names_argument: Decorator = click.argument("names", nargs=-1, metavar="[STUDY | FOLDER | FILE]...")
budget_option: Decorator = click.option("--budget", default="ci", show_default=True, help="smoke, ci or full.")
results_option: Decorator = click.option(
    "--results", type=FOLDER, default=Path("results"), show_default=True, help="Folder of journals and tables."
)
executor_option: Decorator = click.option(
    "--executor", default="serial", show_default=True, help="serial, processes:N, dask or dask:tcp://HOST:PORT."
)
KINDS = ("svg", "png", "pdf")
figures_option: Decorator = click.option(
    "--figures",
    type=click.Choice(KINDS),
    multiple=True,
    default=KINDS,
    help="Kinds of figure files beside the report, all by default; repeat for several. svg is always written.",
)
strict_option: Decorator = click.option("--strict", is_flag=True, help="Exit with 3 where a claim is inconclusive.")


@click.command()
@names_argument
@budget_option
@executor_option
@results_option
@click.option("--reports", type=FOLDER, default=None, help="Also write the report into this folder.")
@figures_option
@click.option("--fresh", is_flag=True, help="Forget the journal and compute every cell anew.")
@strict_option
def run(
    names: Sequence[str],
    budget: str,
    executor: str,
    results: Path,
    reports: Path | None,
    figures: Sequence[str],
    fresh: bool,
    strict: bool,
) -> int:
    """Run studies and print what was found (all studies where none is named).

    Finished cells are kept in a journal: a second run answers from it, an interrupted one goes on where it stopped.
    """
    from verify.cli.show import exit_code, show_result, show_summary
    from verify.executor import open_pool

    done = []
    with open_pool(executor) as pool:
        wake(pool)
        for study in load(names):
            done.append(study.run(budget, results, pool, fresh=fresh))
            show_result(done[-1], results)
    show_summary(done)
    if reports is not None:
        write(done, reports, figures)
    return exit_code(done, strict)


@click.command()
@names_argument
@budget_option
@results_option
@click.option("--reports", type=FOLDER, default=Path("reports"), show_default=True, help="Folder of the report.")
@figures_option
def report(names: Sequence[str], budget: str, results: Path, reports: Path, figures: Sequence[str]) -> None:
    """Write the report on results that are there (all of them where no study is named); nothing is computed."""
    studies = list(load(names))
    if not names:
        studies = [study for study in studies if study.folder(budget, results).is_dir()]
    if not studies:
        raise InvalidInput(f"there are no results for budget {budget} in `{results}`; `boundcheck run` makes them.")
    write([study.recall(budget, results) for study in studies], reports, figures)


def load(names: Sequence[str]) -> Iterable[Study]:
    """Yield the studies that the names mean, each once; all where there is no name."""
    from verify import catalog
    from verify.study import Study

    found = [file for name in names for file in catalog.find_studies(name)] or list(catalog.studies().values())
    if not found:
        raise InvalidInput(f"there is no study in `{catalog.study_folder()}`.")
    files = dict.fromkeys(file.resolve() for file in found)
    return [Study.load(file) for file in files]


def wake(pool: Pool) -> None:
    """Start the workers, which import the package while this process does: two seconds less until the first cell."""
    for _ in range(pool.workers if pool.remote else 0):
        pool.executor.submit(import_package)


def import_package() -> None:
    """Import what almost every study asks for."""
    from verify import bounds, observables, study

    del bounds, observables, study


def write(results: Sequence[Result], folder: Path, figures: Sequence[str]) -> None:
    """Write the report, with these kinds of figure files, and say where it is."""
    from verify.report import write_report

    click.echo(f"report: {write_report(results, folder, formats=figures)}")
