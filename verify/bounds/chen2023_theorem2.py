"""Chen, Chewi, Li, Li, Salim, Zhang (2023), Theorem 2, as printed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from verify.bounds import assumptions as need
from verify.bounds.bound import Assumption, Bound, Domain


def terms(
    *, dim: int, smoothness: float, second_moment: float, kl: float, horizon: float, steps: int, score_error: float
) -> dict[str, float]:
    """Return √KL(p‖γ) e^{−T}, (L√(dh) + L m_2 h)√T and ε√T with h = T/N; `second_moment` is m_2²."""
    step = horizon / steps
    spread = smoothness * math.sqrt(dim * step) + smoothness * math.sqrt(second_moment) * step
    return {
        "initialisation": math.sqrt(kl) * math.exp(-horizon),
        "discretisation": spread * math.sqrt(horizon),
        "score": score_error * math.sqrt(horizon),
    }


CHEN_DOMAIN: Domain = {
    "L ≥ 1": lambda q: q["smoothness"] >= 1,
    "m_2² ≥ d/L (Cramér–Rao)": lambda q: q["second_moment"] * q["smoothness"] >= q["dim"] * (1 - 1e-12),
}


def chen_quantities(sampler: Any) -> dict[str, float]:
    """Return d, L, m_2², KL(p‖γ), T, N and ε of a running reverse sampler."""
    return {
        "dim": sampler.dim,
        "smoothness": need.smoothness(sampler),
        "second_moment": need.second_moment(sampler),
        "kl": need.initial_kl(sampler),
        "horizon": sampler.grid.horizon,
        "steps": sampler.steps,
        "score_error": need.score_error(sampler),
    }


class Chen2023Theorem2(Bound):
    """TV(p_T, p) ≲ √KL(p‖γ) e^{−T} + (L√(dh) + L m_2 h)√T + ε√T for the exponential integrator from γ.

    The source proves it up to an unspecified absolute constant, for h ≲ 1/L and L ≥ 1; `Chen2023ExplicitTV` shows that
    the constant 1/√2 serves.
    """

    name: ClassVar[str] = "chen2023-theorem2"
    statement: ClassVar[str] = "TV(p_T, p) ≲ √KL(p‖γ) e^{−T} + (L√(dh) + L m_2 h)√T + ε√T"
    reference: ClassVar[str] = "chen2023sampling"
    divergence: ClassVar[str] = "tv"
    constant: ClassVar[float | None] = None
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.EXPONENTIAL,
        need.FROM_NOISE,
        need.UNIFORM,
        need.SMOOTH,
        need.MOMENT,
        need.ACCURATE,
        need.FINITE_KL,
        need.SMALL_STEP,
    )
    formula = staticmethod(terms)
    domain: ClassVar[Domain] = {
        **CHEN_DOMAIN,
        "h ≤ 1/L": lambda q: q["horizon"] * q["smoothness"] <= q["steps"] * (1 + 1e-12),
    }

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return d, L, m_2², KL(p‖γ), T, N and ε of the sampler."""
        return chen_quantities(sampler)
