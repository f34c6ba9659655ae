"""Theorem 2 of Chen et al. (2023) with every constant explicit, in KL and in TV, and its proof.

Setting: the exponential integrator from γ, N equal steps h = T/N, score error at most ε in L²(q_{τ_k}) at every used
time, L ≥ 1 the Lipschitz constant of ∇log q_t for t ∈ [0, T], v_τ = ∇log q_τ, J(τ) = E‖v_τ(X_τ)‖². No bound on h.

**Theorem.**  KL(p‖p_T) ≤ e^{−2T} KL(p‖γ) + L d h T min{L + h/3, 1/T + 2 + h/3} + T ε² + h T ε √(L d), and
TV(p_T, p) ≤ (1/√2) [e^{−T} √KL(p‖γ) + (L√(dh) + L m_2 h/√3) √T + ε√T].

*Proof.* (1) The reverse SDE Q and the interpolated scheme P differ in the drift by 2(v − s) with diffusion √2, so by
Girsanov and the chain rule KL(p‖p_T) ≤ KL(q_T‖γ) + G with G = Σ_k ∫ E‖s_k(Y_{t_k}) − v_{T−t}(Y_t)‖² dt: the factor is
one. Novikov's condition may fail, but only ≤ is needed: stop both processes when ∫‖s_k − v‖² reaches n, where Girsanov
applies, and let n → ∞; KL is lower semicontinuous (Chen et al., Theorem 9; for affine drifts equality holds). Data
processing drops the path. (2) γ has log-Sobolev constant one: KL(q_T‖γ) ≤ e^{−2T} KL(p‖γ).
(3) The score of a convolution is a conditional mean, e^{−τ} v_τ(X_τ) = E[e^{−s} v_s(X_s) | X_τ] for s < τ. Hence
Z_t = v_{T−t}(Y_t) makes e^t Z_t a martingale: dZ = −Z dt + √2 ∇v dB. Over a step, by orthogonality,
E‖Z_{t_k+s} − Z_{t_k}‖² = 2∫_0^s e^{−2(s−u)} H du + (1 − e^{−s})² J(τ_k), H(τ) = E‖∇v_τ(X_τ)‖_F².
(4) H ≤ dL² and J ≤ Ld (integrate by parts). With 2∫_0^s e^{−2(s−u)} du ≤ 2s and (1 − e^{−s})² ≤ s², integrating over
the step and summing gives D ≤ L² d h T + L d h² T/3 for the exact score.
(5) Instead of H ≤ dL²: exchanging the integrals, ∫_0^h 2∫_0^s e^{−2(s−u)} H du ds = ∫_0^h (1 − e^{−2(h−u)}) H du, so
D ≤ (1 − e^{−2h}) ∫_0^T H dτ + (h³/3) Σ J(τ_k). As J' = 2J − 2H, ∫H = ∫J + (J(0) − J(T))/2 ≤ LdT + Ld/2, and
1 − e^{−2h} ≤ 2h: D ≤ L d h (1 + 2T + hT/3).
(6) With a score error e_k, G = D + Σ h ε_k² + 2 Σ (h − 1 + e^{−h}) E⟨e_k, v_{τ_k}⟩, since E[∫ Z | Y_k] = (1 − e^{−h})
Z_k; h − 1 + e^{−h} ≤ h²/2 and Cauchy–Schwarz bound the last sum by h T ε √(Ld). This is the KL form.
(7) For TV use G ≤ (√D + ε√T)² (Minkowski in L²(dt ⊗ Q)), Pinsker, √(a + b) ≤ √a + √b, and √(Ld) ≤ L m_2, which is the
Cramér–Rao inequality J(0) m_2² ≥ d² with J(0) ≤ Ld. ∎
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from verify.bounds import assumptions as need
from verify.bounds.bound import Assumption, Bound, Domain
from verify.bounds.chen2023_theorem2 import CHEN_DOMAIN, chen_quantities
from verify.bounds.chen2023_theorem2 import terms as printed_terms

_ASSUMPTIONS = (
    need.EXPONENTIAL,
    need.FROM_NOISE,
    need.UNIFORM,
    need.SMOOTH,
    need.MOMENT,
    need.ACCURATE,
    need.FINITE_KL,
)


def kl_terms(
    *, dim: int, smoothness: float, kl: float, horizon: float, steps: int, score_error: float
) -> dict[str, float]:
    """Return e^{−2T}KL(p‖γ), LdhT·min{L + h/3, 1/T + 2 + h/3}, Tε² and hTε√(Ld) with h = T/N."""
    step = horizon / steps
    rate = min(smoothness + step / 3, 1 / horizon + 2 + step / 3)
    return {
        "initialisation": math.exp(-2 * horizon) * kl,
        "discretisation": smoothness * dim * step * horizon * rate,
        "score": horizon * score_error**2,
        "cross": step * horizon * score_error * math.sqrt(smoothness * dim),
    }


def tv_terms(
    *, dim: int, smoothness: float, second_moment: float, kl: float, horizon: float, steps: int, score_error: float
) -> dict[str, float]:
    """Return the three terms of the TV form, 1/√2 included; `second_moment` is m_2²."""
    printed = printed_terms(
        dim=dim,
        smoothness=smoothness,
        second_moment=second_moment / 3,
        kl=kl,
        horizon=horizon,
        steps=steps,
        score_error=score_error,
    )
    return {name: value / math.sqrt(2) for name, value in printed.items()}


class Chen2023Explicit(Bound):
    """KL(p‖p_T) ≤ e^{−2T}KL(p‖γ) + LdhT·min{L + h/3, 1/T + 2 + h/3} + Tε² + hTε√(Ld)."""

    name: ClassVar[str] = "chen2023-explicit"
    statement: ClassVar[str] = "KL(p‖p_T) ≤ e^{−2T}KL(p‖γ) + LdhT·min{L + h/3, 1/T + 2 + h/3} + Tε² + hTε√(Ld)"
    reference: ClassVar[str] = "chen2023sampling"
    also: ClassVar[tuple[str, ...]] = ("boundcheck",)
    divergence: ClassVar[str] = "kl"
    domain: ClassVar[Domain] = {"L ≥ 1": lambda q: q["smoothness"] >= 1}
    assumptions: ClassVar[tuple[Assumption, ...]] = _ASSUMPTIONS
    formula = staticmethod(kl_terms)

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return d, L, KL(p‖γ), T, N and ε of the sampler."""
        return {name: value for name, value in chen_quantities(sampler).items() if name != "second_moment"}


class Chen2023ExplicitTV(Bound):
    """TV(p_T, p) ≤ (1/√2)[e^{−T}√KL(p‖γ) + (L√(dh) + L m_2 h/√3)√T + ε√T]."""

    name: ClassVar[str] = "chen2023-explicit-tv"
    statement: ClassVar[str] = "TV(p_T, p) ≤ (1/√2)[e^{−T}√KL(p‖γ) + (L√(dh) + L m_2 h/√3)√T + ε√T]"
    reference: ClassVar[str] = "chen2023sampling"
    also: ClassVar[tuple[str, ...]] = ("boundcheck",)
    divergence: ClassVar[str] = "tv"
    domain: ClassVar[Domain] = CHEN_DOMAIN
    assumptions: ClassVar[tuple[Assumption, ...]] = _ASSUMPTIONS
    formula = staticmethod(tv_terms)

    def quantities(self, sampler: Any) -> Mapping[str, float]:
        """Return d, L, m_2², KL(p‖γ), T, N and ε of the sampler."""
        return chen_quantities(sampler)
