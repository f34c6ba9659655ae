"""``boundcheck bound ula`` tells of every theorem its value, or what it lacks, and the least steps that it asks for."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from verify import catalog
from verify.bounds import langevin
from verify.bounds.langevin import plan, survey
from verify.cli import main

ULA = "bound ula --dim 10 --strong-convexity 1 --smoothness 4 --step .01 --steps 500"
Capture = pytest.CaptureFixture[str]


def told(capsys: Capture, command: str) -> dict[str, Any]:
    assert main([*command.split(), "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def entries(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["bound"]: entry for entry in found["theorems"]}


def test_every_theorem_on_ula_is_there_with_its_own_value(capsys: Capture) -> None:
    found = entries(told(capsys, f"{ULA} --start-w2 3 --start-kl 4 --hessian-lipschitz 2 --start-distance 2"))
    known = survey.theorems("ula", catalog.classes("bounds").values())
    assert set(found) == {kind.name for kind in known} and len(known) > 18
    for name, numbers in {
        "ula-order-half": {"dim": 10, "strong_convexity": 1, "smoothness": 4, "start_w2": 3},
        "vempala2019-theorem1": {"dim": 10, "log_sobolev": 1, "smoothness": 4, "start_kl": 4},
        "durmus2019-w2": {"dim": 10, "strong_convexity": 1, "smoothness": 4, "start_distance": 2},
    }.items():
        kind = catalog.named_class("bounds", name)
        value = kind.total(kind.formula(**numbers, step=0.01, steps=500))
        assert found[name]["value"] == value and found[name]["applies"] and not found[name]["outside"]
        single = [f"--{n.replace('_', '-')} {v}" for n, v in numbers.items()]
        assert told(capsys, f"bound {name} --step .01 --steps 500 {' '.join(single)}")["total"] == value


def test_values_by_hand(capsys: Capture) -> None:
    """(1 − 0.01)^500·3 = 0.0197… and 4·√(2·8/9·0.1)… on paper."""
    found = entries(told(capsys, f"{ULA} --start-w2 3"))
    first = 3 * math.exp(500 * math.log(0.99))
    assert found["ula-order-half"]["terms"]["contraction"] == pytest.approx(first, rel=1e-12)
    assert found["ula-order-half"]["value"] == pytest.approx(first + 4 * math.sqrt(8 / 9 * 0.1), rel=1e-12)
    assert found["durmus2019-average"]["value"] == pytest.approx(9 / 10 + 0.4, rel=1e-14)


def test_what_is_vacuous_missing_or_outside_is_named(capsys: Capture) -> None:
    found = entries(told(capsys, f"{ULA} --start-w2 3"))
    assert found["vempala2019-theorem1"]["needs"] == ["start_kl"] and found["vempala2019-theorem1"]["value"] is None
    assert found["dalalyan2017-theorem1b"]["outside"] == ["2/(m + L) ≤ γ < 2/L"]
    assert found["dalalyan2017-tv"]["vacuous"] and found["dalalyan2017-tv"]["value"] > 1
    assert found["dalalyan2017-theorem3"]["vacuous"]  # 3.49 from a start at 3
    assert not found["ula-order-half"]["vacuous"]
    assert "N(x*, I/m)" in found["cheng2018-kl"]["start"]
    assert main([*ULA.split(), "--start-w2", "3"]) == 0
    out = capsys.readouterr().out
    assert "no theorem: these numbers break 2/(m + L) ≤ γ < 2/L" in out and "needs --start-kl" in out
    assert "yes: TV ≥ 1" in out and "yes: no gain" in out


def test_other_starts_are_turned_into_each_other(capsys: Capture) -> None:
    """KL ≤ log(1 + χ²), W2 ≤ √(2KL/m) and W2 ≤ D + √(d/m)."""
    chi2 = told(capsys, f"{ULA} --start-chi2 100")["derived"]
    assert chi2["start_kl"] == pytest.approx(math.log(101)) and chi2["log_sobolev"] == 1
    assert chi2["start_w2"] == pytest.approx(math.sqrt(2 * math.log(101)))
    kl = told(capsys, f"{ULA} --start-kl 2")
    assert kl["derived"]["start_w2"] == pytest.approx(2.0) and "start_kl" not in kl["derived"]
    point = told(capsys, f"{ULA} --start-distance 2")
    assert point["derived"]["start_w2"] == pytest.approx(2 + math.sqrt(10))
    assert entries(point)["vempala2019-theorem1"]["needs"] == ["start_kl"]


def test_a_target_that_is_only_log_concave(capsys: Capture) -> None:
    weak = ULA.replace("--strong-convexity 1", "--strong-convexity 0")
    found = entries(told(capsys, f"{weak} --start-w2 3"))
    assert found["durmus2019-average"]["applies"]
    assert all(found[n]["outside"] == ["m > 0"] for n in ("ula-order-half", "durmus2019-last", "dalalyan2019-theorem1"))
    assert {n for n, e in found.items() if e["applies"]} <= {"durmus2019-average", *RATES}


RATES = ("chewi2022-log-sobolev", "chewi2022-log-concave")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--dim 0", "--dim must be a whole number >= 1; got 0."),
        ("--step nan", "--step must be a finite number > 0; got nan."),
        ("--smoothness -1", "--smoothness must be"),
        ("--start-w2 -3", "--start-w2 must be"),
        ("--accuracy 0", "--accuracy must be"),
        ("--strong-convexity 9", "no target has these constants: they break m ≤ L"),
        ("--poincare 0.1", "they break 1/C_P ≤ L"),
        ("--steps 1.5", "Invalid value for '--steps'"),
        ("--wrong 1", "No such option"),
    ],
)
def test_bad_input_is_one_line(capsys: Capture, arguments: str, message: str) -> None:
    assert main([*ULA.split(), "--start-w2", "3", *arguments.split()]) == 2
    shown = capsys.readouterr()
    assert len(shown.err.strip().splitlines()) == 1 and message in shown.err and not shown.out


def test_the_steps_asked_for_are_the_least(capsys: Capture) -> None:
    """At the plan's γ and n the bound is at most ε; no γ on a fine grid is, with one step less."""
    found = told(capsys, f"{ULA} --start-w2 3 --start-kl 4 --hessian-lipschitz 0 --accuracy 0.2")
    planned = {n: e["to_accuracy"] for n, e in entries(found).items() if e["to_accuracy"]}
    assert len(planned) >= 13 and not set(RATES) & set(planned)
    numbers = {**found["given"], **found["derived"], "order": 2.0, "gradient_noise": 0.0, "gradient_bias": 0.0}
    for name, best in planned.items():
        kind = catalog.named_class("bounds", name)
        fixed = {n: numbers[n] for n in langevin.chain.arguments(kind.formula) if n not in ("step", "steps")}

        def value(step: float, steps: int, kind: Any = kind, fixed: Any = fixed) -> float:
            return float(kind.total(kind.formula(**fixed, step=step, steps=steps)))

        assert value(best["step"], best["steps"]) <= 0.2
        assert not kind.outside({**fixed, **best})
        most = kind.limit.most(numbers)
        grid = np.exp(np.linspace(math.log(best["step"]) - 2, min(math.log(best["step"]) + 2, math.log(most)), 4001))
        assert min(value(float(g), best["steps"] - 1) for g in grid) > 0.2 * (1 - 1e-6), name


