"""``boundcheck bound``: the value of a theorem's bound at given numbers."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Mapping
from typing import Any

import click

from verify.cli.options import option
from verify.cli.quantities import quantity
from verify.cli.schemes import TITLES, scheme
from verify.errors import InvalidInput, UnknownName


class Bounds(click.Group):
    """One command for every scheme and every bound; the options of a bound are the keywords of its formula."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the schemes, then those of the bounds that have a formula."""
        from verify import catalog

        return [*TITLES, *(name for name, kind in catalog.classes("bounds").items() if hasattr(kind, "formula"))]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Return the calculator of a scheme or of one bound; UnknownName says which names come close."""
        from verify import catalog

        if cmd_name in TITLES:
            return scheme(cmd_name)
        kinds = catalog.classes("bounds")
        if cmd_name not in kinds:
            raise UnknownName("bound or scheme", cmd_name, [*TITLES, *kinds])
        return calculator(kinds[cmd_name], cmd_name)


@click.command(cls=Bounds)
def bound() -> None:
    """Compute a bound: its terms, their total, and whether it says anything.

    ``boundcheck bound NAME --help`` lists the quantities that it needs. The name of a scheme (ula, langevin, kinetic,
    proximal) computes every theorem on it, and with ``--accuracy`` the steps that each asks for.
    """


def calculator(kind: Any, name: str) -> click.Command:
    """Return the command that computes the bound `kind`."""
    parameters = inspect.signature(kind.formula, eval_str=True).parameters
    options = [_option(parameter) for parameter in parameters.values()]
    told = 'Print JSON; an infinity, which JSON lacks, is {"float": "inf"}.'
    options.append(click.Option(["--json", "as_json"], is_flag=True, help=told))

    def compute(as_json: bool, **values: float) -> None:
        show(kind, name, evaluate(kind, values), as_json, tuple(kind.outside(values)))

    text = f"{inspect.cleandoc(kind.__doc__ or name)}\n\nReference: {kind.reference}"
    return click.Command(name, params=list(options), callback=compute, help=text, short_help=_first_line(kind))


def evaluate(kind: Any, values: Mapping[str, float]) -> dict[str, float]:
    """Return the terms of the bound; InvalidInput where a quantity is out of its range or a term is no number."""
    for name, value in values.items():
        quantity(name).require(name, value)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # what a warning would tell, infinity and NaN tell below
            terms = kind.formula(**values)
    except (ZeroDivisionError, OverflowError, ValueError) as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(f"the bound is not defined at these numbers ({error}).") from error
    if any(math.isnan(term) for term in terms.values()):
        raise InvalidInput("the bound is not defined at these numbers (a term is NaN).")
    return {term: float(value) for term, value in terms.items()}


def show(kind: Any, name: str, terms: Mapping[str, float], as_json: bool, outside: tuple[str, ...] = ()) -> None:
    """Print the terms, the total, whether it is vacuous, the hypotheses that the numbers break, and the reference."""
    total = float(kind.total(terms)) if hasattr(kind, "total") else sum(terms.values())
    vacuous = math.isinf(total) or (kind.divergence == "tv" and total >= 1)
    if as_json:
        from verify.journal import dumps

        content = {"bound": name, "divergence": kind.divergence, "constant": kind.constant, "terms": dict(terms)}
        click.echo(
            dumps(
                {**content, "total": total, "vacuous": vacuous, "outside": list(outside), "reference": kind.reference},
                indent=2,
            )
        )
        return
    width = max(len(term) for term in (*terms, "no theorem"))
    for term, value in {**terms, "total": total}.items():
        click.echo(f"{term:<{width}}  {value:.6g}")
    constant = "; the source leaves a constant open, here 1" if kind.constant is None else ""
    limit = "a TV of 1 or more says nothing" if kind.divergence == "tv" else "infinite"
    click.echo(f"{'vacuous':<{width}}  {f'yes: {limit}' if vacuous else 'no'}{constant}")
    if outside:
        click.echo(f"{'no theorem':<{width}}  these numbers break {' and '.join(outside)}")
    click.echo(f"{'reference':<{width}}  {kind.reference}")


def _option(parameter: inspect.Parameter) -> click.Option:
    free = parameter.default is inspect.Parameter.empty
    default = None if free else parameter.default
    return option(parameter.name, whole=parameter.annotation is int, required=free, default=default)


def _first_line(kind: Any) -> str:
    return inspect.cleandoc(kind.__doc__ or "").partition("\n")[0]
