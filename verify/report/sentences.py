"""The verdict of a whole report in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from verify.finding import Finding, Verdict
from verify.report.text import interval, joined
from verify.report.view import Row, counts

SYMBOLS = {Verdict.HOLDS: "✓", Verdict.VIOLATED: "✗", Verdict.INCONCLUSIVE: "?"}


def headline(rows: Sequence[Row]) -> str:
    """Return how many claims hold, are violated or inconclusive, and how many negative controls were refuted."""
    claims, controls = counts(rows, controls=False), counts(rows, controls=True)
    studies = len({row.study for row in rows})
    if not rows:
        return "No claim was tested."
    place = f"{studies} {'study' if studies == 1 else 'studies'}"
    total = claims.total()
    held, broken, open_ = (claims[v] for v in (Verdict.HOLDS, Verdict.VIOLATED, Verdict.INCONCLUSIVE))
    parts = [
        f"{held} {'holds' if held == 1 else 'hold'}",
        f"{broken} {'is' if broken == 1 else 'are'} violated",
        f"{open_} {'is' if open_ == 1 else 'are'} inconclusive",
    ]
    text = f"Of {total} {'claim' if total == 1 else 'claims'} tested in {place}, {joined(parts)}."
    refuted, guards = controls[Verdict.HOLDS], controls.total()
    if not guards:
        return f"{text} There are no negative controls, so nothing shows that these tests can fail."
    which = f"All {guards}" if refuted == guards else f"Only {refuted} of {guards}"
    return f"{text} {which} negative controls, false statements put there to be refuted, were refuted."


def statistic(finding: Finding) -> str:
    """Return the number that decided with its interval and confidence, or a dash."""
    found = finding.statistic
    if found is None:
        return "–"
    text = interval(found.value, found.low, found.high)
    return f"{text} ({found.confidence:.4g})" if found.is_statistical else text


def open_rows(rows: Sequence[Row], verdict: Verdict) -> list[Row]:
    """Return the findings with this verdict."""
    return [row for row in rows if row.entry.finding.verdict is verdict]
