"""Law: an Estimate is a number inside its interval, never NaN, and says how it is known."""

from __future__ import annotations

import math

import pytest

from verify import Estimate, Finding, Verdict
from verify.errors import InvalidInput


def test_fields_and_float():
    e = Estimate(1.0, 0.5, 2.0, 0.95, "monte carlo")
    assert float(e) == 1.0
    assert e.is_statistical
    assert not Estimate.exact(1.0).is_statistical


def test_exact():
    e = Estimate.exact(1e-3, 1e-2, least=0.0)
    assert (e.low, e.value, e.high, e.confidence) == (0.0, 1e-3, 1.1e-2, 1.0)
    below = Estimate.exact(-1e-20, 1e-18, least=0.0)  # a divergence that rounding took below zero stays inside
    assert below.low <= below.value
    assert Estimate.exact(math.inf, 1.0) == Estimate(math.inf, math.inf, math.inf, 1.0, "closed form")


def test_map_takes_interval_and_null_along():
    e = Estimate(4.0, 1.0, 9.0, 0.9, "monte carlo", null=Estimate(0.25, 0.0, 0.5, 0.9, "monte carlo"))
    root = e.map(math.sqrt, "square root")
    assert (root.low, root.value, root.high, root.confidence) == (1.0, 2.0, 3.0, 0.9)
    assert root.null is not None
    assert root.null.value == 0.5
    assert root.method == "square root"
    assert e.map(math.sqrt).method == "monte carlo"


def test_resolved_from_its_null():
    null = Estimate(0.1, 0.0, 0.3, 0.95, "monte carlo")
    assert Estimate(1.0, 0.5, 2.0, 0.95, "monte carlo", null).resolved
    assert not Estimate(1.0, 0.2, 2.0, 0.95, "monte carlo", null).resolved
    assert Estimate(1.0, 0.2, 2.0, 0.95, "monte carlo").resolved


@pytest.mark.parametrize("ends", [(0.0, 1.0, 2.0), (5.0, 2.0, 4.0), (math.nan,) * 3, (1.0, math.nan, 2.0)])
def test_bad_intervals(ends):
    value, low, high = ends
    with pytest.raises(InvalidInput, match="low <= value <= high"):
        Estimate(value, low, high, 0.95, "monte carlo")


@pytest.mark.parametrize("confidence", [0.0, 1.1, math.nan, -0.5])
def test_bad_confidence(confidence):
    with pytest.raises(InvalidInput, match="`confidence`"):
        Estimate(1.0, 0.0, 2.0, confidence, "monte carlo")


def test_verdicts_are_their_words():
    assert [str(v) for v in Verdict] == ["holds", "violated", "inconclusive"]
    assert Finding(Verdict.HOLDS, None, "fine").points == 1
