"""StepLimit: the step sizes for which a theorem on a Langevin chain is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

SLACK = 1 + 1e-12  # a step that equals its limit up to rounding is within it

Numbers = Mapping[str, float]


@dataclass(frozen=True)
class StepLimit:
    """`least` ≤ γ ≤ `most` (γ < `most` where `strict`), functions of the theorem's numbers; `words` says so."""

    words: str
    most: Callable[[Numbers], float]
    least: Callable[[Numbers], float] = lambda numbers: 0.0
    strict: bool = False

    def holds(self, numbers: Numbers) -> bool:
        """Return True where the step is within the limit."""
        step, most = numbers["step"], self.most(numbers)
        below = step * SLACK < most if self.strict else step <= most * SLACK
        return below and step * SLACK >= self.least(numbers)


def _sum(q: Numbers) -> float:
    return q["strong_convexity"] + q["smoothness"]


CONTRACTING = StepLimit("γ ≤ 2/(m + L)", lambda q: 2 / _sum(q))
OVERSHOOTING = StepLimit("2/(m + L) ≤ γ < 2/L", lambda q: 2 / q["smoothness"], least=lambda q: 2 / _sum(q), strict=True)
HALF_CONTRACTING = StepLimit("γ ≤ 1/(m + L)", lambda q: 1 / _sum(q))
INVERSE_SMOOTHNESS = StepLimit("γ ≤ 1/L", lambda q: 1 / q["smoothness"])
SIXTH = StepLimit("γ < 1/(6L)", lambda q: 1 / (6 * q["smoothness"]), strict=True)
ISOPERIMETRIC = StepLimit("γ ≤ α/(4L²)", lambda q: q["log_sobolev"] / (4 * q["smoothness"] ** 2))
QUARTER = StepLimit("γ ≤ m/(4L²)", lambda q: q["strong_convexity"] / (4 * q["smoothness"] ** 2))


def domain(limit: StepLimit) -> Mapping[str, Callable[[Numbers], bool]]:
    """Return the hypothesis on numbers that the step is within `limit`."""
    return {limit.words: limit.holds}


CONVEX: Mapping[str, Callable[[Numbers], bool]] = {
    "m > 0": lambda q: q["strong_convexity"] > 0,
    "m ≤ L": lambda q: q["strong_convexity"] <= q["smoothness"] * SLACK,
}
WEAKLY_CONVEX: Mapping[str, Callable[[Numbers], bool]] = {
    "m ≤ L": lambda q: q.get("strong_convexity", 0.0) <= q["smoothness"] * SLACK,
}
ISOPERIMETRY: Mapping[str, Callable[[Numbers], bool]] = {
    "α > 0": lambda q: q["log_sobolev"] > 0,
    "α ≤ L": lambda q: q["log_sobolev"] <= q["smoothness"] * SLACK,
}
