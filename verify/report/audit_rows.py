"""What a report on audits shows of each, as text and numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verify.audit import Audit
from verify.errors import InvalidInput
from verify.finding import Verdict
from verify.report.text import exponent, number, slug

if TYPE_CHECKING:
    from pandas import DataFrame

    from verify.audit.judge import Judgement

MOST_FIGURES = 48  # in a page, to keep it below 3 MB
SHOWN = {  # columns of an audit's table, and what stands above them
    "steps": "N",
    "discretisation": "discretisation",
    "total": "in practice",
    "prior": "prior",
    "truncation": "truncation",
    "mean_error": "mean",
    "cov_error": "covariance",
    "evaluations": "model calls",
    "draws": "draws",
}


@dataclass(frozen=True)
class Row:
    """An audit as the pages show it; `anchor` names its section and its files, `script` reproduces it."""

    audit: Audit
    anchor: str
    script: str = ""

    @property
    def sampler(self) -> str:
        """The name up to the first bracket or blank: the class, where there is one."""
        return self.audit.name.replace("(", " ").split(" ")[0]

    @property
    def configuration(self) -> str:
        """The rest of the name."""
        return self.audit.name.removeprefix(self.sampler).strip(" ()")

    @property
    def judgement(self) -> Judgement | None:
        """The judgement that decided; None where a probe failed."""
        return None if self.audit.block is None else self.audit.judgements[self.audit.block]

    @property
    def declared(self) -> str:
        """The order that is claimed."""
        return "–" if self.audit.declared is None else f"{self.audit.declared:g}"

    @property
    def order(self) -> str:
        """The measured order with its interval, such as 1.98 [1.96, 2.01]."""
        value = self.judgement.order.value if self.judgement else None
        if value is None:
            return "–"
        return f"{exponent(value.value)} [{exponent(value.low)}, {exponent(value.high)}]"

    @property
    def error(self) -> float | None:
        """W2 between output and goal, started from the exact law, at the largest number of steps."""
        found = self.audit
        return None if found.block is None else float(found.runs[-1].cases[found.block].discretisation)

    @property
    def evaluations(self) -> int | None:
        """Model calls at the largest number of steps."""
        return self.audit.runs[-1].evaluations if self.audit.runs else None

    @property
    def floors(self) -> str:
        """The floors with their sizes, such as "truncation 0.0021, rounding 1×10⁻¹³"."""
        return ", ".join(f"{floor.name} {number(floor.size, 2)}" for floor in self.audit.floors if floor.size > 0)

    def table(self) -> DataFrame:
        """Return the errors on the target that decided, one row per number of steps."""
        everything = self.audit.table()
        return everything[everything["target"] == self.audit.block][list(SHOWN)]


def rows(audits: Sequence[Audit], scripts: Mapping[str, str] | None = None) -> tuple[Row, ...]:
    """Return the audits as rows, in their order; InvalidInput where two have one name."""
    names = Counter(found.name for found in audits)
    if twice := [name for name, count in names.items() if count > 1]:
        raise InvalidInput(f"two audits are called `{twice[0]}`; give each sampler a `name` of its own.")
    anchors = file_names([found.name for found in audits])
    return tuple(Row(a, anchor, (scripts or {}).get(a.name, "")) for a, anchor in zip(audits, anchors, strict=True))


def file_names(names: Sequence[str]) -> list[str]:
    """Return names fit for files and anchors, all different, whatever letters were in them."""
    made: list[str] = []
    for name in names:
        stem, number_ = slug(name)[:100], 1
        while (chosen := stem if number_ == 1 else f"{stem}-{number_}") in made:
            number_ += 1
        made.append(chosen)
    return made


def counts(audits: Sequence[Audit]) -> dict[str, int]:
    """Return how many audits got which verdict."""
    return {verdict.value: sum(found.verdict is verdict for found in audits) for verdict in Verdict}


def headline(audits: Sequence[Audit]) -> str:
    """Return the counts as a sentence, the findings by what they are."""
    if not audits:
        return "Nothing was audited."
    found = counts(audits)
    kinds = Counter(a.outcome.value for a in audits if a.verdict is Verdict.VIOLATED)
    named = ", ".join(f"{kind}: {count}" for kind, count in kinds.most_common())
    held, bad, open_ = (found[verdict.value] for verdict in (Verdict.HOLDS, Verdict.VIOLATED, Verdict.INCONCLUSIVE))
    total = "1 sampler" if len(audits) == 1 else f"{len(audits)} samplers"
    return (
        f"Of {total}, {held} {'converges' if held == 1 else 'converge'} at the declared order, "
        f"{bad} {'does' if bad == 1 else 'do'} not{f' ({named})' if named else ''}, {open_} could not be decided."
    )
