"""Rate of ULA in Rényi divergence, log-concave (Chewi, Erdogdu, Li, Shen, Zhang, 2022); no constant."""

from __future__ import annotations

from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain


def terms(*, dim: int, steps: int) -> dict[str, float]:
    """Return d²/n."""
    return {"rate": dim**2 / steps}


class Chewi2022LogConcave(FromChain, Bound):
    """R_q(ν_n‖π) ≲ d²/n up to logarithms, at the best step, for log-concave smooth π (Chewi et al., 2022).

    Status: quoted from the abstract, Õ(d²/ε) steps to R_q ≤ ε; a rate in d and ε alone.
    """

    name: ClassVar[str] = "chewi2022-log-concave"
    statement: ClassVar[str] = "R_q(ν_n‖π) ≲ d²/n, at the best step"
    reference: ClassVar[str] = "chewi2022analysis"
    divergence: ClassVar[str] = "renyi"
    constant: ClassVar[float | None] = None
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.CONVEX,
        need.SMOOTH,
    )
    formula = staticmethod(terms)