def test_closed_forms_of_the_plans() -> None:
    """Average: γ = ε/(2Ld) and n = 2LdW2²/ε²; the diffusion-like kinds: n = ⌈log(start/ε)/rate⌉."""
    made = langevin.Durmus2019Average.steps_for(0.01, dim=7, smoothness=3.0, start_w2=5.0)
    assert made.steps == math.ceil(2 * 3 * 7 * 25 / 0.01**2)
    assert made.step == pytest.approx(0.01 / (2 * 3 * 7), rel=1e-3)
    numbers = {"dim": 3.0, "step": 0.1, "strong_convexity": 2.0, "log_sobolev": 2.0, "start_w2": 4.0}
    entry = survey.entry(langevin.Chen2022W2, {**numbers, "steps": 1.0}, 0.01)
    assert entry.plan is not None and entry.plan.steps == math.ceil(math.log(400) / math.log(1.2))
    moved = survey.entry(langevin.DiffusionW2, {**numbers, "steps": 1.0, "time": 0.1}, 0.01)
    assert moved.plan is not None and moved.plan.steps == math.ceil(math.log(400) / 0.2)


def test_an_accuracy_out_of_reach_is_said() -> None:
    """Biased gradients: δ√d/m stays, whatever γ and n."""
    numbers = {"dim": 4, "strong_convexity": 1.0, "smoothness": 2.0, "start_w2": 1.0}
    with pytest.raises(langevin.chain.InvalidInput, match="no step size"):
        langevin.Dalalyan2019Theorem4.steps_for(0.1, **numbers, gradient_noise=0.0, gradient_bias=1.0)
    assert plan.fewest_steps(lambda step, steps: 1.0, 0.5, 0.0, 1.0) is None


@pytest.mark.parametrize(
    ("command", "applies"),
    [
        ("langevin --start-chi2 3", "diffusion-kl diffusion-kl-convex diffusion-chi2 diffusion-renyi diffusion-w2"),
        ("proximal --start-chi2 3", "chen2022-kl chen2022-chi2 chen2022-renyi chen2022-w2 chen2022-convex"),
        ("kinetic --smoothness 4 --friction 2 --inverse-mass .25 --start-twisted-w2 3", "cheng2018-theorem5"),
    ],
)
def test_the_other_schemes(capsys: Capture, command: str, applies: str) -> None:
    found = entries(told(capsys, f"bound {command} --dim 3 --strong-convexity 1 --step .1 --steps 10"))
    for name in applies.split():
        assert found[name]["applies"] and math.isfinite(found[name]["value"]), name


def test_list_and_citations(capsys: Capture) -> None:
    assert main(["list", "bounds"]) == 0
    shown = {line.split("  ")[0] for line in capsys.readouterr().out.splitlines()}
    assert {getattr(langevin, n).name for n in langevin.__all__} <= shown
    for name in langevin.__all__:
        assert main(["cite", getattr(langevin, name).name]) == 0, name
    for name in langevin.__all__:
        assert "Status: " in (getattr(langevin, name).__doc__ or ""), name
