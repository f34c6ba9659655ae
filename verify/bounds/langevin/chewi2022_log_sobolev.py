"""Rate of ULA in Rényi divergence under LSI (Chewi, Erdogdu, Li, Shen, Zhang, 2022); no constant."""

from __future__ import annotations

from typing import ClassVar

from verify.bounds.bound import Assumption, Bound
from verify.bounds.langevin import assumptions as need
from verify.bounds.langevin.chain import FromChain


def terms(*, dim: int, steps: int) -> dict[str, float]:
    """Return d/n."""
    return {"rate": dim / steps}


class Chewi2022LogSobolev(FromChain, Bound):
    """R_q(ν_n‖π) ≲ d/n up to logarithms, at the best step, under LSI and smoothness (Chewi et al., 2022).

    Status: quoted from the abstract, Õ(d/ε) steps to R_q ≤ ε; a rate in d and ε alone, κ, q and logarithms left out.
    """

    name: ClassVar[str] = "chewi2022-log-sobolev"
    statement: ClassVar[str] = "R_q(ν_n‖π) ≲ d/n, at the best step"
    reference: ClassVar[str] = "chewi2022analysis"
    divergence: ClassVar[str] = "renyi"
    constant: ClassVar[float | None] = None
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.ULA_STEP,
        need.LOG_SOBOLEV,
        need.SMOOTH,
    )
    formula = staticmethod(terms)
