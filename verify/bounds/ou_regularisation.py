"""Convergence of the OU process to γ in KL from any law with a second moment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from verify.bounds import assumptions as need
from verify.bounds.bound import Assumption, Bound


def terms(*, dim: int, second_moment: float, horizon: float) -> dict[str, float]:
    """Return ½ m_2² e^{−2T} and (d/4) e^{−4T}/(1 − e^{−2T})."""
    return {
        "mean": 0.5 * second_moment * math.exp(-2 * horizon),
        "spread": -0.25 * dim * math.exp(-4 * horizon) / math.expm1(-2 * horizon),
    }


class OURegularisation(Bound):
    """KL(q_T‖γ) ≤ ½ m_2² e^{−2T} + (d/4) e^{−4T}/(1 − e^{−2T}), also where KL(p‖γ) = ∞.

    KL is convex in its first argument, so it is at most its average over points x_0 of
    KL(N(e^{−T}x_0, (1 − u)I)‖γ) = ½[u‖x_0‖² − du − d log(1 − u)], u = e^{−2T}; and −log(1 − u) ≤ u + u²/(2(1 − u)).
    """

    name: ClassVar[str] = "ou-regularisation"
    statement: ClassVar[str] = "KL(q_T‖γ) ≤ ½ m_2² e^{−2T} + (d/4) e^{−4T}/(1 − e^{−2T})"
    reference: ClassVar[str] = "bakry2014analysis"
    also: ClassVar[tuple[str, ...]] = ("boundcheck",)
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (need.MOMENT,)
    formula = staticmethod(terms)

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return d, m_2² and T."""
        return {"dim": sampler.dim, "second_moment": need.second_moment(sampler), "horizon": sampler.grid.horizon}
