"""Second moments along the OU process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from verify.bounds import assumptions as need
from verify.bounds.bound import Assumption, Bound


def terms(*, dim: int, second_moment: float) -> dict[str, float]:
    """Return d ∨ m_2²."""
    return {"moment": max(float(dim), second_moment)}


class SecondMoment(Bound):
    """E‖X_t‖² ≤ d ∨ m_2² for every t (Chen et al., 2023, Appendix): a convex combination of m_2² and d."""

    name: ClassVar[str] = "second-moment"
    statement: ClassVar[str] = "E‖X_t‖² ≤ d ∨ m_2²"
    reference: ClassVar[str] = "chen2023sampling"
    divergence: ClassVar[str] = "moment"
    assumptions: ClassVar[tuple[Assumption, ...]] = (need.MOMENT,)
    formula = staticmethod(terms)

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return d and m_2²."""
        return {"dim": sampler.dim, "second_moment": need.second_moment(sampler)}
