"""KL bound linear in d, without smoothness, on grids that shrink towards the data; every constant explicit.

Setting of Benton, De Bortoli, Doucet, Deligiannidis (2024), Theorem 1: steps h_k ≤ κ min(1, τ_{k+1}), early stopping at
δ ≤ 1 ≤ T, exponential integrator from γ, Σ h_k ε_k² ≤ ε². *Proof of the constants.* With g = e^{−2τ}J
(non-increasing) the step's path KL is at most a_k e^{2τ_{k+1}}[g(τ_{k+1}) − g(τ_k)] + (h_k³/3) J(τ_k), a_k =
(e^{2h_k} − 1)/2 ≤ κφ min(1, τ_{k+1}), φ = (e^{2κ} − 1)/(2κ). The first sum is at most κφ ∫ e^{2τ} min(1, τ) d(−g);
integrate by parts with J ≤ d/(1 − e^{−2τ}), ∫_δ^1 J ≤ (d/2)(log(1/δ) + 1.1615) and min(1, τ)²/(1 − e^{−2τ}) ≤ 1.1566.
Then G ≤ (√D + ε)². ∎
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from verify.bounds import assumptions as need
from verify.bounds.bound import Assumption, Bound, Domain, assume
from verify.bounds.ou_regularisation import terms as regularised


def terms(
    *, dim: int, second_moment: float, kappa: float, horizon: float, stop: float, score_error: float
) -> dict[str, float]:
    """Return the initialisation bound, D, ε² and the cross term 2ε√D; `score_error` is (Σ h_k ε_k²)^{1/2}."""
    phi = math.expm1(2 * kappa) / (2 * kappa)
    logs = 2.3131 * horizon + 0.5 * math.log(1 / stop) + 0.768 + stop
    path = kappa * phi * dim * logs + 0.3856 * kappa**2 * dim * horizon
    return {
        "initialisation": sum(regularised(dim=dim, second_moment=second_moment, horizon=horizon).values()),
        "discretisation": path,
        "score": score_error**2,
        "cross": 2 * score_error * math.sqrt(path),
    }


def kappa(sampler: Any) -> float:
    """Return the least κ with h_k ≤ κ min(1, τ_{k+1}) for every step; inf where the grid ends at 0."""
    after = np.minimum(1.0, sampler.grid.tau[1:])
    with np.errstate(divide="ignore"):
        return float((sampler.grid.step_sizes / after).max())


def integrated_error(sampler: Any) -> float:
    """Return (Σ_k h_k ε_k²)^{1/2}."""
    return float(np.sqrt((sampler.grid.step_sizes * need.score_errors(sampler) ** 2).sum()))


class Benton2024Explicit(Bound):
    """KL(q_δ‖p_T) ≤ KL(q_T‖γ) + (√D + ε)², D ≤ κφd[2.3131T + ½log(1/δ) + 0.768 + δ] + 0.3856κ²dT.

    The comparison is with q_δ, not with p. Holds for degenerate covariances too.
    """

    name: ClassVar[str] = "benton2024-explicit"
    statement: ClassVar[str] = (
        "KL(q_δ‖p_T) ≤ ½m_2²e^{−2T} + (d/4)e^{−4T}/(1 − e^{−2T}) + (√D + ε)², "
        "D = κφd[2.3131T + ½log(1/δ) + 0.768 + δ] + 0.3856κ²dT"
    )
    reference: ClassVar[str] = "benton2024nearly"
    also: ClassVar[tuple[str, ...]] = ("boundcheck",)
    divergence: ClassVar[str] = "kl"
    domain: ClassVar[Domain] = {
        "δ ≤ 1 ≤ T": lambda q: 0 < q["stop"] <= 1 <= q["horizon"],
        "κ > 0": lambda q: q["kappa"] > 0,
    }
    assumptions: ClassVar[tuple[Assumption, ...]] = (
        need.EXPONENTIAL,
        need.FROM_NOISE,
        need.MOMENT,
        need.ACCURATE,
        assume(
            "δ ≤ 1 ≤ T",
            "the grid stops at 0 < δ ≤ 1 ≤ T",
            lambda s: 0 < s.grid.stop <= 1 <= s.grid.horizon,
            lambda s: f"δ = {s.grid.stop:.3g}, T = {s.grid.horizon:.3g}",
        ),
    )
    formula = staticmethod(terms)

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return d, m_2², κ, T, δ and (Σ h ε²)^{1/2}."""
        return {
            "dim": sampler.dim,
            "second_moment": need.second_moment(sampler),
            "kappa": kappa(sampler),
            "horizon": sampler.grid.horizon,
            "stop": sampler.grid.stop,
            "score_error": integrated_error(sampler),
        }
