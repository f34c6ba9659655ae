"""Fisher information along the OU process."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from verify.bounds import assumptions as need
from verify.bounds.bound import Assumption, Bound, assume


def lipschitz_terms(*, dim: int, smoothness: float) -> dict[str, float]:
    """Return L d."""
    return {"fisher": smoothness * dim}


def convolution_terms(*, dim: int, fisher: float, time: float) -> dict[str, float]:
    """Return [e^{−2t}/J(0) + (1 − e^{−2t})/d]^{−1}."""
    return {"fisher": 1 / (math.exp(-2 * time) / fisher - math.expm1(-2 * time) / dim)}


class FisherInformation(Bound):
    """E‖∇log q_t‖² ≤ L d at every t: integrate by parts, E‖∇log q_t‖² = −E Δlog q_t (Chen et al., 2023, Appendix)."""

    name: ClassVar[str] = "fisher-information"
    statement: ClassVar[str] = "E‖∇log q_t‖² ≤ L d"
    reference: ClassVar[str] = "chen2023sampling"
    divergence: ClassVar[str] = "moment"
    assumptions: ClassVar[tuple[Assumption, ...]] = (need.SMOOTH,)
    formula = staticmethod(lipschitz_terms)

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return d and L."""
        return {"dim": sampler.dim, "smoothness": need.smoothness(sampler)}


class FisherConvolution(Bound):
    """J(t) ≤ [e^{−2t}/J(0) + (1 − e^{−2t})/d]^{−1} at t = T (Stam, 1959; Blachman, 1965: convolutions)."""

    name: ClassVar[str] = "fisher-convolution"
    statement: ClassVar[str] = "J(t) ≤ [e^{−2t}/J(0) + (1 − e^{−2t})/d]^{−1}"
    reference: ClassVar[str] = "stam1959inequalities"
    divergence: ClassVar[str] = "moment"
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        assume(
            "J(0)",
            "the target has finite Fisher information",
            lambda s: math.isfinite(float(s.process.fisher(0.0))),
            lambda s: f"J(0) = {float(s.process.fisher(0.0)):.4g}",
        ),
    )
    formula = staticmethod(convolution_terms)

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return d, J(0) and T."""
        return {"dim": sampler.dim, "fisher": float(sampler.process.fisher(0.0)), "time": sampler.grid.horizon}
