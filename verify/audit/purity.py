"""purity: whether a sampler under audit is a function of its arguments, and treats each row on its own.

Each check raises HiddenInput or NotAffine with one line that says what was seen.
"""

from __future__ import annotations

import random
import sys
from typing import Any

import numpy as np

from verify.backend import Array
from verify.errors import HiddenInput, NotAffine

COUPLED = 1e-5  # of the output: a library may sum in another order when the batch grows, but not by this much


def generators() -> dict[str, Any]:
    """Return the states of the global random generators, comparable."""
    states: dict[str, Any] = {"random": random.getstate()}
    legacy = np.random.get_state(legacy=False)  # noqa: NPY002
    states["NumPy"] = repr([(key, np.asarray(value).tobytes()) for key, value in sorted(legacy["state"].items())])
    if (torch := sys.modules.get("torch")) is not None:
        states["torch"] = torch.get_rng_state().numpy().tobytes()
    return states


def untouched(before: dict[str, Any]) -> None:
    """Raise HiddenInput where a global generator has moved since `before`."""
    if used := [name for name, value in generators().items() if before.get(name, value) != value]:
        raise HiddenInput(
            f"it draws from the global generator of {' and '.join(used)}, not from the noise source that it is given"
        )


def same_again(out: Array, again: Array, asked_alike: bool) -> None:
    """Raise HiddenInput unless a second run on the same input asked the same and answered the same."""
    if not asked_alike:
        raise HiddenInput("a second run on the same input makes other calls: it keeps state between runs")
    if not np.array_equal(out, again, equal_nan=True):
        gap = float(np.nanmax(np.abs(out - again)))
        raise HiddenInput(
            f"a second run on the same input differs by {gap:.3g}: hidden randomness, or state kept between runs"
        )


def same_twins(out: Array) -> None:
    """Raise HiddenInput unless the first and the last row, which began alike, ended alike."""
    gap = float(np.abs(out[0] - out[-1]).max())
    if gap > COUPLED * float(np.abs(out).max()):
        raise HiddenInput(f"equal rows end {gap:.3g} apart: randomness of its own with a fixed seed")


def same_calls(before: tuple[int, ...], after: tuple[int, ...], alike: bool) -> None:
    """Raise NotAffine unless calls and draws (their numbers: `before`, `after`) stay the same on other input."""
    if not alike:
        raise NotAffine(
            f"it made {after[0]} model calls and {after[1]} draws on other input, {before[0]} and {before[1]} before: "
            "its steps adapt to the state"
        )


def same_rows(out: Array, alone: Array) -> None:
    """Raise NotAffine unless rows come out alike whatever stands in the rest of the batch."""
    gap, size = float(np.abs(out - alone).max()), float(np.abs(alone).max())
    if gap > COUPLED * size:
        raise NotAffine(f"a row changes by {gap:.3g} with the other rows of the batch: batch statistics, or coupling")
