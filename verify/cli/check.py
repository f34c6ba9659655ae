"""``boundcheck check``: today's findings against the committed ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from verify.cli.run import FOLDER, budget_option, executor_option, load, names_argument, results_option, strict_option

if TYPE_CHECKING:
    from verify.study import Result

FAILED = 1


@click.command()
@names_argument
@budget_option
@executor_option
@results_option
@click.option("--baselines", type=FOLDER, default=Path("reports/baselines"), show_default=True)
@click.option("--update", is_flag=True, help="Write the findings as the new baselines.")
@strict_option
def check(
    names: Sequence[str], budget: str, executor: str, results: Path, baselines: Path, update: bool, strict: bool
) -> int:
    """Run studies and compare with the committed baselines (all studies where none is named).

    Fails (exit code 1) where a claim is violated, a verdict dropped, a claim is gone, an interval is disjoint from the
    committed one, or a baseline is missing or of another budget or seed.
    """
    from verify import baseline
    from verify.cli.show import exit_code, show_summary
    from verify.executor import open_pool

    if not update:
        baseline.require(baselines)
    done: list[Result] = []
    failures: list[str] = []
    with open_pool(executor) as pool:
        done += [study.run(budget, results, pool) for study in load(names)]
    for result in done:
        if update and result.findings:
            click.echo(f"written: {baseline.write(result, baselines)}")
            continue
        compared = baseline.compare(result, baselines)
        failures += compared.failures
        for line in compared.notes:
            click.echo(f"note: {line}")
    if not names and not update:
        failures += baseline.orphans({result.study.name: result for result in done}, baselines)
    failures += [
        f"{r.study.name} {e.claim_id}: violated: {e.claim.statement} — {e.finding.evidence}"
        for r in done
        for e in r.findings
        if e.finding.verdict.value == "violated"
    ]
    for line in failures:
        click.echo(f"FAILED: {line}")
    show_summary(done)
    click.echo(f"check: {len(failures)} failures in {len(done)} studies")
    return FAILED if failures else exit_code(done, strict)
