"""A figure says what its table says: captions, slopes, scope and what is drawn all come from the rows shown."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.report import made_up
from verify.errors import InvalidInput, UnknownName
from verify.report.figures import ErrorAgainstBound, Ladder, Lines, Specification, StackedTerms, TightnessHeatmap
from verify.report.figures.colours import colours
from verify.report.figures.fit import fit, sentence
from verify.report.figures.frame import axes_of, cut
from verify.report.figures.style import reading_order, spread
from verify.report.markup import html_text
from verify.report.render import render
from verify.report.scope import exclusions
from verify.report.tabulate import tabulate
from verify.report.text import exponent, names_of, number, value_of

H = np.array([0.4, 0.2, 0.1, 0.05, 0.025])


def powers(error: float, bound: float, *, scale: float = 0.01, failed: str = "") -> pd.DataFrame:
    """Return a table with TV = scale·h^error and a bound h^bound."""
    return pd.DataFrame(
        [
            made_up.row(
                {"step": h},
                {"tv": made_up.observable(scale * h**error), "thm": made_up.bound({"all": h**bound}, failed)},
            )
            for h in H
        ]
    )


def texts(spec: Specification, table: pd.DataFrame) -> list[str]:
    figure = spec.draw(table)
    return [
        str(item.get_text()) for item in figure.findobj(lambda artist: hasattr(artist, "get_text")) if item.get_text()
    ]


@pytest.mark.parametrize(("error", "bound"), [(1.0, 0.5), (2.0, 1.0), (0.37, 1.63)])
def test_caption_and_triangles_state_the_fitted_slopes(error: float, bound: float) -> None:
    spec, table = ErrorAgainstBound("step", ("tv",), ("thm",)), powers(error, bound)
    caption = spec.caption(table)
    assert caption.startswith(f"TV falls as h^{error:.2f}, while thm (bound) falls as h^{bound:.2f}.")
    assert {f"{error:.2f}", f"{bound:.2f}"} <= set(texts(spec, table))


def test_caption_gives_the_range_of_the_ratio() -> None:
    caption = ErrorAgainstBound("step", ("tv",), ("thm",)).caption(powers(1.0, 1.0))
    assert "Thm is 100 times the error wherever it applies" in caption


def test_caption_says_where_a_bound_is_exceeded() -> None:
    caption = ErrorAgainstBound("step", ("tv",), ("thm",)).caption(powers(0.0, 1.0, scale=0.15))
    assert "TV exceeds thm at 3 of 5 points in scope" in caption


def test_nothing_is_claimed_where_no_point_is_in_scope() -> None:
    table = powers(1.0, 0.5, failed="h ≤ 1/L")
    spec = ErrorAgainstBound("step", ("tv",), ("thm",))
    caption = spec.caption(table)
    assert "Thm bounds nothing here" in caption
    assert "too few positive points in scope for a rate" in caption
    assert "5 of 5 points" in caption
    assert not {"1.00", "0.50"} & set(texts(spec, table))


def test_slope_interval_is_what_the_points_intervals_imply() -> None:
    rng = np.random.default_rng(5)
    value = H**1.3
    low, high = value * 0.9, value * 1.2
    found = fit(H, value, low, high)
    assert found is not None
    slopes = [np.polyfit(np.log(H), np.log(rng.uniform(low, high)), 1)[0] for _ in range(500)]
    assert found.low <= min(slopes) <= max(slopes) <= found.high
    u = np.log(H) - np.log(H).mean()
    extreme = np.polyfit(np.log(H), np.log(np.where(u > 0, high, low)), 1)[0]
    assert found.high == pytest.approx(extreme, rel=1e-12)
    assert found.slope == pytest.approx(1.3, rel=1e-12)


def test_fit_needs_two_positive_finite_points() -> None:
    value = np.array([np.inf, 0.0, -1.0, 2.0, np.inf])
    assert fit(H, value, value, value) is None


def test_a_floor_is_not_called_a_power() -> None:
    value = H + 0.2
    found = fit(H, value, value, value)
    assert found is not None
    assert found.drifts
    assert "follows no single power" in sentence("TV", "step", [found])


@pytest.mark.parametrize(
    ("x", "power", "expected"),
    [("step", 1.0, "falls as h^1.00"), ("step", -1.0, "grows as h^−1.00"), ("dim", 0.5, "grows as d^0.50"),
     ("horizon", -2.0, "falls as T^−2.00"), ("horizon", 0.0, "does not change with T")],
)  # fmt: skip
def test_wording_follows_the_direction_of_the_limit(x: str, power: float, expected: str) -> None:
    assert sentence("KL", x, [fit(H, H**power, H**power, H**power)]) == f"KL {expected}"


def test_exponential_rates_are_read_from_semilog_axes() -> None:
    caption = Lines("horizon", ("init",), scale="semilog").caption(made_up.table())
    assert caption.startswith("Initialisation falls as e^{−2.00 T}.")


def test_vacuous_region_is_shaded_only_where_flags_say_so() -> None:
    table = powers(1.0, 0.5)
    spec = ErrorAgainstBound("step", ("tv",), ("thm",))
    assert not any("vacuous" in text for text in texts(spec, table))
    loud = table.assign(thm=table["thm"] * 3)
    loud["thm.vacuous"] = loud["thm"] >= 1
    count = int(loud["thm.vacuous"].sum())
    assert 0 < count < 5
    assert "bound ≥ 1: vacuous" in texts(spec, loud)
    assert f"Thm is vacuous at {count} of 5 points" in spec.caption(loud)
    assert not any("vacuous" in text for text in texts(spec, loud.assign(**{"thm.vacuous": True})))


def test_heatmap_leaves_cells_out_of_scope_uncoloured_and_uncounted() -> None:
    spec, table = TightnessHeatmap("step", "horizon", "tv", "chen"), made_up.table()
    ratio = table["tv"] / table["chen"]
    out = table["chen.failed"] != ""
    largest, least = ratio[~out].max(), ratio[~out].min()
    assert ratio[out].max() > largest  # counting them would change the caption
    caption = spec.caption(table)
    assert f"ranges from {number(least, 2)} to {number(largest, 2)} (largest at step h = 0.2, horizon T = 2)" in caption
    assert f"Out of scope (hatched): {out.sum()} of {len(table)} cells" in caption
    (axes, _) = spec.draw(table).axes
    mesh = axes.collections[0].get_array()
    assert mesh is not None
    assert np.ma.count_masked(mesh) == out.sum()
    assert sum(patch.get_hatch() is not None for patch in axes.patches) == out.sum()


def test_heatmap_frames_a_ratio_above_one() -> None:
    table = made_up.table()
    table.loc[3, ["tv", "tv.low", "tv.high"]] = 5 * table.loc[3, "chen"]
    assert "It exceeds 1 in 1 cells (framed)" in TightnessHeatmap("step", "horizon", "tv", "chen").caption(table)


def test_heatmap_without_a_cell_in_scope() -> None:
    table = made_up.table().assign(**{"chen.failed": "never"})
    spec = TightnessHeatmap("step", "horizon", "tv", "chen")
    assert spec.caption(table).startswith("No cell of TV over Chen et al. is in scope.")
    assert len(spec.draw(table).axes) == 1  # no colour bar


def test_stacked_bars_add_up_to_the_bound() -> None:
    spec, table = StackedTerms("step", "chen", where={"horizon": 4.0}), made_up.table()
    rows = table[table["horizon"] == 4.0].sort_values("step")
    bars = spec.draw(table).axes[0].containers
    tops = np.sum([[bar.get_height() for bar in group] for group in bars], axis=0)
    np.testing.assert_allclose(tops, rows["chen"], rtol=1e-14)


def test_stacked_caption_compares_terms_with_exact_counterparts() -> None:
    spec = StackedTerms("step", "chen", exact={"score": "score_only"}, where={"horizon": 4.0})
    assert "The score term is 5 times its exact counterpart" in spec.caption(made_up.table())
    with pytest.raises(UnknownName, match="initialisation"):
        replace(spec, exact={"initialization": "init"}).caption(made_up.table())


def test_ladder_counts_the_points_that_break_the_order() -> None:
    table = made_up.table(steps=(0.1, 0.05))
    spec = Ladder(made_up.RUNGS)
    assert spec.caption(table).startswith("All 8 points in scope keep the order KL ≤ skeleton KL ≤ path KL ≤ explicit")
    table.loc[2, ["kl", "kl.low", "kl.high"]] = 99.0
    assert "broken (✗) at 1 of 8 points" in spec.caption(table)
    assert sum(text.startswith("✗") for text in set(texts(spec, table))) == 1
    table.loc[2, "kl.low"] = 0.0  # the interval reaches below the next rung: not broken
    assert spec.caption(table).startswith("All 8 points")


def test_ladder_says_how_many_points_it_draws() -> None:
    spec = Ladder(made_up.RUNGS, most_rows=5)
    assert "Drawn: 5 of 32 points." in spec.caption(made_up.table())
    assert sum("h = " in text for text in set(texts(spec, made_up.table()))) == 5


def test_axes_are_told_from_observables_and_bounds() -> None:
    assert axes_of(made_up.table()) == ["step", "horizon"]


def test_slices_are_stated_and_take_the_nearest_value() -> None:
    table = made_up.table()
    spec = ErrorAgainstBound("step", ("tv",), ("chen",), where={"horizon": 5.2})
    assert spec.caption(table).endswith("Shown at horizon T = 6.")
    assert set(spec.data(table)["horizon"]) == {6.0}
    assert set(cut(table, ["step"], {}).rows["horizon"]) == {2.0}


def test_a_shown_axis_is_kept_to_several_values_and_no_other_is() -> None:
    table = made_up.table()
    steps = sorted(set(table["step"]))[:2]
    spec = ErrorAgainstBound("step", ("tv",), ("chen",), where={"horizon": 6.0, "step": tuple(steps)})
    assert sorted(set(spec.data(table)["step"])) == steps
    assert spec.caption(table).endswith("Shown at horizon T = 6.")
    with pytest.raises(InvalidInput, match="only as an axis that it shows"):
        ErrorAgainstBound("step", ("tv",), ("chen",), where={"horizon": (2.0, 6.0)}).caption(table)


@pytest.mark.parametrize(
    "make",
    [
        lambda: ErrorAgainstBound("step", "tv"),  # type: ignore[arg-type]
        lambda: Lines("step", ("tv",), scale="loglog"),
    ],
)
def test_mistaken_specifications_are_refused(make: Callable[[], Specification]) -> None:
    with pytest.raises(InvalidInput):
        make()


def test_unknown_column_is_named_with_what_comes_close() -> None:
    with pytest.raises(UnknownName, match="did you mean"):
        Lines("step", ("skeletonkl",)).caption(made_up.table())
    with pytest.raises(UnknownName, match="did you mean step"):
        Lines("stepp", ("kl",)).draw(made_up.table())


def broken(table: pd.DataFrame) -> list[pd.DataFrame]:
    infinite = made_up.infinite(table, "kl", range(len(table)))
    zero = table.assign(**{"tv": 0.0, "tv.low": 0.0, "tv.high": 0.0})
    failed = table.assign(**{"chen.failed": "L unknown", "w2.resolved": False})
    endless = table.assign(**{"chen": math.inf, "chen.discretisation": math.inf, "chen.vacuous": True})
    return [infinite, zero, failed, endless, table.iloc[:1], table.iloc[:0]]


@pytest.mark.parametrize("figure", made_up.FIGURES, ids=lambda figure: figure.name)
def test_every_figure_survives_infinities_zeros_and_empty_tables(figure: Specification) -> None:
    for table in broken(made_up.table(steps=(0.4, 0.1, 0.02), horizons=(2.0, 4.0))):
        assert "nan" not in figure.caption(table)
        assert set(render(figure.draw(table), "x", ("svg",))) == {"svg"}
        figure.data(table)


def test_places_are_spread_without_changing_their_order() -> None:
    moved = spread([0.5, 0.52, 0.1, 0.51], 0.06)
    assert list(np.argsort(moved)) == [2, 0, 3, 1]
    assert np.diff(sorted(moved)).min() >= 0.06 - 1e-9
    assert moved[2] == 0.1


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1.0, "1"), (1024.0, "1024"), (0.0123456, "0.0123"), (1.2e-7, "1.2×10⁻⁷"), (1e-6, "10⁻⁶"),
     (123456.7, "1.23×10⁵"), (math.inf, "∞"), (-math.inf, "−∞"), (-0.5, "−0.5"), (0.09999, "0.1"),
     (999.96, "1000"), (2.0**-9, "0.00195"), (2.0**-51, "4.44×10⁻¹⁶"), (0.125, "0.125"),
     (2.0**-9 * (1 + 1e-12), "0.00195")],
)  # fmt: skip
def test_numbers_read_well(value: float, text: str) -> None:
    assert number(value) == text


def test_swept_powers_of_two_are_written_as_such() -> None:
    assert [value_of(v) for v in (2.0**-9, 2.0**-51, 0.25, 0.01)] == ["2⁻⁹", "2⁻⁵¹", "0.25", "0.01"]
    table = powers(1.0, 1.0).assign(step=[0.25, 2.0**-6, 2.0**-7, 2.0**-8, 2.0**-9])
    table[["tv", "tv.low", "tv.high"]] = 2.0**-9
    rows = tabulate(table).rows
    assert [row[0].text for row in rows] == ["2⁻²", "2⁻⁶", "2⁻⁷", "2⁻⁸", "2⁻⁹"]
    assert {row[1].text for row in rows} == {"0.001953"}


def many(count: int) -> pd.DataFrame:
    """Return a table with `count` panels."""
    return pd.concat([powers(1.0, 0.5).assign(scheme=f"s{i}") for i in range(count)], ignore_index=True)


@pytest.mark.parametrize(("count", "drawn"), [(7, 7), (9, 9), (12, 9)])
def test_panels_left_out_are_told(count: int, drawn: int) -> None:
    spec = ErrorAgainstBound("step", ("tv",), ("thm",), within="scheme")
    assert sum(axes.get_visible() for axes in spec.draw(many(count)).axes) == drawn
    assert (f"Panels drawn: {drawn} of {count}" in spec.caption(many(count))) == (count > drawn)


def test_columns_keep_their_colour_whatever_their_position() -> None:
    rows = made_up.table()
    orders = (("printed", "explicit", "kl"), ("kl", "w2", "explicit", "printed"), ("explicit", "kl"))
    maps = [colours(rows, shown) for shown in orders]
    for one in maps:
        assert all(one[c] == two[c] for two in maps for c in one.keys() & two.keys())
        assert len(set(one.values())) == len(one)
    many_columns = [f"c{i}" for i in range(9)]
    assert len(set(colours(rows, many_columns).values())) == 9


def test_only_real_bounds_are_called_bounds() -> None:
    table = powers(1.0, 1.0)
    table["formula"], table["formula.low"] = table["thm"], table["thm"]
    spec = ErrorAgainstBound("step", ("tv",), ("thm", "formula"))
    assert {"thm (bound)", "formula (reference)"} <= set(texts(spec, table))


def test_every_error_above_a_bound_is_told_in_and_out_of_scope() -> None:
    table = powers(0.0, 1.0, scale=0.15)
    table["w2"] = 0.3
    table.loc[4, "thm.failed"] = "h ≤ 1/L"
    caption = ErrorAgainstBound("step", ("tv", "w2"), ("thm",)).caption(table)
    assert "TV exceeds thm at 2 of 4 points in scope and 1 of 1 points out of scope." in caption
    assert "W₂ exceeds thm at 3 of 4 points in scope and 1 of 1 points out of scope." in caption


def test_terms_stand_at_their_true_x() -> None:
    horizons = (0.5, 1.0, 2.0, 5.0, 5.5, 6.0)
    table = made_up.table(steps=(0.1,), horizons=horizons)
    right = StackedTerms("horizon", "chen", exact={"initialisation": "init"}).draw(table).axes[1]
    x, y = (np.asarray(part, dtype=float) for part in right.lines[0].get_data())
    assert right.get_xscale() == "linear"
    np.testing.assert_allclose(np.diff(np.log(y)) / np.diff(x), -1.0, rtol=1e-12)
    left = StackedTerms("step", "chen", exact={"score": "score_only"}).draw(made_up.table()).axes[1]
    assert left.get_xscale() == "log"


@pytest.mark.parametrize("figure", made_up.FIGURES, ids=lambda figure: figure.name)
def test_axes_are_named_and_captions_begin_with_a_capital(figure: Specification) -> None:
    drawn = figure.draw(made_up.table()).axes
    assert any(axes.get_xlabel() for axes in drawn)
    if isinstance(figure, ErrorAgainstBound | Lines) or (isinstance(figure, Ladder) and figure.along):
        assert drawn[0].get_ylabel()
    assert figure.caption(made_up.table())[0].isupper()


def test_halved_steps_are_all_written_as_powers() -> None:
    assert names_of([0.25, 2.0**-6, 0.0]) == ["2⁻²", "2⁻⁶", "0"]
    assert names_of([0.25, 0.5, 3, "wide"]) == ["0.25", "0.5", "3", "wide"]


def test_legend_reads_row_by_row() -> None:
    order = reading_order(7, 5)  # matplotlib fills columns of 2, 2, 1, 1, 1
    assert [order[i] for i in (0, 2, 4, 5, 6, 1, 3)] == list(range(7))


def test_exponents_have_no_negative_zero() -> None:
    assert exponent(-0.001) == "0.00"
    assert exponent(-2.0) == "−2.00"


def test_table_read_from_csv_gives_the_same_caption() -> None:
    table = made_up.table(steps=(0.2, 0.1, 0.05))  # no assumption fails: the column comes back as NaN
    again = pd.read_csv(io.StringIO(table.to_csv(index=False)))
    spec = ErrorAgainstBound("step", ("tv",), ("chen",))
    assert spec.caption(again) == spec.caption(table)
    assert exclusions(again) == exclusions(table)


def test_mathematics_is_set_in_html() -> None:
    assert html_text("TV falls as h^1.00. q_t, m_2², p_{T−t}, e^{−2T} <b>") == (
        "TV falls as h<sup>1.00</sup>. q<sub>t</sub>, m<sub>2</sub>², p<sub>T−t</sub>, e<sup>−2T</sup> &lt;b&gt;"
    )
    assert html_text("step_size path_kl h_0 x_step") == "step_size path_kl h<sub>0</sub> x_step"


def test_an_axis_of_words_is_refused_in_one_line() -> None:
    rows = [made_up.row({"step": word}, {"tv": made_up.observable(0.1)}) for word in ("ULA", "MALA", "UBU")]
    with pytest.raises(InvalidInput, match="a figure needs numbers, but `step` holds 'ULA'"):
        Lines("step", ("tv",)).caption(pd.DataFrame(rows))


def test_an_open_interval_in_the_middle_has_no_say_in_the_slope() -> None:
    x, value = np.array([1.0, 2.0, 4.0]), np.array([1.0, 2.0, 4.0])
    found = fit(x, value, np.array([1.0, 0.0, 4.0]), np.array([1.0, np.inf, 4.0]))
    assert found is not None
    assert (found.low, found.slope, found.high) == pytest.approx((1.0, 1.0, 1.0))
