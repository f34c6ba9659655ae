"""Bound: a theorem as an object: named terms, checked assumptions, a constant or None, a citation."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from verify.finding import Finding, Verdict

Domain = Mapping[str, Callable[[Mapping[str, float]], bool]]  # hypothesis in words -> does it hold of these numbers


@dataclass(frozen=True)
class Assumption:
    """A hypothesis of a theorem and how to check it on the sampler that ran."""

    name: str
    statement: str
    check: Callable[[Any], Finding]


class Bound(ABC):
    """An upper bound on `divergence`, as a pure formula in named quantities that are read off a running sampler.

    `constant` multiplies the sum of the terms; None stands for "≲", an absolute constant that the source leaves open
    (the sum is then reported as it stands). `formula` is the bound as a function of numbers: its keyword names are the
    options of the bound calculator.
    """

    name: ClassVar[str]
    statement: ClassVar[str]
    reference: ClassVar[str]  # key in references.bib
    also: ClassVar[tuple[str, ...]] = ()  # further keys; `boundcheck` where constants were derived here
    divergence: ClassVar[str]
    constant: ClassVar[float | None] = 1.0
    assumptions: ClassVar[tuple[Assumption, ...]] = ()
    formula: ClassVar[Callable[..., dict[str, float]]]
    domain: ClassVar[Domain] = {}  # hypotheses on the numbers alone

    @abstractmethod
    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return the arguments of `formula`, computed from the very sampler that runs."""

    def terms(self, sampler: Any) -> dict[str, float]:
        """Return the named terms; their sum is the bound."""
        return type(self).formula(**self.quantities(sampler))

    def __call__(self, sampler: Any) -> float:
        """Return the value of the bound."""
        return self.total(self.terms(sampler))

    @classmethod
    def total(cls, terms: Mapping[str, float]) -> float:
        """Return the sum of the terms."""
        return math.fsum(terms.values()) if all(map(math.isfinite, terms.values())) else math.inf

    @classmethod
    def outside(cls, quantities: Mapping[str, float]) -> tuple[str, ...]:
        """Return the hypotheses of `domain` that given numbers break; the formula is no theorem there."""
        return tuple(name for name, holds in cls.domain.items() if not holds(quantities))

    @classmethod
    def vacuous(cls, value: float) -> bool:
        """True where the bound says nothing: infinite, or a total variation of one and more."""
        return math.isinf(value) or (cls.divergence == "tv" and value >= 1)

    def failed_assumptions(self, sampler: Any) -> tuple[Finding, ...]:
        """Return the findings of the assumptions that do not hold, each naming its assumption."""
        found = ((a, a.check(sampler)) for a in self.assumptions)
        return tuple(
            Finding(f.verdict, f.statistic, f"{a.name}: {f.evidence}") for a, f in found if f.verdict != Verdict.HOLDS
        )


def assume(name: str, statement: str, holds: Callable[[Any], bool], evidence: Callable[[Any], str]) -> Assumption:
    """Return the assumption that `holds` is true of the sampler; `evidence` says what was found."""

    def check(sampler: Any) -> Finding:
        return Finding(Verdict.HOLDS if holds(sampler) else Verdict.VIOLATED, None, evidence(sampler))

    return Assumption(name, statement, check)
