"""Audits as JSON.

The JSON document is

::

    {"title": …, "versions": {name: version}, "counts": {"holds": n, "violated": n, "inconclusive": n},
     "audits": [{"name", "verdict", "outcome", "reason", "causes": [sentence], "declared": order or null,
                 "order": {"value", "low", "high", "steps": [N]} or null,    of the target that decided
                 "error": W2 at the largest N or null, "evaluations": model calls there or null,
                 "floors": [{"name", "size", "how"}],
                 "targets": [{"dim", "outcome", "reason", "order"}],
                 "table": [{"steps", "target", "dim", "kl", "tv", "total", "discretisation", "prior", …}]}]}

with an infinity or NaN, which JSON lacks, as {"float": "inf"}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from verify.audit import Audit
from verify.report.audit_rows import Row, counts

if TYPE_CHECKING:
    from verify.audit.order import Order


def document(audits: Sequence[Audit], *, title: str, versions: Mapping[str, str]) -> dict[str, Any]:
    """Return what was found as the value of a JSON document; its schema stands above."""
    return {
        "title": title,
        "versions": dict(versions),
        "counts": counts(audits),
        "audits": [_entry(Row(found, "")) for found in audits],
    }


def _entry(row: Row) -> dict[str, Any]:
    found, judgement = row.audit, row.judgement
    return {
        "name": found.name,
        "verdict": found.verdict.value,
        "outcome": found.outcome.value,
        "reason": found.reason,
        "causes": list(found.causes),
        "declared": found.declared,
        "order": None if judgement is None else _order(judgement.order),
        "error": row.error,
        "evaluations": row.evaluations,
        "floors": [{"name": floor.name, "size": floor.size, "how": floor.how} for floor in found.floors],
        "targets": [
            {"dim": case.target.dim, "outcome": j.outcome.value, "reason": j.reason, "order": _order(j.order)}
            for case, j in zip(found.runs[-1].cases if found.runs else (), found.judgements, strict=False)
        ],
        "table": found.table().to_dict("records"),
    }


def _order(order: Order) -> dict[str, Any] | None:
    if order.value is None:
        return None
    return {"value": order.value.value, "low": order.value.low, "high": order.value.high, "steps": list(order.used)}
