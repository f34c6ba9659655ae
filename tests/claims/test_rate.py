"""Rate: an equivalence test on the slope; holds iff its interval is inside exponent ± margin, violated iff disjoint."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm
from tables import bounded, observed, sweep

from verify.claims import Rate
from verify.claims.points import Points
from verify.claims.slopes import slope
from verify.errors import InvalidInput
from verify.finding import Verdict

STEPS = [2.0**-k for k in range(1, 8)]


def power(order: float, error: float = 0.0, confidence: float = 1.0) -> pd.DataFrame:
    rows = sweep(step=STEPS, dim=[1, 2, 8])
    return observed(rows, "kl", lambda r: r["dim"] * r["step"] ** order, error=error, confidence=confidence)


@pytest.mark.parametrize(
    ("order", "error", "verdict"),
    [
        (2.0, 0.0, Verdict.HOLDS),
        (1.8, 0.0, Verdict.VIOLATED),
        (2.2, 0.0, Verdict.VIOLATED),
        (2.0, 0.5, Verdict.INCONCLUSIVE),
    ],
)
def test_verdicts(order: float, error: float, verdict: Verdict) -> None:
    found = Rate("kl", "step", 2.0, 0.1).judge(power(order, error))
    assert found.verdict == verdict
    assert found.statistic is not None
    assert found.statistic.value == pytest.approx(order, rel=1e-12)


def test_the_statistic_is_the_slope_farthest_from_the_exponent() -> None:
    rows = observed(sweep(step=STEPS, dim=[1, 2, 4]), "kl", lambda r: r["step"] ** (2 + 0.01 * r["dim"]))
    found = Rate("kl", "step", 2.0, 0.1).judge(rows)
    assert found.statistic is not None
    assert found.statistic.value == pytest.approx(2.04, rel=1e-12)
    assert "dim = 4" in found.evidence


def test_one_wrong_group_violates() -> None:
    rows = observed(sweep(step=STEPS, dim=[1, 2, 4]), "kl", lambda r: r["step"] ** (1.0 if r["dim"] == 2 else 2.0))
    found = Rate("kl", "step", 2.0, 0.1).judge(rows)
    assert found.verdict == Verdict.VIOLATED
    assert "dim = 2" in found.evidence
    assert "1 outside" in found.evidence


def test_one_open_group_keeps_the_claim_open() -> None:
    rows = power(2.0)
    wide = rows["dim"] == 8
    rows.loc[wide, "kl.low"] = rows.loc[wide, "kl"] / 2
    rows.loc[wide, "kl.high"] = rows.loc[wide, "kl"] * 2
    assert Rate("kl", "step", 2.0, 0.1).judge(rows).verdict == Verdict.INCONCLUSIVE
    assert Rate("kl", "step", 2.0, 0.1, at_least=True).judge(rows).verdict == Verdict.INCONCLUSIVE


def test_with_at_least_the_statistic_is_the_smallest_slope() -> None:
    rows = observed(sweep(step=STEPS, dim=[1, 2, 4]), "kl", lambda r: r["step"] ** r["dim"])
    found = Rate("kl", "step", 1.0, 0.1, at_least=True).judge(rows)
    assert found.statistic is not None
    assert found.statistic.value == pytest.approx(1.0, rel=1e-12)


def test_at_least_ignores_what_is_faster() -> None:
    claim = Rate("kl", "step", 1.0, 0.1, at_least=True)
    assert claim.judge(power(2.0)).verdict == Verdict.HOLDS
    assert claim.judge(power(0.5)).verdict == Verdict.VIOLATED
    assert claim.judge(power(1.0, 0.5)).verdict == Verdict.INCONCLUSIVE


def test_enclosures_add_linearly() -> None:
    """Every enclosure within a factor e^{±δ}: the slope's half-width is δ Σ|c_i| exactly."""
    x = np.log(np.array(STEPS[::-1]))
    y, delta = np.exp(2 * x), 0.01
    points = Points(y, y * math.exp(-delta), y * math.exp(delta), np.ones(x.size))
    c = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    found = slope("", x, points)
    assert found.value == pytest.approx(2, rel=1e-13)
    assert found.high - found.value == pytest.approx(delta * np.abs(c).sum(), rel=1e-10)
    assert found.value - found.low == pytest.approx(delta * np.abs(c).sum(), rel=1e-10)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0, 0.3), st.floats(0, 0.3)), min_size=3, max_size=8), st.data())
def test_an_enclosed_slope_contains_that_of_any_values_inside(
    parts: list[tuple[float, float, float]], data: st.DataObject
) -> None:
    x = np.arange(len(parts), dtype=float)
    log, down, up = np.array(parts).T
    points = Points(np.exp(log), np.exp(log - down), np.exp(log + up), np.ones(x.size))
    share = np.array([data.draw(st.floats(0, 1)) for _ in parts])
    inside = log - down + share * (down + up)
    found, other = slope("", x, points), np.polyfit(x, inside, 1)[0]
    assert found.low - 1e-9 <= other <= found.high + 1e-9


@pytest.mark.parametrize("dims", [1, 5])
def test_statistical_intervals_cover_jointly_over_groups(dims: int) -> None:
    """True order 2 with 95 % intervals: all groups' slopes are covered in at least 95 % of runs (log-normal noise)."""
    rng, runs, sigma = np.random.default_rng(11), 600, 0.05
    z = norm.ppf(0.975)
    missed = 0
    rows = sweep(step=STEPS, dim=list(range(1, dims + 1)))
    base = rows["step"].to_numpy() ** 2
    for _ in range(runs):
        value = base * np.exp(sigma * rng.standard_normal(len(rows)))
        table = rows.assign(
            **{"kl": value, "kl.low": value * math.exp(-z * sigma), "kl.high": value * math.exp(z * sigma)},
            **{"kl.confidence": 0.95},
        )
        missed += Rate("kl", "step", 2.0, 0.0).judge(table).verdict == Verdict.VIOLATED
    # margin 0: violated iff some group's interval misses 2; exact coverage 95 % for one group, at least that for five
    low, high = binom.ppf([1e-4, 1 - 1e-4], runs, 0.05)
    assert missed <= high
    if dims == 1:
        assert missed >= low  # not wider than it must be


