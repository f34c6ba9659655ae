"""Every divergence and the path KL equal 50-digit values (tests/golden/make_golden.py) to 1e-10."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import verify as vf
from verify import divergences

GOLDEN = json.loads(Path(__file__).with_name("golden.json").read_text())
MEASURES = {
    "kl": vf.kl,
    "kl_reversed": lambda p, q: vf.kl(q, p),
    "total_variation": vf.total_variation,
    "wasserstein2": vf.wasserstein2,
    "chi2": vf.chi2,
    "renyi2": lambda p, q: vf.renyi(p, q, 2.0),
    "renyi0.7": lambda p, q: vf.renyi(p, q, 0.7),
    "hellinger": vf.hellinger,
    "fisher": vf.fisher,
}


def names(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in GOLDEN[kind]]


def agrees(found: vf.Estimate, golden: str, relative: float) -> None:
    want = float(golden)
    if math.isinf(want):
        assert found.value == want
        return
    assert found.value == pytest.approx(want, rel=relative, abs=0)
    assert found.low * (1 - 1e-15) <= want <= found.high * (1 + 1e-15), "the enclosure must hold the true value"


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("case", names("pairs"))
def test_divergences_of_correlated_pairs(case: dict[str, Any], name: str) -> None:
    target = vf.targets.Gaussian(np.array(case["mean_p"]), np.array(case["cov_p"]))
    other = vf.laws.Gaussian(case["mean_q"], case["cov_q"])
    agrees(MEASURES[name](target, other), case["values"][name], 1e-10)


def chain(case: dict[str, Any]) -> Any:
    target = vf.targets.Gaussian(np.array(case["mean"]), np.array(case["cov"]))
    if case["score"] == "shifted":
        score: Any = vf.scores.Shifted(target, error=case["error"])
    else:
        score = vf.scores.Dilated(target, error=case["error"], sign=case["sign"])
    return vf.samplers.ExponentialIntegrator(score, vf.TimeGrid.uniform(horizon=case["horizon"], steps=case["steps"]))


@pytest.mark.parametrize("case", names("chains"))
def test_output_of_the_exponential_integrator(case: dict[str, Any]) -> None:
    sampler = chain(case)
    output = sampler.run()
    # a KL of 1e-14 is the square of a relative deviation ρ ~ √(4 KL) of 1e-7; each of N steps rounds its variance by
    # a few ε, at random, and KL doubles the relative error of ρ: 2 · 8ε √N/ρ
    kl = float(case["values"]["kl"])
    relative = max(1e-10, 16 * float(np.finfo(float).eps) * math.sqrt(case["steps"] / (4 * kl)))
    assert relative <= (1e-10 if kl > 1e-9 else 5e-6)
    for name, measure in MEASURES.items():
        agrees(measure(sampler.target, output), case["values"][name], relative)


@pytest.mark.parametrize("case", names("chains"))
def test_path_kl_of_the_exponential_integrator(case: dict[str, Any]) -> None:
    from verify.observables import PathKL

    want = float(case["values"]["girsanov"])
    found = PathKL()(chain(case), None)
    assert found.value == pytest.approx(want, rel=1e-10, abs=0)
    assert found.low * (1 - 1e-15) <= want <= found.high * (1 + 1e-15)


@pytest.mark.parametrize("case", names("chains"))
def test_start_of_the_reverse_process(case: dict[str, Any]) -> None:
    sampler = chain(case)
    agrees(vf.kl(sampler.marginal(0), sampler.start()), case["values"]["start_kl"], 1e-10)


def test_file_states_how_it_was_made() -> None:
    assert GOLDEN["provenance"]["digits"] == 50
    assert GOLDEN["provenance"]["script"] == "tests/golden/make_golden.py"
    assert {case["dim"] for kind in ("pairs", "chains") for case in GOLDEN[kind]} == {1, 2, 8, 64}


def test_smallest_values_are_as_small_as_promised() -> None:
    small = [float(case["values"]["kl"]) for kind in ("pairs", "chains") for case in GOLDEN[kind]]
    assert min(small) < 1e-24
    assert any(1e-16 < value < 1e-13 for value in small)
    assert divergences.kl is vf.kl
