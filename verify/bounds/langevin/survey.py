"""What every theorem on a Langevin scheme says at given numbers, or what it lacks, and the steps it asks for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from verify.bounds.bound import Assumption
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import Planned, arguments
from verify.bounds.langevin.plan import Plan, least_steps
from verify.errors import InvalidInput

Numbers = Mapping[str, float]

SCHEMES: Mapping[str, tuple[Assumption, ...]] = {
    "ula": (need.ULA_STEP, need.NOISY_STEP),
    "langevin": (need.DIFFUSION,),
    "kinetic": (need.KINETIC, need.KINETIC_DIFFUSION),
    "proximal": (need.PROXIMAL,),
}
SLACK = 1 + 1e-9


@dataclass(frozen=True)
class Entry:
    """One theorem at given numbers. `value` is None where it is none: numbers are `missing` or `outside` its domain.

    `start` is the law that the chain must start from, "" for any; `idle` says that the bound is no smaller than the
    same divergence at the start; `plan` is the least number of steps to the accuracy, at the theorem's best step size.
    """

    bound: Any
    value: float | None
    terms: Mapping[str, float]
    missing: tuple[str, ...]
    outside: tuple[str, ...]
    start: str
    idle: bool
    plan: Plan | None

    @property
    def vacuous(self) -> bool:
        """True where the bound says nothing: infinite, a TV of one and more, or no smaller than at the start."""
        return self.value is not None and (self.idle or bool(self.bound.vacuous(self.value)))


def theorems(scheme: str, known: Iterable[Any]) -> list[Any]:
    """Return those of the bounds `known` that are about the scheme."""
    marks = SCHEMES[scheme]
    return [kind for kind in known if any(a is mark for a in getattr(kind, "assumptions", ()) for mark in marks)]


def parameters(kinds: Iterable[Any]) -> list[str]:
    """Return the names of the numbers that the formulas take, each once; `time` is step·steps and no other number."""
    found = dict.fromkeys(name for kind in kinds for name in arguments(kind.formula))
    return [name for name in found if name != "time"]


def completed(given: Numbers) -> tuple[dict[str, float], dict[str, str]]:
    """Return the numbers with all that follows from them, and how each that was added follows."""
    numbers, how = dict(given), {}
    for name, words, rule in RULES:
        if name not in numbers:
            try:
                value = rule(numbers)
            except (KeyError, ZeroDivisionError, OverflowError):
                continue
            if value is not None:
                numbers[name], how[name] = value, words
    return numbers, how


def contradictions(numbers: Numbers) -> tuple[str, ...]:
    """Return the facts that numbers contradict: no target has them, not even as bounds on its constants."""
    found = []
    for words, holds in FACTS.items():
        try:
            if not holds(numbers):
                found.append(words)
        except KeyError:
            continue
    return tuple(found)


def survey(kinds: Iterable[Any], numbers: Numbers, accuracy: float | None = None) -> list[Entry]:
    """Return what each theorem says at `numbers`, those that apply first, by divergence and value."""
    entries = [entry(kind, numbers, accuracy) for kind in kinds]
    return sorted(entries, key=lambda e: (e.value is None, e.bound.divergence, e.value or 0.0, e.bound.name))


def entry(kind: Any, numbers: Numbers, accuracy: float | None) -> Entry:
    """Return what one theorem says at `numbers`."""
    names = arguments(kind.formula)
    missing = tuple(n for n in names if n not in numbers)
    start = next((a.statement for a in kind.assumptions if a.name == "start"), "")
    if missing:
        return Entry(kind, None, {}, missing, (), start, False, None)
    chosen = {n: numbers[n] for n in names}
    plan = None if accuracy is None or kind.constant is None else planned(kind, chosen, numbers, accuracy)
    outside = tuple(kind.outside(chosen))
    try:
        terms = {} if outside else {term: float(v) for term, v in kind.formula(**chosen).items()}
    except (ZeroDivisionError, OverflowError, ValueError):
        terms, outside = {}, ("it is defined at these numbers",)
    if outside:
        return Entry(kind, None, {}, (), outside, start, False, plan)
    value = float(kind.total(terms))
    before = numbers.get(f"start_{kind.divergence}")
    idle = before is not None and math.isfinite(before) and value >= before > 0
    return Entry(kind, value, terms, (), (), start, idle, plan)


def planned(kind: Any, chosen: Numbers, numbers: Numbers, accuracy: float) -> Plan | None:
    """Return the least steps to `accuracy`, at the best step size where the theorem has one, else at the given one."""
    fixed = {n: v for n, v in chosen.items() if n not in ("step", "steps", "time")}
    try:
        if issubclass(kind, Planned):
            found: Plan | None = kind.steps_for(accuracy, **fixed)
        else:
            found = _at_step(kind, fixed, chosen, numbers["step"], accuracy)
    except (InvalidInput, ZeroDivisionError, OverflowError, ValueError):
        return None
    if found is None or kind.outside({**chosen, **_of(chosen, found.step, found.steps)}):
        return None
    return found


def _at_step(kind: Any, fixed: Numbers, chosen: Numbers, step: float, accuracy: float) -> Plan | None:
    def value(steps: int) -> float:
        return float(kind.total(kind.formula(**fixed, **_of(chosen, step, steps))))

    steps = least_steps(lambda n: value(n) <= accuracy)
    return None if steps is None else Plan(step, steps)


def _of(chosen: Numbers, step: float, steps: int) -> dict[str, float]:
    """Return those of step, steps and time that the formula takes."""
    return {n: v for n, v in {"step": step, "steps": steps, "time": step * steps}.items() if n in chosen}


RULES: tuple[tuple[str, str, Callable[[Numbers], float | None]], ...] = (
    ("time", "γn", lambda q: q["step"] * q["steps"]),
    ("order", "by choice", lambda q: 2.0),
    ("gradient_noise", "exact gradients", lambda q: 0.0),
    ("gradient_bias", "exact gradients", lambda q: 0.0),
    ("log_sobolev", "m (Bakry, Émery)", lambda q: q["strong_convexity"] or None),
    ("poincare", "1/α", lambda q: 1 / q["log_sobolev"]),
    ("start_renyi", "log(1 + χ²)", lambda q: math.log1p(q["start_chi2"]) if q["order"] == 2 else None),
    ("start_chi2", "e^R − 1", lambda q: math.expm1(q["start_renyi"]) if q["order"] == 2 else None),
    ("start_kl", "at most R_q", lambda q: q["start_renyi"]),
    ("start_kl", "at most log(1 + χ²)", lambda q: math.log1p(q["start_chi2"])),
    ("start_w2", "at most √(2KL/α) (Otto, Villani)", lambda q: math.sqrt(2 * q["start_kl"] / q["log_sobolev"])),
    (
        "start_w2",
        "at most ‖x_0 − x*‖ + √(d/m), from a point x_0",
        lambda q: q["start_distance"] + math.sqrt(q["dim"] / q["strong_convexity"]),
    ),
)
FACTS: Mapping[str, Callable[[Numbers], bool]] = {
    "m ≤ L": lambda q: q["strong_convexity"] <= q["smoothness"] * SLACK,
    "α ≤ L": lambda q: q["log_sobolev"] <= q["smoothness"] * SLACK,
    "1/C_P ≤ L": lambda q: q["poincare"] * q["smoothness"] * SLACK >= 1,
}