def test_the_reference_may_be_another_columns_slope_on_the_same_points() -> None:
    """h²(1 + 3h) has slope 2.6 on this grid: no 2 ± 0.1, but exactly that of the exact law."""
    rows = observed(sweep(step=STEPS), "mc", lambda r: r["step"] ** 2 * (1 + 3 * r["step"]), error=1e-3)
    rows = observed(rows, "exact", lambda r: 5 * r["step"] ** 2 * (1 + 3 * r["step"]))
    assert Rate("mc", "step", 2.0, 0.1).judge(rows).verdict == Verdict.VIOLATED
    assert Rate("mc", "step", "exact", 0.02).judge(rows).verdict == Verdict.HOLDS
    rows = bounded(rows, "b", lambda r: math.sqrt(r["step"]))
    assert Rate("mc", "step", "b", 0.1).judge(rows).verdict == Verdict.VIOLATED


def test_exponential_rates_on_a_linear_axis() -> None:
    rows = observed(sweep(horizon=[1.0, 2.0, 3.0, 4.0]), "kl", lambda r: 7 * math.exp(-2 * r["horizon"]))
    assert Rate("kl", "horizon", -2.0, 1e-9, scale="linear").judge(rows).verdict == Verdict.HOLDS
    assert Rate("kl", "horizon", -1.0, 0.5, scale="linear").judge(rows).verdict == Verdict.VIOLATED


def test_halves_show_a_drift() -> None:
    rows = observed(sweep(step=STEPS), "kl", lambda r: r["step"] ** 2 + 1e-4)
    evidence = Rate("kl", "step", 2.0, 0.1).judge(rows).evidence
    small, large = (
        float(evidence.split(f"{word} half ")[1].split(",")[0].split(";")[0]) for word in ("small-step", "large")
    )
    assert small < 1.6 < 1.9 < large


def test_points_without_a_logarithm_or_unresolved_never_enter_the_fit() -> None:
    """A Monte Carlo floor at small steps is dropped, so that the slope is that of the resolved points."""
    rows = observed(sweep(step=STEPS), "kl", lambda r: max(r["step"] ** 2, 1e-3), resolved=lambda r: r["step"] > 0.05)
    found = Rate("kl", "step", 2.0, 0.01).judge(rows)
    assert (found.verdict, found.in_scope) == (Verdict.HOLDS, 4)
    assert "3 as `kl` is not resolved" in found.evidence
    rows.loc[0, ["kl", "kl.low", "kl.high"]] = [0.0, 0.0, 0.0]
    rows.loc[1, ["kl", "kl.low", "kl.high"]] = [0.1, -0.1, 0.3]
    found = Rate("kl", "step", 2.0, 0.01).judge(rows)
    assert found.verdict == Verdict.INCONCLUSIVE
    assert found.statistic is None
    for reason in ("not positive", "reaches zero", "fewer than 3"):
        assert reason in found.evidence


def test_infinite_values_are_out_of_scope() -> None:
    rows = power(2.0)
    rows.loc[rows["dim"] == 8, ["kl", "kl.low", "kl.high"]] = math.inf
    found = Rate("kl", "step", 2.0, 0.1).judge(rows)
    assert found.verdict == Verdict.HOLDS
    assert "7 as `kl` is not finite" in found.evidence


def test_two_points_are_no_rate() -> None:
    found = Rate("kl", "step", 2.0, 0.1, where={"step": (0.5, 0.25)}).judge(power(2.0))
    assert found.verdict == Verdict.INCONCLUSIVE


def test_an_axis_that_varies_unseen_is_refused() -> None:
    with pytest.raises(InvalidInput, match="several points share one `step`"):
        Rate("kl", "step", 2.0, 0.1, within=()).judge(power(2.0))
    with pytest.raises(InvalidInput, match="axis `step` must be positive"):
        Rate("kl", "step", 2.0, 0.1).judge(observed(sweep(step=[0.0, 1.0, 2.0]), "kl", lambda r: 1.0))
    with pytest.raises(InvalidInput, match="must hold numbers"):
        Rate("kl", "step", 2.0, 0.1).judge(observed(sweep(step=["a", "b", "c"]), "kl", lambda r: 1.0))
    with pytest.raises(InvalidInput, match="`margin`"):
        Rate("kl", "step", 2.0, math.nan)
    with pytest.raises(InvalidInput, match="`exponent`"):
        Rate("kl", "step", math.nan, 0.1)
    with pytest.raises(InvalidInput, match="`scale`"):
        Rate("kl", "step", 1.0, 0.1, scale="cubic")  # type: ignore[arg-type]


@given(order=st.floats(-4, 4), margin=st.floats(0.001, 1), wanted=st.floats(-4, 4))
def test_exact_powers_are_judged_by_arithmetic(order: float, margin: float, wanted: float) -> None:
    if abs(abs(order - wanted) - margin) < 1e-9:
        return
    rows = observed(sweep(step=STEPS), "kl", lambda r: r["step"] ** order)
    inside = abs(order - wanted) < margin
    found = Rate("kl", "step", wanted, margin).judge(rows)
    assert found.verdict == (Verdict.HOLDS if inside else Verdict.VIOLATED)
