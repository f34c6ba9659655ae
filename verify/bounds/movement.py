"""How far the OU process moves within a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from verify.bounds import assumptions as need
from verify.bounds.bound import Assumption, Bound


def terms(*, dim: int, second_moment: float, step: float) -> dict[str, float]:
    """Return r²(d ∨ m_2²) and 2rd for r = `step`."""
    return {"drift": step**2 * max(float(dim), second_moment), "diffusion": 2 * step * dim}


class Movement(Bound):
    """E‖X_t − X_s‖² ≤ r²(d ∨ m_2²) + 2rd, r = t − s: from X_t − X_s = (e^{−r} − 1)X_s + √(1 − e^{−2r}) ξ.

    The exponent of r in the first term is two (Chen et al., 2023, movement lemma of the appendix).
    """

    name: ClassVar[str] = "movement"
    statement: ClassVar[str] = "E‖X_t − X_s‖² ≤ r²(d ∨ m_2²) + 2rd, r = t − s"
    reference: ClassVar[str] = "chen2023sampling"
    divergence: ClassVar[str] = "moment"
    assumptions: ClassVar[tuple[Assumption, ...]] = (need.MOMENT,)
    formula = staticmethod(terms)

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return d, m_2² and the largest step of the grid."""
        return {"dim": sampler.dim, "second_moment": need.second_moment(sampler), "step": need.largest_step(sampler)}
