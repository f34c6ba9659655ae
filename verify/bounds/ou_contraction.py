"""Exponential convergence of the OU process to γ in KL."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from verify.bounds import assumptions as need
from verify.bounds.bound import Assumption, Bound


def terms(*, kl: float, horizon: float) -> dict[str, float]:
    """Return e^{−2T} KL(p‖γ)."""
    return {"contraction": math.exp(-2 * horizon) * kl}


class OUContraction(Bound):
    """KL(q_T‖γ) ≤ e^{−2T} KL(p‖γ): the log-Sobolev constant of γ is one (Bakry, Gentil, Ledoux, 2014).

    Sharp only for pure shifts of the mean: centred Gaussians decay like e^{−4T}.
    """

    name: ClassVar[str] = "ou-contraction"
    statement: ClassVar[str] = "KL(q_T‖γ) ≤ e^{−2T} KL(p‖γ)"
    reference: ClassVar[str] = "bakry2014analysis"
    divergence: ClassVar[str] = "kl"
    assumptions: ClassVar[tuple[Assumption, ...]] = (need.FINITE_KL,)
    formula = staticmethod(terms)

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return KL(p‖γ) and T."""
        return {"kl": need.initial_kl(sampler), "horizon": sampler.grid.horizon}
