"""Axes: which columns of a table were swept, and the groups of rows that differ along one axis only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from pandas import DataFrame

from verify.claims.points import require_columns
from verify.errors import InvalidInput


def axes_of(table: DataFrame, besides: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the sweep axes: columns without a dot that no observable or bound owns.

    Observables come with `<name>.low`, bounds with `<name>.failed`; columns that the claim reads (`besides`) are not
    axes either.
    """
    names = [str(c) for c in table.columns]
    owned = {n.partition(".")[0] for n in names if "." in n} | {b.partition(".")[0] for b in besides}
    return tuple(n for n in names if "." not in n and n not in owned)


def axis_values(rows: DataFrame, axis: str, *, positive: bool) -> npt.NDArray[np.float64]:
    """Return the numbers along `axis`; InvalidInput where they are no numbers, or not positive for log axes."""
    require_columns(rows, axis)
    try:
        values = rows[axis].to_numpy(dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"axis `{axis}` must hold numbers for a slope; got {rows[axis].iloc[0]!r}.") from error
    if not np.isfinite(values).all() or (positive and (values <= 0).any()):
        raise InvalidInput(f"axis `{axis}` must be {'positive' if positive else 'finite'} for a slope on this scale.")
    return values


def groups(
    rows: DataFrame, axis: str, within: Sequence[str] | None, besides: Sequence[str]
) -> Iterator[tuple[str, npt.NDArray[np.intp]]]:
    """Yield (label, row numbers) of every group with equal values of `within`, sorted along `axis`.

    `within` None stands for all other axes. Two rows of a group at one place of the axis raise InvalidInput: a third
    axis varies between them, and a slope through both would mean nothing.
    """
    others = tuple(within) if within is not None else tuple(a for a in axes_of(rows, besides) if a != axis)
    require_columns(rows, axis, *others)
    keys = list(zip(*(rows[name].tolist() for name in others), strict=True)) if others else [()] * len(rows)
    place = rows[axis].to_numpy()
    for key in dict.fromkeys(keys):
        members = np.array([i for i, k in enumerate(keys) if k == key], dtype=np.intp)
        members = members[np.argsort(place[members], kind="stable")]
        if len(set(place[members].tolist())) < members.size:
            raise InvalidInput(
                f"several points share one `{axis}` in a group; name the axis that varies between them "
                "in `within` or fix it in `where`."
            )
        yield ", ".join(f"{name} = {shown(value)}" for name, value in zip(others, key, strict=True)), members


def shown(value: object) -> str:
    """Return a number to four digits, anything else as it is."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def place(rows: DataFrame, row: int, besides: Sequence[str]) -> str:
    """Return where a row lies on the sweep: ``at step = 0.1, dim = 2``, empty where nothing was swept."""
    spots = [f"{axis} = {shown(rows[axis].iloc[row])}" for axis in axes_of(rows, besides)]
    return f" at {', '.join(spots)}" if spots else ""
