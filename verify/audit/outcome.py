"""Outcome: what an audit can find, each a verdict with a name."""

from __future__ import annotations

from enum import StrEnum

from verify.finding import Verdict


class Outcome(StrEnum):
    """What became of a sampler's error as its number of steps grew."""

    CONVERGES = "converges at the declared order"
    SLOWER = "converges slower than declared"
    DOES_NOT_CONVERGE = "does not converge"
    WRONG_LIMIT = "converges to a wrong limit"
    NOT_FINITE = "not finite"
    NOT_AFFINE = "not affine"
    HIDDEN_INPUT = "hidden input"
    FAILED = "failed"
    UNDECIDED = "undecided"
    NOT_AUDITED = "not audited"

    @property
    def verdict(self) -> Verdict:
        """Holds for CONVERGES; inconclusive where nothing was shown either way; else violated."""
        if self is Outcome.CONVERGES:
            return Verdict.HOLDS
        open_ = (Outcome.UNDECIDED, Outcome.NOT_AUDITED, Outcome.NOT_AFFINE)
        return Verdict.INCONCLUSIVE if self in open_ else Verdict.VIOLATED

    @property
    def severity(self) -> int:
        """0 for CONVERGES, larger for worse: the worst target decides on a sampler."""
        order = (
            Outcome.CONVERGES,
            Outcome.NOT_AUDITED,
            Outcome.UNDECIDED,
            Outcome.SLOWER,
            Outcome.DOES_NOT_CONVERGE,
            Outcome.WRONG_LIMIT,
        )
        return order.index(self) if self in order else len(order)
