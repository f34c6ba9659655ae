"""Each misprint's three numbers are what closed forms say; swapping the printed with the corrected one is noticed."""

from __future__ import annotations

import dataclasses
import importlib
import math
import sys
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from verify import claims
from verify.finding import Verdict
from verify.study import Study

FOLDER = Path(__file__).parents[2] / "studies" / "lectures"
PLACE, DECAY, BETA = 1.2, 0.8, 0.36  # x', √(1 − β), β
NEW = "S1-04 S1-08 S1-05 S1-06 S1-07 S2-16 S2-19 S3-02 S4-17 S3-03 S0-15 S2-18 S2-18b S2-20 S3-21 S4-10 S4-13 S4-16"


@pytest.fixture(scope="module")
def rows() -> dict[str, Any]:
    """Return the rows of the table's helper files; the helpers are forgotten again, as `Study.load` forgets them."""
    before = set(sys.modules)
    sys.path.insert(0, str(FOLDER))
    try:
        files = [importlib.import_module(name) for name in ("_matching", "_levels", "_energies")]
    finally:
        sys.path.remove(str(FOLDER))
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(FOLDER)):
            del sys.modules[name]
    return {name: row for file in files for name, row in file.ROWS.items()}


@pytest.fixture(scope="module")
def values(rows: dict[str, Any]) -> dict[str, tuple[float, float, float]]:
    """Return (printed, corrected, truth) of every row."""
    return {name: row.values() for name, row in rows.items()}


def test_the_table_has_every_new_row(rows: dict[str, Any]) -> None:
    assert set(rows) == set(NEW.split())


def atoms_score() -> float:
    """∇log of 0.7 N(0.4, β) + 0.3 N(1.6, β) at x', by differentiation with thirty digits."""
    with mpmath.workdps(30):
        return float(
            mpmath.diff(
                lambda x: mpmath.log(
                    mpmath.mpf("0.7") * mpmath.exp(-((x - mpmath.mpf("0.4")) ** 2) / mpmath.mpf("0.72"))
                    + mpmath.mpf("0.3") * mpmath.exp(-((x - mpmath.mpf("1.6")) ** 2) / mpmath.mpf("0.72"))
                ),
                mpmath.mpf("1.2"),
            )
        )


def printed_kernel_score() -> float:
    """The same with the means √(1 − βx) of the misprint, as the ratio of two sums."""
    means = [math.sqrt(1 - BETA * x) for x in (0.5, 2.0)]
    shares = [w * math.exp(-((PLACE - m) ** 2) / (2 * BETA)) for w, m in zip((0.7, 0.3), means, strict=True)]
    return sum(s * (m - PLACE) for s, m in zip(shares, means, strict=True)) / (BETA * sum(shares))


def annealed(levels: np.ndarray, steps: int, sign: float = 1.0) -> float:
    """E x² on N(0, 1) by the recursion of the variance v' = (1 − a)²v + ε_i, a = ±ε_i/2(1 + σ_i²)."""
    v = float(levels[0]) ** 2
    for sigma in map(float, levels):
        size = 2e-3 * sigma**2 / float(levels.min()) ** 2
        square = (1 - sign * size / (2 * (1 + sigma**2))) ** 2
        v = square**steps * v + size * (1 - square**steps) / (1 - square)
    return v


