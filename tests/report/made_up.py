"""Made-up results for the report's tests: tables of the documented shape, filled from closed forms in one dimension."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from verify.claims import NegativeControl, UpperBound
from verify.estimate import Estimate
from verify.finding import Finding, Verdict
from verify.report.figures import ErrorAgainstBound, Ladder, Lines, StackedTerms, TightnessHeatmap


@dataclass(frozen=True)
class Claim:
    statement: str


def refuted(statement: str) -> NegativeControl:
    """Return a real negative control; only its statement matters to a report."""
    return NegativeControl(UpperBound("kl", "chen"), statement=statement)


@dataclass(frozen=True)
class Entry:
    claim_id: str
    claim: Claim | NegativeControl
    finding: Finding


@dataclass(frozen=True)
class Study:
    name: str
    question: str
    figures: Sequence[Any] = ()
    observe: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    study: Study
    budget: str
    table: pd.DataFrame
    findings: Sequence[Entry]
    provenance: Mapping[str, str]


PROVENANCE = {"boundcheck": "0.1.0", "numpy": "2.4.6", "python": "3.11", "code": "sha256:3f2a91", "seed": "20260101"}


def observable(value: float, error: float = 0.0, *, null: float = math.nan) -> dict[str, Any]:
    low, high = (value - error, value + error) if math.isfinite(value) else (value, value)
    quality = {".confidence": 0.95 if error else 1.0, ".method": "monte carlo" if error else "closed form"}
    return {"": value, ".low": low, ".high": high, **quality, ".null": null, ".resolved": not low <= null}


def bound(terms: Mapping[str, float], failed: str = "", *, tv: bool = True) -> dict[str, Any]:
    total = sum(terms.values())
    return {"": total, **{f".{k}": v for k, v in terms.items()}, ".failed": failed, ".vacuous": tv and total >= 1}


def row(point: Mapping[str, Any], columns: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {**point, **{f"{name}{part}": v for name, parts in columns.items() for part, v in parts.items()}}


STEPS = (0.4, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002)
RUNGS = ("kl", "skeleton_kl", "path_kl", "explicit", "printed")


def table(steps: Sequence[float] = STEPS, horizons: Sequence[float] = (2.0, 4.0, 6.0, 8.0)) -> pd.DataFrame:
    """Return a table in which KL = a h² + b e^{−4T}, TV = √(KL/8), and the bound's terms are a, √h and constant."""
    return pd.DataFrame([row({"step": h, "horizon": T}, cell(h, T)) for T in horizons for h in steps])


def cell(h: float, T: float) -> dict[str, dict[str, Any]]:
    kl = 0.25 * h**2 / 0.3**2 + 0.05 * math.exp(-4 * T)
    path = 2.0 * h * T * 0.6 + math.exp(-2 * T)
    discretisation = (0.35 * math.sqrt(h) + 0.3 * h) * math.sqrt(T)
    terms = {"initialisation": 0.9 * math.exp(-T), "discretisation": discretisation, "score": 0.01 * math.sqrt(T)}
    return {
        "kl": observable(kl),
        "tv": observable(math.sqrt(kl / 8)),
        "skeleton_kl": observable(0.4 * path),
        "path_kl": observable(path),
        "explicit": bound({"all": 1.7 * path}, tv=False),
        "printed": bound({"all": 9.0 * path}, tv=False),
        "w2": observable(0.5 * h, 0.08 * h + 0.002, null=0.004),
        "init": observable(0.2 * math.exp(-2 * T)),
        "score_only": observable(0.004),
        "chen": bound(terms, "step ≤ 1/L" if h > 0.3 else ""),
    }


FIGURES = (
    ErrorAgainstBound("step", errors=("tv",), bounds=("chen",), where={"horizon": 4.0}),
    ErrorAgainstBound("step", errors=("kl", "tv", "w2"), bounds=("chen",), within="horizon"),
    StackedTerms("step", "chen", exact={"initialisation": "init", "score": "score_only"}, where={"horizon": 2.0}),
    TightnessHeatmap("step", "horizon", error="tv", bound="chen"),
    Ladder(RUNGS, labels={"kl": "true KL"}),
    Ladder(RUNGS, along="step", where={"horizon": 4}),
    Lines("horizon", ("kl", "init"), scale="semilog", where={"step": 0.01}),
)


def findings() -> tuple[Entry, ...]:
    theorem = Claim("TV(p_T, p) ≤ √KL(p‖γ) e^{−T} + (L√(dh) + L m₂ h)√T + ε√T")
    ratio = Estimate(0.298, 0.29, 0.31, 0.95, "monte carlo")
    loose = "largest ratio 0.298 at h = 0.2, T = 2; rate not sharp: h^1.00 against h^0.50"
    slope = Estimate(1.0, 0.99, 1.01, 1.0, "closed form")
    contraction = Claim("q_t → γ: KL(q_t‖γ) & W₂ fall as e^{−2t} <exact>")
    control = refuted("KL falls as e^{−4T} for a shifted mean")
    return (
        Entry("S3-10", theorem, Finding(Verdict.HOLDS, ratio, loose, 28, 32)),
        Entry("S3-10", Claim("TV falls as h^{1/2}"), Finding(Verdict.VIOLATED, slope, "slope 1.00, claimed 0.5", 8, 8)),
        Entry("S3-4", contraction, Finding(Verdict.INCONCLUSIVE, None, "no point in scope", 0, 8)),
        Entry("S3-13", control, Finding(Verdict.HOLDS, Estimate.exact(-2.0, 1e-9), "refuted: slope −2.00", 4, 4)),
    )


def results() -> tuple[Result, ...]:
    chen = SimpleNamespace(reference="chen2023sampling")
    question = "At which rate does the error fall with the step, and does Theorem 2 see it?"
    one = Study("chen2023/step_size", question, FIGURES, {"kl": object(), "chen": chen})
    two = Study(
        "ou/contraction",
        "How fast does the forward process forget its start?",
        (Lines("horizon", ("init",), scale="semilog"),),
        {},
    )
    return (
        Result(one, "ci", table(), findings(), PROVENANCE),
        Result(two, "ci", table(), findings()[2:], {**PROVENANCE, "seed": "7"}),
    )


def infinite(frame: pd.DataFrame, column: str, places: Sequence[int]) -> pd.DataFrame:
    """Return the table with some values of an observable infinite."""
    changed = frame.copy()
    for part in ("", ".low", ".high"):
        changed.loc[np.asarray(places), f"{column}{part}"] = math.inf
    return changed
