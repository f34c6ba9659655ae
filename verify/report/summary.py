"""What was found, study by study: the question and one sentence made of the findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verify.claims import Rate, UpperBound
from verify.finding import Verdict
from verify.report.model import ClaimFindingLike, ResultLike, is_control
from verify.report.text import exponent, joined, label, number, symbol

_ATTAINED = 0.9995  # a ratio that prints as 1
_MOST = 2  # statements of one kind in a sentence


@dataclass(frozen=True)
class Answer:
    """A study's question and what its findings say."""

    study: str
    question: str
    text: str


def answer(result: ResultLike) -> Answer:
    """Return the question of a study and the answer that its findings give."""
    claims = [entry for entry in result.findings if not is_control(entry)]
    controls = [entry for entry in result.findings if is_control(entry)]
    if not result.findings:
        return Answer(result.study.name, result.study.question, "No claim was tested.")
    parts = [_counted(claims), *_failures(claims, controls), _bounds(claims), _rates(claims), _controls(controls)]
    return Answer(result.study.name, result.study.question, " ".join(part for part in parts if part))


def _of(entries: Sequence[ClaimFindingLike], verdict: Verdict) -> list[ClaimFindingLike]:
    return [entry for entry in entries if entry.finding.verdict is verdict]


def _counted(claims: Sequence[ClaimFindingLike]) -> str:
    if not claims:
        return ""
    held, unclear = (len(_of(claims, verdict)) for verdict in (Verdict.HOLDS, Verdict.INCONCLUSIVE))
    count = "The one claim holds" if held == len(claims) == 1 else f"All {held} claims hold"
    count = count if held == len(claims) else f"{held} of {len(claims)} claims {'holds' if held == 1 else 'hold'}"
    return f"{count}{f', {unclear} inconclusive' if unclear else ''}."


def _failures(claims: Sequence[ClaimFindingLike], controls: Sequence[ClaimFindingLike]) -> list[str]:
    """Return every violated claim and every control that was not refuted: these come first and none is left out."""
    texts = [f"Violated: {_statement(entry)}." for entry in _of(claims, Verdict.VIOLATED)]
    return texts + [f"Not refuted, though false: {_statement(entry)}." for entry in _of(controls, Verdict.VIOLATED)]


def _bounds(claims: Sequence[ClaimFindingLike]) -> str:
    """Return the bounds that hold and come nearest to being attained, with the largest ratio of error to bound."""
    found = [
        (entry.finding.statistic.value, entry)
        for entry in _of(claims, Verdict.HOLDS)
        if isinstance(entry.claim, UpperBound) and entry.finding.statistic is not None
    ]
    found.sort(key=lambda item: -item[0])
    texts = [f"{_statement(entry)} ({_near(value)})" for value, entry in found[:_MOST]]
    return f"{'Tightest bounds' if len(texts) > 1 else 'Bound that holds'}: {'; '.join(texts)}." if texts else ""


def _rates(claims: Sequence[ClaimFindingLike]) -> str:
    """Return the measured rates, of each column over each axis the one farthest from what was claimed."""
    texts: dict[str, str] = {}
    for entry in claims:
        claim, found = entry.claim, entry.finding.statistic
        if isinstance(claim, Rate) and found is not None and entry.finding.verdict is not Verdict.INCONCLUSIVE:
            over, slope = symbol(claim.axis), exponent(found.value)
            law = f"{over}^{slope}" if claim.scale == "log" else f"e^{{{slope} {over}}}"
            where = joined([v for v in claim.where.values() if isinstance(v, str)])
            texts.setdefault(f"{label(claim.column)}{f' ({where})' if where else ''} ∼ {law}", "")
    rest = len(texts) - 2 * _MOST
    more = f" and {rest} more" if rest > 0 else ""
    return f"Measured rates: {', '.join(list(texts)[: 2 * _MOST])}{more}." if texts else ""


def _controls(controls: Sequence[ClaimFindingLike]) -> str:
    refuted = len(_of(controls, Verdict.HOLDS))
    if not controls:
        return ""
    if refuted == len(controls):
        if refuted == 1:
            return "The one negative control, a false statement, was refuted, as it must be."
        return f"All {refuted} negative controls, false statements, were refuted, as they must be."
    return f"Only {refuted} of {len(controls)} negative controls, false statements, were refuted."


def _near(ratio: float) -> str:
    return "attained" if ratio > _ATTAINED else f"largest ratio {number(ratio)}"


def _statement(entry: ClaimFindingLike) -> str:
    return entry.claim.statement.rstrip(".")
