"""A baseline of an audit agrees with what it was written from, up to rounding, and with nothing that is worse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.plugin.mine import clipped, euler, heun
from verify.audit import Outcome, audit
from verify.audit_baseline import Snapshot, compare, read, write
from verify.errors import DamagedFile

COUNTS = (20, 40, 80, 160, 320)


@pytest.fixture(scope="module")
def found():
    return audit(heun, steps=COUNTS)


@pytest.fixture
def path(found, tmp_path: Path) -> Path:
    file = tmp_path / "a" / "heun.json"
    write(file, found)
    return file


def moved(file: Path, key: str, factor: float) -> None:
    """Multiply a number of the file, interval included."""
    old = read(file)
    group = "orders" if key in old.orders else "errors"
    e = getattr(old, group)[key]
    other = replace(e, value=e.value * factor, low=e.low * factor, high=e.high * factor)
    file.write_text(replace(old, **{group: {**getattr(old, group), key: other}}).text())


def test_it_agrees_with_itself_to_the_last_bit(found, path):
    assert read(path) == Snapshot.of(found)
    assert compare(path, found) == []
    assert len(path.read_text().splitlines()) == 4 + 3 + 2 * 3 * len(COUNTS)  # a line a number


@pytest.mark.parametrize("key", ["order, target 1", "discretisation, target 2, 160 steps", "total, target 0, 20 steps"])
def test_a_number_may_move_by_rounding_and_not_more(found, path, key):
    e = {**read(path).orders, **read(path).errors}[key]
    moved(path, key, 1 + 1e-11)
    assert compare(path, found) == []
    moved(path, key, e.high / e.low * (1 + 1e-6))
    (line,) = compare(path, found)
    assert line.startswith(f"{key}: committed ") and f"now {e.value:.10g} [" in line


def test_an_outcome_may_rise_and_must_not_drop(found, path):
    slower = replace(found, outcome=Outcome.SLOWER, reason="too slow")
    assert compare(path, slower) == [f"the outcome was: {found.outcome.value}; now: {Outcome.SLOWER.value}: too slow"]
    write(path, slower)
    assert compare(path, found) == []


def test_another_sampler_is_seen_by_its_numbers(path):
    worse = compare(path, audit(euler, steps=COUNTS, order=1))
    assert any(line.startswith("order, target 0: committed 2.") for line in worse)
    assert sum("discretisation" in line for line in worse) == 3 * len(COUNTS)


def test_a_sampler_that_no_longer_has_a_law(path):
    (line, *orders) = compare(path, audit(clipped, steps=COUNTS))
    assert "now: not affine" in line
    assert orders == [f"order, target {k}: committed {orders[k].split('committed ')[1]}" for k in range(3)]


def test_other_step_counts_are_not_compared(path):
    lines = compare(path, audit(heun, steps=COUNTS[1:]))
    assert lines[-1] == "it was written for other step counts or targets, so no number was compared"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"sampler": "x", "outcome": "good"}', '{"sampler": "x", "outcome"'])
def test_a_damaged_file_is_named(found, path, text):
    path.write_text(text)
    with pytest.raises(DamagedFile, match=r"heun\.json` is no baseline of an audit any more"):
        compare(path, found)
