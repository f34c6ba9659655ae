"""NegativeControl: a wrong claim, which the same data must refute."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pandas import DataFrame

from verify.claims.claim import Claim, select
from verify.finding import Finding, Verdict

OPPOSITE = {
    Verdict.HOLDS: Verdict.VIOLATED,
    Verdict.VIOLATED: Verdict.HOLDS,
    Verdict.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}
WORDS = {
    Verdict.HOLDS: "not refuted",
    Verdict.VIOLATED: "refuted, as it must be",
    Verdict.INCONCLUSIVE: "neither refuted nor confirmed",
}


@dataclass(frozen=True)
class NegativeControl(Claim):
    """Holds iff `claim` is violated, is violated iff `claim` holds: shows that the check can fail."""

    claim: Claim

    def sentence(self) -> str:
        """Return "refuted: …"."""
        return f"wrong on purpose: {self.claim.statement}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Those of the claim inside."""
        return self.claim.columns

    def verdict(self, rows: DataFrame) -> Finding:
        """Return the finding of the claim inside with the verdict turned round."""
        inner = self.claim.judge(select(rows, self.where))
        return replace(inner, verdict=OPPOSITE[inner.verdict], evidence=f"{WORDS[inner.verdict]}: {inner.evidence}")
