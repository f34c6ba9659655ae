"""ImpliedConstant, Identity, NegativeControl: each holds, is violated and stays inconclusive where its rule says so."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import bounded, observed, sweep

from verify.claims import Identity, ImpliedConstant, NegativeControl, Rate, UpperBound
from verify.errors import InvalidInput
from verify.finding import Verdict

DIMS = [1, 2, 4, 8, 16]


def ratio(power: float, size: float = 0.5, error: float = 0.0) -> pd.DataFrame:
    rows = observed(sweep(dim=DIMS, step=[0.1, 0.2, 0.4]), "w2", lambda r: size * r["dim"] ** power, error=error)
    return bounded(rows, "b", lambda r: 1.0)


class TestImpliedConstant:
    def test_holds_with_a_steady_ratio(self) -> None:
        found = ImpliedConstant("w2", "b", ceiling=1.0, axes=("dim",)).judge(ratio(0.0))
        assert found.verdict == Verdict.HOLDS
        assert found.statistic is not None
        assert found.statistic.value == 0.5

    def test_a_drift_is_inconclusive_even_below_the_ceiling(self) -> None:
        """A missing √d: under the ceiling on this sweep, but the constant is none."""
        found = ImpliedConstant("w2", "b", ceiling=4.0, axes=("dim",)).judge(ratio(0.5))
        assert found.verdict == Verdict.INCONCLUSIVE
        assert "drifts in dim: slope +0.500" in found.evidence
        assert ImpliedConstant("w2", "b", ceiling=4.0).judge(ratio(0.5)).verdict == Verdict.HOLDS

    def test_a_falling_ratio_is_no_drift_unless_followed_the_other_way(self) -> None:
        assert ImpliedConstant("w2", "b", 1.0, axes=("dim",)).judge(ratio(-0.5)).verdict == Verdict.HOLDS
        assert ImpliedConstant("w2", "b", 1.0, axes=("-dim",)).judge(ratio(-0.5)).verdict == Verdict.INCONCLUSIVE

    def test_above_the_ceiling_is_violated(self) -> None:
        assert ImpliedConstant("w2", "b", ceiling=0.4).judge(ratio(0.0)).verdict == Verdict.VIOLATED
        assert ImpliedConstant("w2", "b", ceiling=0.5).judge(ratio(0.0, error=0.1)).verdict == Verdict.INCONCLUSIVE

    def test_an_axis_without_three_points_leaves_the_drift_open(self) -> None:
        found = ImpliedConstant("w2", "b", 1.0, axes=("dim",), where={"dim": (1, 2)}).judge(ratio(0.0))
        assert found.verdict == Verdict.INCONCLUSIVE
        assert "not tested" in found.evidence

    def test_nothing_in_scope(self) -> None:
        rows = ratio(0.0).assign(**{"b.failed": "A1"})
        assert ImpliedConstant("w2", "b", 1.0).judge(rows).verdict == Verdict.INCONCLUSIVE

    def test_arguments(self) -> None:
        with pytest.raises(InvalidInput, match="`ceiling`"):
            ImpliedConstant("w2", "b", ceiling=math.inf)
        with pytest.raises(InvalidInput, match="tuple of names"):
            ImpliedConstant("w2", "b", 1.0, axes="dim")


class TestIdentity:
    @pytest.mark.parametrize(
        ("gap", "error", "verdict"),
        [
            (0.0, 0.001, Verdict.HOLDS),
            (0.1, 0.001, Verdict.VIOLATED),
            (-0.1, 0.001, Verdict.VIOLATED),
            (0.0, 0.1, Verdict.INCONCLUSIVE),
        ],
    )
    def test_verdicts(self, gap: float, error: float, verdict: Verdict) -> None:
        rows = observed(sweep(i=[1, 2]), "a", lambda r: 1.0 + gap, error=error)
        rows = observed(rows, "b", lambda r: 1.0)
        assert Identity("a", "b", 0.01).judge(rows).verdict == verdict
        assert Identity("a", 1.0, 0.01).judge(rows).verdict == verdict

    def test_relative_tolerance_scales_with_the_right_side(self) -> None:
        rows = observed(sweep(i=[1, 2]), "a", lambda r: 1.001e-14 * r["i"])
        rows = observed(rows, "b", lambda r: 1e-14 * r["i"])
        assert Identity("a", "b", 1e-2, relative=True).judge(rows).verdict == Verdict.HOLDS
        assert Identity("a", "b", 1e-4, relative=True).judge(rows).verdict == Verdict.VIOLATED
        found = Identity("a", "b", 1e-2, relative=True).judge(rows)
        assert found.statistic is not None
        assert found.statistic.value == pytest.approx(1e-3, rel=1e-9)

    def test_a_wide_right_side_cannot_decide(self) -> None:
        rows = observed(observed(sweep(i=[1]), "a", lambda r: 1.0), "b", lambda r: 1.0, error=0.5)
        assert Identity("a", "b", 0.1, relative=True).judge(rows).verdict == Verdict.INCONCLUSIVE

    @pytest.mark.parametrize(("left", "low", "high"), [(0.9, -0.6 / 0.5, 0.4 / 0.5), (9.0, 7.5 / 1.5, 8.5 / 0.5)])
    def test_the_relative_interval_holds_for_every_right_side_inside(
        self, left: float, low: float, high: float
    ) -> None:
        """(left − r)/|r| over r ∈ [½, 1½]: each end divided by what makes the interval wider."""
        rows = observed(observed(sweep(i=[1]), "a", lambda r: left), "b", lambda r: 1.0, error=0.5)
        found = Identity("a", "b", 0.1, relative=True).judge(rows).statistic
        assert found is not None
        assert (found.low, found.high) == pytest.approx((low, high), rel=1e-12)

    def test_infinities(self) -> None:
        rows = observed(observed(sweep(i=[1]), "a", lambda r: math.inf), "b", lambda r: math.inf)
        assert Identity("a", "b", 0.1).judge(rows).verdict == Verdict.INCONCLUSIVE
        assert Identity("a", 1.0, 0.1).judge(rows).verdict == Verdict.VIOLATED
        assert Identity("a", 1.0, 0.1, relative=True).judge(rows).verdict == Verdict.VIOLATED

    def test_relative_to_zero_is_out_of_scope(self) -> None:
        rows = observed(sweep(i=[1]), "a", lambda r: 0.0)
        assert Identity("a", 0.0, 0.1, relative=True).judge(rows).verdict == Verdict.INCONCLUSIVE
        assert Identity("a", 0.0, 0.0).judge(rows).verdict == Verdict.HOLDS

    @given(st.lists(st.tuples(st.floats(), st.floats()), min_size=1, max_size=5), st.booleans(), st.floats(0, 1e6))
    def test_never_through_nan(self, pairs: list[tuple[float, float]], relative: bool, tolerance: float) -> None:
        rows = observed(pd.DataFrame({"i": range(len(pairs))}), "a", lambda r: pairs[r["i"]][0])
        rows = observed(rows, "b", lambda r: pairs[r["i"]][1])
        found = Identity("a", "b", tolerance, relative=relative).judge(rows)
        counted = [
            (a, b)
            for a, b in pairs
            if a == a and b == b and not (math.isinf(a) and a == b) and not (relative and b == 0)
        ]
        assert found.in_scope == len(counted)
        assert (found.statistic is None) == (not counted)
        if not counted:
            assert found.verdict == Verdict.INCONCLUSIVE
        elif not relative:
            with np.errstate(over="ignore"):
                close = all(abs(a - b) <= tolerance for a, b in counted)
            assert found.verdict == (Verdict.HOLDS if close else Verdict.VIOLATED)


class TestNegativeControl:
    def test_turns_the_verdict_round_and_keeps_the_numbers(self) -> None:
        rows = ratio(0.5)
        for inner in (
            Rate("w2", "dim", 0.5, 0.01),
            Rate("w2", "dim", 1.0, 0.01),
            UpperBound("w2", "b", where={"dim": 77}),
        ):
            plain, control = inner.judge(rows), NegativeControl(inner).judge(rows)
            opposite = {"holds": "violated", "violated": "holds", "inconclusive": "inconclusive"}
            assert control.verdict.value == opposite[plain.verdict.value]
            assert control.statistic == plain.statistic
            assert plain.evidence in control.evidence
            assert NegativeControl(inner).columns == inner.columns

    def test_its_own_where_restricts_too(self) -> None:
        rows = ratio(0.0, size=2.0)
        rows.loc[rows["dim"] == 1, ["w2", "w2.low", "w2.high"]] = 0.1
        assert NegativeControl(UpperBound("w2", "b")).judge(rows).verdict == Verdict.HOLDS
        assert NegativeControl(UpperBound("w2", "b"), where={"dim": 1}).judge(rows).verdict == Verdict.VIOLATED
