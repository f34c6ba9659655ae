"""Finding: the verdict on one claim or assumption, the statistic it rests on and the sentence that says so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from verify.estimate import Estimate


class Verdict(StrEnum):
    """The three answers a test can give; inconclusive is an answer, never a pass."""

    HOLDS = "holds"
    VIOLATED = "violated"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Finding:
    """What was found: `verdict`, the `statistic` that decided (None where there is none) and `evidence` in words.

    `in_scope` of `points` table rows took part in the verdict; the others are listed in the evidence.
    """

    verdict: Verdict
    statistic: Estimate | None
    evidence: str
    in_scope: int = 1
    points: int = 1
