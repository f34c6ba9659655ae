"""A study folds the laws of cells that share work, and its table is the one that each cell gives on its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from verify.laws import Gaussian
from verify.study import CellFailed, Study, folding

FILE = "studies/toy/sweep.py"
SOURCE = '''"""How do score errors and horizons act together?"""
import numpy as np

from verify import samplers, scores
from verify.divergences import kl, wasserstein2
from verify.observables import SamplingError
from verify.study import Study
from verify.targets import Gaussian
from verify.timegrid import TimeGrid

KINDS = {"constant": scores.Shifted, "scaled": scores.Scaled}


def law(sampler, cell):
    return float(sampler.run().mean[0])


def subject(kind, horizon, size, step):
    target = Gaussian(np.array([1.0, -0.5]), np.array([[1.5, 0.62], [0.62, 0.8]]))
    return samplers.ExponentialIntegrator(KINDS[kind](target, size), TimeGrid.uniform(horizon, step=step))


STUDY = Study(
    name="toy/sweep",
    subject=subject,
    sweep={"kind": tuple(KINDS), "horizon": (1.0, 2.0, 3.0), "size": (0.0, 0.1, 0.3), "step": (0.125, 0.0625)},
    observe={"kl": SamplingError(kl), "w2": SamplingError(wasserstein2), "mean": law},
)
'''


@pytest.fixture
def study(project: Path) -> Callable[..., Study]:
    """Return the study, with a piece of its source replaced."""

    def load(old: str = "", new: str = "") -> Study:
        assert old in SOURCE
        (project / FILE).write_text(SOURCE.replace(old, new) if old else SOURCE)
        return Study.load(FILE)

    return load


def alone(study: Study, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Return the table without any folding."""
    with monkeypatch.context() as patch:
        patch.setattr("verify.study.running.with_law", lambda study, budget, number, subject: subject)
        return study.run("smoke", "alone").table


def test_what_folds_is_found_and_gives_what_each_cell_gives_alone(study, monkeypatch) -> None:
    told = study()
    groups = set(folding._groups(told, "smoke").values())
    points = told.points("smoke")
    shared = [{(points[i]["kind"], points[i]["step"]) for i in group} for group in groups]
    assert all(len(kind) == 1 for kind in shared)
    # constant errors: horizons and sizes together, a group a step; others: horizons only, a group a size and step
    assert sorted(map(len, groups)) == [3] * 6 + [9] * 2
    calls = []
    through = Gaussian.through
    monkeypatch.setattr(Gaussian, "through", lambda self, sampler: calls.append(sampler) or through(self, sampler))
    got = told.run("smoke").table
    assert not calls
    want = alone(told, monkeypatch)
    assert len(calls) == len(points)
    for name in ("kl", "w2"):
        assert (got[f"{name}.low"] <= want[f"{name}.high"]).all()
        assert (want[f"{name}.low"] <= got[f"{name}.high"]).all()
        folded, single = (table[f"{name}.high"] - table[f"{name}.low"] for table in (got, want))
        assert (folded <= 1.5 * single + 1e-15).all()  # an enclosure of two chains, not a looser one
    np.testing.assert_allclose(got["mean"], want["mean"], rtol=0, atol=1e-13)


def test_the_table_is_the_same_to_the_last_bit_whoever_computes_it(study, project) -> None:
    told = study()
    told.run("smoke", "serial")
    told.run("smoke", "two", executor="processes:2")
    table = Path("serial/toy/sweep/smoke/table.csv").read_bytes()
    assert Path("two/toy/sweep/smoke/table.csv").read_bytes() == table
    lines = Path("serial/toy/sweep/smoke/journal.jsonl").read_text().splitlines(keepends=True)
    for kept in (lines[:5], lines[17:], lines[::3]):  # groups of which some cells are there already
        folder = project / "resumed/toy/sweep/smoke"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "journal.jsonl").write_text("".join(kept))
        assert Study.load(FILE).run("smoke", "resumed").computed == len(lines) - len(kept)
        assert (folder / "table.csv").read_bytes() == table


def test_a_cell_without_a_subject_fails_alone(study) -> None:
    check = "    if (size, horizon) == (0.3, 3.0):\n        raise ValueError('too far')\n"
    bad = study("    target =", f"{check}    target =")
    with pytest.raises(
        CellFailed, match=r"horizon = 3.0, size = 0.3, step = 0.125: ValueError: too far \(sweep.py line"
    ):
        bad.run("smoke")
    rows = Path("results/toy/sweep/smoke/journal.jsonl").read_text().splitlines()
    assert [json.loads(line)["cell"]["row"]["size"] for line in rows[-2:]] == [0.1, 0.1]


LIE = """

class Squared(scores.Shifted):
    def profile(self, t):
        return super().profile(t) ** 2


KINDS = {"constant": Squared, "scaled": scores.Scaled}
"""


def test_a_score_that_lies_about_its_family_is_not_folded(study, monkeypatch) -> None:
    """Folded it would give the middle size the third of the largest's shift, not the ninth."""
    kinds = '\nKINDS = {"constant": scores.Shifted, "scaled": scores.Scaled}\n'
    assert max(map(len, folding._groups(study(kinds, LIE), "smoke").values())) == 3  # its own class is alone
    monkeypatch.setattr("verify.laws.alike._ours", lambda thing: True)
    liar = study(kinds, LIE)
    assert max(map(len, folding._groups(liar, "smoke").values())) == 9
    pd.testing.assert_frame_equal(
        liar.run("smoke").table.query("kind == 'constant'"), alone(liar, monkeypatch).query("kind == 'constant'")
    )
