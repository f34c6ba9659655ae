"""Colours of columns: a column keeps its colour in every figure of a study, whatever its position there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from verify.report.figures.frame import axes_of
from verify.report.figures.style import PALETTE

if TYPE_CHECKING:
    from pandas import DataFrame

BLUE, RED, GREEN, PINK, ORANGE, SKY, VIOLET, BROWN, OLIVE = PALETTE
KNOWN: Mapping[str, str] = {
    "tv": BLUE, "kl": GREEN, "w2": VIOLET, "w1": OLIVE, "chi2": BROWN,
    "printed": RED, "chen": RED, "explicit": ORANGE, "explicit_rung": ORANGE, "explicit_tv": PINK, "pinsker": OLIVE,
    "skeleton": SKY, "skeleton_kl": SKY, "path": BROWN, "path_kl": BROWN,
    "initialisation": SKY, "start_tv": SKY, "init": SKY, "discretisation": BROWN, "discretisation_tv": BROWN,
    "score": OLIVE, "score_tv": OLIVE, "score_only": OLIVE,
}  # fmt: skip


def colours(rows: DataFrame, shown: Sequence[str]) -> dict[str, str]:
    """Return the colour of each shown column: fixed for known names, else by the column's order in the table.

    A colour that a figure has given away already goes to nobody else while there is a free one.
    """
    found: dict[str, str] = {}
    for column in [c for c in shown if c in KNOWN]:
        found[column] = _free(PALETTE.index(KNOWN[column]), found)
    order = _order(rows)
    for column in [c for c in shown if c not in KNOWN]:
        found[column] = _free(order.index(column) if column in order else len(order), found)
    return {column: found[column] for column in shown}


def _order(rows: DataFrame) -> list[str]:
    """Return the observables and bounds without a colour of their own, in the order of the table."""
    axes = set(axes_of(rows))
    return [c for c in map(str, rows.columns) if "." not in c and c not in axes and c not in KNOWN]


def _free(start: int, taken: Mapping[str, str]) -> str:
    """Return the first colour from `start` on that is not taken, or the one at `start`."""
    ring = [PALETTE[(start + i) % len(PALETTE)] for i in range(len(PALETTE))]
    return next((c for c in ring if c not in taken.values()), ring[0])
