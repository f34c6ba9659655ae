"""UpperBound: holds iff every interval's top is below the bound, violated iff some bottom is above it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from tables import bounded, observed, sweep

from verify.claims import UpperBound
from verify.errors import InvalidInput, UnknownName
from verify.finding import Verdict

STEPS = [0.5, 0.25, 0.125, 0.0625]


def table(error: float = 0.0, **options: object) -> pd.DataFrame:
    rows = observed(sweep(step=STEPS, dim=[1, 2]), "tv", lambda r: 0.3 * r["step"] * r["dim"], error=error)
    return bounded(rows, "chen", lambda r: 0.9 * r["dim"] * math.sqrt(r["step"]), **options)  # type: ignore[arg-type]


def test_holds_and_states_ratio_place_and_both_rates() -> None:
    found = UpperBound("tv", "chen", axis="step").judge(table())
    assert found.verdict == Verdict.HOLDS
    assert found.statistic is not None
    # ratio = step^(1/2)/3, largest at step = 1/2
    assert found.statistic.value == pytest.approx(math.sqrt(0.5) / 3, rel=1e-15)
    assert (
        "the error goes as step^1.00, the bound as step^0.50: the bound holds, its rate is not sharp" in found.evidence
    )
    assert (found.in_scope, found.points) == (8, 8)


def test_one_point_above_violates() -> None:
    rows = table()
    rows.loc[3, ["tv", "tv.low", "tv.high"]] = [9.0, 8.9, 9.1]
    found = UpperBound("tv", "chen").judge(rows)
    assert found.verdict == Verdict.VIOLATED
    assert "1 above the bound" in found.evidence
    assert "step = 0.25, dim = 2" in found.evidence


def test_an_interval_across_the_bound_is_inconclusive() -> None:
    rows = table()
    rows.loc[0, ["tv", "tv.low", "tv.high"]] = [0.6, 0.5, 0.7]  # the bound there is 0.636
    assert UpperBound("tv", "chen").judge(rows).verdict == Verdict.INCONCLUSIVE


def test_scope_assumptions_vacuous_unresolved_nan_each_listed_and_not_counted() -> None:
    rows = table(failed=lambda r: "h ≤ 1/L" if r["step"] > 0.3 else "", tv=True)
    rows.loc[:, "chen.vacuous"] = rows["step"] == 0.25
    rows.loc[4, "tv.resolved"] = False
    rows.loc[5, ["tv", "tv.low", "tv.high"]] = np.nan
    rows.loc[[0, 2, 4], ["tv", "tv.low", "tv.high"]] = 100.0  # above the bound, but none of them counts
    found = UpperBound("tv", "chen").judge(rows)
    assert found.verdict == Verdict.HOLDS
    assert (found.in_scope, found.points) == (2, 8)
    for reason in (
        "2 as `chen` does not apply (h ≤ 1/L)",
        "2 as `chen` is vacuous",
        "1 as `tv` is NaN",
        "not resolved",
    ):
        assert reason in found.evidence


def test_no_point_left_is_inconclusive_never_holds() -> None:
    rows = table(failed=lambda r: "start")
    found = UpperBound("tv", "chen").judge(rows)
    assert found.verdict == Verdict.INCONCLUSIVE
    assert found.statistic is None
    assert found.in_scope == 0
    empty = UpperBound("tv", "chen", where={"dim": 77}).judge(table())
    assert empty.verdict == Verdict.INCONCLUSIVE


def test_all_values_nan_is_inconclusive() -> None:
    rows = table()
    rows[["tv", "tv.low", "tv.high"]] = np.nan
    assert UpperBound("tv", "chen").judge(rows).verdict == Verdict.INCONCLUSIVE


def test_an_infinite_error_under_a_finite_bound_violates_and_an_infinite_bound_is_vacuous() -> None:
    rows = observed(sweep(step=[1.0]), "kl", lambda r: math.inf)
    assert UpperBound("kl", "b").judge(bounded(rows, "b", lambda r: 5.0)).verdict == Verdict.VIOLATED
    assert UpperBound("kl", "b").judge(bounded(rows, "b", lambda r: math.inf)).verdict == Verdict.INCONCLUSIVE


@pytest.mark.parametrize(("value", "verdict"), [(0.0, Verdict.HOLDS), (1e-300, Verdict.VIOLATED)])
def test_a_bound_of_zero_is_met_by_zero_only(value: float, verdict: Verdict) -> None:
    rows = bounded(observed(sweep(step=[1.0]), "kl", lambda r: value), "b", lambda r: 0.0)
    assert UpperBound("kl", "b").judge(rows).verdict == verdict


def test_a_term_of_a_bound_is_under_its_bounds_assumptions_and_vacuous_only_at_one() -> None:
    rows = table(tv=True)
    rows["chen"], rows["chen.vacuous"] = 1.5, True
    rows["chen.half"] = 0.75
    assert UpperBound("tv", "chen.half").judge(rows).in_scope == 8
    rows["chen.half"] = 1.2
    assert UpperBound("tv", "chen.half").judge(rows).in_scope == 0
    assert UpperBound("tv", "chen.half").judge(table(failed=lambda r: "start")).in_scope == 0


def test_a_measured_bound_counts_with_its_own_interval() -> None:
    rows = observed(sweep(step=[1.0]), "kl", lambda r: 1.0)
    near = observed(rows, "path", lambda r: 1.05, error=0.1)
    far = observed(rows, "path", lambda r: 1.2, error=0.1)
    below = observed(rows, "path", lambda r: 0.8, error=0.1)
    judge = UpperBound("kl", "path").judge
    assert [judge(t).verdict for t in (near, far, below)] == [Verdict.INCONCLUSIVE, Verdict.HOLDS, Verdict.VIOLATED]


def test_slack_is_for_bounds_that_are_attained() -> None:
    rows = bounded(observed(sweep(step=[1.0]), "kl", lambda r: 1.0, error=1e-14), "b", lambda r: 1.0)
    assert UpperBound("kl", "b").judge(rows).verdict == Verdict.INCONCLUSIVE
    assert UpperBound("kl", "b", slack=1e-12).judge(rows).verdict == Verdict.HOLDS
    assert UpperBound("kl", 0.999, slack=1e-12).judge(rows).verdict == Verdict.VIOLATED


def test_where_restricts_to_values_and_tuples_of_values() -> None:
    rows = table()
    rows.loc[rows["dim"] == 2, ["tv", "tv.low", "tv.high"]] = 100.0
    assert UpperBound("tv", "chen", where={"dim": 1}).judge(rows).verdict == Verdict.HOLDS
    assert UpperBound("tv", "chen", where={"dim": (1, 2)}).judge(rows).verdict == Verdict.VIOLATED
    assert UpperBound("tv", "chen", where={"step": (0.25, 0.1 + 0.025)}).judge(rows).points == 4


def test_many_statistical_points_share_the_error_budget() -> None:
    """At 40 true equalities 95 % intervals miss in 87 % of runs; widened ones in at most 5 %."""
    rng = np.random.default_rng(5)
    alarms = 0
    runs, m = 400, 40
    z = norm.ppf(0.975)
    for _ in range(runs):
        value = 1 + 0.01 * rng.standard_normal(m)
        rows = pd.DataFrame({"cell": range(m), "kl": value, "kl.low": value - 0.01 * z, "kl.high": value + 0.01 * z})
        rows["kl.confidence"] = 0.95
        alarms += UpperBound("kl", 1.0).judge(rows).verdict == Verdict.VIOLATED
    # one-sided error 2.5 % at most; 4 standard errors of a binomial proportion above
    assert alarms / runs <= 0.025 + 4 * math.sqrt(0.025 * 0.975 / runs)


def test_planted_error_is_still_seen_among_many() -> None:
    value = np.ones(40)
    value[17] = 1.1
    rows = pd.DataFrame({"cell": range(40), "kl": value, "kl.low": value - 0.02, "kl.high": value + 0.02})
    rows["kl.confidence"] = 0.95
    assert UpperBound("kl", 1.0).judge(rows).verdict == Verdict.VIOLATED


@given(
    values=st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=6),
    bounds=st.lists(st.one_of(st.just(math.nan), st.floats(min_value=0)), min_size=6, max_size=6),
)
def test_verdict_follows_the_definition_for_all_floats(values: list[float], bounds: list[float]) -> None:
    rows = observed(pd.DataFrame({"i": range(len(values))}), "x", lambda r: values[r["i"]])
    rows = bounded(rows, "b", lambda r: bounds[r["i"]])
    scope = [(v, b) for v, b in zip(values, bounds, strict=False) if v == v and b == b and b != math.inf]
    expected = (
        Verdict.INCONCLUSIVE if not scope else Verdict.HOLDS if all(v <= b for v, b in scope) else Verdict.VIOLATED
    )
    found = UpperBound("x", "b").judge(rows)
    assert found.verdict == expected
    assert found.in_scope == len(scope)


def test_a_column_that_is_not_there_is_named_with_what_comes_close() -> None:
    with pytest.raises(UnknownName, match="no column named `chem`; did you mean chen"):
        UpperBound("tv", "chem").judge(table())
    with pytest.raises(UnknownName, match="no column named `stop`"):
        UpperBound("tv", "chen", where={"stop": 1}).judge(table())
    with pytest.raises(InvalidInput, match="`slack` must be finite"):
        UpperBound("tv", "chen", slack=-1.0)
