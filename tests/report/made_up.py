"""Made-up results for the report's tests: tables of the documented shape, filled from closed forms in one dimension."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from verify.estimate import Estimate
from verify.finding import Finding, Verdict
from verify.report.figures import ErrorAgainstBound, Ladder, Lines, StackedTerms, TightnessHeatmap


@dataclass(frozen=True)
class Claim:
    statement: str


@dataclass(frozen=True)
class NegativeControl(Claim):
    pass


@dataclass(frozen=True)
class Entry:
    claim_id: str
    claim: Claim
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
    resolved = not low <= null
    method = "closed form" if not error else "monte carlo"
    return {"": value, ".low": low, ".high": high, ".confidence": 1.0 if not error else 0.95, ".method": method, ".null": null, ".resolved": resolved}  # fmt: skip


def bound(terms: Mapping[str, float], failed: str = "", *, tv: bool = True) -> dict[str, Any]:
    total = sum(terms.values())
    return {"": total, **{f".{k}": v for k, v in terms.items()}, ".failed": failed, ".vacuous": tv and total >= 1}


def row(point: Mapping[str, Any], columns: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {**point, **{f"{name}{part}": v for name, parts in columns.items() for part, v in parts.items()}}


def table(steps: Sequence[float] = (0.4, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002), horizons: Sequence[float] = (2.0, 4.0, 6.0, 8.0)) -> pd.DataFrame:  # fmt: skip
    """Return a table with true rates 1 (TV) and 2 (KL) in the step, ½ in the bound's TV, over horizons."""
    rows = []
    for T in horizons:
        for h in steps:
            kl = 0.25 * h**2 / 0.3**2 + 0.05 * math.exp(-4 * T)
            tv = math.sqrt(kl / 8)
            path = 2.0 * h * T * 0.6 + math.exp(-2 * T)
            terms = {"initialisation": 0.9 * math.exp(-T), "discretisation": (0.35 * math.sqrt(h) + 0.3 * h) * math.sqrt(T), "score": 0.01 * math.sqrt(T)}  # fmt: skip
            columns = {
                "kl": observable(kl), "tv": observable(tv), "skeleton_kl": observable(0.4 * path), "path_kl": observable(path),
                "explicit": bound({"all": 1.7 * path}, tv=False), "printed": bound({"all": 9.0 * path}, tv=False),
                "w2": observable(0.5 * h, 0.08 * h + 0.002, null=0.004),
                "init": observable(0.2 * math.exp(-2 * T)), "score_only": observable(0.004),
                "chen": bound(terms, "step ≤ 1/L" if h > 0.3 else ""),
            }  # fmt: skip
            rows.append(row({"step": h, "horizon": T}, columns))
    return pd.DataFrame(rows)


FIGURES = (
    ErrorAgainstBound("step", errors=("tv",), bounds=("chen",), where={"horizon": 4.0}),
    ErrorAgainstBound("step", errors=("kl", "tv", "w2"), bounds=("chen",), within="horizon"),
    StackedTerms("step", "chen", exact={"initialisation": "init", "score": "score_only"}, where={"horizon": 2.0}),
    TightnessHeatmap("step", "horizon", error="tv", bound="chen"),
    Ladder(("kl", "skeleton_kl", "path_kl", "explicit", "printed"), labels={"kl": "true KL"}),
    Ladder(("kl", "skeleton_kl", "path_kl", "explicit", "printed"), along="step", where={"horizon": 4}),
    Lines("horizon", ("kl", "init"), scale="semilog", where={"step": 0.01}),
)


def findings() -> tuple[Entry, ...]:
    return (
        Entry("S3-10", Claim("TV(p_T, p) ≤ √KL(p‖γ) e^{−T} + (L√(dh) + L m₂ h)√T + ε√T"), Finding(Verdict.HOLDS, Estimate(0.298, 0.29, 0.31, 0.95, "monte carlo"), "largest ratio 0.298 at h = 0.2, T = 2; rate not sharp: h^1.00 against h^0.50", 28, 32)),
        Entry("S3-10", Claim("TV falls as h^{1/2}"), Finding(Verdict.VIOLATED, Estimate(1.0, 0.99, 1.01, 1.0, "closed form"), "slope 1.00 [0.99, 1.01], claimed 0.5 ± 0.1", 8, 8)),
        Entry("S3-04", Claim("q_t → γ: KL(q_t‖γ) & W₂ fall as e^{−2t} <exact>"), Finding(Verdict.INCONCLUSIVE, None, "no point in scope", 0, 8)),
        Entry("S3-13", NegativeControl("KL falls as e^{−4T} for a shifted mean"), Finding(Verdict.HOLDS, Estimate.exact(-2.0, 1e-9), "refuted: slope −2.00", 4, 4)),
    )  # fmt: skip


def results() -> tuple[Result, ...]:
    chen = SimpleNamespace(reference="chen2023sampling")
    one = Study("chen2023/step_size", "At which rate does the error of the exponential integrator fall with the step, and does Theorem 2 see it?", FIGURES, {"kl": object(), "chen": chen})  # fmt: skip
    two = Study("ou/contraction", "How fast does the forward process forget its start?", (Lines("horizon", ("init",), scale="semilog"),), {})
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
