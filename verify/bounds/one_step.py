"""The per-step estimate behind Theorem 2 of Chen et al. (2023)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from verify.bounds import assumptions as need
from verify.bounds.bound import Assumption, Bound, Domain


def terms(*, dim: int, smoothness: float, second_moment: float, step: float, score_error: float) -> dict[str, float]:
    """Return ε², L²dh and L²m_2²h²."""
    return {
        "score": score_error**2,
        "diffusion": smoothness**2 * dim * step,
        "drift": smoothness**2 * second_moment * step**2,
    }


class Chen2023OneStep(Bound):
    """E‖s_{τ_k}(Y_k) − ∇log q_{T−t}(Y_t)‖² ≲ ε² + L²dh + L²m_2²h² over one step (Chen et al., 2023)."""

    name: ClassVar[str] = "chen2023-one-step"
    statement: ClassVar[str] = "E‖s_k(Y_k) − ∇log q_{T−t}(Y_t)‖² ≲ ε² + L²dh + L²m_2²h²"
    reference: ClassVar[str] = "chen2023sampling"
    divergence: ClassVar[str] = "moment"
    constant: ClassVar[float | None] = None
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.EXPONENTIAL,
        need.SMOOTH,
        need.MOMENT,
        need.ACCURATE,
        need.SMALL_STEP,
    )
    formula = staticmethod(terms)
    domain: ClassVar[Domain] = {
        "L ≥ 1": lambda q: q["smoothness"] >= 1,
        "h ≤ 1/L": lambda q: q["step"] * q["smoothness"] <= 1 + 1e-12,
    }

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return d, L, m_2², the largest step and ε."""
        return {
            "dim": sampler.dim,
            "smoothness": need.smoothness(sampler),
            "second_moment": need.second_moment(sampler),
            "step": need.largest_step(sampler),
            "score_error": need.score_error(sampler),
        }