def closed_forms() -> dict[str, tuple[float, float, float]]:
    """Return what each row must be, by formulas that the study does not use."""
    tweedie = PLACE + BETA * atoms_score()
    down = np.geomspace(3.0, 0.1, 10)
    steep, flat = 1 + 1 / 0.04, 0.25 + 1 / 0.04  # curvatures of H + x²/2M_1 at either side of the kink
    push = (1 / flat - 1 / steep) / (math.sqrt(math.pi / 2) * (flat**-0.5 + steep**-0.5) * 0.04)
    return {
        "S1-04": (math.sqrt(0.46), 1.2, 1.2),
        "S1-08": (math.sqrt(1 - 0.19 * math.sqrt(0.46)), 1.08, 1.08),
        "S1-05": (printed_kernel_score(), atoms_score(), atoms_score()),
        "S1-06": (math.sqrt(1 - BETA * tweedie / DECAY), tweedie, tweedie),
        "S1-07": (0.0, 2.0, 2.0),  # E[s·∇log p_β] = −E s'
        "S2-16": (0.8, -0.8, -0.8),
        "S2-19": (1.3, 1.5, 1.5),  # Σσ/(1 + σ²), Σ1/(1 + σ²)
        "S3-02": (3.25, 1.625, 1.625),  # E(s − ∇log p)² = E(3x − 4)²
        "S4-17": (-0.375, 1.625, 1.625),
        "S3-03": (0.0, -1.0, -1.0),
        "S2-18": (annealed(down[::-1], 2000), annealed(down, 2000), 1.0),
        "S2-18b": (1.5, 1.25, 1.25),
        "S2-20": (annealed(down, 1, -1.0), annealed(down, 2000), 1.0),
        "S3-21": (0.2, 12.8, 64 * push),
        "S4-10": (0.025, 0.25, math.tanh(0.5) / 2),
        "S4-13": (0.4, -0.4, -0.4),
        "S4-16": (0.16, 0.5, 0.5),  # ((x − θm)m − θv) with m, v the posterior's; (x² − 1 − θ²)θ/(1 + θ²)²
    }


def test_the_numbers_are_the_closed_forms(values: dict[str, tuple[float, float, float]]) -> None:
    """Twelve digits of numbers below a hundred, ten where the study differentiates by differences."""
    expected = closed_forms()
    assert set(expected) == set(values) - {"S0-15"}  # its two other numbers are two computations of one law
    for name, numbers in expected.items():
        assert values[name] == pytest.approx(numbers, rel=1e-10, abs=1e-10), name


def langevin(step: float, count: int = 24) -> float:
    """TV to 0.7 N(−4, 1) + 0.3 N(4, 1) after ULA from N(0, 1), by sums over a grid of spacing 1/40."""
    x = np.linspace(-13, 13, 1041)

    def normal(z: np.ndarray) -> np.ndarray:
        return np.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    left, right, density = 0.7 * normal(x + 4), 0.3 * normal(x - 4), normal(x)
    centre = x + step * (-(x + 4) * left - (x - 4) * right) / (left + right)
    kernel = normal((x[:, None] - centre) / math.sqrt(2 * step)) / math.sqrt(2 * step) / 40
    for _ in range(count):
        density = kernel @ density
    return float(np.abs(density - left - right).sum()) / 80


def test_two_modes_split_langevin_from_the_reverse_diffusion(values: dict[str, tuple[float, float, float]]) -> None:
    """Both laws again on a plain grid, which kinks of |p − q| limit to about (1/40)²."""
    slow, fast, plain = values["S0-15"]
    assert slow == pytest.approx(min(langevin(0.2), langevin(0.3)), abs=1e-4)
    assert fast == pytest.approx(plain, abs=1e-4)
    assert fast < slow / 2


def test_each_misprint_is_refuted_and_a_swap_of_the_two_is_noticed(tmp_path: Path) -> None:
    """Catches a row whose check cannot tell the printed formula from the corrected one."""
    study = Study.load(FOLDER / "errata.py")
    result = study.run("smoke", tmp_path, progress=False)
    assert {entry.finding.verdict for entry in result.findings} == {Verdict.HOLDS}
    table = result.table.copy()
    for part in ("", ".low", ".high"):
        columns = [f"printed{part}", f"corrected{part}"]
        if columns[0] in table:
            table[columns] = table[columns[::-1]].to_numpy()
    swapped = dataclasses.replace(study).judge(table)
    assert {entry.finding.verdict for entry in swapped} == {Verdict.VIOLATED}
    kinds = [isinstance(entry.claim, claims.NegativeControl) for entry in swapped]
    assert sum(kinds) == len(kinds) // 2 == len(table)
