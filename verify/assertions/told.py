"""What the assertions share: the audit of their subject, and the paragraph that says what was found on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from verify import divergences
from verify.audit import Audit, audit
from verify.audit.probe import Sampler
from verify.errors import InvalidInput
from verify.estimate import Estimate

DIVERGENCES: Mapping[str, Callable[[Any, Any], Estimate]] = {
    "kl": divergences.kl,
    "tv": divergences.total_variation,
    "w2": divergences.wasserstein2,
}
ROWS = 4  # of the table, in a message
COLUMNS = ["steps", "dim", "discretisation", "prior", "truncation", "total", "evaluations"]


def audited(subject: Sampler | Audit, options: dict[str, Any]) -> Audit:
    """Return the audit of a sampler, or the audit that was handed over (then without options)."""
    if not isinstance(subject, Audit):
        return audit(subject, **options)
    if options:
        raise InvalidInput(f"an audit is done already: {', '.join(options)} must go to the audit itself.")
    return subject


def interval(e: Estimate) -> str:
    """Return a value with its interval in words."""
    return f"{e.value:.4g} [{e.low:.4g}, {e.high:.4g}]"


def told(seen: Audit, headline: str, target: int | None) -> str:
    """Return the paragraph: headline, verdict, orders, the last rows (of one target), floors and causes."""
    lines = [f"{seen.name}: {headline}.", f"Audit: {seen.verdict.value}: {seen.outcome.value}: {seen.reason}."]
    if seen.runs:
        orders = ((case.target.dim, j.order.value) for case, j in zip(seen.runs[0].cases, seen.judgements, strict=True))
        listed = ", ".join(f"{'none' if p is None else interval(p)} in dimension {dim}" for dim, p in orders)
        table = seen.table()
        rows = table if target is None else table[table["target"] == target]
        lines += [f"Orders: {listed}.", rows[COLUMNS].tail(ROWS).to_string(index=False, float_format="{:.4g}".format)]
    if floors := ", ".join(f"{floor.name} {floor.size:.3g}" for floor in seen.floors if floor.size):
        lines.append(f"Floors in W2: {floors}.")
    lines.append(f"Causes: {'; '.join(seen.causes) or 'none shown'}.")
    return "\n".join(lines)
